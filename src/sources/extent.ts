// Looks at a log before it is read: which period it covers, and which year its year-less lines begin in.
import type { Instant } from "../events/event.ts";
import { lineClock } from "../window/line-clock.ts";
import { emptyStamp, readStamp, type Stamp } from "../window/stamp.ts";
import { zoneClock } from "../window/zone.ts";
import { type OpenLog, openBytes, type ReadOutcome, readParts } from "./open.ts";

const DAY = 86_400_000;
/** A file's time and its last line differ by this much at most when nobody copied it. */
const FRESH = 2 * DAY;
/** The same for a compressed file, of which only the beginning is known: files are rotated once a month or sooner. */
const FRESH_BEGINNING = 62 * DAY;
/** How far a file that was rotated may reach into the next one: a writer that was not told of the rotation. */
const OVERLAP = 7 * DAY;
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
  const { beginning, isWhole } = await readBeginning(log);
  const stamps = isWhole || log.compression !== "plain" ? daysIn(beginning) : probe(log, beginning);
  const knowsEnd = isWhole || log.compression === "plain";
  const [head] = stamps;
  const last = stamps.at(-1);
  const unknown = { log, head: null, low: null, high: null, tail: null, firstYear: -1, beginning };
  if (head === undefined || last === undefined)
    return { ...unknown, newest: yearBound(log, options, FRESH, () => null) };

  const clockUpTo = (newest: Instant, firstYear?: number) => lineClock(zoneClock(options.timeZone), newest, firstYear);
  const near = knowsEnd ? FRESH : FRESH_BEGINNING;
  const newest = yearBound(log, options, near, (bound) => clockUpTo(bound).read(last));
  const end = clockUpTo(newest).read(last);
  const firstYear = head.year >= 0 || end === null ? -1 : yearOfFirst(stamps, yearAt(end, options.timeZone));
  const clock = clockUpTo(newest, firstYear);
  const dated = stamps.map((stamp) => clock.read(stamp)).filter((at) => at !== null);
  const [first] = dated;
  if (first === undefined) return { ...unknown, newest, firstYear };
  const low = dated.reduce((a, b) => Math.min(a, b));
  const high = knowsEnd ? dated.reduce((a, b) => Math.max(a, b)) : null;
  const tail = knowsEnd ? (dated.at(-1) ?? null) : null;
  return { log, head: first, low, high, tail, newest, firstYear, beginning };
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
  if (last !== null && Math.abs(log.modifiedAt - last) <= near) return own;
  const other = newer !== undefined ? newer + OVERLAP : hint !== undefined ? hint + NEAR_HINT : own;
  return Math.min(own, newest + DAY, other);
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
}

/** The first 64 KiB of a text, behind a hole of NULs that it may begin with. */
async function readBeginning(log: OpenLog): Promise<Beginning> {
  if (log.compression !== "plain" && log.compression !== "gzip") return { beginning: "", isWhole: false };
  const outcome: ReadOutcome = {};
  let isWhole = false;
  const reader = openBytes(log, outcome);
  const buffer = Buffer.allocUnsafe(LOOK);
  let filled = 0;
  try {
    for (let passed = 0; filled < LOOK && passed < LONGEST_HOLE; ) {
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
  return { beginning: buffer.toString("latin1", 0, filled), isWhole };
}

/** The first and the last stamp of lines that begin in text[from, to), and between them the first of every day. */
function daysIn(text: string, from = 0, to = text.length): Stamp[] {
  const stamps: Stamp[] = [];
  const stamp = emptyStamp();
  let last: Stamp | undefined;
  for (let at = from; at < to; at = lineAfter(text, at)) {
    if (!stampOfLine(text, at, stamp)) continue;
    const isNewDay = last === undefined || last.day !== stamp.day || last.month !== stamp.month;
    last = { ...stamp };
    if (isNewDay) stamps.push(last);
  }
  if (last !== undefined && stamps.at(-1) !== last) stamps.push(last);
  return stamps;
}

function firstStamp(text: string): Stamp | undefined {
  const stamp = emptyStamp();
  for (let at = 0; at < text.length; at = lineAfter(text, at)) {
    if (stampOfLine(text, at, stamp)) return stamp;
  }
  return undefined;
}

function lineAfter(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/** Skips what may stand before a stamp: NULs, a byte order mark, a priority and the version of RFC 5424. */
export function stampOfLine(text: string, at: number, stamp: Stamp): boolean {
  while (text.charCodeAt(at) === 0) at++;
  if (text.startsWith("\xef\xbb\xbf", at)) at += 3;
  if (text.charCodeAt(at) === 60) {
    const close = text.slice(at, at + 5).indexOf(">");
    if (close < 0) return false;
    at += close + 1;
    if (text.startsWith("1 ", at)) at += 2;
  }
  return readStamp(text, at, Math.min(text.length, at + 40), stamp);
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
