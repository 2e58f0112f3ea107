// This night beside those before it. A window that is no night (an hour, a weekend) has nothing to be compared with.
import type { Digest, Totals } from "../digest/digest.ts";
import { barColumns, type ColumnView, sparkline } from "./bars.ts";
import { dateWords, dayWords } from "./clock.ts";
import { thousands } from "./words.ts";

const SHORTEST_NIGHT = 12 * 3_600_000;
const LONGEST_NIGHT = 25 * 3_600_000;
/** Nights that a trend draws, and the fewest that make one. */
const NIGHTS_DRAWN = 30;
const FEWEST_NIGHTS = 3;
/** Below this a percentage sounds like more than it is. */
const FEW = 20;

export interface TrendView {
  /** `30 nights` */
  readonly nights: string;
  /** One block a night, oldest first; this night is the last. */
  readonly sparkline: string;
  /** `20 Oct`, `19 Nov` */
  readonly first: string;
  readonly last: string;
  /** `most on Thu 12 Nov, 2,104` */
  readonly peak: string;
  /** The nights as bars, the older half and the newer. */
  readonly columns: readonly ColumnView[];
}

/** What a total is on most nights; undefined when nobody knows, or when the window is no night. */
export function usualOf({ window, history }: Digest, name: keyof Totals): number | undefined {
  const length = window.to - window.from;
  if (length < SHORTEST_NIGHT || length > LONGEST_NIGHT) return undefined;
  const median = history?.medians[name];
  return median === undefined ? undefined : Math.round(median);
}

/** `+4%`, `−3`, `2.4 times`, `as usual`; empty where the usual number says it already. */
export function changeWords(value: number, usual: number): string {
  if (value === usual) return "as usual";
  if (usual === 0) return "";
  const difference = value - usual;
  const sign = difference < 0 ? "−" : "+";
  const times = value / usual;
  if (times >= 2 && difference >= FEW / 2)
    return `${times < 9.95 ? times.toFixed(1).replace(".0", "") : thousands(times)} times`;
  if (usual < FEW) return sign + thousands(Math.abs(difference));
  const percent = Math.round((Math.abs(difference) / usual) * 100);
  return percent === 0 ? "as usual" : `${sign}${percent}%`;
}

/** Returns the tries of the last nights with this one at the end; null where too few are known. */
export function trendView({ window, history, totals }: Digest): TrendView | null {
  const length = window.to - window.from;
  const past = history?.trend.slice(-NIGHTS_DRAWN) ?? [];
  if (past.length < FEWEST_NIGHTS || length < SHORTEST_NIGHT || length > LONGEST_NIGHT) return null;
  const nights = [...past, { date: window.label, failures: totals.failures }];
  const tries = nights.map(({ failures }) => failures);
  const most = Math.max(...tries);
  const peak = nights.find(({ failures }) => failures === most)?.date ?? "";
  return {
    nights: `${thousands(past.length)} nights`,
    sparkline: sparkline(tries),
    first: dateWords(past[0]?.date ?? ""),
    last: dateWords(window.label),
    peak: most === 0 ? "no tries" : `most on ${dayWords(peak)}, ${thousands(most)}`,
    columns: barColumns(nights.map(({ date, failures }) => [dateWords(date), failures])),
  };
}
