// Nights of a journal, through the real journalctl and the whole program (apt-get install systemd-journal-remote). Skipped
// where it is not installed.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { folder } from "../sources/logs.ts";
import { buildProgram, run, withVarLog } from "./program.ts";

const remote = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"].find(existsSync);
const installed = remote !== undefined && spawnSync("journalctl", ["--version"]).status === 0;
if (!installed) console.warn("skipped: no journalctl (apt-get install systemd systemd-journal-remote)");
const program = installed ? buildProgram() : "";
const runWith = installed ? withVarLog() : undefined;

const MINUTE = 60_000;

interface JournalRecord {
  readonly at: number;
  readonly message: string;
  readonly app?: string;
  readonly hostname?: string;
}

/** Makes a journal file, as journald would have written it. */
function makeJournal(path: string, records: readonly JournalRecord[]): string {
  mkdirSync(dirname(path), { recursive: true });
  const input = records
    .map(({ at, message, app = "sshd", hostname = "mini" }, i) =>
      [
        `__REALTIME_TIMESTAMP=${at}000`,
        `__MONOTONIC_TIMESTAMP=${60_000_000 + i * 1_000_000}`,
        "_BOOT_ID=b1c2d3e4f5a60718293a4b5c6d7e8f90",
        "_MACHINE_ID=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "_TRANSPORT=syslog",
        `_HOSTNAME=${hostname}`,
        `SYSLOG_IDENTIFIER=${app}`,
        `_COMM=${app}`,
        `_PID=${1000 + i}`,
        `MESSAGE=${message}`,
        "\n",
      ].join("\n"),
    )
    .join("");
  const made = spawnSync(remote as string, ["--output", path, "-"], { input });
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return path;
}

const FROM = Date.parse("2024-11-18T00:00Z");
/** Somebody who guesses every two minutes, from an address that the last number of the minute tells. */
const guesses = (count: number, from = FROM): JournalRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    at: from + i * 2 * MINUTE,
    message: `Failed password for root from 203.0.113.${(i % 9) + 1} port ${20_000 + i} ssh2`,
  }));

/** A machine in UTC whose nights end at midnight. */
class Machine {
  readonly dir = folder();
  readonly config = join(this.dir, "config.toml");

  constructor(sources: string) {
    writeFileSync(
      this.config,
      [
        'host = "loghost"\ntime_zone = "UTC"\nschedule = "0 0 * * *"\nstate.dir = "state"',
        sources,
        '[mail]\nfrom = "logdigest@example.org"\nto = ["admin@example.org"]\ntransport = "maildir"',
        '[mail.maildir]\npath = "Maildir"\n',
      ].join("\n"),
    );
  }

  command(day: string, ...more: string[]): string[] {
    const now = new Date(Date.parse(`${day}T00:00:20Z`) + 86_400_000).toISOString();
    return [process.execPath, program, "report", "--config", this.config, "--now", now, ...more];
  }

  async mails() {
    const mails = join(this.dir, "Maildir/new");
    if (!existsSync(mails)) return [];
    const read = await Promise.all(readdirSync(mails).map((name) => simpleParser(readFileSync(join(mails, name)))));
    return read
      .sort((a, b) => (a.date?.getTime() ?? 0) - (b.date?.getTime() ?? 0))
      .map(({ subject, text = "" }) => ({ subject, text: text.replace(/\s+/g, " ") }));
  }
}

const journalIn = (directory: string) => `[[sources]]\nkind = "journald"\ndirectory = "${directory}"`;

describe.skipIf(!installed)("a folder of journals", () => {
  test("a damaged file of two is told: 65, and what could be read is counted", async () => {
    const dir = folder();
    makeJournal(join(dir, "whole.journal"), guesses(20));
    const hurt = makeJournal(join(dir, "hurt.journal"), guesses(400, FROM + MINUTE));
    const bytes = readFileSync(hurt);
    for (let i = 200_000; i < 202_000; i++) bytes[i] = (bytes[i] as number) ^ 0x5a;
    writeFileSync(hurt, bytes);
    const machine = new Machine(journalIn(dir));
    expect(run(machine.command("2024-11-18"))).toEqual({ status: 65, out: "", err: "" });
    const [mail] = await machine.mails();
    expect(mail?.subject).toMatch(
      /^mini: 1 warning, 1 log incomplete, at least \d+ failures|^mini: 1 warning, 1 log incomplete, \d+ failures/,
    );
    expect(mail?.text).toContain(`journald ${dir} is damaged`);
    expect(mail?.text).toContain("hurt.journal is damaged (journalctl --verify");
  });

  test("an unreadable file of two is told: 66, with the group to join", async () => {
    const dir = folder();
    const whole = makeJournal(join(dir, "whole.journal"), guesses(20));
    const locked = makeJournal(join(dir, "locked.journal"), guesses(20, FROM + MINUTE));
    const machine = new Machine(journalIn(dir));
    for (const path of [dir, dirname(dir), machine.dir]) chmodSync(path, 0o755);
    chmodSync(whole, 0o644);
    chmodSync(locked, 0);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(machine.dir, 65_534, 65_534);
    const nobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    expect(run([...nobody, ...machine.command("2024-11-18")])).toEqual({ status: 66, out: "", err: "" });
    const [mail] = await machine.mails();
    expect(mail?.subject).toContain("1 log not read");
    expect(mail?.text).toContain(
      `cannot read ${locked}: permission denied (add the user to group systemd-journal or adm)`,
    );
    expect(mail?.text).toContain("20 tries");
  });

  test("a machine that sent something every night for a week and is silent is told by name: 65", async () => {
    const dir = folder();
    const days = [18, 19, 20, 21, 22, 23, 24, 25];
    const records = days.flatMap((day, i) =>
      ["web1", ...(i < 7 ? ["web2"] : [])].flatMap((hostname) =>
        Array.from({ length: 24 }, (_, hour) => ({
          at: Date.UTC(2024, 10, day, hour, hostname === "web1" ? 1 : 2),
          hostname,
          app: "sudo",
          message: "pam_unix(sudo:session): session closed for user root",
        })),
      ),
    );
    makeJournal(
      join(dir, "fleet.journal"),
      records.sort((a, b) => a.at - b.at),
    );
    const machine = new Machine(journalIn(dir));
    const statuses = days.map((day) => run(machine.command(`2024-11-${day}`)).status);
    expect(statuses).toEqual([0, 0, 0, 0, 0, 0, 0, 65]);
    expect(await machine.mails()).toEqual([
      {
        subject: expect.stringContaining("1 log silent"),
        text: expect.stringContaining(`web2 in journald ${dir} has had no line`),
      },
    ]);
  }, 120_000);
});

describe.skipIf(runWith === undefined)("log files and a journal that hold the same messages", () => {
  const id = () => {
    try {
      return readFileSync("/etc/machine-id", "utf8").trim();
    } catch {
      return "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    }
  };
  const asLine = ({ at, message }: JournalRecord, i: number) =>
    `${new Date(at).toISOString()} mini sshd[${1000 + i}]: ${message}\n`;

  /** /var/log with both; the lines of the file are as much older. */
  function both(olderDays: number) {
    const logs = folder();
    const records = guesses(700, FROM - 30 * MINUTE);
    makeJournal(join(logs, "journal", id(), "system.journal"), records);
    const older = records.map(({ at, ...rest }) => ({ ...rest, at: at - olderDays * 1_440 * MINUTE }));
    const log = join(logs, "auth.log");
    writeFileSync(log, older.map(asLine).join(""));
    const endedAt = (older.at(-1)?.at ?? 0) / 1000;
    utimesSync(log, endedAt, endedAt);
    const machine = new Machine("");
    const command = machine.command("2024-11-18", "--stdout", "--format", "json");
    const { status, out } = (runWith as NonNullable<typeof runWith>)(logs, command);
    const { totals, coverage } = JSON.parse(out);
    return {
      status,
      failures: totals.failures,
      read: coverage.map(({ source, lines, note }: { source: string; lines: number; note: string }) =>
        [source, lines > 0 ? "read" : note].join(": "),
      ),
    };
  }

  test("both cover the night: the file is read, and the journal is named with the reason", () => {
    expect(both(0)).toEqual({
      status: 0,
      failures: 685,
      read: ["/var/log/auth.log: read", "journald: not read: the log files hold the same messages"],
    });
  });

  test("the file broke off days before: the journal is read, and the file is named with the reason", () => {
    expect(both(3)).toEqual({
      status: 0,
      failures: 685,
      read: [
        "journald: read",
        expect.stringMatching(/^\/var\/log\/auth\.log: not read: .*auth\.log ends .*, and the journal goes on$/),
      ],
    });
  });
});

const corpus = join(import.meta.dirname, "../../../shared/corpus-journal");

// Not part of the project: three machines, five days, in CI there is none.
if (installed && existsSync(corpus)) {
  describe("a journal of three machines", () => {
    const dir = folder();
    const file = join(dir, "fleet.journal");
    writeFileSync(file, gunzipSync(readFileSync(join(corpus, "fleet-small.journal.gz"))));
    const expected = JSON.parse(readFileSync(join(corpus, "expected.json"), "utf8"));
    const machine = new Machine(journalIn(dir));

    /** A message with control characters, or that is no UTF-8, stands there as its bytes. */
    const messageOf = (line: string): string => {
      const { MESSAGE } = JSON.parse(line);
      return Array.isArray(MESSAGE) ? Buffer.from(MESSAGE).toString("latin1") : String(MESSAGE);
    };

    /** Names without a guess: each is one try more. */
    function namesAlone(day: string): number {
      const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
      const args = ["--file", file, "-o", "json", "-a", "--since", `${day} 00:00:00`, "--until", `${next} 00:00:00`];
      return run(["journalctl", "--no-pager", "-q", ...args])
        .out.split("\n")
        .filter((line) => line !== "" && /^Invalid user /.test(messageOf(line))).length;
    }

    test.each(["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"])("%s", async (day) => {
      const { status, out } = run(machine.command(day, "--date", day, "--stdout", "--format", "json"));
      const { totals, hosts, coverage } = JSON.parse(out);
      expect({ status, hosts: hosts.length, source: coverage[0].status }).toEqual({
        status: 0,
        hosts: 3,
        source: "ok",
      });
      // One login of the 17th is forged by logger.
      expect({ ...totals, logins: totals.logins + (day === "2026-11-17" ? 1 : 0) }).toMatchObject({
        logins: expected.accepted_by_day[day],
        failures: expected.failed_by_day[day] + namesAlone(day),
        firewallBlocks: expected.ufw_by_day[day],
      });
    });

    test("four scheduled nights are four mails", async () => {
      const days = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"];
      expect(days.map((day) => run(machine.command(day)))).toEqual(days.map(() => ({ status: 0, out: "", err: "" })));
      const mails = await machine.mails();
      expect(mails.map(({ subject }) => /(\d+ logins)/.exec(subject ?? "")?.[1])).toEqual([
        "8 logins",
        "9 logins",
        "8 logins",
        "6 logins",
      ]);
    });
  });
}
