// One log with its rotated files, read as one stream in the order of time.
import { setTimeout as delay } from "node:timers/promises";
import type { Instant } from "../events/event.ts";
import { type LineClock, lineClock } from "../window/line-clock.ts";
import { readLineStamp } from "../window/line-stamp.ts";
import { emptyStamp } from "../window/stamp.ts";
import { zoneClock } from "../window/zone.ts";
import { type Extent, latestOf } from "./extent.ts";
import { noteEmptied, noteGaps } from "./gaps.ts";
import { CHUNK, type LineCounts, readLines } from "./lines.ts";
import { CannotOpen, inspectLog, Moved, type OpenLog } from "./open.ts";
import { COMPRESSED, compressionOf, isUnread, MAGIC_LENGTH } from "./packed/compression.ts";
import type { ReadOutcome } from "./packed/decompress.ts";
import { findPart, type Part } from "./part.ts";
import { findPlace, type Place } from "./place.ts";
import { type PlacedReader, placedReader } from "./position.ts";
import { type LastLine, openBytes } from "./read-log.ts";
import { snapshot } from "./rotation.ts";
import {
  type Batch,
  DISORDER,
  type Ledger,
  newLedger,
  type Position,
  type Range,
  type Source,
  worsen,
} from "./source.ts";
import { lookAtSet, nameOf, type Survey, type SurveyOptions } from "./survey.ts";

/** So many of the newest files are held open from the first look on: a rotation cannot take them away. */
const HELD_OPEN = 32;
/** A rotation renames its files within a moment: so many looks, further and further apart, do not all fall into one. */
const LOOKS = 6;
const BETWEEN_LOOKS_MS = 20;
/** A log is sparse when a batch holds more than this. */
const SPARSE = 7 * 86_400_000;

export interface FileOptions extends SurveyOptions {
  readonly login: boolean;
  /** Year of the first line, where somebody said it. */
  readonly firstYear?: number | undefined;
  /** A log that may be absent. */
  readonly optional?: boolean | undefined;
  /** How long a file that is not there is waited for: at midnight a rotation takes it away for a moment. */
  readonly patienceMs: number;
  /** The next run goes on where this one ends: a last line without its end is left to it. */
  readonly resumed?: boolean | undefined;
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
  readonly isLive: boolean;
  /** Bytes that the last run has read; undefined when that is not known. */
  readonly known: number | undefined;
  /** undefined: all of it. */
  readonly part: Part | undefined;
  readonly lastLine: LastLine;
  /** Open already; undefined for the oldest of many files. */
  readonly reader: PlacedReader | undefined;
}

async function* readRotation(
  options: FileOptions,
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const { readings, hasLive, hasPlace, begins } = await prepare(options, range, ledger, signal);
  ledger.begins = begins;
  if (readings.every(({ extent }) => extent.log.compression === "plain")) {
    ledger.toRead = readings.reduce((sum, { extent, part }) => sum + bytesOf(extent, part), 0);
  }
  let before: Instant | undefined;
  let position = hasPlace ? range.after : undefined;
  let isOfLive = false;
  try {
    for (let reading = readings.shift(); reading !== undefined; reading = readings.shift()) {
      const clock = clockFor(options, reading, before);
      const reader = readerOf(options, reading, ledger);
      if (reader === undefined) continue;
      if (reader.leftOut !== undefined) ledger.leftOut.set(nameOf(options, reading.extent.log.path), reader.leftOut);
      for await (const batch of readOne(options, reading, reader, clock, ledger)) {
        yield batch;
        if (signal.aborted) return;
      }
      before = clock.last;
      const end = reader.position(reading.extent.log.identity);
      // The place is told by the text before it: that of an empty log is the end of the file that was rotated last. A
      // log that broke off before the old place leaves that one.
      const isFurther = end.offset > 0 && end.offset >= (reading.known ?? 0);
      if (!isOfLive && (isFurther || position === undefined)) position = end;
      isOfLive ||= reading.isLive;
    }
    if (hasLive) ledger.position = position;
  } finally {
    closeAll(readings);
  }
}

function closeAll(readings: readonly Reading[]): void {
  for (const { reader } of readings) {
    reader?.close();
    reader?.leftOut?.close();
  }
}

function bytesOf({ log }: Extent, part: Part | undefined): number {
  return (part?.to ?? log.size) - (part?.from ?? 0);
}

interface Prepared {
  /** Oldest first. */
  readonly readings: Reading[];
  /** The log itself is there and can be read. */
  readonly hasLive: boolean;
  /** The place where the last run ended was found. */
  readonly hasPlace: boolean;
  /** The earliest stamp of the set; undefined when there is none. */
  readonly begins?: Instant | undefined;
}

/** Chooses the files to read and opens them, again when a rotation comes between. */
async function prepare(options: FileOptions, range: Range, ledger: Ledger, signal: AbortSignal): Promise<Prepared> {
  for (let look = 1; ; look++) {
    // What a look finds that a rotation spoils is not told.
    const draft = newLedger(ledger.source, ledger.login);
    const names = options.rotated ? snapshot(options.path) : "";
    const newest = await findNewest(options, draft, signal);
    if (signal.aborted) return ABSENT;
    try {
      const prepared = newest === "absent" ? ABSENT : await open(options, newest, range, draft);
      if (options.rotated && snapshot(options.path) !== names) {
        closeAll(prepared.readings);
        throw new Moved();
      }
      for (const told of draft.notes) worsen(ledger, draft.status, told);
      return prepared;
    } catch (error) {
      if (!(error instanceof Moved)) throw error;
      if (look < LOOKS) {
        await delay(BETWEEN_LOOKS_MS * look, undefined, { signal }).catch(() => undefined);
        continue;
      }
      worsen(ledger, "unreadable", "its files were renamed again and again while they were looked at (run again)");
      return ABSENT;
    }
  }
}

const ABSENT: Prepared = { readings: [], hasLive: false, hasPlace: false };

/** @throws Moved */
async function open(
  options: FileOptions,
  newest: OpenLog | undefined,
  range: Range,
  ledger: Ledger,
): Promise<Prepared> {
  const survey = await lookAtSet(options, newest, range, ledger);
  const place = await placeIn(options, survey, range, ledger);
  const readings = openAll(options, survey, place, range, ledger);
  if (options.rotated) {
    noteGaps(options, survey, range, ledger);
    if (newest !== undefined && place === undefined) noteEmptied(options, newest, survey, range, ledger);
  }
  const lows = survey.extents.flatMap(({ low }) => low ?? []);
  const begins = lows.length === 0 ? undefined : Math.min(...lows);
  return { readings, hasLive: survey.live !== undefined, hasPlace: place !== undefined, begins };
}

/** Looks for the place where the last run ended; that it is gone is told where the log itself can be read. */
async function placeIn(
  options: FileOptions,
  { extents, live }: Survey,
  range: Range,
  ledger: Ledger,
): Promise<Place | undefined> {
  const { after } = range;
  if (after === undefined) return undefined;
  let place: Place | undefined;
  try {
    place = await findPlace(extents, after, range);
  } catch (error) {
    throw error instanceof CannotOpen ? new Moved() : error;
  }
  // Where nothing was read, nothing can be missed.
  if (place === undefined && live !== undefined && after.offset > 0) {
    worsen(ledger, "partial", `rewritten after the last run: ${howRewritten(options, extents, after)}`);
  }
  return place;
}

function howRewritten(options: FileOptions, extents: readonly Extent[], { identity, offset }: Position): string {
  const same = extents.find(({ log }) => log.identity === identity)?.log;
  if (same === undefined) return "the text that it read last is in none of the files that are there now";
  const name = nameOf(options, same.path);
  return same.size < offset
    ? `${name} held ${offset} bytes and holds ${same.size}, and no other file has the text that it read last`
    : `${name} holds another text where it ended`;
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

/** Leaves out the files whose lines all lie outside the range, unless the last run did not see them. */
function inRange(extents: readonly Extent[], place: Place | undefined, range: Range): readonly Extent[] {
  const seen = place === undefined ? extents.length : extents.indexOf(place.extent) + (place.hasMore ? 0 : 1);
  return extents.filter((extent, i) => {
    if (i >= seen) return true;
    if (extent.low !== null && extent.low >= range.to + DISORDER) return false;
    const next = extents.slice(i + 1).find(({ low }) => low !== null);
    if (next === undefined) return true;
    const last = extent.high ?? extent.log.modifiedAt;
    return Math.max(last, next.low as Instant) >= (range.leadIn ?? range.from) - DISORDER;
  });
}

/** Opens the newest files at once: what is renamed or compressed from now on is read all the same. @throws Moved */
function openAll(
  options: FileOptions,
  { extents, live }: Survey,
  place: Place | undefined,
  range: Range,
  ledger: Ledger,
): Reading[] {
  const wanted = inRange(extents, place, range);
  const resumed = options.resumed === true || range.after !== undefined;
  const readings: Reading[] = [];
  try {
    for (const [i, extent] of wanted.entries()) {
      if (!canBeRead(options, extent, ledger)) continue;
      const isLive = extent === live;
      const known = knownOf(extent, extents, place);
      const part = partOf(options, extent, range, known, resumed);
      const lastLine: LastLine = isLive && resumed ? "left" : "read";
      const reading = { extent, outcome: {}, isLive, known, part, lastLine, reader: undefined };
      const isHeld = i >= wanted.length - HELD_OPEN;
      const reader = isHeld ? openOrTell(options, reading, ledger) : undefined;
      if (reader !== undefined || !isHeld) readings.push({ ...reading, reader });
    }
    return readings;
  } catch (error) {
    closeAll(readings);
    throw error;
  }
}

/** How much of a file the last run has read: all of those before the one that it ended in, none of those behind it. */
function knownOf(extent: Extent, extents: readonly Extent[], place: Place | undefined): number | undefined {
  if (place === undefined) return undefined;
  const behind = extents.indexOf(extent) - extents.indexOf(place.extent);
  return behind === 0 ? place.offset : behind < 0 ? Number.POSITIVE_INFINITY : 0;
}

/** @throws Moved */
function partOf(
  { timeZone, firstYear }: FileOptions,
  extent: Extent,
  range: Range,
  known: number | undefined,
  resumed: boolean,
): Part | undefined {
  if (firstYear !== undefined) return undefined;
  try {
    return findPart(extent, range, { timeZone, known, resumed });
  } catch (error) {
    // Whoever opens it to read it says so.
    if (error instanceof CannotOpen) return undefined;
    throw error;
  }
}

function canBeRead(options: FileOptions, { log, low, isEmpty, beginning }: Extent, ledger: Ledger): boolean {
  const name = nameOf(options, log.path);
  if (isUnread(log.compression)) {
    worsen(ledger, "partial", `${name} is compressed with ${log.compression}, which this version does not read`);
    return false;
  }
  const isRotated = log.path !== options.path || COMPRESSED.test(log.path);
  if (log.size === 0 && COMPRESSED.test(log.path)) {
    worsen(ledger, "damaged", `${name} is empty`);
    return false;
  }
  if (
    log.compression !== "plain" &&
    compressionOf(Buffer.from(beginning.slice(0, MAGIC_LENGTH), "latin1")) !== "plain"
  ) {
    worsen(ledger, "partial", `${name} is compressed twice, which this version does not read`);
    return false;
  }
  // A log that was rotated held lines: where none has a time, what it held is gone.
  if (low === null && !isEmpty && isRotated) {
    worsen(ledger, "damaged", `${name} holds no line with a time stamp`);
  }
  return true;
}

/** @throws Moved */
function openOrTell(
  options: FileOptions,
  { extent: { log }, outcome, known, part, lastLine }: Reading,
  ledger: Ledger,
): PlacedReader | undefined {
  try {
    return placedReader(openBytes(log, outcome, lastLine, part), known, part);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing") throw new Moved();
    worsen(ledger, error.status, `${nameOf(options, log.path)} ${error.message}`);
    return undefined;
  }
}

/** The reader that was opened at the beginning, or one that is opened now; undefined when that fails, which is told. */
function readerOf(options: FileOptions, reading: Reading, ledger: Ledger): PlacedReader | undefined {
  try {
    return reading.reader ?? openOrTell(options, reading, ledger);
  } catch (error) {
    if (!(error instanceof Moved)) throw error;
    worsen(
      ledger,
      "unreadable",
      `${nameOf(options, reading.extent.log.path)} was renamed before it was read (run again)`,
    );
    return undefined;
  }
}

function clockFor(options: FileOptions, { extent, part }: Reading, before: Instant | undefined): LineClock {
  const { timeZone, firstYear } = options;
  const zone = zoneClock(timeZone);
  return firstYear === undefined
    ? lineClock(zone, extent.newest, part?.firstYear ?? extent.firstYear, before, latestOf(extent.log, options))
    : lineClock(zone, Date.UTC(firstYear + 50, 0), firstYear, before);
}

async function* readOne(
  options: FileOptions,
  { extent, outcome, known, part }: Reading,
  reader: PlacedReader,
  clock: LineClock,
  ledger: Ledger,
): AsyncGenerator<Batch> {
  const name = nameOf(options, extent.log.path);
  const counts: Required<LineCounts> = { bytes: 0, lines: 0, overlong: 0, cut: 0 };
  const before = { bytes: ledger.bytes, lines: ledger.lines };
  const from = part?.from ?? 0;
  const sparse = isSparse(extent);
  for await (const lines of readLines(reader, name, clock, counts)) {
    ledger.bytes = before.bytes + counts.bytes;
    ledger.lines = before.lines + counts.lines;
    // No read goes over the place where the last run ended, and no line does: a batch stands on one side of it.
    const batch = known === undefined ? lines : { ...lines, isNew: from + counts.bytes > known };
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
    if (!isEnd && !readLineStamp(text, starts[i] as number, ends[i] as number, stamp)) continue;
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
