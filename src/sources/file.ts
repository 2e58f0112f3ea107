// One log with its rotated files, read as one stream in the order of time.
import { setTimeout as delay } from "node:timers/promises";
import type { Instant } from "../events/event.ts";
import { type LineClock, lineClock } from "../window/line-clock.ts";
import { emptyStamp } from "../window/stamp.ts";
import { zoneClock } from "../window/zone.ts";
import { type Extent, readExtent, stampOfLine } from "./extent.ts";
import { type LogName, nameOf, noteEmptied, noteGaps, type Survey } from "./gaps.ts";
import { type ByteReader, CHUNK, type LineCounts, readLines } from "./lines.ts";
import {
  CannotOpen,
  changeOf,
  inspectLog,
  Moved,
  type OpenLog,
  openBytes,
  type ReadOutcome,
  uncompressedSize,
} from "./open.ts";
import { newestFirst, rotatedFiles } from "./rotation.ts";
import { type Batch, DISORDER, type Ledger, type Range, type Source, worsen } from "./source.ts";

/** So many of the newest files are held open from the first look on: a rotation cannot take them away. */
const HELD_OPEN = 32;
/** A rotation renames its files within a moment; three looks in a row do not all fall into one. */
const LOOKS = 3;
/** A log is sparse when a batch holds more than this. */
const SPARSE = 7 * 86_400_000;

export interface FileOptions extends LogName {
  readonly login: boolean;
  /** Reads its rotated files too. */
  readonly rotated: boolean;
  /** No line can be later. */
  readonly newest: Instant;
  /** Set for files that may be copies without their times: the period that year-less lines are dated by. */
  readonly yearHint?: Instant | undefined;
  /** Year of the first line, where somebody said it. */
  readonly firstYear?: number | undefined;
  /** A log that may be absent. */
  readonly optional?: boolean | undefined;
  /** How long a file that is not there is waited for: at midnight a rotation takes it away for a moment. */
  readonly patienceMs: number;
}

/** Returns the source of a log file. */
export function fileSource(options: FileOptions): Source {
  return {
    name: nameOf(options, options.path),
    login: options.login,
    read: (range, ledger, signal) => readRotation(options, range, ledger, signal),
  };
}

/** A file of the set that is to be read. */
interface Reading {
  readonly extent: Extent;
  readonly outcome: ReadOutcome;
  /** Open already; undefined for the oldest of many files. */
  readonly reader: ByteReader | undefined;
}

async function* readRotation(
  options: FileOptions,
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const readings = await prepare(options, range, ledger, signal);
  if (readings.every(({ extent }) => extent.log.compression === "plain")) {
    ledger.toRead = readings.reduce((sum, { extent }) => sum + extent.log.size, 0);
  }
  let before: Instant | undefined;
  try {
    for (let reading = readings.shift(); reading !== undefined; reading = readings.shift()) {
      const clock = clockFor(options, reading.extent, before);
      for await (const batch of readOne(options, reading, clock, ledger)) {
        yield batch;
        if (signal.aborted) return;
      }
      before = clock.last;
    }
  } finally {
    for (const { reader } of readings) reader?.close();
  }
}

/** Chooses the files to read and opens them, again when a rotation comes between. */
async function prepare(options: FileOptions, range: Range, ledger: Ledger, signal: AbortSignal): Promise<Reading[]> {
  for (let look = 1; ; look++) {
    const newest = await findNewest(options, ledger, signal);
    if (signal.aborted || newest === "absent") return [];
    try {
      const survey = await lookAtSet(options, newest, range, ledger);
      const wanted = inRange(survey.extents, range);
      const readings = openAll(options, wanted, ledger);
      if (options.rotated) {
        noteGaps(options, survey, range, ledger);
        if (newest !== undefined) noteEmptied(options, newest, survey, range, ledger);
      }
      return readings;
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
      if (look < LOOKS) continue;
      worsen(ledger, "unreadable", "its files were renamed again and again while they were looked at (run again)");
      return [];
    }
  }
}

/** Looks at the log itself; undefined when only its rotated files can be read, `absent` when there is nothing to do. */
async function findNewest(
  options: FileOptions,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<OpenLog | "absent" | undefined> {
  const step = 250;
  for (let waited = 0; ; waited += step) {
    try {
      return inspectLog(options.path);
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
      const isMissing = error.status === "missing";
      if (isMissing && waited < options.patienceMs) {
        await delay(step, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return "absent";
        continue;
      }
      if (isMissing && options.optional) note(ledger, "is not there (optional)");
      else worsen(ledger, error.status, error.message);
      return options.rotated ? undefined : "absent";
    }
  }
}

/** Looks at every file of the set, newest first. @throws Moved */
async function lookAtSet(
  options: FileOptions,
  newest: OpenLog | undefined,
  range: Range,
  ledger: Ledger,
): Promise<Survey> {
  const rotated = options.rotated ? rotatedFiles(options.path) : [];
  const logs: OpenLog[] = [];
  for (const path of rotated ?? []) {
    const log = inspectRotated(options, path, range, ledger);
    if (log !== undefined) logs.push(log);
  }
  const known = new Set<string>(newest === undefined ? [] : [newest.identity]);
  const older = logs.filter(({ identity }) => !known.has(identity) && known.add(identity));
  const extents: Extent[] = [];
  const byPath = new Map<string, Extent>();
  let newer: Instant | undefined;
  for (const log of [...(newest === undefined ? [] : [newest]), ...newestFirst(options.path, older)]) {
    const extent = await lookAt(options, log, newer, ledger);
    if (extent === undefined) continue;
    byPath.set(log.path, extent);
    const copied = extents.findIndex((other) => beginAlike(other, extent));
    if (copied >= 0) {
      const [kept, left] = wholeFirst(extents[copied] as Extent, extent);
      note(ledger, `${nameOf(options, left.log.path)} is a copy of ${nameOf(options, kept.log.path)}: read once`);
      extents[copied] = kept;
      continue;
    }
    extents.push(extent);
    newer = extent.head ?? newer;
  }
  return {
    extents: oldestFirst(extents),
    byPath,
    paths: [options.path, ...(rotated ?? [])],
    listed: rotated !== undefined,
  };
}

/** Looks at a rotated file; undefined when it is gone, no file, or cannot be read, which is told if it may matter. */
function inspectRotated(options: FileOptions, path: string, range: Range, ledger: Ledger): OpenLog | undefined {
  try {
    return inspectLog(path);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    const lastChange = error.status === "missing" ? undefined : changeOf(path);
    if (lastChange !== undefined && lastChange >= range.from - DISORDER) {
      worsen(ledger, "unreadable", `${nameOf(options, path)} ${error.message}`);
    }
    return undefined;
  }
}

async function lookAt(
  { timeZone, newest, yearHint: hint, ...options }: FileOptions,
  log: OpenLog,
  newer: Instant | undefined,
  ledger: Ledger,
): Promise<Extent | undefined> {
  try {
    return await readExtent(log, { timeZone, newest, newer, hint });
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing") throw new Moved();
    worsen(ledger, error.status, `${options.nameOf?.(log.path) ?? log.path} ${error.message}`);
    return undefined;
  }
}

/** Turns the order of names round, and corrects it by what files hold; one without a stamp keeps its place. */
function oldestFirst(newestFirst: readonly Extent[]): readonly Extent[] {
  let key = Number.NEGATIVE_INFINITY;
  const keyed = newestFirst.toReversed().map((extent) => {
    const { head } = extent;
    // Neighbours that begin within an hour or two of each other keep their order: an hour may be there twice.
    if (head !== null && (head > key || head < key - 2 * DISORDER)) key = head;
    return { extent, key };
  });
  return keyed.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key)).map(({ extent }) => extent);
}

/** Two files that begin with the same text are copies: a compression that did not finish, or a person's backup. */
function beginAlike(one: Extent, other: Extent): boolean {
  const length = Math.min(one.beginning.length, other.beginning.length);
  return length > 0 && one.beginning.slice(0, length) === other.beginning.slice(0, length);
}

/** Says which of two copies is the whole one. */
function wholeFirst(one: Extent, other: Extent): readonly [Extent, Extent] {
  const plainOne = one.log.compression === "plain";
  if (plainOne === (other.log.compression === "plain")) {
    return other.log.size > one.log.size ? [other, one] : [one, other];
  }
  const [plain, packed] = plainOne ? [one, other] : [other, one];
  // gzip removes the plain file when it has finished, so a younger compressed file may be cut. An older one that says
  // it holds more is what the plain file was being unpacked from.
  const isWhole = packed.log.modifiedAt <= plain.log.modifiedAt && uncompressedSize(packed.log) > plain.log.size;
  return isWhole ? [packed, plain] : [plain, packed];
}

/** Leaves out the files whose lines all lie outside the range. */
function inRange(extents: readonly Extent[], range: Range): readonly Extent[] {
  return extents.filter((extent, i) => {
    if (extent.low !== null && extent.low >= range.to + DISORDER) return false;
    const next = extents.slice(i + 1).find(({ low }) => low !== null);
    if (next === undefined) return true;
    const last = extent.high ?? extent.log.modifiedAt;
    return Math.max(last, next.low as Instant) >= (range.leadIn ?? range.from) - DISORDER;
  });
}

/** Opens the newest files at once: what is renamed or compressed from now on is read all the same. @throws Moved */
function openAll(options: FileOptions, wanted: readonly Extent[], ledger: Ledger): Reading[] {
  const readings: Reading[] = [];
  try {
    for (const [i, extent] of wanted.entries()) {
      if (!canBeRead(options, extent, ledger)) continue;
      const outcome: ReadOutcome = {};
      if (i < wanted.length - HELD_OPEN) {
        readings.push({ extent, outcome, reader: undefined });
        continue;
      }
      const reader = openOrTell(options, extent, outcome, ledger);
      if (reader !== undefined) readings.push({ extent, outcome, reader });
    }
    return readings;
  } catch (error) {
    for (const { reader } of readings) reader?.close();
    throw error;
  }
}

function canBeRead(options: FileOptions, { log, low }: Extent, ledger: Ledger): boolean {
  const name = nameOf(options, log.path);
  if (log.compression !== "plain" && log.compression !== "gzip") {
    worsen(ledger, "partial", `${name} is compressed with ${log.compression}, which this version does not read`);
    return false;
  }
  if (log.size === 0 && log.path.endsWith(".gz")) {
    worsen(ledger, "damaged", `${name} is empty`);
    return false;
  }
  // A log that was rotated held lines: where none has a time, what it held is gone.
  if (low === null && log.size > 0 && (log.path !== options.path || log.path.endsWith(".gz"))) {
    worsen(ledger, "damaged", `${name} holds no line with a time stamp`);
  }
  return true;
}

/** @throws Moved */
function openOrTell(
  options: FileOptions,
  { log }: Extent,
  outcome: ReadOutcome,
  ledger: Ledger,
): ByteReader | undefined {
  try {
    return openBytes(log, outcome);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing") throw new Moved();
    worsen(ledger, error.status, `${nameOf(options, log.path)} ${error.message}`);
    return undefined;
  }
}

function clockFor({ timeZone, firstYear }: FileOptions, extent: Extent, before: Instant | undefined): LineClock {
  const zone = zoneClock(timeZone);
  return firstYear === undefined
    ? lineClock(zone, extent.newest, extent.firstYear, before)
    : lineClock(zone, Date.UTC(firstYear + 50, 0), firstYear, before);
}

async function* readOne(
  options: FileOptions,
  { extent, outcome, reader }: Reading,
  clock: LineClock,
  ledger: Ledger,
): AsyncGenerator<Batch> {
  const name = nameOf(options, extent.log.path);
  const counts: Required<LineCounts> = { bytes: 0, lines: 0, overlong: 0, cut: 0 };
  const before = { bytes: ledger.bytes, lines: ledger.lines };
  let bytes: ByteReader | undefined;
  try {
    bytes = reader ?? openOrTell(options, extent, outcome, ledger);
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    worsen(ledger, "unreadable", `${name} was renamed before it was read (run again)`);
  }
  if (bytes === undefined) return;
  const sparse = isSparse(extent);
  for await (const batch of readLines(bytes, name, clock, counts)) {
    ledger.bytes = before.bytes + counts.bytes;
    ledger.lines = before.lines + counts.lines;
    if (sparse) yield* daysOf(batch);
    else yield batch;
  }
  ledger.bytes = before.bytes + counts.bytes;
  ledger.lines = before.lines + counts.lines;
  if (outcome.damage !== undefined) worsen(ledger, "damaged", `${name}: ${outcome.damage}`);
  if (outcome.shrank) worsen(ledger, "partial", `${name} became shorter while it was read`);
  if (counts.overlong > 0) note(ledger, `${name}: ${linesOf(counts.overlong)} longer than 64 KiB skipped`);
  if (counts.cut > 0) note(ledger, `${name}: ${linesOf(counts.cut)} cut off by a hole of zero bytes`);
}

/** Year-less lines of more than a week in one batch: the year could turn between two lines that somebody dates. */
function isSparse({ log, firstYear, low, high }: Extent): boolean {
  if (firstYear < 0 || low === null) return false;
  return ((high ?? log.modifiedAt) - low) * CHUNK > SPARSE * log.size;
}

/** Cuts a batch at every change of the day. Whoever dates the first and the last line of each sees every year turn. */
function* daysOf(batch: Batch): Generator<Batch> {
  const { text, starts, ends, count, firstLine } = batch;
  const stamp = emptyStamp();
  let day = 0;
  let from = 0;
  for (let i = 0; i <= count; i++) {
    const isEnd = i === count;
    if (!isEnd && !stampOfLine(text, starts[i] as number, stamp)) continue;
    const next = stamp.month * 32 + stamp.day;
    if ((isEnd || (next !== day && day !== 0)) && i > from) {
      const part = { starts: starts.subarray(from, i), ends: ends.subarray(from, i), count: i - from };
      yield { ...batch, ...part, firstLine: firstLine + from };
      from = i;
    }
    day = next;
  }
}

function linesOf(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function note(ledger: Ledger, text: string): void {
  if (!ledger.notes.includes(text)) ledger.notes.push(text);
}
