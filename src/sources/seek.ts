// Finds where the lines of a period begin and end in a plain log, by looking at a few hundred stamps in place of all of
// it. A log that is not in the order of time beyond a small disorder cannot be searched, and is read whole.
import { readSync } from "node:fs";
import type { Instant } from "../events/event.ts";

/** A look at the file: room for a stamp behind a line of usual length. */
const LOOK = 4_096;
/** Lines without a stamp (a trace, a dump) are passed over up to this far. */
const LONGEST_SILENCE = 256 * 1024;
/** Evenly spaced stamps that must be in order before the search is believed. */
const PROBES = 64;
/** A smaller file is read as fast as it is searched. */
const SMALLEST = 1024 * 1024;
/** The search ends within this much: reading it costs less than a look. */
const NEAR = 64 * 1024;

/** What the stamp of the line text[from, to) says; null for a line without one. Asked in any order. */
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
  const look = lookerOf(fd, size, dateOf);
  if (!isSorted(look, size, disorder)) return { ...whole, sorted: false };
  const from = search(look, size, period.from - disorder);
  return { from: from.before, to: search(look, size, period.to + disorder).behind, sorted: true };
}

/** The first line with a stamp that begins behind an offset; `at` is null when there is none within reach. */
interface Found {
  readonly offset: number;
  readonly at: Instant | null;
}
type Look = (offset: number) => Found;

function isSorted(look: Look, size: number, disorder: number): boolean {
  let latest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < PROBES; i++) {
    const { at } = look(Math.floor((size / PROBES) * i));
    if (at === null) continue;
    if (at < latest - disorder) return false;
    latest = Math.max(latest, at);
  }
  return latest > Number.NEGATIVE_INFINITY;
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

function lookerOf(fd: number, size: number, dateOf: DateOf): Look {
  const buffer = Buffer.allocUnsafe(LOOK);
  return (offset) => {
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
      for (let newline = text.indexOf("\n", from); newline >= 0; newline = text.indexOf("\n", from)) {
        const date = dateOf(text, from, newline);
        if (date !== null) return { offset: at + from, at: date };
        from = newline + 1;
      }
      // The last line of a look is looked at again, from its beginning: one that is longer than a look shows its stamp.
      inLine = from === 0 || at + text.length >= size;
      if (inLine && from < text.length) {
        const date = dateOf(text, from, text.length);
        if (date !== null) return { offset: at + from, at: date };
      }
      at += inLine ? text.length : from;
    }
    return { offset: size, at: null };
  };
}
