// What a run writes, where, and to whom: previews, files, terminals, pipes that close.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { execute, FAILURE, folder, LOGIN, machine, NOW, nightly, program, QUIET, toMaildir } from "./run.ts";

const node = process.execPath;
const NOTHING = "nothing to report for 2026-11-19: no mail was sent (1 log read)";

describe("a preview", () => {
  test("is printed even when there is nothing to tell, and nothing is sent", async () => {
    const host = machine(QUIET, toMaildir());
    const { status, out, err } = await nightly(host, ["--stdout"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/nothing/i);
    expect(existsSync(join(host.dir, "Maildir"))).toBe(false);
  });

  test("begins a night before the last tick and ends now", async () => {
    const { status, out } = await nightly(machine(QUIET + LOGIN), ["--stdout", "--format", "json"]);
    expect(status).toBe(0);
    expect(JSON.parse(out).window).toMatchObject({
      from: "2026-11-18T23:55:00+01:00",
      to: "2026-11-19T23:55:20+01:00",
    });
  });

  test.each([
    { format: "text", begins: "mini " },
    { format: "html", begins: "<!doctype html>" },
    { format: "json", begins: '{\n  "schema": 1,' },
  ])("as $format ends with one newline", async ({ format, begins }) => {
    const { out } = await nightly(machine(QUIET + LOGIN), ["--stdout", "--format", format]);
    expect(out.slice(0, begins.length).toLowerCase()).toBe(begins.toLowerCase());
    expect(out).toMatch(/[^\n]\n$/);
  });

  test("has no colours, whatever the environment says", async () => {
    const host = machine(QUIET + FAILURE);
    const plain = await nightly(host, ["--stdout"]);
    for (const env of [{ NO_COLOR: "1" }, { FORCE_COLOR: "3" }, { TERM: "xterm-256color" }, { LANG: "de_DE.UTF-8" }]) {
      expect(await nightly(host, ["--stdout"], { env })).toEqual(plain);
    }
    expect(plain.out).not.toContain("\x1b");
  });

  test("a reader that goes away is no error", async () => {
    const { config } = machine(QUIET + FAILURE);
    const command = 'set -o pipefail; "$0" "$1" report --config "$2" --now 2026-11-20 --stdout | head -n 1';
    const { status, out, err } = await execute("/bin/bash", ["-c", command, node, program, config], {});
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out.split("\n")).toHaveLength(2);
  });
});

describe("--output", () => {
  test("writes a file for this user alone, and nothing else", async () => {
    const host = machine(QUIET + LOGIN);
    const path = join(host.dir, "digest.html");
    const end = await nightly(host, ["--format", "html", "--output", path]);
    expect(end).toEqual({ status: 0, out: "", err: "" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>/i);
    expect(readdirSync(host.dir).sort()).toEqual(["auth.log", "config.toml", "digest.html"]);
  });

  test("replaces a file at once: its old content stays readable, its permissions stay", async () => {
    const host = machine(QUIET + LOGIN);
    const path = join(host.dir, "digest.txt");
    writeFileSync(path, "yesterday");
    chmodSync(path, 0o640);
    const before = statSync(path).ino;
    await nightly(host, ["--output", path]);
    expect(statSync(path).ino).not.toBe(before);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("follows a link, and writes to a device instead of replacing it", async () => {
    const host = machine(QUIET + LOGIN);
    writeFileSync(join(host.dir, "digest.txt"), "yesterday");
    symlinkSync("digest.txt", join(host.dir, "latest"));
    symlinkSync("/dev/null", join(host.dir, "null"));
    expect((await nightly(host, ["--output", join(host.dir, "latest")])).status).toBe(0);
    expect((await nightly(host, ["--output", join(host.dir, "null")])).status).toBe(0);
    expect(lstatSync(join(host.dir, "latest")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(host.dir, "null")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(host.dir, "digest.txt"), "utf8")).toContain("alice");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("with --stdout does both", async () => {
    const host = machine(QUIET + LOGIN);
    const { out } = await nightly(host, ["--stdout", "--output", join(host.dir, "digest.txt")]);
    expect(readFileSync(join(host.dir, "digest.txt"), "utf8")).toBe(out);
  });
});

describe("--verbose", () => {
  test.each([
    { what: "that there is nothing to report", log: QUIET, args: [], says: /^nothing to report for 2026-11-19: .*\n$/ },
    {
      what: "what was sent, to whom",
      log: QUIET + LOGIN,
      args: [],
      says: /^sent "mini: 1 login \(Thu 19 Nov\)" to admin@example\.org, ops@example\.org: .*Maildir\/new\/.*\n$/,
    },
    { what: "what was written", log: QUIET, args: ["--output", "/dev/null"], says: /^wrote \/dev\/null\n$/ },
  ])("says $what", async ({ log, args, says }) => {
    const { status, out, err } = await nightly(machine(log, toMaildir()), ["--verbose", ...args]);
    expect({ status, out }).toEqual({ status: 0, out: "" });
    expect(err).toMatch(says);
  });
});

const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
if (!hasScript) console.warn("skipped: no script(1) of util-linux, so nothing is run at a terminal");

describe.skipIf(!hasScript)("a person at a terminal", () => {
  async function atTerminal(log: string, args: string) {
    const { config } = machine(log, toMaildir());
    const command = `'${node}' '${program}' report --config '${config}' --now '${NOW}' ${args}`;
    const { status, out } = await execute("script", ["-qec", command, "/dev/null"], {});
    return { status, out: out.replaceAll("\r\n", "\n") };
  }

  test("is told that there is nothing to report", async () => {
    expect(await atTerminal(QUIET, "")).toEqual({ status: 0, out: `${NOTHING}\n` });
  });

  test("is told what was sent", async () => {
    const { status, out } = await atTerminal(QUIET + LOGIN, "");
    expect(status).toBe(0);
    expect(out).toMatch(/^sent "mini: 1 login/);
  });

  test("is told nothing with --quiet", async () => {
    expect(await atTerminal(QUIET, "--quiet")).toEqual({ status: 0, out: "" });
  });

  test("is told what is wrong, also with --quiet", async () => {
    const { status, out } = await atTerminal(QUIET, "--quiet --date tomorrow");
    expect(status).toBe(64);
    expect(out).toMatch(/^logdigest: --date: cannot read "tomorrow" as a day/);
  });

  test("who asks for nothing gets the help", async () => {
    const { status, out } = await execute("script", ["-qec", `'${node}' '${program}'`, "/dev/null"], {});
    expect(status).toBe(64);
    expect(out).toContain("Usage: logdigest");
  });
});

test("a run that is stopped sends nothing and ends with 75", async () => {
  const dir = folder();
  writeFileSync(join(dir, "config.toml"), `time_zone = "UTC"\n[[sources]]\npath = "auth.log"\n${toMaildir()}`);
  writeFileSync(join(dir, "auth.log"), QUIET);
  // Just before a tick, so that the run waits for it.
  const minute = new Date(Date.now() + 60_000).getUTCMinutes();
  const toml = readFileSync(join(dir, "config.toml"), "utf8");
  writeFileSync(join(dir, "config.toml"), `schedule = "${minute} * * * *"\n${toml}`);
  const command = '"$0" "$1" report --config "$2" & pid=$!; sleep 1; kill -TERM $pid; wait $pid';
  const { status, out, err } = await execute("/bin/sh", ["-c", command, node, program, join(dir, "config.toml")], {});
  expect({ status, out }).toEqual({ status: 75, out: "" });
  expect(err).toMatch(/^logdigest: stopped before all logs were read: nothing was sent\n$/);
});
