// journald's journal, read by the real journalctl from files that the real systemd-journal-remote wrote (Debian:
// apt-get install systemd systemd-journal-remote). Skipped where they are not installed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parsers } from "../../src/parsers/index.ts";
import { type JournalOptions, journalSource, oldestRecord } from "../../src/sources/journal/journald.ts";
import { folder } from "../sources/logs.ts";
import { never, type Period, readSource } from "../sources/read-source.ts";

const remote = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"].find(existsSync);
const installed = remote !== undefined && spawnSync("journalctl", ["--version"]).status === 0;
if (!installed) console.warn("skipped: no journalctl (apt-get install systemd systemd-journal-remote)");

const identifiers = parsers.flatMap(({ appNames }) => appNames);
const fixture = join(import.meta.dirname, "../../fixtures/journal/mini.export");
const night: Period = { from: "2026-11-16T12:00Z", to: "2026-11-16T13:00Z" };

/** Makes a journal file, as journald would have written it. */
function makeJournal(path: string, content: Buffer | string = readFileSync(fixture)): string {
  const made = spawnSync(remote as string, ["--output", path, "-"], { input: content });
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return path;
}

/** Records of sshd, one a second from `from` on. */
function records(from: string, count: number, monotonic = 3_600_000): string {
  return Array.from({ length: count }, (_, i) => {
    const at = Date.parse(from) + i * 1000;
    return [
      `__REALTIME_TIMESTAMP=${at}000`,
      `__MONOTONIC_TIMESTAMP=${monotonic + i * 1000}000`,
      "_BOOT_ID=b1c2d3e4f5a60718293a4b5c6d7e8f90",
      "_MACHINE_ID=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
      "_TRANSPORT=syslog",
      "SYSLOG_IDENTIFIER=sshd",
      "_COMM=sshd",
      `_PID=${1000 + i}`,
      `MESSAGE=Failed password for root from 203.0.113.${i % 200} port ${20_000 + i} ssh2`,
      "\n",
    ].join("\n");
  }).join("");
}

function read(directory: string, period?: Period, options: Partial<JournalOptions> = {}) {
  return readSource(journalSource({ login: true, directory, identifiers, env: process.env, ...options }), period);
}

describe.skipIf(!installed)("journalctl", () => {
  test("reads who got in and who tried, and believes no record that is forged", async () => {
    const dir = folder();
    makeJournal(join(dir, "mini.journal"));
    const { status, notes, told, ledger } = await read(dir, night);
    expect({ status, notes, told, dropped: [...ledger.dropped] }).toEqual({
      status: "ok",
      notes: [],
      told: [
        "login.success alice@192.0.2.10",
        "session.open alice",
        "login.invalid-user admin@203.0.113.7",
        "login.failure admin@203.0.113.7",
        "login.invalid-user adm\ufffd\ufffd\ufffdin@203.0.113.8",
        "login.success bob@192.0.2.11",
        "privilege.success alice",
        "firewall.block@203.0.113.9",
        "ban@203.0.113.7",
        "login.failure carol@203.0.113.11",
        "service",
      ],
      dropped: ["login"],
    });
  });

  test("dates a record by when it came in, and names the machine that sent it", async () => {
    const dir = folder();
    makeJournal(join(dir, "mini.journal"));
    const { events } = await read(dir, night);
    const bob = events.find(({ event }) => "user" in event && event.user === "bob");
    expect({ at: bob?.event.head.at, host: bob?.host }).toEqual({
      at: Date.parse("2026-11-16T12:06Z"),
      host: "mini.example.org",
    });
  });

  test.each([
    { name: "the first instant belongs to it", from: "12:01:00.000", to: "12:01:00.001", count: 1 },
    { name: "its end does not", from: "12:00:30.000", to: "12:01:00.000", count: 0 },
  ])("a window is half-open: $name", async ({ from, to, count }) => {
    const dir = folder();
    makeJournal(join(dir, "mini.journal"));
    const { told } = await read(dir, { from: `2026-11-16T${from}Z`, to: `2026-11-16T${to}Z` });
    expect(told).toHaveLength(count);
  });

  test("reads the folders of machines below a folder", async () => {
    const dir = folder();
    const machine = join(dir, "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    mkdirSync(machine);
    makeJournal(join(machine, "system.journal"));
    const { status, told } = await read(dir, night);
    expect({ status, count: told.length }).toEqual({ status: "ok", count: 11 });
  });

  test("tells when the oldest record was written", async () => {
    const dir = folder();
    makeJournal(join(dir, "mini.journal"));
    expect(await oldestRecord({ directory: dir, env: process.env }, never)).toBe(Date.parse("2026-11-16T12:00Z"));
    expect(await oldestRecord({ directory: folder(), env: process.env }, never)).toBeUndefined();
  });

  test("a damaged file of two is told, and read from end to end: a search would lose most of it in silence", async () => {
    const dir = folder();
    makeJournal(join(dir, "whole.journal"));
    const path = makeJournal(join(dir, "hurt.journal"), records("2026-11-16T12:00Z", 400));
    flip(path, 200_000, 2_000);
    const { status, notes, told } = await read(dir, night);
    expect({ status, notes }).toEqual({
      status: "damaged",
      notes: [
        expect.stringMatching(/hurt\.journal is damaged \(journalctl --verify: .+\): what could be read is used$/),
      ],
    });
    expect(told.filter((each) => each.startsWith("login.failure root"))).toHaveLength(400);
    expect(told).toContain("login.success alice@192.0.2.10");
  });

  test("damage in a file of another time is no problem of tonight", async () => {
    const dir = folder();
    makeJournal(join(dir, "whole.journal"));
    flip(makeJournal(join(dir, "hurt.journal"), records("2026-11-01T12:00Z", 400)), 200_000, 2_000);
    const { status, notes } = await read(dir, night);
    expect({ status, notes }).toEqual({ status: "ok", notes: [] });
  });

  test.each([
    { name: "cut", size: 300_000 },
    { name: "emptied", size: 0 },
  ])("a file that was $name is told", async ({ size }) => {
    const dir = folder();
    makeJournal(join(dir, "whole.journal"));
    truncateSync(makeJournal(join(dir, "hurt.journal"), records("2026-11-16T12:00Z", 400)), size);
    const { status, told } = await read(dir, night);
    expect({ status, alice: told.includes("login.success alice@192.0.2.10") }).toEqual({
      status: "damaged",
      alice: true,
    });
  });

  test("one unreadable file of two is told, with the group to join", async () => {
    const dir = folder();
    makeJournal(join(dir, "whole.journal"));
    chmodSync(join(dir, "whole.journal"), 0o644);
    const path = makeJournal(join(dir, "system.journal"), records("2026-11-16T12:00Z", 400));
    chmodSync(path, 0);
    chmodSync(dir, 0o755);
    chmodSync(join(dir, ".."), 0o755);
    const { status, notes, told } = await asNobody(() => read(dir, night));
    expect({ status, notes, alice: told.includes("login.success alice@192.0.2.10") }).toEqual({
      status: "unreadable",
      notes: [`cannot read ${path}: permission denied (add the user to group systemd-journal or adm)`],
      alice: true,
    });
    chmodSync(join(dir, "whole.journal"), 0);
    expect(await asNobody(() => oldestRecord({ directory: dir, env: process.env }, never))).toBeUndefined();
  });

  test("a folder without a journal is missing, unless it is optional", async () => {
    const dir = folder();
    expect(await read(dir, night)).toMatchObject({ status: "missing", notes: [`no journal is kept in ${dir}`] });
    expect(await read(join(dir, "gone"), night)).toMatchObject({ status: "missing" });
    expect(await read(dir, night, { optional: true })).toMatchObject({
      status: "ok",
      notes: [`no journal is kept in ${dir}: optional`],
    });
  });
});

const corpus = join(import.meta.dirname, "../../../shared/corpus-journal");
const hasCorpus = installed && existsSync(corpus);

// Not part of the project: three machines, five days, in CI there is none.
if (hasCorpus) {
  describe("a journal of three machines", () => {
    const dir = folder();
    const expected = JSON.parse(readFileSync(join(corpus, "expected.json"), "utf8"));
    writeFileSync(join(dir, "fleet.journal"), gunzipSync(readFileSync(join(corpus, "fleet-small.journal.gz"))));

    test.each(["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"])("%s", async (day) => {
      const from = `${day}T00:00Z`;
      const { status, events, ledger } = await read(dir, {
        from,
        to: new Date(Date.parse(from) + 86_400_000).toISOString(),
      });
      const count = (kind: string) => events.filter(({ event }) => event.kind === kind).length;
      // One login of the 17th is forged by logger.
      const forged = day === "2026-11-17" ? 1 : 0;
      expect({
        status,
        accepted: count("login.success") + forged,
        failed: count("login.failure"),
        blocked: count("firewall.block"),
        hosts: new Set(events.map(({ host }) => host)).size,
      }).toEqual({
        status: "ok",
        accepted: expected.accepted_by_day[day],
        failed: expected.failed_by_day[day],
        blocked: expected.ufw_by_day[day],
        hosts: 3,
      });
      expect(ledger.lines).toBeLessThanOrEqual(expected.entries);
    });
  });
}

/** Turns over bits in the middle of a file. */
function flip(path: string, at: number, length: number): void {
  const bytes = readFileSync(path);
  for (let i = at; i < at + length; i++) bytes[i] = (bytes[i] as number) ^ 0x5a;
  writeFileSync(path, bytes);
}

/** root may read everything: does as a user without rights would. */
async function asNobody<T>(what: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return what();
  process.seteuid?.(65_534);
  try {
    return await what();
  } finally {
    process.seteuid?.(0);
  }
}
