// Looks at a log before it is read: which period it covers, and which year its year-less lines begin in.
import type { Instant } from "../events/event.ts";
import { lineClock } from "../window/line-clock.ts";
import { readLineStamp } from "../window/line-stamp.ts";
import { emptyStamp, type Stamp } from "../window/stamp.ts";
import { zoneClock } from "../window/zone.ts";
import type { OpenLog } from "./open.ts";
import { isUnread } from "./packed/compression.ts";
import type { ReadOutcome } from "./packed/decompress.ts";
import { openBytes, readParts } from "./read-log.ts";

const DAY = 86_400_000;
const YEAR = 365 * DAY;
/** A file's time and its last line differ by this much at most when nobody copied it. */
const FRESH = 2 * DAY;
/** The same for a compressed file, of which only the beginning is known: files are rotated once a month or sooner. */
const FRESH_BEGINNING = 62 * DAY;
/** How far a file that was rotated may reach into the next one: a writer that was not told of the rotation. */
const OVERLAP = 7 * DAY;
/** So many of the last days are looked through for the one that the file's time agrees with: a clock may run ahead. */
const LAST_DAYS = 4;
/** By so many days; more of them lie between two lines of a quiet log, too. */
const MOST_AHEAD = 45;
/** A copy that lost its times was made within half a year of the period that is asked for. */
const NEAR_HINT = 183 * DAY;
const LOOK = 64 * 1024;
const PROBES = 64;
/** No stamp is longer, with what may stand before it. */
const STAMP = 64;
/** Looks between the probes at most: some 40 ms. */
const MOST_LOOKS = 4096;
/** Holes of NULs longer than this are not looked behind. */
const LONGEST_HOLE = 64 * 1024 * 1024;

export interface Extent {
  readonly log: OpenLog;
  /** First stamp of the file; null when its beginning holds none. */
  readonly head: Instant | null;
  /** Earliest and latest of the stamps that were looked at; `high` is null when the end was not. */
  readonly low: Instant | null;
  readonly high: Instant | null;
  /** Last stamp of the file; null when unknown, as of a large compressed one. */
  readonly tail: Instant | null;
  /** Year-less lines are no later. */
  readonly newest: Instant;
  /** Year of the first line, -1 when its lines say it themselves. */
  readonly firstYear: number;
  /** Its text has no byte: a log may be rotated and compressed though nothing was written to it. */
  readonly isEmpty: boolean;
  /** The first bytes of its text: two files that begin alike are copies. */
  readonly beginning: string;
}

interface ExtentOptions {
  readonly timeZone: string;
  /** No line can be later: now. */
  readonly newest: Instant;
  /** The first stamp of the next newer file of the rotation, where there is one. */
  readonly newer?: Instant | undefined;
  /** For copies that lost their times: the period that is asked for. */
  readonly hint?: Instant | undefined;
}

/**
 * Looks at a log.
 *
 * The time of a file tells the year of its last line where both agree on the day. A copy that lost its time is dated
 * by the next newer file, or by the period that is asked for.
 *
 * @throws CannotOpen, Moved
 */
export async function readExtent(log: OpenLog, options: ExtentOptions): Promise<Extent> {
  const { beginning, isWhole, isEmpty } = await readBeginning(log);
  const stamps = isWhole || log.compression !== "plain" ? daysIn(beginning) : probe(log, beginning);
  const knowsEnd = isWhole || log.compression === "plain";
  const [head] = stamps;
  const unknown = { log, head: null, low: null, high: null, tail: null, firstYear: -1, isEmpty, beginning };
  if (head === undefined) return { ...unknown, newest: yearBound(log, options, FRESH, () => null) };

  const zone = zoneClock(options.timeZone);
  const latest = latestOf(log, options);
  const clockUpTo = (newest: Instant, firstYear?: number) => lineClock(zone, newest, firstYear, undefined, latest);
  const near = knowsEnd ? FRESH : FRESH_BEGINNING;
  const isFresh = (stamp: Stamp) => isNearTo(log.modifiedAt, near, clockUpTo(log.modifiedAt + DAY).read(stamp));
  const last = knowsEnd ? lastInTime(stamps, isFresh) : (stamps.at(-1) as Stamp);
  const newest = yearBound(log, options, near, (bound) => clockUpTo(bound).read(last));
  const isHinted =
    options.hint !== undefined && !isNearTo(log.modifiedAt, near, clockUpTo(log.modifiedAt + DAY).read(last));
  const dateUpTo = (bound: Instant) => {
    const end = clockUpTo(bound).read(last);
    const upToLast = stamps.slice(0, stamps.indexOf(last) + 1);
    const firstYear = head.year >= 0 || end === null ? -1 : yearOfFirst(upToLast, yearAt(end, options.timeZone));
    const clock = clockUpTo(bound, firstYear);
    return { bound, firstYear, dated: stamps.map((stamp) => clock.read(stamp)).filter((at) => at !== null) };
  };
  const early = dateUpTo(newest);
  const isOfNextYear = isHinted && knowsEnd && holdsInNextYear(early, options);
  const { bound, firstYear, dated } = isOfNextYear ? dateUpTo(newest + YEAR) : early;
  const [first] = dated;
  if (first === undefined) return { ...unknown, newest: bound, firstYear };
  const low = dated.reduce((a, b) => Math.min(a, b));
  const high = knowsEnd ? dated.reduce((a, b) => Math.max(a, b)) : null;
  const tail = knowsEnd ? (dated.at(-1) ?? null) : null;
  return { log, head: first, low, high, tail, newest: bound, firstYear, isEmpty, beginning };
}

/** A copy without its time, of more than half a year: one year later it holds the period that is asked for. */
function holdsInNextYear(
  { dated, firstYear }: { readonly dated: readonly Instant[]; readonly firstYear: number },
  { hint = Number.NaN, newest, newer = newest }: ExtentOptions,
): boolean {
  const [first = Number.NaN] = dated;
  const last = dated.at(-1) ?? Number.NaN;
  return firstYear >= 0 && last < hint && first + YEAR < hint && last + YEAR <= Math.min(newest, newer + OVERLAP);
}

/** Returns the instant that year-less lines of a file cannot be later than. */
function yearBound(
  log: OpenLog,
  { newest, newer, hint }: ExtentOptions,
  near: number,
  lastUpTo: (bound: Instant) => Instant | null,
): Instant {
  const own = log.modifiedAt + DAY;
  const last = Number.isFinite(own) ? lastUpTo(own) : null;
  if (isNearTo(log.modifiedAt, near, last)) return own;
  // Its time says nothing, and it ends where the period ends that is asked for.
  if (hint !== undefined && isNearTo(hint, near, lastUpTo(hint + DAY))) return hint + DAY;
  const other = newer !== undefined ? newer + OVERLAP : hint !== undefined ? hint + NEAR_HINT : own;
  return Math.min(own, newest + DAY, other);
}

/** No line was written later, whatever it says: a day for clocks and zones that are not ours. */
export function latestOf(log: OpenLog, { newest }: { readonly newest: Instant }): Instant {
  return Math.max(newest, log.modifiedAt) + DAY;
}

function isNearTo(time: Instant, near: number, at: Instant | null): boolean {
  return at !== null && Math.abs(time - at) <= near;
}

/** The last stamp; or one before it that is fresh, when all behind it are of a clock that ran ahead by some weeks. */
function lastInTime(stamps: readonly Stamp[], isFresh: (stamp: Stamp) => boolean): Stamp {
  const end = stamps.at(-1) as Stamp;
  for (let i = stamps.length - 1; i >= 0 && i >= stamps.length - LAST_DAYS; i--) {
    const stamp = stamps[i] as Stamp;
    if (isFresh(stamp)) return stamp;
    const before = stamps[i - 1];
    if (before === undefined || stamp.year >= 0 || daysAhead(before, stamp) > MOST_AHEAD) return end;
  }
  return end;
}

/** How far a stamp lies behind another in the calendar, in days of months of 31 days. */
function daysAhead(from: Stamp, to: Stamp): number {
  return (dayOfGrid(to) - dayOfGrid(from) + 12 * 31) % (12 * 31);
}

function yearAt(at: Instant, timeZone: string): number {
  return new Date(zoneClock(timeZone).wallOf(at)).getUTCFullYear();
}

/** Walks back from the last stamp: where the day of the year is a later one, the year before begins. */
function yearOfFirst(stamps: readonly Stamp[], lastYear: number): number {
  let year = lastYear;
  for (let i = stamps.length - 1; i > 0; i--) {
    const before = stamps[i - 1] as Stamp;
    const after = stamps[i] as Stamp;
    if (before.year >= 0) year = before.year;
    // A step back of a week or less is disorder.
    else if (dayOfGrid(before) > dayOfGrid(after) + 7) year--;
  }
  return year;
}

/** A number for month and day, of months of 31 days. */
function dayOfGrid({ month, day }: Stamp): number {
  return month * 31 + day;
}

interface Beginning {
  readonly beginning: string;
  /** The text ends there, and nothing was wrong with it. */
  readonly isWhole: boolean;
  readonly isEmpty: boolean;
}

/** The first 64 KiB of a text, behind a hole of NULs that it may begin with. */
async function readBeginning(log: OpenLog): Promise<Beginning> {
  if (isUnread(log.compression)) return { beginning: "", isWhole: false, isEmpty: false };
  const outcome: ReadOutcome = {};
  let isWhole = false;
  const reader = openBytes(log, outcome);
  const buffer = Buffer.allocUnsafe(LOOK);
  let filled = 0;
  let passed = 0;
  try {
    while (filled < LOOK && passed < LONGEST_HOLE) {
      const read = await reader.read(buffer, filled, LOOK - filled);
      if (read === 0) {
        isWhole = outcome.damage === undefined;
        break;
      }
      passed += read;
      filled += read;
      if (buffer[0] !== 0) continue;
      const text = buffer.subarray(0, filled).findIndex((byte) => byte !== 0);
      if (text > 0) buffer.copyWithin(0, text, filled);
      filled = text < 0 ? 0 : filled - text;
    }
  } finally {
    reader.close();
  }
  return { beginning: buffer.toString("latin1", 0, filled), isWhole, isEmpty: isWhole && passed === 0 };
}

/** The first and the last stamp of lines that begin in text[from, to), and between them the first of every day. */
function daysIn(text: string, from = 0, to = text.length): Stamp[] {
  const stamps: Stamp[] = [];
  const stamp = emptyStamp();
  let last: Stamp | undefined;
  for (let at = from; at < to; ) {
    const next = lineAfter(text, at);
    const isDated = readLineStamp(text, at, next, stamp);
    at = next;
    if (!isDated) continue;
    const isNewDay = last === undefined || last.day !== stamp.day || last.month !== stamp.month;
    last = { ...stamp };
    if (isNewDay) stamps.push(last);
  }
  if (last !== undefined && stamps.at(-1) !== last) stamps.push(last);
  return stamps;
}

function firstStamp(text: string): Stamp | undefined {
  const stamp = emptyStamp();
  for (let at = 0; at < text.length; ) {
    const next = lineAfter(text, at);
    if (readLineStamp(text, at, next, stamp)) return stamp;
    at = next;
  }
  return undefined;
}

function lineAfter(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/**
 * Stamps through a plain file in its order. Where more than two days lie between two of them, it is looked closer, down
 * to every line: a whole year may hide in a few kilobytes of a log that was quiet before it grew.
 */
function probe(log: OpenLog, beginning: string): Stamp[] {
  return readParts(log, (part) => {
    const stamps = daysIn(beginning);
    let looks = MOST_LOOKS;
    /** Looks between the last stamp so far, which stands before `to`, and `next`, which stands behind it. */
    const lookBetween = (from: number, to: number, next: Stamp) => {
      const before = stamps.at(-1);
      if (before === undefined || isNear(before, next) || --looks < 0) return;
      if (to - from <= LOOK - STAMP) {
        // The look at `to` leaves out the line that it falls into: its stamp is read here.
        const text = part(from, to - from + STAMP);
        stamps.push(...daysIn(text, lineAfter(text, 0), to - from + 1));
        return;
      }
      const middle = from + Math.floor((to - from) / 2);
      const stamp = firstStamp(wholeLines(part(middle, 4096)));
      if (stamp === undefined) return;
      lookBetween(from, middle, stamp);
      stamps.push(stamp);
      lookBetween(middle, to, next);
    };
    let from = Math.max(0, beginning.lastIndexOf("\n"));
    const end = Math.max(from, log.size - LOOK);
    for (let i = 1; i < PROBES; i++) {
      const to = Math.floor((log.size / PROBES) * i);
      if (to <= from || to >= end) continue;
      const stamp = firstStamp(wholeLines(part(to, 4096)));
      if (stamp === undefined) continue;
      lookBetween(from, to, stamp);
      stamps.push(stamp);
      from = to;
    }
    const ending = daysIn(wholeLines(part(end, LOOK)));
    if (ending[0] !== undefined) lookBetween(from, end, ending[0]);
    stamps.push(...ending);
    return stamps;
  });
}

/** A part of a file without the line that begins before it. */
function wholeLines(part: string): string {
  return part.slice(lineAfter(part, 0));
}

/** Lines that say their year need no closer look. */
function isNear(before: Stamp, after: Stamp): boolean {
  if (before.year >= 0 || after.year >= 0) return true;
  const days = dayOfGrid(after) - dayOfGrid(before);
  return days >= 0 && days <= 2;
}
