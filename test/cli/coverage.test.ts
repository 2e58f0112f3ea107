// What could not be read, or says nothing any more, is told: each trouble in words of its own, with its exit status, as
// often as it needs to be.
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { folder, logdigest, repository, toMaildir } from "./run.ts";

const MINUTE = 60_000;
const FIRST = Date.parse("2024-11-04T00:00Z");
const at = (day: number, hour: number) => FIRST + (day * 24 + hour) * 60 * MINUTE;

/** A machine in UTC whose only log is auth.log. */
class Machine {
  readonly dir = folder();
  readonly log = join(this.dir, "auth.log");
  private readonly config = join(this.dir, "config.toml");

  constructor({ top = "", mail = "", source = "" } = {}) {
    writeFileSync(
      this.config,
      `host = "mini"\ntime_zone = "UTC"\nstate.dir = "state"\n${top}\n[[sources]]\npath = "auth.log"\n${source}\n${toMaildir(mail)}`,
    );
  }

  write(time: number, message: string): void {
    appendFileSync(this.log, `${new Date(time).toISOString()} mini ${message}\n`);
    utimesSync(this.log, time / 1000, time / 1000);
  }

  /** A night with as many lines of cron, the first one at midnight. */
  quiet(day: number, lines = 24): void {
    for (let i = 0; i < lines; i++) {
      this.write(at(day, 0) + i * 55 * MINUTE, `CRON[${i + 1}]: pam_unix(cron:session): session closed for user root`);
    }
  }

  async report(day: number): Promise<number | null> {
    const now = new Date(at(day, 23) + 55 * MINUTE + 20_000).toISOString();
    const { status, out, err } = await logdigest(["report", "--config", this.config, "--now", now]);
    expect({ out, err }).toEqual({ out: "", err: "" });
    return status;
  }

  async preview(day: number) {
    const now = new Date(at(day, 23) + 55 * MINUTE + 20_000).toISOString();
    const args = ["report", "--config", this.config, "--now", now, "--stdout", "--format", "json"];
    return JSON.parse((await logdigest(args)).out);
  }

  /** Oldest first: subject, and the text with its lines joined. */
  async mails() {
    const mails = join(this.dir, "Maildir/new");
    if (!existsSync(mails)) return [];
    const read = await Promise.all(readdirSync(mails).map((name) => simpleParser(readFileSync(join(mails, name)))));
    return read
      .sort((a, b) => (a.date?.getTime() ?? 0) - (b.date?.getTime() ?? 0))
      .map(({ subject, text = "" }) => ({ subject, text: text.replace(/\s+/g, " ") }));
  }
}

/** Runs some nights, each after what happened in it; returns their exit statuses. */
async function nights(machine: Machine, days: readonly number[], happens: (day: number) => void) {
  const statuses: (number | null)[] = [];
  for (const day of days) {
    happens(day);
    statuses.push(await machine.report(day));
  }
  return statuses;
}

const week = [0, 1, 2, 3, 4, 5, 6];

describe("auth.log", () => {
  test.concurrent("is missing: told every night until it is back, and read from where it was left", async ({
    expect,
  }) => {
    const machine = new Machine();
    await nights(machine, week, (day) => machine.quiet(day));
    const away = join(machine.dir, "away");
    renameSync(machine.log, away);
    expect(await nights(machine, [7, 8], () => undefined)).toEqual([66, 66]);
    renameSync(away, machine.log);
    machine.write(at(7, 12), "sshd[7]: Failed password for root from 203.0.113.9 port 4711 ssh2");
    machine.quiet(9);
    expect(await machine.report(9)).toBe(0);
    const mails = await machine.mails();
    expect(mails.map(({ subject }) => subject)).toEqual([
      "mini: 1 critical, 1 log not read (Mon 11 Nov)",
      "mini: 1 critical, 1 log not read (Tue 12 Nov)",
      "mini: 1 failure (Wed 13 Nov)",
    ]);
    expect(mails[0]?.text).toContain(`${machine.log} is missing`);
    expect(mails[0]?.text).toContain(`${machine.log}: does not exist. What it would have told is not in this digest.`);
  }, 180_000);

  test.concurrent("is empty after a week of nights with lines: it is no longer written to", async ({ expect }) => {
    const machine = new Machine();
    await nights(machine, week, (day) => machine.quiet(day));
    renameSync(machine.log, `${machine.log}.1`);
    writeFileSync(machine.log, "");
    utimesSync(machine.log, at(7, 0) / 1000, at(7, 0) / 1000);
    expect(await machine.report(7)).toBe(65);
    const [mail, ...others] = await machine.mails();
    expect(others).toEqual([]);
    expect(mail?.subject).toBe("mini: 1 warning, 1 log silent (Mon 11 Nov)");
    expect(mail?.text).toContain(`${machine.log} has had no line`);
    expect(mail?.text).toContain("has no line of this window, and usually has about 24: is it still written to?");
  }, 180_000);

  test.concurrent.each([
    { name: "19 lines a night", lines: 19, days: week },
    { name: "six nights", lines: 24, days: week.slice(1) },
  ])(
    "is empty, and nothing can be said of it after $name",
    async ({ lines, days }) => {
      const machine = new Machine();
      await nights(machine, days, (day) => machine.quiet(day, lines));
      renameSync(machine.log, `${machine.log}.1`);
      writeFileSync(machine.log, "");
      utimesSync(machine.log, at(7, 0) / 1000, at(7, 0) / 1000);
      expect(await machine.report(7)).toBe(0);
      expect(await machine.mails()).toEqual([]);
    },
    180_000,
  );

  test.concurrent("has a format that nobody knows: told once, and again after a week", async ({ expect }) => {
    const machine = new Machine();
    machine.quiet(0);
    const statuses = await nights(machine, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], (day) => {
      for (let i = 0; i < 30; i++) {
        const time = at(day, 1) + i * MINUTE;
        const told = `<6>[${time / 1000}] login service says: peer number ${i} came in\n`;
        if (day > 0) appendFileSync(machine.log, told);
        utimesSync(machine.log, time / 1000, time / 1000);
      }
    });
    expect(statuses).toEqual([0, 65, 0, 0, 0, 0, 0, 0, 65, 0]);
    const mails = await machine.mails();
    expect(mails.map(({ subject }) => subject)).toEqual([
      "mini: 1 warning, 1 log not understood (Tue 5 Nov)",
      "mini: 1 warning, 1 log not understood (Tue 12 Nov)",
    ]);
    expect(mails[0]?.text).toContain(`${machine.log} is not understood`);
    expect(mails[0]?.text).toMatch(/30 of \d+ lines have no time stamp that this version can read/);
  }, 180_000);

  test.concurrent("takes another format in the middle of a night: told, however much came before", async ({
    expect,
  }) => {
    const machine = new Machine();
    machine.quiet(0, 26);
    machine.quiet(1, 13);
    for (let i = 0; i < 20; i++)
      appendFileSync(machine.log, `<6>[${i}] login service says: peer number ${i} came in\n`);
    expect(await machine.report(1)).toBe(65);
    const [mail] = await machine.mails();
    expect(mail?.text).toMatch(/its last 20 lines have no time stamp that this version can read/);
  }, 60_000);

  test.concurrent("has words of sshd that nobody knows: told once, and at once when others come", async ({
    expect,
  }) => {
    const machine = new Machine();
    const words = (day: number) => (day < 3 ? "a peer was let in" : "another peer was shown the door");
    const statuses = await nights(machine, [0, 1, 2, 3, 4], (day) => {
      for (let i = 0; i < 30; i++) machine.write(at(day, 1) + i * MINUTE, `sshd[${i + 1}]: ${words(day)}`);
    });
    expect(statuses).toEqual([65, 0, 0, 65, 0]);
    const mails = await machine.mails();
    expect(mails[0]?.text).toContain(
      '30 of 30 lines of sshd have a form that this version does not know, such as "a peer was let in"',
    );
    expect(mails[1]?.text).toContain("another peer was shown the door");
  }, 180_000);
});

describe("a config that names no log of logins that is there", () => {
  test.each([
    { name: "fail2ban.log alone", sources: ["fail2ban.log"], status: 66 },
    {
      name: "an optional auth.log that is absent, beside fail2ban.log",
      sources: ["fail2ban.log", "auth.log?"],
      status: 66,
    },
    { name: "an optional auth.log that is there", sources: ["auth.log?"], there: true, status: 0 },
  ])("$status: $name", async ({ sources, there = false, status }) => {
    const dir = folder();
    const quiet = `${new Date(at(0, 12)).toISOString()} mini CRON[1]: pam_unix(cron:session): session closed for user root\n`;
    writeFileSync(join(dir, "fail2ban.log"), "");
    if (there) writeFileSync(join(dir, "auth.log"), quiet);
    const config = join(dir, "config.toml");
    const tables = sources.map(
      (name) => `[[sources]]\npath = "${name.replace("?", "")}"\noptional = ${name.endsWith("?")}\n`,
    );
    writeFileSync(config, `time_zone = "UTC"\nstate.dir = "state"\n${tables.join("")}${toMaildir()}`);
    const now = new Date(at(0, 23) + 56 * MINUTE).toISOString();
    expect(await logdigest(["report", "--config", config, "--now", now])).toEqual({ status, out: "", err: "" });
    const { out } = await logdigest(["report", "--config", config, "--now", now, "--stdout"]);
    expect(out.includes("login messages are missing")).toBe(status === 66);
  });
});

describe("trouble with a log is told whatever else the mail is about", () => {
  test.concurrent.each([
    { name: 'mail.on = "finding"', settings: { mail: 'on = "finding"' } },
    { name: 'mail.on = "login"', settings: { mail: 'on = "login"' } },
    { name: 'sections = ["logins"]', settings: { top: 'sections = ["logins"]' } },
  ])(
    "$name",
    async ({ settings }) => {
      const missing = new Machine(settings);
      expect(await missing.report(0)).toBe(66);
      expect(await missing.mails()).toEqual([
        { subject: expect.stringContaining("1 log not read"), text: expect.stringContaining("does not exist") },
      ]);
      const strange = new Machine(settings);
      for (let i = 0; i < 30; i++) strange.write(at(0, 1) + i * MINUTE, `sshd[${i + 1}]: a peer was let in`);
      expect(await strange.report(0)).toBe(65);
      expect(await strange.mails()).toEqual([
        {
          subject: expect.stringContaining("1 log not understood"),
          text: expect.stringContaining("a form that this version"),
        },
      ]);
    },
    180_000,
  );
});

describe("a limit that the log admits to makes lower bounds of the totals that it touches", () => {
  const logins = ["logins", "failures", "invalidUsers", "denied", "probes", "sessions"];
  const packets = ["firewallBlocks", "firewallAllows"];
  test.concurrent.each([
    { line: "rsyslogd: imuxsock[pid 4711]: begin to drop messages due to rate-limiting", touched: "all" },
    {
      line: "rsyslogd: imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)",
      touched: "all",
    },
    { line: "rsyslogd-2177: imuxsock lost 123 messages from pid 4711 due to rate-limiting", touched: "all" },
    { line: "systemd-journald[312]: Suppressed 1234 messages from ssh.service", touched: logins },
    { line: "systemd-journald[312]: Suppressed 1234 messages from /system.slice/sshd.service", touched: logins },
    { line: "systemd-journald[312]: Suppressed 99 messages from cups.service", touched: [] },
    { line: "systemd-journald[312]: Forwarding to syslog missed 12 messages.", touched: "all" },
    { line: "systemd-journald[312]: Missed 12 kernel messages", touched: packets },
    { line: "kernel: [ 1234.567890] net_ratelimit: 12 callbacks suppressed", touched: packets },
    { line: "kernel: ipfw: limit 100 reached on entry 65500", touched: packets },
    {
      line: "sshd[7]: error: beginning MaxStartups throttling",
      touched: [],
    },
    {
      line: "sshd[7]: PerSourcePenalties logging rate-limited: additional 12 connections dropped",
      touched: logins,
    },
    {
      line: "kernel[0]: *** kernel exceeded 500 log message per second limit  -  remaining messages this second discarded ***",
      touched: "all",
    },
  ])(
    "$line",
    async ({ line, touched }) => {
      const machine = new Machine();
      machine.quiet(0);
      machine.write(at(0, 23), line);
      const { totals, atLeast } = await machine.preview(0);
      expect(atLeast).toEqual(touched === "all" ? Object.keys(totals) : touched);
    },
    180_000,
  );

  test("and the mail says so", async () => {
    const machine = new Machine();
    machine.quiet(0);
    machine.write(at(0, 12), "sshd[7]: Failed password for root from 203.0.113.9 port 4711 ssh2");
    machine.write(at(0, 13), "systemd-journald[312]: Suppressed 1234 messages from ssh.service");
    expect(await machine.report(0)).toBe(0);
    const [mail] = await machine.mails();
    expect(mail?.text).toContain("at least");
  });
});

// Not part of the project: one Debian server's /var/log of May 2022, whose auth.log.1 and ufw.log.1 are gone.
const server = join(repository, "../shared/corpus/server-dir");
if (!existsSync(server)) console.warn(`skipped: there is no ${server}`);

describe.skipIf(!existsSync(server))("a week that is gone from the rotated files of a server", () => {
  /** When each file was written last. */
  const files = {
    "auth.log": "2022-05-29T11:56:10Z",
    "ufw.log": "2022-05-29T11:56:40Z",
    "auth.log.2.gz": "2022-05-22T00:00:06Z",
    "ufw.log.2.gz": "2022-05-22T00:00:06Z",
    "auth.log.3.gz": "2022-05-15T00:05:00Z",
    "auth.log.4.gz": "2022-05-08T00:05:00Z",
  };

  test.each([
    { day: "2022-05-21", status: 0, totals: { logins: 0, failures: 6953, invalidUsers: 344 }, note: "" },
    {
      day: "2022-05-25",
      status: 65,
      totals: { logins: 0, failures: 0, invalidUsers: 0 },
      note: "/var/log/auth.log.1 is missing: nothing is known from 2022-05-22 00:00 to 2022-05-29 00:01",
    },
    {
      day: "2022-05-29",
      status: 65,
      totals: { logins: 1, failures: 2001, invalidUsers: 76, firewallBlocks: 1832 },
      note: "/var/log/auth.log.1 is missing: nothing is known from 2022-05-22 00:00 to 2022-05-29 00:01",
    },
  ])("$day", async ({ day, status, totals, note }) => {
    const root = folder();
    mkdirSync(join(root, "var/log"), { recursive: true });
    for (const [name, time] of Object.entries(files)) {
      const path = join(root, "var/log", name);
      copyFileSync(join(server, name), path);
      chmodSync(path, 0o644);
      utimesSync(path, new Date(time), new Date(time));
    }
    const args = ["report", "--root", root, "--date", day, "--time-zone", "UTC", "--format", "json"];
    const ended = await logdigest(args);
    const digest = JSON.parse(ended.out);
    expect({ status: ended.status, note: digest.coverage[0].note, totals: digest.totals }).toEqual({
      status,
      note,
      totals: expect.objectContaining(totals),
    });
  });
});

// Nothing was read there, so nothing can be said of it.
test.each([
  { day: "2024-11-03", status: 65, told: "partial", empty: false },
  { day: "2024-11-04", status: 0, told: "ok", empty: true },
])("of a day that the log does not reach back to, $day, silence is no proof", async ({ day, status, told, empty }) => {
  const machine = new Machine();
  machine.quiet(0, 13);
  const asked = ["report", "--log", machine.log, "--date", day, "--time-zone", "UTC", "--format", "json"];
  const ended = await logdigest(asked);
  expect(ended.status).toBe(status);
  const digest = JSON.parse(ended.out);
  expect(digest).toMatchObject({ empty, coverage: [{ status: told }] });
  const note = "begins 2024-11-04 00:00: of the time before nothing is known";
  expect(digest.coverage[0].note).toBe(empty ? "" : note);
});
