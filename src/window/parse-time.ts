// What people write after --date, --since, --until and --now.

import { parseISO } from "date-fns/parseISO";
import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { dateOfWall, WALL_DAY_MS, wallOfDate } from "./calendar.ts";
import { dateAt, dayWindow } from "./day.ts";
import { zoneClock } from "./zone.ts";

const DATE_TIME =
  /^([1-9]\d{3}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?(Z|[+-](?:[01]\d|2[0-3])(?::?\d\d)?)?$/i;
const DAYS_AGO = /^-(\d{1,5})d$/;

/**
 * Reads a time of the command line: a date (its local midnight), or an ISO 8601 date and time, with `T` or a blank
 * between, seconds and fraction as you like, and an offset or none (then it is local).
 *
 * A local time that comes twice is the first of the two; one that a zone leaves out is what the clock of before would
 * have shown: 02:30 in a gap from 02:00 to 03:00 is 03:30.
 *
 * @param zone IANA name that `assertZone` has accepted
 * @param option what to name in the message: `--since`
 * @throws ReportError Exit.Usage
 * @example parseTime("2026-11-19 08:00", "Europe/Rome", "--since") // 2026-11-19T07:00Z
 */
export function parseTime(text: string, zone: string, option: string): Instant {
  if (wallOfDate(text) !== undefined) return dayWindow(text, zone).from;
  const [, date, time, fraction = "", offset] = DATE_TIME.exec(text) ?? [];
  // The fraction apart: as a floating point number 8.29 seconds would become 8,289 ms.
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  const whole = parseISO(`${date}T${time}${offset?.toUpperCase() ?? "Z"}`).getTime() + milliseconds;
  if (Number.isNaN(whole)) {
    throw new ReportError(
      Exit.Usage,
      `${option}: cannot read ${JSON.stringify(text)} as a time (write 2026-11-19, 2026-11-19T08:00 or 2026-11-19T08:00+02:00)`,
    );
  }
  return offset === undefined ? zoneClock(zone).gapInstant(whole) : whole;
}

/**
 * Reads the day of `--date`: `yyyy-MM-dd`, `today`, `yesterday`, or `-Nd` for N days ago, and returns it as
 * `yyyy-MM-dd`.
 *
 * @throws ReportError Exit.Usage
 * @example parseDay("-1d", now, "Europe/Rome") // "2026-11-18" on the 19th in Rome
 */
export function parseDay(text: string, now: Instant, zone: string): string {
  if (wallOfDate(text) !== undefined) return text;
  const daysAgo = text === "today" ? 0 : text === "yesterday" ? 1 : Number(DAYS_AGO.exec(text)?.[1]);
  const today = wallOfDate(dateAt(zoneClock(zone), now));
  if (Number.isNaN(daysAgo) || today === undefined) {
    throw new ReportError(
      Exit.Usage,
      `--date: cannot read ${JSON.stringify(text)} as a day (write 2026-11-19, today, yesterday or -1d)`,
    );
  }
  return dateOfWall(today - daysAgo * WALL_DAY_MS);
}
