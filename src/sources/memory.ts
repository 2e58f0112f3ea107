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
}

interface Period {
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
  if (memory === undefined) return;
  const { counts } = memory;
  const spoke = counts.length >= NIGHTS && counts.every((lines) => lines >= ENOUGH_LINES);
  if (expectsLines && spoke && ledger.inWindow === 0 && window.to - window.from >= LONG_ENOUGH) {
    const usual = [...counts].sort((a, b) => a - b)[Math.floor(counts.length / 2)];
    worsen(ledger, "stale", `has no line of this window, and usually has about ${usual}: is it still written to?`);
  }
  const { toldAt, toldShapes } = memory;
  const wasTold = toldAt !== undefined && window.to - toldAt < TELL_AGAIN && toldShapes === shapesOf(ledger);
  if (ledger.status === "unrecognised" && wasTold) ledger.status = "ok";
}

/** Returns what is to be kept of a source when the run is complete. */
export function remember(ledger: Ledger, memory: SourceMemory | undefined, window: Period): SourceMemory {
  const wasRead = ledger.status !== "missing" && ledger.status !== "unreadable";
  if (!wasRead) {
    const unread = { end: window.from, position: undefined, counts: [], toldAt: undefined, toldShapes: undefined };
    return memory ?? unread;
  }
  const isNight = window.to - window.from >= LONG_ENOUGH;
  const tells = ledger.status === "unrecognised";
  return {
    end: window.to,
    position: ledger.position,
    counts: isNight ? [ledger.inWindow, ...(memory?.counts ?? [])].slice(0, NIGHTS) : (memory?.counts ?? []),
    toldAt: tells ? window.to : memory?.toldAt,
    toldShapes: tells ? shapesOf(ledger) : memory?.toldShapes,
  };
}

function shapesOf({ shapes }: Ledger): string {
  return [...shapes].sort().join("\n").slice(0, 4096);
}
