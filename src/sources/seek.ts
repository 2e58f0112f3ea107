// Finds where the lines of a period begin and end in a plain log, by looking at a few thousand stamps in place of all of
// it. A log that is not in the order of time beyond a small disorder cannot be searched, and is read whole.
import { readSync } from "node:fs";
import type { Instant } from "../events/event.ts";

/** A look at the file: room for a stamp behind a line of usual length. */
const LOOK = 4_096;
/** Lines without a stamp (a trace, a dump) are passed over up to this far. */
const LONGEST_SILENCE = 256 * 1024;
/** Evenly spaced looks whose stamps must be in order before the search is believed. */
const PROBES = 64;
/** A smaller file is read as fast as it is searched. */
const SMALLEST = 1024 * 1024;
/** The search ends within this much: reading it costs less than a look. */
const NEAR = 64 * 1024;
const BLANK = 32;

/**
 * What the stamp of the line text[from, to) says; null for a line without one, NaN for a stamp that cannot be told: a log
 * that holds one is not searched. Asked in any order.
 */
export type DateOf = (text: string, from: number, to: number) => Instant | null;

export interface Searched {
  /** Every line that may lie in the period begins at `from` or behind it, and before `to`. Both begin a line. */
  readonly from: number;
  readonly to: number;
  /** False when the stamps looked at are not in order: then it is the whole file. */
  readonly sorted: boolean;
}

/**
 * Searches the first `size` bytes of a file for the lines of [period.from, period.to).
 *
 * @param disorder milliseconds by which a line may stand behind its place; they are added to the period on both sides
 * @param dateOf must not depend on the order in which lines are asked for: of stamps without a year only the caller
 *   knows that they lie in one
 */
export function seekPeriod(
  fd: number,
  size: number,
  period: { readonly from: Instant; readonly to: Instant },
  disorder: number,
  dateOf: DateOf,
): Searched {
  const whole = { from: 0, to: size, sorted: true };
  if (size < SMALLEST) return whole;
  const { look, seen } = lookerOf(fd, size, dateOf);
  for (let i = 0; i < PROBES; i++) look(Math.floor((size / PROBES) * i));
  if (!isSorted(seen, disorder)) return { ...whole, sorted: false };
  const from = search(look, size, period.from - disorder).before;
  const to = search(look, size, period.to + disorder).behind;
  // A clock that was wrong for a while leads astray whoever looks just then: its neighbours tell.
  for (let near = LOOK; near < size; near += Math.max(LOOK, near - NEAR)) {
    if (near <= from) look(from - near);
    if (to + near < size) look(to + near);
  }
  return isSorted(seen, disorder) ? { from, to, sorted: true } : { ...whole, sorted: false };
}

/** The first line with a stamp that begins behind an offset; `at` is null when there is none within reach. */
interface Found {
  readonly offset: number;
  readonly at: Instant | null;
}
type Look = (offset: number) => Found;

/** What the looks at a log came across. */
interface Seen {
  /** Times by the offset of their lines. */
  readonly stamps: Map<number, Instant>;
  /** Lines that should have a stamp and have none: those that begin with a blank go on with the one before. */
  stampless: number;
}

/** Where most lines have no stamp, those that have one may be anybody's words, and prove nothing. */
function isSorted({ stamps, stampless }: Seen, disorder: number): boolean {
  if (stamps.size === 0 || stampless > stamps.size) return false;
  let latest = Number.NEGATIVE_INFINITY;
  for (const [, at] of [...stamps].sort(([a], [b]) => a - b)) {
    if (!(at >= latest - disorder)) return false;
    latest = Math.max(latest, at);
  }
  return true;
}

/**
 * Closes in on the first line that is not before `wanted`: every line that begins before `before` is earlier, every one
 * from `behind` on is not.
 */
function search(look: Look, size: number, wanted: Instant): { readonly before: number; readonly behind: number } {
  let before = 0;
  let behind = size;
  /** End of what is searched; lines between it and `behind` have no stamp that could be read. */
  let high = size;
  while (high - before > NEAR) {
    const middle = before + Math.floor((high - before) / 2);
    const { offset, at } = look(middle);
    if (at === null || offset >= behind) high = middle;
    else if (at < wanted) before = offset;
    else {
      behind = offset;
      high = middle;
    }
    if (before >= high) break;
  }
  return { before, behind };
}

function lookerOf(fd: number, size: number, dateOf: DateOf): { readonly look: Look; readonly seen: Seen } {
  const buffer = Buffer.allocUnsafe(LOOK);
  const seen: Seen = { stamps: new Map(), stampless: 0 };
  /** Dates one line, and keeps what it says. */
  const see = (text: string, from: number, to: number, offset: number): Instant | null => {
    const at = dateOf(text, from, to);
    if (at !== null) seen.stamps.set(offset, at);
    else if (from < to && text.charCodeAt(from) > BLANK) seen.stampless++;
    return at;
  };
  const look: Look = (offset) => {
    // The line that an offset falls into is left out; one byte earlier tells whether a line begins there.
    let inLine = offset > 0;
    let at = inLine ? offset - 1 : 0;
    while (at < size && at - offset < LONGEST_SILENCE) {
      const text = buffer.toString("latin1", 0, readSync(fd, buffer, 0, Math.min(LOOK, size - at), at));
      if (text === "") break;
      let from = inLine ? text.indexOf("\n") + 1 : 0;
      if (inLine && from === 0) {
        at += text.length;
        continue;
      }
      let first: Found | undefined;
      for (let newline = text.indexOf("\n", from); newline >= 0; newline = text.indexOf("\n", from)) {
        const date = see(text, from, newline, at + from);
        if (date !== null) first ??= { offset: at + from, at: date };
        from = newline + 1;
      }
      if (first !== undefined) return first;
      // The last line of a look is looked at again, from its beginning: one that is longer than a look shows its stamp.
      inLine = from === 0 || at + text.length >= size;
      if (inLine && from < text.length) {
        const date = see(text, from, text.length, at + from);
        if (date !== null) return { offset: at + from, at: date };
      }
      at += inLine ? text.length : from;
    }
    return { offset: size, at: null };
  };
  return { look, seen };
}
