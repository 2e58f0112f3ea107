// Which period a run reports: the one that was asked for, or the one that is due.

import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { dateOfWall, minuteOfWall } from "./calendar.ts";
import { dayWindow } from "./day.ts";
import { labelOf } from "./label.ts";
import { parseDay, parseTime } from "./parse-time.ts";
import type { Window } from "./window.ts";
import { zoneClock } from "./zone.ts";

/** What `--date` asks for. */
interface DayRequest {
  /** As written: `2026-11-19`, `today`, `yesterday`, `-1d`. */
  readonly date: string;
  readonly now: Instant;
  readonly zone: string;
}

/** What `--since` and `--until` ask for. */
interface RangeRequest {
  readonly since: string;
  /** Absent: until now. */
  readonly until?: string | undefined;
  readonly now: Instant;
  readonly zone: string;
}

/** Where the last scheduled window ended and where this one ends. */
interface ScheduledPeriod {
  readonly start: Instant;
  readonly end: Instant;
  readonly zone: string;
}

/**
 * Returns the window of `--date`: that local day, or what has passed of it.
 *
 * @throws ReportError Exit.Usage when it cannot be read, does not exist or has not begun
 */
export function requestedDay({ date, now, zone }: DayRequest): Window {
  const day = dayWindow(parseDay(date, now, zone), zone);
  if (day.from >= now) {
    throw new ReportError(Exit.Usage, `--date ${date}: that day has not begun (it is ${localTime(now, zone)})`);
  }
  return day.to <= now ? day : windowOf(day.from, now, zone);
}

/**
 * Returns the window of `--since` and `--until`, its end at most `now`.
 *
 * @throws ReportError Exit.Usage when one cannot be read, when the range begins at or after now, or is empty
 */
export function requestedRange({ since, until, now, zone }: RangeRequest): Window {
  const from = parseTime(since, zone, "--since");
  const to = until === undefined ? now : parseTime(until, zone, "--until");
  if (from >= now) {
    throw new ReportError(Exit.Usage, `--since ${since} lies in the future (it is ${localTime(now, zone)})`);
  }
  if (from >= to) {
    throw new ReportError(Exit.Usage, `--until ${until} must be later than --since ${since} (change one of them)`);
  }
  return windowOf(from, Math.min(to, now), zone);
}

/**
 * Returns the window of a scheduled run, or undefined when nothing is due: the end was reported already, by an earlier
 * run or before the clock was set back.
 */
export function scheduledWindow({ start, end, zone }: ScheduledPeriod): Window | undefined {
  return start < end ? windowOf(start, end, zone) : undefined;
}

function windowOf(from: Instant, to: Instant, timeZone: string): Window {
  return { from, to, timeZone, label: labelOf({ from, to, timeZone }) };
}

function localTime(instant: Instant, zone: string): string {
  const wallMs = zoneClock(zone).wallOf(instant);
  return `${dateOfWall(wallMs)} ${minuteOfWall(wallMs)} in ${zone}`;
}
