// Wall clocks of a zone, from the zone rules inside Node's ICU (read through @date-fns/tz).
// A wall clock is a number too: `wallMs` is what the clock shows, read as if it were UTC. Nothing here depends on the
// zone of the process.

import { tzOffset } from "@date-fns/tz/tzOffset";
import { type ExitCode, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** Zones turn on quarter hours, with exceptions so old that they cost only speed: a quarter is cached when it is whole. */
const QUARTER = HOUR / 4;
/** No zone was ever further from UTC than 15 h 13 min (Alaska and Manila before their date line moved). */
const WIDEST_OFFSET = 16 * HOUR;
/** Days whose offsets are kept: eleven years, so that a long log of mixed dates stays quick and memory stays small. */
const DAYS_KEPT = 4_096;

/** Translates between instants and the wall clock of one zone; quick when called with nearby times. */
export interface ZoneClock {
  /** IANA name. */
  readonly zone: string;
  /** Returns local time minus UTC in milliseconds: 7,200,000 for Rome in summer. NaN for an instant out of range. */
  offsetAt(instant: Instant): number;
  /** Returns what the wall clock shows at `instant`, read as if it were UTC. */
  wallOf(instant: Instant): number;
  /**
   * Returns the instants at which the wall clock shows `wallMs`, earliest first: one as a rule, none inside a gap
   * (clocks put forward), two inside a repeated hour (clocks put back).
   */
  instantsOfWall(wallMs: number): readonly Instant[];
  /** Returns the instant at which the wall clock shows `wallMs` where there is just one, else NaN. */
  onlyInstantOfWall(wallMs: number): Instant;
  /**
   * Returns the instant that a wall clock time inside a gap stands for: the clock before the gap goes on, as in cron,
   * so 02:30 in a gap from 02:00 to 03:00 is 03:30. Outside a gap it is the first of `instantsOfWall`.
   */
  gapInstant(wallMs: number): Instant;
}

/**
 * Returns a clock for `zone` with a cache of its own; give each stream of lines its own.
 *
 * @param zone IANA name that `assertZone` has accepted; every answer for an unknown one is NaN or empty
 * @example zoneClock("Europe/Rome").instantsOfWall(Date.UTC(2026, 9, 25, 2, 30)) // 00:30Z and 01:30Z
 */
export function zoneClock(zone: string): ZoneClock {
  let offsetQuarter = Number.NaN;
  let offset = Number.NaN;
  let wallQuarter = Number.NaN;
  let wallOffsets: readonly number[] = [];
  /** The offset of that quarter where there is just one: nearly every line is dated by it. */
  let wallOffset = Number.NaN;
  const offsetsOfDay = daysOf(zone);

  function offsetAt(instant: Instant): number {
    const quarter = Math.floor(instant / QUARTER);
    if (quarter === offsetQuarter) return offset;
    const exact = exactOffset(zone, instant);
    const first = exactOffset(zone, quarter * QUARTER);
    if (first === exactOffset(zone, (quarter + 1) * QUARTER - 1)) {
      offsetQuarter = quarter;
      offset = first;
    }
    return exact;
  }

  /** Returns every offset in force while some zone of the world could show this wall clock day. */
  function offsetsNear(wallMs: number): readonly number[] {
    const day = Math.floor(wallMs / DAY);
    const known = offsetsOfDay.get(day);
    if (known !== undefined) return known;
    const offsets = new Set<number>();
    for (let at = day * DAY - WIDEST_OFFSET; at <= (day + 1) * DAY + WIDEST_OFFSET; at += HOUR) {
      offsets.add(exactOffset(zone, at));
    }
    if (offsetsOfDay.size >= DAYS_KEPT) offsetsOfDay.clear();
    // The larger offset is the earlier instant of the same wall clock.
    const sorted = [...offsets].sort((a, b) => b - a);
    offsetsOfDay.set(day, sorted);
    return sorted;
  }

  function offsetsOfWall(wallMs: number): readonly number[] {
    return offsetsNear(wallMs).filter((candidate) => exactOffset(zone, wallMs - candidate) === candidate);
  }

  function instantsOfWall(wallMs: number): readonly Instant[] {
    const quarter = Math.floor(wallMs / QUARTER);
    if (quarter === wallQuarter) return wallOffsets.map((known) => wallMs - known);
    const first = offsetsOfWall(quarter * QUARTER);
    const last = offsetsOfWall((quarter + 1) * QUARTER - 1);
    if (first.length === last.length && first.every((known, i) => known === last[i])) {
      wallQuarter = quarter;
      wallOffsets = first;
      wallOffset = first.length === 1 ? (first[0] as number) : Number.NaN;
      return first.map((known) => wallMs - known);
    }
    return offsetsOfWall(wallMs).map((known) => wallMs - known);
  }

  function onlyInstantOfWall(wallMs: number): Instant {
    if (Math.floor(wallMs / QUARTER) === wallQuarter) return wallMs - wallOffset;
    const instants = instantsOfWall(wallMs);
    return instants.length === 1 ? (instants[0] as Instant) : Number.NaN;
  }

  function gapInstant(wallMs: number): Instant {
    const [first] = instantsOfWall(wallMs);
    if (first !== undefined) return first;
    const offsets = offsetsNear(wallMs);
    // Read with the offset of before the gap the time lies after it, and the other way round.
    const before = offsets.find((candidate) => {
      const after = exactOffset(zone, wallMs - candidate);
      return after > candidate && exactOffset(zone, wallMs - after) === candidate;
    });
    return wallMs - (before ?? Number.NaN);
  }

  const wallOf = (instant: Instant) => instant + offsetAt(instant);
  return { zone, offsetAt, wallOf, instantsOfWall, onlyInstantOfWall, gapInstant };
}

/**
 * Refuses a zone that this Node does not know: everything that follows would silently be NaN.
 *
 * @param exit `Exit.Usage` for an option, `Exit.Config` for a config key
 * @param origin what to name in the message: `--time-zone`, `time_zone in /etc/logdigest/config.toml`
 * @throws ReportError with `exit`
 */
export function assertZone(zone: string, exit: ExitCode, origin = "time zone"): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch (cause) {
    throw new ReportError(
      exit,
      `${origin}: unknown time zone ${JSON.stringify(zone)} (write an IANA name such as Europe/Rome or UTC)`,
      { cause },
    );
  }
}

/** Offsets in force around a day, by zone: the logs of a machine ask about the same days, and a day costs 57 questions. */
const daysByZone = new Map<string, Map<number, readonly number[]>>();

function daysOf(zone: string): Map<number, readonly number[]> {
  const days = daysByZone.get(zone) ?? new Map<number, readonly number[]>();
  daysByZone.set(zone, days);
  return days;
}

function exactOffset(zone: string, instant: Instant): number {
  // tzOffset answers in minutes, with fractions for the local mean times of before 1972.
  return Math.round(tzOffset(zone, new Date(instant)) * 60) * SECOND;
}
