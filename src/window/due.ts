// The window of a scheduled run: from the end of the last completed one to the newest tick.
import type { Instant } from "../events/event.ts";
import { labelOf } from "./label.ts";
import type { Window } from "./window.ts";

const DAY = 86_400_000;

interface DueOptions {
  /** The newest tick of the schedule. */
  readonly tick: Instant;
  /** The tick before it, where a first run begins. */
  readonly before: Instant;
  /** End of the last completed window; undefined when none is known. */
  readonly lastEnd: Instant | undefined;
  readonly catchUpDays: number;
  readonly timeZone: string;
}

export interface Due {
  /** undefined: the end was reported already, by an earlier run or before the clock was set back. */
  readonly window: Window | undefined;
  /** What lies further back than a run catches up. */
  readonly skipped: { readonly from: Instant; readonly to: Instant } | undefined;
}

/** Returns what is due, so that windows tile time whatever happened to runs, schedule, zone and clock. */
export function dueWindow({ tick, before, lastEnd, catchUpDays, timeZone }: DueOptions): Due {
  const start = lastEnd ?? before;
  if (start >= tick) return { window: undefined, skipped: undefined };
  const from = Math.max(start, tick - catchUpDays * DAY);
  const period = { from, to: tick, timeZone };
  return {
    window: { ...period, label: labelOf(period) },
    skipped: from > start ? { from: start, to: from } : undefined,
  };
}
