// Broken logs through the whole program: what the coverage says of them, and the status a run ends with.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { folder, logdigest } from "../cli/run.ts";
import { bsdLine, cronDay, type MadeFile, make } from "./logs.ts";

const failed = (at: string, port = 4711) =>
  bsdLine(at, `mini sshd[211]: Failed password for root from 203.0.113.9 port ${port} ssh2`);
const NIGHT = "2026-11-19";
const end = (day: number) => `2026-11-${day}T23:59:00Z`;
const QUIET = cronDay("2026-11-18") + cronDay(NIGHT);

/** The checksum is wrong, the text is right. */
function withLastBitFlipped(packed: Buffer): Buffer {
  const at = packed.length - 8;
  packed[at] = (packed[at] as number) ^ 1;
  return packed;
}

interface Row {
  readonly source: string;
  readonly status: string;
  readonly lines: number;
  readonly note: string;
}

async function report(args: readonly string[]) {
  const { status, out, err } = await logdigest([
    "report",
    "--time-zone",
    "UTC",
    "--stdout",
    "--format",
    "json",
    ...args,
  ]);
  expect(err).toBe("");
  const { totals, coverage, empty, reasons } = JSON.parse(out) as {
    totals: { failures: number };
    coverage: Row[];
    empty: boolean;
    reasons: string[];
  };
  const rows = coverage.map(({ source, status, lines, note }) => ({ source, status, lines, note }));
  return { exit: status, failures: totals.failures, empty, reasons, coverage: rows };
}

/** Makes the logs of a machine and reports its night. */
function reportRoot(files: Record<string, MadeFile | string>, prepare: (logs: string) => void = () => undefined) {
  const root = folder();
  const logs = join(root, "var/log");
  mkdirSync(logs, { recursive: true });
  make(logs, files);
  prepare(logs);
  return report(["--root", root, "--date", NIGHT]);
}

const row = (status: string, lines: number, note = "") => ({ source: "/var/log/auth.log", status, lines, note });

describe("the night of another machine", () => {
  test("is quiet when its log was read to its end", async () => {
    expect(await reportRoot({ "auth.log": { text: QUIET, at: end(19) } })).toEqual({
      exit: 0,
      failures: 0,
      empty: true,
      reasons: [],
      coverage: [row("ok", 48)],
    });
  });

  test.each<{
    name: string;
    files: Record<string, MadeFile | string>;
    prepare?: (logs: string) => void;
    exit: number;
    failures?: number;
    row: Row;
  }>([
    {
      name: "names a rotated file that is cut, and counts what is in it",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.1.gz": { bytes: gzipSync(QUIET + failed(end(19))).subarray(0, -4), at: end(19) },
      },
      exit: 65,
      failures: 1,
      row: row("damaged", 73, "/var/log/auth.log.1.gz: the compressed file is cut: what could be read is used"),
    },
    {
      name: "names a rotated file that is missing, with both times",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.2": { text: cronDay("2026-11-17"), at: end(17) },
      },
      exit: 65,
      row: row(
        "partial",
        48,
        "/var/log/auth.log.1 is missing: nothing is known from 2026-11-17 23:00 to 2026-11-20 00:00",
      ),
    },
    {
      name: "names a pipe that has the name of the log",
      files: {},
      prepare: (logs) => execFileSync("mkfifo", [join(logs, "auth.log")]),
      exit: 66,
      row: row("unreadable", 0, "is a named pipe, not a log file"),
    },
    {
      name: "reads text that is called .gz",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.1.gz": { bytes: Buffer.from(QUIET + failed(end(19))), at: end(19) },
      },
      exit: 0,
      failures: 1,
      row: row("ok", 73),
    },
    {
      name: "counts no line of the same day a year before",
      files: {
        "auth.log": {
          text:
            failed("2025-11-19T12:00:00Z", 1) +
            bsdLine("2026-03-01T00:00:00Z", "mini CRON[77]: (root) CMD (true)") +
            failed("2026-11-19T13:00:00Z", 2),
          at: "2026-11-19T13:00:00Z",
        },
      },
      exit: 0,
      failures: 1,
      row: row("ok", 3),
    },
    {
      name: "is found in copies that lost their times a year later",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: "2027-12-24T00:00:00Z" },
        "auth.log-20261119": { text: QUIET + failed(end(19)), at: "2027-12-24T00:00:01Z" },
        "auth.log-20261117": { text: cronDay("2026-11-17"), at: "2027-12-24T00:00:02Z" },
      },
      exit: 0,
      failures: 1,
      row: row("ok", 97),
    },
    ...["bzip2", "xz", "zstd"].map((program) => ({
      name: `reads what ${program} compressed`,
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.0": {
          bytes: execFileSync(program, ["-c"], { input: QUIET + failed(end(19)), stdio: ["pipe", "pipe", "ignore"] }),
          at: end(19),
        },
      },
      exit: 0,
      failures: 1,
      row: row("ok", 73),
    })),
    {
      name: "names a rotated file that is empty",
      files: {
        "auth.log": { text: QUIET, at: end(19) },
        "auth.log.1.gz": { bytes: Buffer.alloc(0), at: end(19) },
      },
      exit: 65,
      row: row("damaged", 48, "/var/log/auth.log.1.gz is empty"),
    },
    {
      name: "names a rotated file with a bit flipped",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.1.gz": { bytes: withLastBitFlipped(gzipSync(QUIET)), at: end(19) },
      },
      exit: 65,
      row: row(
        "damaged",
        72,
        "/var/log/auth.log.1.gz: the compressed file is damaged (checksum or data error): what could be read is used",
      ),
    },
    {
      name: "names a folder that has the name of the log",
      files: {},
      prepare: (logs) => mkdirSync(join(logs, "auth.log")),
      exit: 66,
      row: row("unreadable", 0, "is a directory, not a log file"),
    },
    {
      name: "skips one line of 100 MiB and reads on behind it",
      files: {
        "auth.log": {
          bytes: Buffer.concat([
            Buffer.from(QUIET),
            Buffer.alloc(100 * 1024 * 1024, "a"),
            Buffer.from(`\n${failed(end(19))}`),
          ]),
          at: end(19),
        },
      },
      exit: 0,
      failures: 1,
      row: row("ok", 50, "/var/log/auth.log: 1 line longer than 64 KiB skipped"),
    },
    {
      name: "names the log that was compressed twice",
      files: {
        "auth.log": { text: cronDay("2026-11-20"), at: end(20) },
        "auth.log.1.gz.gz": { bytes: gzipSync(gzipSync(QUIET)), at: end(19) },
      },
      exit: 65,
      row: row("partial", 24, "/var/log/auth.log.1.gz.gz is compressed twice, which this version does not read"),
    },
  ])("$name", async ({ files, prepare, exit, failures = 0, row }) => {
    const found = await reportRoot(files, prepare);
    expect({ exit: found.exit, failures: found.failures, coverage: found.coverage }).toEqual({
      exit,
      failures,
      coverage: [row],
    });
    expect(found.empty).toBe(exit === 0 && failures === 0);
    expect(found.reasons.includes("source")).toBe(exit !== 0);
  });
});

test("a log that is named and not there is told, and the other is read", async () => {
  const dir = folder();
  make(dir, { "a.log": { text: QUIET + failed(end(19)), at: end(19) } });
  const [there, gone] = [join(dir, "a.log"), join(dir, "b.log")];
  expect(await report(["--date", NIGHT, "--log", there, gone])).toEqual({
    exit: 66,
    failures: 1,
    empty: false,
    reasons: ["failures", "source"],
    coverage: [
      { source: there, status: "ok", lines: 49, note: "" },
      { source: gone, status: "missing", lines: 0, note: "does not exist" },
    ],
  });
});
