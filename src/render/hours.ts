// Tries by hour of the day: a line of blocks in text, bars made of table cells in HTML.
import type { Digest } from "../digest/digest.ts";
import { barColumns, type ColumnView, sparkline } from "./bars.ts";
import { thousands } from "./words.ts";

/** In a window shorter than this most hours lie outside of it, and an empty bar would read as a quiet hour. */
const SHORTEST_WINDOW = 12 * 3_600_000;

export interface HoursView {
  /** 24 blocks, `▁` for an hour without tries. */
  readonly sparkline: string;
  /** `most at 12:00, 214` */
  readonly peak: string;
  /** Twice 12 hours, `00` to `11` and `12` to `23`. */
  readonly columns: readonly ColumnView[];
}

/** Returns null when there is nothing to draw. */
export function hoursView(digest: Digest): HoursView | null {
  const tries = digest.triesByHour;
  const most = Math.max(0, ...tries);
  if (most === 0 || digest.window.to - digest.window.from < SHORTEST_WINDOW) return null;
  const hourOf = (index: number) => String(index).padStart(2, "0");
  return {
    sparkline: sparkline(tries),
    peak: `most at ${hourOf(tries.indexOf(most))}:00, ${thousands(most)}`,
    columns: barColumns(tries.map((value, index) => [hourOf(index), value])),
  };
}
