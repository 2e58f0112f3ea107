// systemd's journal, read by journalctl. Its exit status and its silence prove nothing: it passes over files that it
// may not read, and a search through a damaged file ends early without a word (systemd 252). So the files are looked at
// here and verified by `journalctl --verify`, and a damaged one is read from end to end instead of searched.
// Options and fields: journalctl(1), systemd.journal-fields(7). Seen: systemd 252.
import { statSync } from "node:fs";
import type { Instant } from "../../events/event.ts";
import { lineClock } from "../../window/line-clock.ts";
import { zoneClock } from "../../window/zone.ts";
import { type CommandEnd, runCommand, startCommand } from "../command.ts";
import { type LineCounts, readLines } from "../lines.ts";
import { type Batch, DISORDER, type Ledger, type Range, type Source, worsen } from "../source.ts";
import { isUsers, type JournalFile, type JournalFolders, journalFiles, mayHold } from "./journal-files.ts";
import { clockWentBack, holesIn, oldestFile } from "./journal-gaps.ts";
import { verifyFile } from "./journal-verify.ts";

/** Where a journal is and how it is read. */
export interface JournalPlace {
  /** Another folder than this machine's: one that systemd-journal-remote writes, or a copy. */
  readonly directory?: string | undefined;
  /** journalctl; looked up in PATH when absent. */
  readonly path?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long journalctl may say nothing while it is waited for; default 10 minutes. */
  readonly timeoutMs?: number | undefined;
}

export interface JournalOptions extends JournalPlace {
  readonly login: boolean;
  /** A journal that may be absent. */
  readonly optional?: boolean | undefined;
  /** The programs whose records are wanted, as they call themselves; a trailing `*` stands for any rest. */
  readonly identifiers: readonly string[];
}

const TIMEOUT_MS = 10 * 60_000;
const FIELDS = [
  "MESSAGE",
  "_HOSTNAME",
  "SYSLOG_IDENTIFIER",
  "SYSLOG_PID",
  "_PID",
  "_UID",
  "_COMM",
  "_EXE",
  "_TRANSPORT",
  "PRIORITY",
  "_SOURCE_REALTIME_TIMESTAMP",
].join(",");
/** journald's clock is that of the machine; its calendar ends with the year 9999. */
const LAST_DAY = Date.UTC(9999, 11, 31);
/** So many programs of one `NAME*` are asked for. */
const MOST_NAMES = 200;
/** A journal whose first record is older than this boot by less begins with the machine, not in the middle of its life. */
const BOOT_MS = 10 * 60_000;

const NOT_THERE = "journalctl is not there (install systemd, or name log files under [[sources]] in the config)";
const GROUP = "add the user to group systemd-journal or adm";

/** Returns the source of a journal. */
export function journalSource(options: JournalOptions): Source {
  return {
    name: options.directory === undefined ? "journald" : `journald ${options.directory}`,
    login: options.login,
    read: (range, ledger, signal) => readJournal(options, range, ledger, signal),
  };
}

/** Returns the time of the oldest record; undefined when there is no journal that can be read. */
export async function oldestRecord(options: JournalPlace, signal: AbortSignal): Promise<Instant | undefined> {
  const system = journalFiles(options.directory).files.filter((file) => !isUsers(file));
  // What a user may read of a journal are the user's own records.
  if (system.length > 0 && system.every(({ refused }) => refused !== undefined)) return undefined;
  return (await firstRecord(options, signal))?.at;
}

async function* readJournal(
  options: JournalOptions,
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  if (options.directory !== undefined && !isFolder(options.directory)) {
    tellMissing(options, `${options.directory} is not there (correct directory in the config)`, ledger);
    return;
  }
  const folders = journalFiles(options.directory);
  tellRefused(folders, range, ledger);
  const damaged = await tellDamage(options, folders.files, range, ledger, signal);
  // A search follows lists that the damage may have cut; reading everything loses no more than the damaged records.
  const matches = damaged ? [] : await matchesOf(options, signal);
  if (signal.aborted) return;
  const period = periodOf(options, folders, range);
  const args = [...reading(options), "-a", `--output-fields=${FIELDS}`, ...period, ...matches];
  const { output, ended } = startCommand(commandOf(options, args), signal);
  const counts: LineCounts = { bytes: 0, lines: 0, overlong: 0 };
  const clock = lineClock(zoneClock("UTC"), range.to);
  try {
    for await (const batch of readLines(output, ledger.source, clock, counts)) {
      ledger.bytes = counts.bytes;
      ledger.lines = counts.lines;
      yield batch;
      if (signal.aborted) return;
    }
    ledger.bytes = counts.bytes;
    ledger.lines = counts.lines;
    if (counts.overlong > 0) ledger.notes.push(`${counts.overlong} records longer than 64 KiB skipped`);
    judge(options, await ended(), folders, ledger);
    await tellGaps(options, folders.files, range, ledger, signal);
  } finally {
    await ended();
  }
}

function reading({ directory }: JournalPlace): string[] {
  return ["--no-pager", "-q", "-o", "json", ...(directory === undefined ? [] : [`--directory=${directory}`])];
}

function commandOf({ path = "journalctl", env, timeoutMs = TIMEOUT_MS }: JournalPlace, args: readonly string[]) {
  return { path, args, env, silenceMs: timeoutMs };
}

/**
 * Says what to read, both ends inclusive, in the only form that is free of a time zone. Reading ends at the first record
 * behind `--until`, so it is left out where later records have earlier times; and the machines that send their records
 * to one folder are not in step. The parse stage cuts what is too much.
 */
function periodOf(
  { directory }: JournalPlace,
  { files }: JournalFolders,
  { from, leadIn = from, to }: Range,
): string[] {
  const disorder = directory === undefined ? 0 : DISORDER;
  const [since, until] = [leadIn - disorder, to - 1 + disorder];
  const hasEnd = until > 0 && until < LAST_DAY && !clockWentBack(files);
  return [
    ...(since > 0 ? [`--since=@${secondsOf(since, 0)}`] : []),
    ...(hasEnd ? [`--until=@${secondsOf(until, 999)}`] : []),
  ];
}

function secondsOf(at: Instant, micro: number): string {
  const ms = Math.floor(at);
  return `${Math.floor(ms / 1000)}.${String((ms % 1000) * 1000 + micro).padStart(6, "0")}`;
}

/**
 * What is searched for: the programs by name; sshd by what journald knows of the process, whatever it calls itself; the
 * kernel; and all that was written to syslog's auth and authpriv, where every program's PAM modules write.
 */
async function matchesOf(options: JournalOptions, signal: AbortSignal): Promise<string[]> {
  const exact = options.identifiers.filter((name) => !name.endsWith("*"));
  const prefixes = options.identifiers.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  const names = new Set([...exact, ...prefixes, ...(await namesWith(prefixes, options, signal))]);
  return [
    ...[...names].map((name) => `SYSLOG_IDENTIFIER=${name}`),
    "+",
    ...["sshd", "sshd-session", "sshd-auth"].map((name) => `_COMM=${name}`),
    "+",
    "SYSLOG_FACILITY=4",
    "SYSLOG_FACILITY=10",
    "+",
    "_TRANSPORT=kernel",
  ];
}

/** A search knows whole names only: those that the journal holds are asked for. */
async function namesWith(prefixes: readonly string[], options: JournalOptions, signal: AbortSignal) {
  if (prefixes.length === 0) return [];
  const args = [...reading(options), "--field=SYSLOG_IDENTIFIER"];
  const { text } = await runCommand(commandOf(options, args), signal, 1024 * 1024);
  return text
    .split("\n")
    .filter((name) => name.length < 256 && prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !name.includes("\0"))
    .slice(0, MOST_NAMES);
}

function tellMissing({ optional }: JournalOptions, what: string, ledger: Ledger): void {
  if (optional) ledger.notes.push(`${what}: optional`);
  else worsen(ledger, "missing", what);
}

function tellRefused({ files, refused }: JournalFolders, range: Range, ledger: Ledger): void {
  for (const folder of refused) worsen(ledger, "unreadable", `cannot list ${folder}: permission denied (${GROUP})`);
  const locked = files.filter((file) => file.refused !== undefined && mayHold(file, range.from, range.to));
  const [first] = locked;
  if (first === undefined) return;
  const more = locked.length === 1 ? "" : ` and ${locked.length - 1} more of ${files.length} files`;
  worsen(ledger, "unreadable", `cannot read ${first.path}${more}: permission denied (${GROUP})`);
}

/** Verifies the files that may hold records of the window. @returns whether one is damaged */
async function tellDamage(
  options: JournalOptions,
  files: readonly JournalFile[],
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<boolean> {
  let found = false;
  for (const file of files) {
    if (signal.aborted) break;
    if (file.refused !== undefined || !mayHold(file, range.from, range.to)) continue;
    const flaw = await verifyFile(file.path, (args) => runCommand(commandOf(options, args), signal, 4096));
    if (flaw === undefined) continue;
    found = true;
    worsen(ledger, flaw.status, flaw.note);
  }
  return found;
}

function judge(options: JournalOptions, end: CommandEnd, { files, refused }: JournalFolders, ledger: Ledger): void {
  const { code, complaints, failure, stopped } = end;
  const [complaint] = complaints;
  const why = complaint === undefined ? "" : `: ${complaint}`;
  if (failure?.missing) {
    tellMissing(options, NOT_THERE, ledger);
  } else if (failure !== undefined) {
    worsen(ledger, "unreadable", `journalctl cannot be run: ${failure.reason}`);
  } else if (stopped === "silent") {
    const seconds = (options.timeoutMs ?? TIMEOUT_MS) / 1000;
    worsen(ledger, "partial", `journalctl said nothing for ${seconds} s and was stopped: not read to its end${why}`);
  } else if (stopped === "unwanted") {
    // Whoever did not want the rest knows.
  } else if (code === null) {
    worsen(ledger, "partial", `journalctl was killed: not read to its end${why}`);
  } else if (code !== 0) {
    const status = ledger.lines === 0 ? "unreadable" : "partial";
    worsen(ledger, status, `journalctl ended with exit status ${code}${why}`);
  } else if (complaint !== undefined) {
    worsen(ledger, "partial", `journalctl: ${complaint}`);
  } else if (ledger.lines === 0 && files.length === 0 && refused.length === 0) {
    tellMissing(
      options,
      `no journal is kept in ${options.directory ?? "/var/log/journal or /run/log/journal"}`,
      ledger,
    );
  }
}

/** Tells of records of the window that the journal held and holds no longer. */
async function tellGaps(
  options: JournalOptions,
  files: readonly JournalFile[],
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> {
  for (const { begin, end } of holesIn(files)) {
    if (end <= range.from || begin >= range.to) continue;
    const period = `from ${new Date(begin).toISOString()} to ${new Date(end).toISOString()}`;
    worsen(ledger, "partial", `a file of the journal is missing: nothing is known ${period}`);
  }
  const oldest = oldestFile(files);
  if (oldest === undefined || range.from <= 0 || oldest.header.first <= range.from + DISORDER) return;
  const since = `the journal begins at ${new Date(oldest.header.first).toISOString()}`;
  if (options.directory === undefined && oldest.path.startsWith("/run/")) {
    const what = "it is kept in memory, and what was before a restart is gone (mkdir /var/log/journal keeps it)";
    worsen(ledger, "partial", `${since}: ${what}`);
    return;
  }
  // The first file of a machine is numbered from 1, or from where the records of its first start ended.
  if (oldest.header.firstNumber === 1) return;
  const first = await firstRecord(options, signal);
  if (first === undefined || first.sinceBoot < BOOT_MS) return;
  worsen(ledger, "partial", `${since}: what was before was removed (raise SystemMaxUse= in journald.conf)`);
}

interface FirstRecord {
  readonly at: Instant;
  /** Milliseconds after the start of the machine. */
  readonly sinceBoot: number;
}

async function firstRecord(options: JournalPlace, signal: AbortSignal): Promise<FirstRecord | undefined> {
  const args = [...reading(options), "--output-fields=_BOOT_ID"];
  const { text } = await runCommand(commandOf(options, args), signal, 4096);
  const newline = text.indexOf("\n");
  const at = microsOf("__REALTIME_TIMESTAMP", text.slice(0, newline));
  const sinceBoot = microsOf("__MONOTONIC_TIMESTAMP", text.slice(0, newline)) ?? Number.POSITIVE_INFINITY;
  return at === undefined ? undefined : { at: Math.floor(at / 1000), sinceBoot: sinceBoot / 1000 };
}

function microsOf(field: string, record: string): number | undefined {
  const found = new RegExp(`"${field}" *: *"(\\d{1,17})"`).exec(record)?.[1];
  return found === undefined ? undefined : Number(found);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    // A folder that may not be looked into is told of when its files are listed.
    return error instanceof Error && "code" in error && error.code === "EACCES";
  }
}
