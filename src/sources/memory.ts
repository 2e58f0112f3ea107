// What earlier nights know of a source: a log that has fallen silent, and what was told already.
import type { Instant } from "../events/event.ts";
import { type Ledger, type Position, worsen } from "./source.ts";

/** Nights that a source must have spoken in before its silence means something. */
const NIGHTS = 7;
/** Lines in each of them. */
const ENOUGH_LINES = 20;
const HOUR = 3_600_000;
/** In a shorter window a log may well be silent. */
const LONG_ENOUGH = 12 * HOUR;
/** The same form of lines is told again after this long. */
const TELL_AGAIN = NIGHTS * 24 * HOUR;

/** What is kept of a source from one completed run to the next. */
export interface SourceMemory {
  /** Read completely up to here: a source that cannot be read keeps its own end until it is back. */
  readonly end: Instant;
  readonly position: Position | undefined;
  /** Lines in the window of the last completed nights, the newest first; at most 7. */
  readonly counts: readonly number[];
  /** When lines that nothing recognised were told last, and which. */
  readonly toldAt: Instant | undefined;
  readonly toldShapes: string | undefined;
  /** It was there once: it is missed when it is gone. */
  readonly found: boolean;
  /** The last time that a line of it stated. */
  readonly lastStamp: Instant | undefined;
}

export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Compares a night with the nights before, to be called when the source was read.
 *
 * @param expectsLines the source has lines every night: one of login messages, or one that the config says it of
 */
export function compareWithNights(
  ledger: Ledger,
  memory: SourceMemory | undefined,
  window: Period,
  expectsLines: boolean,
): void {
  // What was not read may well have lines.
  if (memory === undefined || !wasRead(ledger)) return;
  if (expectsLines && isSilent(memory, ledger.inWindow, window)) {
    const what = `has no line of this window, and usually has about ${usual(memory)}: is it still written to?`;
    worsen(ledger, "stale", what);
  }
  if (ledger.status === "unrecognised" && wasTold(ledger, memory, window)) ledger.status = "ok";
}

/** Returns what is to be kept of a source when the run is complete. */
export function remember(ledger: Ledger, memory: SourceMemory | undefined, window: Period): SourceMemory {
  if (!wasRead(ledger)) {
    return memory ?? { ...UNKNOWN, end: window.from, found: ledger.status === "unreadable" };
  }
  const { counts, toldAt, toldShapes, lastStamp } = memory ?? UNKNOWN;
  const tells = ledger.status === "unrecognised";
  return {
    end: window.to,
    position: ledger.position,
    counts: countNight(counts, ledger.inWindow, window),
    toldAt: tells ? window.to : toldAt,
    toldShapes: tells ? shapesOf(ledger) : toldShapes,
    found: true,
    lastStamp: ledger.last ?? lastStamp,
  };
}

/** False where nothing is known of its lines. */
export function wasRead({ status }: Ledger): boolean {
  return status !== "missing" && status !== "unreadable";
}

/** Returns the counts of the last nights with that of this window, if it is a night. */
export function countNight(counts: readonly number[], lines: number, window: Period): readonly number[] {
  return window.to - window.from >= LONG_ENOUGH ? [lines, ...counts].slice(0, NIGHTS) : counts;
}

/** No line in a night, after a week of nights that all had enough. */
export function isSilent({ counts }: SourceMemory, lines: number, window: Period): boolean {
  const spoke = counts.length >= NIGHTS && counts.every((lines) => lines >= ENOUGH_LINES);
  return spoke && lines === 0 && window.to - window.from >= LONG_ENOUGH;
}

/** Returns how many lines a usual night has: the median. */
export function usual({ counts }: SourceMemory): number {
  return [...counts].sort((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
}

/** The same forms are told once a week: one that comes in addition is new, one that stays away is not. */
function wasTold(ledger: Ledger, { toldAt, toldShapes }: SourceMemory, window: Period): boolean {
  if (toldAt === undefined || toldShapes === undefined || window.to - toldAt >= TELL_AGAIN) return false;
  const told = new Set(toldShapes.split("\n"));
  return shapesOf(ledger)
    .split("\n")
    .every((shape) => told.has(shape));
}

/** Of a source that no run has read. */
export const UNKNOWN = {
  position: undefined,
  counts: [],
  toldAt: undefined,
  toldShapes: undefined,
  lastStamp: undefined,
} as const;

function shapesOf({ shapes }: Ledger): string {
  return [...shapes].sort().join("\n").slice(0, 4096);
}
