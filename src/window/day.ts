import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { dateOfWall, WALL_DAY_MS, wallOfDate } from "./calendar.ts";
import type { Window } from "./window.ts";
import { type ZoneClock, zoneClock } from "./zone.ts";

/** More than the longest gap there ever was: the whole day that Apia and Kwajalein left out. */
const BEFORE_ANY_GAP_MS = 25 * 3_600_000;

/**
 * Returns the local calendar day `day` as a half-open window, from its first instant to that of the next day.
 *
 * It lasts 23, 24.5 or 25 hours when the zone changes its offset that day.
 *
 * @param day `yyyy-MM-dd`
 * @param zone IANA name that `assertZone` has accepted
 * @throws ReportError Exit.Usage when `day` is no real date, or one that the zone left out
 * @example dayWindow("2026-03-29", "Europe/Rome") // 23 h: 2026-03-28T23:00Z to 2026-03-29T22:00Z
 */
export function dayWindow(day: string, zone: string): Window {
  const midnight = wallOfDate(day);
  if (midnight === undefined) {
    throw new ReportError(Exit.Usage, `${day} is not a date of the calendar (write one such as 2026-11-19)`);
  }
  const clock = zoneClock(zone);
  const from = startOfDay(clock, midnight);
  const to = startOfDay(clock, midnight + WALL_DAY_MS);
  if (from === to) {
    throw new ReportError(
      Exit.Usage,
      `${day} does not exist in ${zone}, which left that day out (write the day before or after)`,
    );
  }
  return { from, to, timeZone: zone, label: day };
}

/**
 * Returns the first instant of the local day whose wall clock midnight is `midnight`.
 *
 * Of two midnights (Havana in autumn) it is the first; where midnight lies in a gap (Santiago, Cairo, Beirut in
 * spring) it is the end of the gap. A day that the zone left out begins where the next one does.
 */
export function startOfDay(clock: ZoneClock, midnight: number): Instant {
  const [first] = clock.instantsOfWall(midnight);
  if (first !== undefined) return first;
  let after = clock.gapInstant(midnight);
  let before = after - BEFORE_ANY_GAP_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (clock.wallOf(middle) >= midnight) after = middle;
    else before = middle;
  }
  return after;
}

/** Returns the local calendar date at `instant` as `yyyy-MM-dd`. */
export function dateAt(clock: ZoneClock, instant: Instant): string {
  return dateOfWall(clock.wallOf(instant));
}
