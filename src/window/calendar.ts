// Calendar dates without a zone: `yyyy-MM-dd` and the wall clock midnight that begins it, read as if it were UTC.

import { parseISO } from "date-fns/parseISO";

/** What a wall clock shows from one midnight to the next, whatever the zone does in between. */
export const WALL_DAY_MS = 86_400_000;

const DATE = /^[1-9]\d{3}-\d\d-\d\d$/;

/**
 * Returns the wall clock midnight of `date`, or undefined when it is no date of the calendar.
 *
 * @example wallOfDate("2026-11-19") // Date.UTC(2026, 10, 19)
 * @example wallOfDate("2026-02-30") // undefined, where Date and TZDate roll over to 2 March
 */
export function wallOfDate(date: string): number | undefined {
  if (!DATE.test(date)) return undefined;
  const wallMs = parseISO(`${date}T00:00Z`).getTime();
  return Number.isNaN(wallMs) ? undefined : wallMs;
}

/** Returns the date part of a wall clock as `yyyy-MM-dd`. */
export function dateOfWall(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

/** Returns the time part of a wall clock as `HH:MM`. */
export function minuteOfWall(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 16);
}
