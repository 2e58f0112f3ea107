// Process ids come one after the other and again and again: each has one string while it is among the latest.
import type { Bytes } from "../sources/bytes.ts";

/** A power of two: as many as most systems hand out before they begin anew. */
const SLOTS = 1 << 15;

const numbers = new Int32Array(SLOTS).fill(-1);
const texts = new Array<string>(SLOTS).fill("");

/** The process id in bytes [from, to), as the line has it. */
export function processIdOf({ buffer, view }: Bytes, from: number, to: number): string {
  if (from === to) return "";
  let value = 0;
  for (let i = from; i < to && value >= 0; i++) {
    const digit = view.getUint8(i) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : -1;
  }
  // What is no number as we would write it has a string of its own.
  if (to - from > 9 || value < 0 || (view.getUint8(from) === 48 && to - from > 1)) {
    return buffer.toString("latin1", from, to);
  }
  const slot = value & (SLOTS - 1);
  if (numbers[slot] !== value) {
    numbers[slot] = value;
    texts[slot] = String(value);
  }
  return texts[slot] as string;
}
