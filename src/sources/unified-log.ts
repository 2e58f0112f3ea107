// The unified log of macOS (10.12 and later), read by `log show`. Options: log(1) of macOS. A reading is whole when the
// program ends well and its last line says so, {"count":N,"finished":1}: a cut one looks like a quiet night otherwise.
import type { Instant } from "../events/event.ts";
import { lineClock } from "../window/line-clock.ts";
import { zoneClock } from "../window/zone.ts";
import { type CommandEnd, runCommand, startCommand } from "./command.ts";
import { type LineCounts, readLines } from "./lines.ts";
import { type Batch, DISORDER, type Ledger, type Range, type Source, worsen } from "./source.ts";

export interface UnifiedLogOptions {
  readonly login: boolean;
  /** A `.logarchive` of another machine instead of this machine's log. */
  readonly archive?: string | undefined;
  /** A log that may be absent. */
  readonly optional?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long `log` may say nothing while it is waited for, which is long where few lines match; default 10 minutes. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 10 * 60_000;
/** `--start` and `--end` are whole seconds: the lines around them are left to the parse stage. */
const MARGIN_MS = 60_000;
/** Something that was logged so long before the window shows that its beginning is kept. */
const BEFORE_MS = 7 * 86_400_000;
const FIRST_SECOND = 0;
const LAST_SECOND = Date.UTC(9999, 11, 31);

const is = (...names: readonly string[]) => `(${names.map((name) => `process == "${name}"`).join(" OR ")})`;
const sentBy = (...names: readonly string[]) => `(${names.map((name) => `sender == "${name}"`).join(" OR ")})`;
const saying = (...words: readonly string[]) =>
  `(${words.map((each) => `eventMessage CONTAINS "${each}"`).join(" OR ")})`;

/**
 * What is asked for, all by exact names of programs: `log` writes its own arguments into the log, and would find these
 * words there. The sender leaves out what libraries write inside sshd and sudo, thousands of lines a day.
 */
const PREDICATE = `eventType == logEvent AND (${[
  `(${is("sshd", "sshd-session", "sshd-auth")} AND ${sentBy("sshd", "sshd-session", "sshd-auth")})`,
  `(${is("screensharingd", "ScreensharingAgent")} AND ${saying("Authentication", "Viewer Address", "viewer connection")})`,
  `(${is("sudo")} AND ${sentBy("sudo")})`,
  is("su", "login", "sftp-server", "internal-sftp"),
  `(${is("authorizationhost")} AND ${saying("authtok is incorrect", "Failed to authenticate")})`,
  `(${is("loginwindow")} AND ${saying("is logged in", "loginIsComplete", "logoutNoReturn")})`,
  `(${is("sessionlogoutd")} AND ${saying("lastUserName", "logout is complete")})`,
  `(${is("socketfilterfw")} AND ${saying("Deny ", "Allow ", "Stealth Mode")})`,
].join(" OR ")})`;

/** Returns the source of the unified log. */
export function unifiedLogSource(options: UnifiedLogOptions): Source {
  return {
    name: options.archive === undefined ? "unified log" : `unified log ${options.archive}`,
    login: options.login,
    read: (range, ledger, signal) => readUnifiedLog(options, range, ledger, signal),
  };
}

async function* readUnifiedLog(
  options: UnifiedLogOptions,
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  if (signal.aborted) return;
  await tellPurged(options, range, ledger, signal);
  if (signal.aborted) return;
  const period = periodOf((range.leadIn ?? range.from) - MARGIN_MS, range.to + MARGIN_MS);
  const args = [...show(options), ...period, "--predicate", PREDICATE];
  const { output, ended } = startCommand(commandOf(options, args), signal);
  const counts: LineCounts = { bytes: 0, lines: 0, overlong: 0 };
  const clock = lineClock(zoneClock("UTC"), range.to);
  let finished = false;
  try {
    for await (const batch of readLines(output, ledger.source, clock, counts)) {
      finished = isTrailer(lastLine(batch));
      const records = recordsOf(batch, finished);
      ledger.bytes = counts.bytes;
      ledger.lines += records.count;
      if (records.count > 0) yield records;
      if (signal.aborted) return;
    }
    if (counts.overlong > 0) ledger.notes.push(`${counts.overlong} records longer than 64 KiB skipped`);
    judge(options, await ended(), finished, ledger);
  } finally {
    await ended();
  }
}

function show({ archive }: UnifiedLogOptions): string[] {
  return ["show", ...(archive === undefined ? [] : ["--archive", archive]), "--style", "ndjson", "--info"];
}

function commandOf({ env, timeoutMs = TIMEOUT_MS }: UnifiedLogOptions, args: readonly string[]) {
  return { path: "log", args, env, silenceMs: timeoutMs };
}

/** With an offset, so that no zone has a say. */
function periodOf(from: Instant, to: Instant): string[] {
  const stamp = (at: Instant) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")}+0000`;
  return [...(from > FIRST_SECOND ? ["--start", stamp(from)] : []), ...(to < LAST_SECOND ? ["--end", stamp(to)] : [])];
}

function lastLine({ text, starts, ends, count }: Batch): string {
  return text.slice(starts[count - 1], ends[count - 1]);
}

/** Leaves out what stands around the records: `Filtering the log data using ...` before them, the trailer behind. */
function recordsOf(batch: Batch, finished: boolean): Batch {
  const { text, starts, ends, firstLine } = batch;
  const to = finished ? batch.count - 1 : batch.count;
  let from = 0;
  while (from < to && text.charCodeAt(starts[from] as number) !== 123) from++;
  if (from === 0 && to === batch.count) return batch;
  return {
    ...batch,
    starts: starts.subarray(from, to),
    ends: ends.subarray(from, to),
    count: to - from,
    firstLine: firstLine + from,
  };
}

function judge(options: UnifiedLogOptions, end: CommandEnd, finished: boolean, ledger: Ledger): void {
  const { code, complaints, failure, stopped } = end;
  const [complaint] = complaints;
  const why = complaint === undefined ? "" : `: ${complaint}`;
  if (failure?.missing && options.optional) {
    ledger.notes.push("the program log is not there (optional)");
  } else if (failure?.missing) {
    worsen(ledger, "missing", "the program log is not there: only macOS 10.12 and later has it (remove this source)");
  } else if (failure !== undefined) {
    worsen(ledger, "unreadable", `log cannot be run: ${failure.reason}`);
  } else if (stopped === "silent") {
    const seconds = (options.timeoutMs ?? TIMEOUT_MS) / 1000;
    worsen(ledger, "partial", `log show said nothing for ${seconds} s and was stopped: not read to its end${why}`);
  } else if (stopped === "unwanted") {
    // Whoever did not want the rest knows.
  } else if (code === null) {
    worsen(ledger, "partial", `log show was killed: not read to its end${why}`);
  } else if (code !== 0) {
    worsen(ledger, "unreadable", `log show ended with exit status ${code}${why}`);
  } else {
    if (!finished) worsen(ledger, "partial", "log show did not say that it finished: not read to its end");
    for (const each of complaints.slice(0, 3)) ledger.notes.push(`log show: ${each}`);
  }
}

/**
 * Tells of a window whose beginning is gone: macOS keeps the log by size, often for a few days, on a busy machine for
 * hours. Where nothing from before the window is kept, the first record of all says where it begins now.
 */
async function tellPurged(
  options: UnifiedLogOptions,
  { from }: Range,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> {
  if (from <= BEFORE_MS) return;
  if ((await firstRecord(options, periodOf(from - BEFORE_MS, from), signal)) !== "none") return;
  const first = await firstRecord(options, periodOf(from, LAST_SECOND), signal);
  if (first === "none" || first === undefined || first <= from + DISORDER) return;
  const kept =
    options.archive === undefined ? "macOS keeps no older record (it keeps the log by size)" : options.archive;
  worsen(ledger, "partial", `the log begins at ${new Date(first).toISOString()}: ${kept}`);
}

/** The time of the first record of any program; undefined when it cannot be told. The program is stopped then. */
async function firstRecord(options: UnifiedLogOptions, period: readonly string[], signal: AbortSignal) {
  const { text, code } = await runCommand(commandOf(options, [...show(options), ...period]), signal, 64 * 1024);
  const first = text.split("\n", 20).find((line) => line.startsWith("{")) ?? "";
  if (isTrailer(first)) return code === 0 ? "none" : undefined;
  const found = /"timestamp":"([\d-]{10}) ([\d:.]{8,15})([+-]\d\d)(\d\d)"/.exec(first);
  const at = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2]}${found[3]}:${found[4]}`);
  return Number.isNaN(at) ? undefined : at;
}

/** The last line of all: `{"count":N,"finished":1}`. */
function isTrailer(line: string): boolean {
  return line.length < 64 && /^\{ ?"count" ?: ?\d+, ?"finished" ?: ?1 ?\}$/.test(line.trim());
}
