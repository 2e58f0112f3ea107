// Where and how a run is started, stopped and held up: no environment, no terminal, signals, twenty at once, servers
// that never end, clocks.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { simpleParser } from "mailparser";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  execute,
  FAILURE,
  folder,
  logdigest,
  machine,
  NOW,
  nightly,
  program,
  QUIET,
  toMaildir,
  toSendmail,
  toServer,
} from "../cli/run.ts";
import { replies, startScriptedServer } from "../deliver/scripted-server.ts";

// Each waits for servers that do not answer, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 });

type Machine = ReturnType<typeof machine>;

const mailsIn = ({ dir }: Machine) => {
  const box = join(dir, "Maildir/new");
  return existsSync(box) ? readdirSync(box).map((name) => readFileSync(join(box, name))) : [];
};

describe("started with nothing", () => {
  const bare = (redirections: string) =>
    `cd / && exec env -i "$0" "$1" report --config "$2" --now ${NOW} ${redirections}`;

  test.each([
    { name: "no environment", redirections: "" },
    { name: "closed input", redirections: "<&-" },
    { name: "closed output", redirections: ">&-" },
    { name: "all closed", redirections: "<&- >&- 2>&-" },
  ])("$name: the mail leaves", async ({ redirections }) => {
    const host = machine(QUIET + FAILURE, toMaildir());
    const args = ["-c", bare(redirections), process.execPath, program, host.config];
    expect(await execute("/bin/sh", args, { cwd: "/" })).toEqual({ status: 0, out: "", err: "" });
    expect(mailsIn(host)).toHaveLength(1);
  });

  const canChange = process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;
  test.skipIf(!canChange)("a user whom no list of users knows, and no HOME: the preview is printed", async () => {
    const host = machine(QUIET + FAILURE);
    for (const open of [join(host.dir, ".."), join(program, "../..")]) spawnSync("chmod", ["-R", "a+rX", open]);
    const command = `exec env -i setpriv --reuid 54321 --regid 54321 --clear-groups "$0" "$1" report --config "$2" --stdout --now ${NOW}`;
    const args = ["-c", command, process.execPath, program, host.config];
    const { status, out } = await execute("/bin/sh", args, { cwd: "/" });
    expect({ status, told: out.includes("203.0.113.9") }).toEqual({ status: 0, told: true });
  });
});

test("twenty runs at once: one mail, and nineteen that end with 75", async () => {
  let release: () => void = () => undefined;
  const others = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ok = replies({});
  const { port, messages } = await startScriptedServer("220 ready", (line, socket) => {
    if (!line.startsWith("MAIL")) return ok(line, socket);
    void others.then(() => socket.write("250 ok\r\n"));
    return "";
  });
  const host = machine(QUIET + FAILURE, toServer(port));
  let ended = 0;
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { status } = await nightly(host);
      ended += 1;
      if (ended === 19) release();
      return status;
    }),
  );
  expect(statuses.sort()).toEqual([0, ...Array.from({ length: 19 }, () => 75)]);
  expect(messages).toHaveLength(1);
});

/** Starts a run that is to be stopped. */
function begin(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, STATE_DIRECTORY: folder(), TZ: "UTC", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return {
    child,
    async stop(signal: "SIGTERM" | "SIGINT") {
      const at = performance.now();
      child.kill(signal);
      const [status] = await once(child, "close");
      return { status, err, inTime: performance.now() - at < 5_000 };
    },
  };
}

const stopped = (about: string) => ({
  status: 75,
  err: expect.stringMatching(new RegExp(`^logdigest: .*${about}.*\\n$`)),
  inTime: true,
});
const nightArgs = ({ config }: Machine) => ["report", "--config", config, "--now", NOW];

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 400; tries += 1) await delay(25);
  expect(holds()).toBe(true);
}

describe("a run that is stopped", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "while it reads (%s): the next one tells all",
    async (signal) => {
      const host = machine(QUIET + FAILURE, toMaildir());
      const whole = readFileSync(host.config, "utf8");
      const bin = folder();
      const mark = join(bin, "started");
      writeFileSync(join(bin, "journalctl"), `#!/bin/sh\n: >${mark}\nexec sleep 60\n`, { mode: 0o755 });
      writeFileSync(host.config, whole.replace("[mail]", '[[sources]]\nkind = "journald"\n[mail]'));
      const run = begin(nightArgs(host), { PATH: `${bin}:${process.env.PATH}` });
      await until(() => existsSync(mark));
      expect(await run.stop(signal)).toEqual(stopped("stopped"));
      expect(mailsIn(host)).toEqual([]);
      writeFileSync(host.config, whole);
      expect((await nightly(host)).status).toBe(0);
      expect(mailsIn(host)).toHaveLength(1);
    },
    30_000,
  );

  test("while it waits for its tick", async () => {
    const host = machine(QUIET, toMaildir());
    // A tick a day, the next one within the minute after this one.
    const tick = new Date(Math.ceil((Date.now() + 15_000) / 60_000) * 60_000);
    const schedule = `schedule = "${tick.getUTCMinutes()} ${tick.getUTCHours()} * * *"`;
    writeFileSync(host.config, `${schedule}\n${readFileSync(host.config, "utf8").replace("Europe/Rome", "UTC")}`);
    const run = begin(["report", "--config", host.config]);
    await until(() => existsSync(join(host.dir, "state/lock")));
    await delay(300);
    expect(await run.stop("SIGTERM")).toEqual(stopped("stopped"));
    expect(mailsIn(host)).toEqual([]);
  });

  test("while it sends: the message waits, and leaves with the next run", async () => {
    let silent = true;
    const ok = replies({});
    const { port, heard, messages } = await startScriptedServer("220 ready", (line, socket) =>
      line === "DATA" && silent ? "" : ok(line, socket),
    );
    const host = machine(QUIET + FAILURE, toServer(port));
    const run = begin(nightArgs(host));
    await until(() => heard.includes("DATA"));
    expect(await run.stop("SIGTERM")).toEqual(stopped("kept as 1"));
    silent = false;
    expect(await nightly(host)).toEqual({ status: 0, out: "", err: "" });
    expect(messages).toHaveLength(1);
  });

  test("while a sendmail that somebody has stopped keeps the message", async () => {
    const host = machine(QUIET + FAILURE);
    const sendmail = join(host.dir, "sendmail");
    const mark = join(host.dir, "started");
    writeFileSync(sendmail, `#!/bin/sh\n: >${mark}\nkill -STOP $$\n`, { mode: 0o755 });
    writeFileSync(host.config, readFileSync(host.config, "utf8") + toSendmail(sendmail));
    const run = begin(nightArgs(host));
    await until(() => existsSync(mark));
    expect(await run.stop("SIGTERM")).toEqual(stopped("kept as 1"));
  });

  test("while a program is asked for the password, and a heartbeat does not answer", async () => {
    const { port, heard } = await startScriptedServer("220 ready", replies({}));
    const { port: deaf } = await startScriptedServer("", () => "");
    const host = machine(
      QUIET + FAILURE,
      `${toServer(port, 'tls = "none"\nuser = "u"\npassword_command = ["sh", "-c", "exec sleep 30"]')}\n[heartbeat]\nurl = "http://127.0.0.1:${deaf}/ping"\n`,
    );
    const run = begin(nightArgs(host));
    await until(() => existsSync(join(host.dir, "state/state.db")));
    await delay(1_000);
    expect(await run.stop("SIGTERM")).toEqual(stopped("kept as 1"));
    expect(heard).toEqual([]);
  });
});

test("a channel that never answers ends by its time limit, and holds up no mail", async () => {
  const { port } = await startScriptedServer("", () => "");
  const host = machine(
    QUIET + FAILURE,
    `${toMaildir()}\n[[channels]]\nkind = "webhook"\non = "event"\nurl = "http://127.0.0.1:${port}/"\ntimeout_seconds = 1\n`,
  );
  const began = performance.now();
  expect((await nightly(host)).status).toBe(75);
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(mailsIn(host)).toHaveLength(1);
});

/** Runs of these nights tell each of these events once. */
async function tiles(events: readonly string[], runs: readonly string[], toml = "") {
  const first = `${runs[0]?.slice(0, 10)}T00:10:00Z mini cron[7]: (root) CMD (true)\n`;
  const lines = events.map(
    (time, i) => `${time} mini sshd[${300 + i}]: Failed password for root from 2001:db8::${i + 1} port 4711 ssh2\n`,
  );
  const host = machine(first + lines.join(""), toMaildir());
  writeFileSync(host.config, `${toml}\n${readFileSync(host.config, "utf8")}`);
  for (const now of runs)
    expect(await logdigest(["report", "--config", host.config, "--now", now])).toMatchObject({ status: 0 });
  const texts = await Promise.all(mailsIn(host).map(async (mail) => (await simpleParser(mail)).text ?? ""));
  return events.map((_, i) => texts.filter((text) => new RegExp(`2001:db8::${i + 1}(?!\\d)`).test(text)).length);
}

describe("nights", () => {
  test("in which the clocks go forward: each event once", async () => {
    const events = [
      "2026-03-28T23:56:00+01:00",
      "2026-03-29T01:59:59+01:00",
      "2026-03-29T03:00:00+02:00",
      "2026-03-29T23:56:00+02:00",
    ];
    const runs = ["2026-03-28T23:55:20+01:00", "2026-03-29T23:55:20+02:00", "2026-03-30T23:55:20+02:00"];
    expect(await tiles(events, runs)).toEqual([1, 1, 1, 1]);
    expect(await tiles(events, runs, 'schedule = "30 2 * * *"')).toEqual([1, 1, 1, 1]);
  });

  test("in which the clocks go back: each event once, also in the hour that comes twice", async () => {
    const events = [
      "2026-10-24T23:56:00+02:00",
      "2026-10-25T02:30:00+02:00",
      "2026-10-25T02:30:00+01:00",
      "2026-10-25T23:56:00+01:00",
    ];
    const runs = ["2026-10-24T23:55:20+02:00", "2026-10-25T23:55:20+01:00", "2026-10-26T23:55:20+01:00"];
    expect(await tiles(events, runs)).toEqual([1, 1, 1, 1]);
    const hourly = ["2026-10-25T02:55:20+02:00", "2026-10-25T02:55:20+01:00", "2026-10-26T02:55:20+01:00"];
    expect(await tiles(events, ["2026-10-24T23:55:20+02:00", ...hourly], 'schedule = "30 * * * *"')).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test("of which thirty were missed: each event once", async () => {
    const events = ["2026-10-21T10:00:00+02:00", "2026-11-05T10:00:00+01:00", "2026-11-19T10:00:00+01:00"];
    const runs = ["2026-10-20T23:55:20+02:00", "2026-11-19T23:55:20+01:00", "2026-11-20T23:55:20+01:00"];
    expect(await tiles(events, runs, "catch_up_days = 40")).toEqual([1, 1, 1]);
  });

  const fakes = spawnSync("faketime", ["--version"]).status === 0;
  if (!fakes) console.warn("skipped: no faketime (apt-get install faketime)");
  test.skipIf(!fakes)(
    "by the machine's own clock, on the night in which the clocks go back",
    async () => {
      const host = machine(
        "2026-10-24T23:40:00+02:00 mini cron[7]: (root) CMD (true)\n2026-10-25T02:30:00+01:00 mini sshd[9]: Failed password for root from 2001:db8::1 port 4711 ssh2\n",
        toMaildir(),
      );
      const env = { TZ: "UTC", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
      const args = ["2026-10-25 22:55:20", process.execPath, program, "report", "--config", host.config];
      expect(await execute("faketime", args, { env })).toEqual({ status: 0, out: "", err: "" });
      const [mail] = await Promise.all(mailsIn(host).map((one) => simpleParser(one)));
      expect(mail?.subject).toBe("mini: 1 failure (Sun 25 Oct)");
    },
    30_000,
  );
});
