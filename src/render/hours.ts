// Tries by hour of the day: a line of blocks in text, a row of bars made of table cells in HTML.
import type { Digest } from "../digest/digest.ts";
import { thousands } from "./words.ts";

const BLOCKS = "▁▂▃▄▅▆▇█";
/** Height of the tallest bar in pixels. */
const TALLEST = 48;
/** In a window shorter than this most hours lie outside of it, and an empty bar would read as a quiet hour. */
const SHORTEST_WINDOW = 12 * 3_600_000;

export interface HoursView {
  /** 24 blocks, `▁` for an hour without tries. */
  readonly sparkline: string;
  /** `most at 12:00, 214` */
  readonly peak: string;
  /** `height` in pixels, at least 1. */
  readonly bars: readonly {
    readonly hour: string;
    readonly tries: string;
    readonly height: number;
    readonly zero: boolean;
  }[];
}

/** Returns null when there is nothing to draw. */
export function hoursView(digest: Digest): HoursView | null {
  const tries = digest.triesByHour;
  const most = Math.max(0, ...tries);
  if (most === 0 || digest.window.to - digest.window.from < SHORTEST_WINDOW) return null;
  const hourOf = (index: number) => String(index).padStart(2, "0");
  return {
    sparkline: tries.map((value) => blockOf(value, most)).join(""),
    peak: `most at ${hourOf(tries.indexOf(most))}:00, ${thousands(most)}`,
    bars: tries.map((value, index) => ({
      hour: hourOf(index),
      tries: thousands(value),
      height: Math.max(value === 0 ? 1 : 3, Math.round((value / most) * TALLEST)),
      zero: value === 0,
    })),
  };
}

/** The lowest block belongs to zero alone: one try in an hour must not look like none. */
function blockOf(value: number, most: number): string {
  if (value === 0) return BLOCKS.charAt(0);
  return BLOCKS.charAt(Math.max(1, Math.ceil((value / most) * (BLOCKS.length - 1))));
}
