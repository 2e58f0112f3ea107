// What earlier nights were like: what is usual for each total, and how the last nights went.
import { labelOf } from "../window/label.ts";
import type { Window } from "../window/window.ts";
import type { History, Totals } from "./digest.ts";
import type { Past, PastNight } from "./past.ts";
import { OVER_NIGHTS } from "./thresholds.ts";
import { emptyTotals } from "./totals.ts";

const NIGHTS_COMPARED = 30;

const NAMES = Object.keys(emptyTotals()) as (keyof Totals)[];

/** Returns what the nights before a window were like; undefined when none is known. */
export function historyOf(past: Past, window: Window): History | undefined {
  const nights = past.nights().flatMap((night) => {
    const date = dateOfNight(night.window);
    return date === undefined ? [] : [{ date, totals: night.totals }];
  });
  const compared = nights.slice(0, NIGHTS_COMPARED);
  if (compared.length === 0) return undefined;
  // An hour and a week are not compared with nights.
  const isComparable = dateOfNight(window) !== undefined && compared.length >= OVER_NIGHTS.nightsToKnow;
  return {
    nights: compared.length,
    medians: isComparable ? mediansOf(compared) : {},
    trend: compared
      .map(({ date, totals: { failures = 0, logins = 0, bans = 0 } }) => ({ date, failures, logins, bans }))
      .reverse(),
  };
}

/** Windows of 12 to 25 hours are named by one date (window/label.ts). */
export function dateOfNight({ from, to, timeZone }: PastNight["window"]): string | undefined {
  const label = labelOf({ from, to, timeZone });
  return /^\d{4}-\d\d-\d\d$/.test(label) ? label : undefined;
}

/** A total that an earlier version did not count is compared with the nights that have it. */
function mediansOf(nights: readonly Pick<PastNight, "totals">[]): Partial<Totals> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const values = nights.flatMap(({ totals }) => totals[name] ?? []);
      return values.length < OVER_NIGHTS.nightsToKnow ? [] : [[name, median(values)]];
    }),
  );
}

/** Rounded: half a login is nothing that anybody sees. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 0;
  const high = sorted[Math.floor(middle)] ?? 0;
  return Math.round((low + high) / 2);
}
