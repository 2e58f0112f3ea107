// Words that are looked for where they must stand, four bytes at a time.
import type { Bytes } from "../sources/bytes.ts";

export interface Literal {
  readonly length: number;
  readonly words: Int32Array;
  /** Bytes of the last word that are part of it. */
  readonly mask: number;
}

/** @param text ASCII, not empty */
export function literal(text: string): Literal {
  const { length } = text;
  const words = new Int32Array((length + 3) >> 2);
  for (let i = 0; i < length; i++) words[i >> 2] = (words[i >> 2] as number) | (text.charCodeAt(i) << (8 * (i & 3)));
  const rest = length & 3;
  return { length, words, mask: rest === 0 ? -1 : (1 << (8 * rest)) - 1 };
}

/** True when `literal` stands at `at`. The caller has seen that there is room for it, or it is no longer than 13 bytes. */
export function standsAt({ view }: Bytes, at: number, { words, mask }: Literal): boolean {
  const last = words.length - 1;
  for (let i = 0; i < last; i++) {
    if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  }
  return ((view.getInt32(at + 4 * last, true) ^ (words[last] as number)) & mask) === 0;
}
