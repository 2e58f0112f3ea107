import type { Instant } from "../events/event.ts";
import { dateOfWall, minuteOfWall, WALL_DAY_MS, wallOfDate } from "./calendar.ts";
import { dateAt, startOfDay } from "./day.ts";
import type { Window } from "./window.ts";
import { type ZoneClock, zoneClock } from "./zone.ts";

/** A period without its name. */
type Period = Omit<Window, "label">;

/** The part of one local calendar day that a window covers, half-open. */
export interface Day {
  /** `yyyy-MM-dd` */
  readonly date: string;
  readonly from: Instant;
  readonly to: Instant;
}

const HOUR_MS = 3_600_000;
const NIGHT_AT_LEAST_MS = 12 * HOUR_MS;
const NIGHT_AT_MOST_MS = 25 * HOUR_MS;

/**
 * Returns how a digest names its window (design: time).
 *
 * - 12 to 25 hours: the local date of its end, or the date before when it ends at or before noon
 * - longer: `FIRST to LAST`, the first and last local day of which it covers something
 * - shorter: `DATE HH:MM-HH:MM`, the date of its beginning
 *
 * @example labelOf({ from: yesterday2355, to: today2355, timeZone }) // "2026-11-19"
 */
export function labelOf(period: Period): string {
  const clock = zoneClock(period.timeZone);
  const fromWall = clock.wallOf(period.from);
  const toWall = clock.wallOf(period.to);
  const first = dateOfWall(fromWall);
  if (isLong(period, clock)) return `${first} to ${dateAt(clock, period.to - 1)}`;
  if (period.to - period.from < NIGHT_AT_LEAST_MS) {
    return `${first} ${minuteOfWall(fromWall)}-${minuteOfWall(toWall)}`;
  }
  const last = dateOfWall(toWall);
  // The first half of a single day, asked for at noon, is not named after the day before.
  if (toWall % WALL_DAY_MS > NIGHT_AT_LEAST_MS || first === last) return last;
  // Not "minus one day": the date before may be one that the zone left out.
  return dateAt(clock, startOfDay(clock, toWall - (toWall % WALL_DAY_MS)) - 1);
}

/**
 * Returns the local calendar days that a window longer than a night covers, in order, the first and last one cut to
 * the window; empty for any other window, whose label says it all.
 */
export function daysOf(period: Period): readonly Day[] {
  const clock = zoneClock(period.timeZone);
  if (!isLong(period, clock)) return [];
  const days: Day[] = [];
  let midnight = wallOfDate(dateAt(clock, period.from)) ?? Number.NaN;
  let from = period.from;
  while (from < period.to) {
    const to = Math.min(startOfDay(clock, midnight + WALL_DAY_MS), period.to);
    // A day that the zone left out has no instants.
    if (to > from) days.push({ date: dateOfWall(midnight), from, to });
    midnight += WALL_DAY_MS;
    from = to;
  }
  return days;
}

function isLong(period: Period, clock: ZoneClock): boolean {
  const real = period.to - period.from;
  // By the wall clock too: one night lasts 26 hours where clocks move by two (Antarctica/Troll).
  return Math.min(real, clock.wallOf(period.to) - clock.wallOf(period.from)) > NIGHT_AT_MOST_MS;
}
