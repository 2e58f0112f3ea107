// Which part of a plain log is to be read, where the lines of the period stand together and the rest can be left out.
import { closeSync, readSync } from "node:fs";
import type { Instant } from "../events/event.ts";
import { readLineStamp } from "../window/line-stamp.ts";
import { emptyStamp, isLeapYear, type Stamp } from "../window/stamp.ts";
import { type ZoneClock, zoneClock } from "../window/zone.ts";
import type { Extent } from "./extent.ts";
import { CHECKED, openAgain } from "./open.ts";
import { type DateOf, seekPeriod } from "./seek.ts";
import { DISORDER, type Range } from "./source.ts";

const DAY = 86_400_000;
/** A log of year-less lines that covers no more has one year for each of them, with what follows on both sides. */
const ONE_YEAR = 300 * DAY;
const BESIDE = 30 * DAY;
/**
 * Lines as they are dated without those before them: in a repeated hour the second pass seems to be the first, so a
 * log in order may go back by that hour and by its own disorder.
 */
const SEEMING_DISORDER = 2 * DISORDER;

export interface Part {
  /** Offset of the first line. */
  readonly from: number;
  /** Offset behind the last line; undefined for the end of the file. */
  readonly to: number | undefined;
  /** Year of the first line. */
  readonly firstYear: number;
  /** The text before `from`: 4 KiB, or all where there is less. */
  readonly before: Buffer;
}

interface PartOptions {
  /** Zone of lines that state none. */
  readonly timeZone: string;
  /** Bytes that the last run has read: what stands behind them is read, whatever its time is. */
  readonly known: number | undefined;
  /** The next run goes on where this one ends. */
  readonly resumed: boolean;
}

/**
 * Searches a log for the lines that lie in [leadIn, to), and for those that no run has read.
 *
 * @returns undefined when all of it is to be read: its lines are of the period, or not in order, or cannot be told apart
 * @throws CannotOpen, Moved
 */
export function findPart(
  { log, low, high }: Extent,
  range: Range,
  { timeZone, known = Number.POSITIVE_INFINITY, resumed }: PartOptions,
): Part | undefined {
  if (log.compression !== "plain" || low === null || high === null) return undefined;
  // An hour more before the period: a repeated hour that the part begins in is over by then.
  const period = { from: (range.leadIn ?? range.from) - DISORDER, to: range.to };
  const beginsWithin = known === 0 || low >= period.from - SEEMING_DISORDER;
  const endsWithin = resumed || high < period.to + SEEMING_DISORDER;
  if (beginsWithin && endsWithin) return undefined;
  const zone = zoneClock(timeZone);
  const dateOf = dater(zone, low, high);
  const fd = openAgain(log);
  try {
    const found = seekPeriod(fd, log.size, period, SEEMING_DISORDER, dateOf);
    const from = Math.min(found.from, known);
    const to = resumed || found.to >= log.size ? undefined : Math.max(from, found.to);
    if (from === 0 && to === undefined) return undefined;
    const before = Buffer.alloc(Math.min(CHECKED, from));
    readSync(fd, before, 0, before.length, from - before.length);
    const first = firstDate(fd, from, dateOf) ?? low;
    return { from, to, firstYear: new Date(zone.wallOf(first)).getUTCFullYear(), before };
  } catch {
    // A bad block: whoever reads the whole file comes to it and says so.
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** Dates lines of a log whose lines lie around [low, high], in any order. */
function dater(zone: ZoneClock, low: Instant, high: Instant): DateOf {
  const stamp = emptyStamp();
  const isOneYear = high - low <= ONE_YEAR;
  const years = isOneYear ? yearsAround(low, high) : [];
  return (text, from, to) => {
    if (!readLineStamp(text, from, to, stamp)) return null;
    if (stamp.month === 0) return Number.NaN;
    if (stamp.year >= 0) return instantOf(zone, stamp, stamp.year);
    for (const year of years) {
      const at = instantOf(zone, stamp, year);
      if (at >= low - BESIDE && at <= high + BESIDE) return at;
    }
    return Number.NaN;
  };
}

function yearsAround(low: Instant, high: Instant): readonly number[] {
  const first = new Date(low - BESIDE).getUTCFullYear();
  const last = new Date(high + BESIDE + DAY).getUTCFullYear();
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function instantOf(zone: ZoneClock, { month, day, ofDay, offset }: Stamp, year: number): Instant {
  if (month === 2 && day === 29 && !isLeapYear(year)) return Number.NaN;
  const wall = Date.UTC(year, month - 1, day) + ofDay;
  return offset === undefined ? zone.gapInstant(wall) : wall - offset;
}

/** The time of the first line from an offset on; null when it is far. */
function firstDate(fd: number, offset: number, dateOf: DateOf): Instant | null {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const text = buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, offset));
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    const at = dateOf(text, from, to);
    if (at !== null) return at;
    from = to + 1;
  }
  return null;
}
