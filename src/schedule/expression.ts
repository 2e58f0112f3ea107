// Schedules: the five fields of crontab(5), and its names for common ones.

import { type CronExpression, CronExpressionParser } from "cron-parser";
import { Exit, ReportError, reasonOf } from "../errors.ts";

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@hourly", "0 * * * *"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@weekly", "0 0 * * 0"],
  ["@monthly", "0 0 1 * *"],
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
]);

/** cron-parser also takes L, W, H, #, ? and 1/5, which crontab, launchd and systemd do not. */
const VALUE = "(?:\\d+|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)";
const PART = new RegExp(`^(?:\\*(?:/\\d+)?|${VALUE}(?:-${VALUE}(?:/\\d+)?)?)$`, "i");

/**
 * Returns `expr` as five fields with single blanks between, names like `@daily` spelt out.
 *
 * @throws ReportError Exit.Config when it is no schedule, or one that never fires (30 February)
 * @example validateSchedule("@daily") // "0 0 * * *"
 */
export function validateSchedule(expr: string): string {
  const spelt = NICKNAMES.get(expr.trim()) ?? expr.trim().split(/\s+/).join(" ");
  // cron-parser reads '' and four fields as "every minute", and six as with seconds.
  const fields = spelt.split(" ");
  if (fields.length !== 5 || !fields.every(isField)) {
    throw refused(expr, "not five fields of crontab");
  }
  try {
    // It refuses 30 February when it parses, and finds out other days that never come when it looks for one.
    wallClockTicks(spelt, 0).next();
  } catch (cause) {
    throw refused(expr, reasonOf(cause), cause);
  }
  return spelt;
}

/**
 * Returns cron-parser at a wall clock, which is given and answered as if it were UTC.
 *
 * UTC on purpose: with a zone that changes its offset at midnight, cron-parser 5 leaves nights out (Nuuk, March, any
 * time from 22:00) or throws "loop limit exceeded" (Cairo, April). Without a zone only the calendar is left to it.
 */
export function wallClockTicks(fields: string, wallMs: number): CronExpression {
  return CronExpressionParser.parse(fields, { tz: "UTC", currentDate: new Date(wallMs) });
}

function isField(field: string): boolean {
  return field.split(",").every((part) => PART.test(part));
}

function refused(expr: string, reason: string, cause?: unknown): ReportError {
  return new ReportError(
    Exit.Config,
    `schedule ${JSON.stringify(expr)}: ${reason} (write minute, hour, day, month and weekday, such as "55 23 * * *")`,
    { cause },
  );
}
