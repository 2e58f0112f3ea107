// Wall-clock times of one zone. The offset comes from the zone's rules and the rest is arithmetic in UTC, so the
// process's own TZ, and its own DST gaps, never show.
import { tzOffset } from "@date-fns/tz/tzOffset";
import type { Instant } from "../events/event.ts";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE = 60_000;

export interface Clock {
  /** `23:55` */
  time(at: Instant): string;
  /** `19 Nov` */
  date(at: Instant): string;
  /** `2026-11-19T23:55:00+01:00` */
  iso(at: Instant): string;
}

/** Returns the clock on the wall of `timeZone` (IANA name; UTC when unknown, which config has refused long before). */
export function clockOf(timeZone: string): Clock {
  const offsetMinutes = (at: Instant) => Math.round(tzOffset(timeZone, new Date(at)) || 0);
  const wall = (at: Instant, offset = offsetMinutes(at)) => new Date(at + offset * MINUTE).toISOString();
  return {
    time: (at) => wall(at).slice(11, 16),
    date: (at) => dateWords(wall(at).slice(0, 10)),
    iso(at) {
      const offset = offsetMinutes(at);
      return wall(at, offset).slice(0, 19) + offsetText(offset);
    },
  };
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** Returns `19 Nov` for `2026-11-19`. */
export function dateWords(date: string): string {
  return `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1] ?? ""}`;
}

/** Returns `Thu 19 Nov` for `2026-11-19`. */
export function dayWords(date: string): string {
  return `${WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? ""} ${dateWords(date)}`;
}
