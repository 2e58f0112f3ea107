// The exit statuses of a scheduled run, and that a run which ends badly says so in one line. None of these runs has a
// terminal, so a run that went well says nothing.
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { startMailServer } from "../deliver/mail-server.ts";
import { startScriptedServer } from "../deliver/scripted-server.ts";
import {
  BREACH,
  execute,
  FAILURE,
  folder,
  LOGIN,
  logdigest,
  machine,
  nightly,
  program,
  QUIET,
  toMaildir,
  toSendmail,
  toServer,
} from "./run.ts";

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const CUT = gzipSync(QUIET.repeat(200)).subarray(0, -40);
const silent = { out: "", err: "" };
const oneLine = (text: string | RegExp) =>
  expect.stringMatching(new RegExp(`^logdigest: [^\\n]*${typeof text === "string" ? text : text.source}[^\\n]*\\n$`));
const mailsOf = (dir: string, maildir = "Maildir") =>
  existsSync(join(dir, maildir)) ? readdirSync(join(dir, maildir, "new")) : [];

test("0: an event is mailed", async () => {
  const host = machine(QUIET + FAILURE, toMaildir());
  expect(await nightly(host)).toEqual({ status: 0, ...silent });
  expect(mailsOf(host.dir)).toHaveLength(1);
});

test("0: nothing to tell, nothing is mailed", async () => {
  const host = machine(QUIET, toMaildir());
  expect(await nightly(host)).toEqual({ status: 0, ...silent });
  expect(mailsOf(host.dir)).toEqual([]);
});

test("65: a log is cut, and that is mailed", async () => {
  const host = machine(CUT, toMaildir(), "auth.log.gz");
  expect(await nightly(host)).toEqual({ status: 65, ...silent });
  expect(mailsOf(host.dir)).toHaveLength(1);
});

test.concurrent("66: a log is missing, and that is mailed", async ({ expect }) => {
  const host = machine(undefined, toMaildir());
  expect(await nightly(host)).toEqual({ status: 66, ...silent });
  expect(mailsOf(host.dir)).toHaveLength(1);
}, 15_000);

test.concurrent("66 before 65: one log is missing, another one cut", async ({ expect }) => {
  const host = machine(CUT, `[[sources]]\npath = "missing.log"\n${toMaildir()}`, "auth.log.gz");
  expect(await nightly(host)).toEqual({ status: 66, ...silent });
}, 15_000);

test.concurrent("78 before 66: a log is missing, and nobody said where mail goes", async ({ expect }) => {
  expect(await nightly(machine(undefined))).toEqual({
    status: 78,
    out: "",
    err: oneLine("no \\[mail\\] in the config"),
  });
}, 15_000);

test("0: a log that may be missing is", async () => {
  const host = machine(QUIET, `[[sources]]\npath = "missing.log"\noptional = true\n${toMaildir()}`);
  expect(await nightly(host)).toEqual({ status: 0, ...silent });
});

describe("another machine's logs", () => {
  test("66: the root holds no logs", async () => {
    const { status, out, err } = await logdigest(["report", "--root", folder()]);
    expect({ status, err }).toEqual({ status: 66, err: "" });
    expect(out).toContain("login source not read");
  });

  test("66: there is no such root", async () => {
    const { status, out } = await logdigest(["report", "--root", join(folder(), "nowhere")]);
    expect(status).toBe(66);
    expect(out).toContain("login source not read");
  });

  test("66: a named log is missing", async () => {
    const { status, out } = await logdigest(["report", "--log", join(folder(), "auth.log")]);
    expect(status).toBe(66);
    expect(out).toContain("does not exist");
  });

  test("65: a named log is cut; what could be read is counted", async () => {
    const { dir } = machine(gzipSync(FAILURE + QUIET.repeat(200)).subarray(0, -40), "", "auth.log.gz");
    const { status, out } = await logdigest(["report", "--log", join(dir, "auth.log.gz"), "--format", "json"]);
    expect(status).toBe(65);
    expect(JSON.parse(out)).toMatchObject({ reasons: ["failures", "source"], totals: { failures: 1 } });
  });
});

describe("69: refused for good", () => {
  test("by a server that knows no recipient", async () => {
    const { port, received } = await startMailServer({
      onRcptTo(_address, _session, callback) {
        callback(Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 }));
      },
    });
    const { status, out, err } = await nightly(machine(QUIET + FAILURE, toServer(port)));
    expect({ status, out }).toEqual({ status: 69, out: "" });
    expect(err).toEqual(oneLine(/not sent to admin@example\.org, ops@example\.org: .*550.*/));
    expect(received).toEqual([]);
  });

  test("one recipient of two: the other one has it", async () => {
    const { port, received } = await startMailServer({
      onRcptTo({ address }, _session, callback) {
        if (address === "ops@example.org") callback(null);
        else callback(Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 }));
      },
    });
    const { status, err } = await nightly(machine(QUIET + FAILURE, toServer(port)));
    expect(status).toBe(69);
    expect(err).toEqual(oneLine(/not sent to admin@example\.org: .*550.*/));
    expect(err).not.toContain("ops@example.org");
    expect(received.map(({ to }) => to)).toEqual([["ops@example.org"]]);
  });

  test("69 before 65: a log is cut as well", async () => {
    const host = machine(CUT, toSendmail("/nonexistent/sendmail"), "auth.log.gz");
    expect(await nightly(host)).toEqual({ status: 69, out: "", err: oneLine("does not exist") });
  });
});

test("73: --output below a file", async () => {
  const host = machine(QUIET);
  const end = await nightly(host, ["--output", join(host.config, "digest.txt")]);
  expect(end).toEqual({ status: 73, out: "", err: oneLine(/cannot write .*digest\.txt: ENOTDIR/) });
});

test("73: --output is a folder", async () => {
  const host = machine(QUIET);
  expect(await nightly(host, ["--output", host.dir])).toEqual({ status: 73, out: "", err: oneLine("EISDIR") });
  expect(readdirSync(host.dir).sort()).toEqual(["auth.log", "config.toml"]);
});

test.skipIf(!existsSync("/dev/full"))("73: standard output is a full disk", async () => {
  const command = 'exec "$0" "$1" report --log "$2" >/dev/full';
  const end = await execute("/bin/sh", ["-c", command, process.execPath, program, machine(QUIET).config], {});
  expect(end).toEqual({ status: 73, out: "", err: oneLine("cannot write to standard output: ENOSPC") });
});

describe("75: to be tried again", () => {
  test("the server says 451", async () => {
    const { port } = await startMailServer({
      onRcptTo(_address, _session, callback) {
        callback(Object.assign(new Error("4.7.1 greylisted"), { responseCode: 451 }));
      },
    });
    const { status, err } = await nightly(machine(QUIET + FAILURE, toServer(port)));
    expect({ status, err }).toEqual({
      status: 75,
      err: oneLine(/not sent to admin@example\.org, ops@example\.org: .*451.*/),
    });
  });

  test("nothing listens at the port", async () => {
    const { status, err } = await nightly(machine(QUIET + FAILURE, toServer(await closedPort())));
    expect({ status, err }).toEqual({ status: 75, err: oneLine("nothing listens at 127.0.0.1") });
  });

  test("75 before 65: a log is cut as well", async () => {
    const { port } = await startScriptedServer("421 4.3.2 later", () => undefined);
    expect((await nightly(machine(CUT, toServer(port), "auth.log.gz"))).status).toBe(75);
  });
});

describe("78: the config", () => {
  test.each([
    ["a misspelt key", "schedul = 'x'", /config\.toml:\d+: .*unknown key "schedul" \(did you mean "schedule"\?\)/],
    ["no TOML", "mail =", /config\.toml:\d+: no valid TOML/],
    ["a schedule that is none", 'schedule = "23:55"', /config\.toml:\d+: schedule: "23:55"/],
    ["a mail without a server", '[mail]\nfrom = "a@example.org"\nto = ["b@example.org"]', /needs \[mail\.smtp\]/],
    [
      "a password that is not there",
      toServer(25, 'tls = "starttls"\nuser = "u"\npassword_file = "no"'),
      /no such file/,
    ],
    ["templates that are not there", `templates.dir = "no"\n`, /templates/],
  ])("%s", async (_, toml, problem) => {
    const host = machine(QUIET + FAILURE);
    // Keys of the document come before its tables.
    writeFileSync(host.config, toml.startsWith("[") ? `[[sources]]\npath = "auth.log"\n${toml}` : `${toml}\n`);
    const { status, out, err } = await nightly(host, ["--log", join(host.dir, "auth.log"), "--send"]);
    expect({ status, out }, err).toEqual({ status: 78, out: "" });
    expect(err).toEqual(oneLine(problem));
  });

  test("a config that is named and missing", async () => {
    const { status, err } = await logdigest(["report", "--config", "/nonexistent/config.toml"]);
    expect({ status, err }).toEqual({ status: 78, err: oneLine("cannot read /nonexistent/config.toml") });
  });

  test("nobody said where mail goes: the digest lies in the state folder, and the line says where", async () => {
    const host = machine(QUIET + LOGIN);
    const { status, out, err } = await nightly(host);
    expect({ status, out }).toEqual({ status: 78, out: "" });
    const [mail] = mailsOf(host.dir, "state/mail");
    expect(err).toEqual(oneLine("no \\[mail\\] in the config"));
    expect(err).toContain(join(host.dir, "state/mail/new", mail ?? "none"));
  });

  test("nobody said where mail goes, and there is nothing to tell: 0", async () => {
    const host = machine(QUIET);
    expect(await nightly(host)).toEqual({ status: 0, ...silent });
  });

  test("nobody said where mail goes, and the state folder cannot be written", async () => {
    const host = machine(QUIET + LOGIN);
    writeFileSync(join(host.dir, "state"), "a file");
    expect(await nightly(host)).toEqual({ status: 78, out: "", err: oneLine("cannot write to") });
  });
});

test("a finding is worth the same status as an event: 0", async () => {
  const host = machine(QUIET + BREACH, toMaildir());
  expect(await nightly(host)).toEqual({ status: 0, ...silent });
});
