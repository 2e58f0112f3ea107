// The same few names and addresses stand in most lines of a flood. Each gets one string: what counts by it later finds
// its hash worked out, and no string keeps the chunk of log alive that it was cut from.
import type { Bytes } from "../sources/bytes.ts";

/** Four bytes each: what is longer is rare, and gets a string each time. */
const WORDS = 8;

/** What a text stands for, worked out once while it is among the texts that were seen lately. */
export class Interner<Value> {
  /** The text of each slot, in words; the bytes behind its end are 0. */
  private readonly words: Int32Array;
  private readonly lengths: Uint8Array;
  private readonly values: (Value | undefined)[];
  private readonly meaningOf: (text: string) => Value;

  /**
   * @param slots a power of two; two texts of one slot take turns in it, and cost a string each time
   * @param meaningOf the text itself, the canonical form of an address, the rules of a program
   */
  constructor(slots: number, meaningOf: (text: string) => Value) {
    this.words = new Int32Array(slots * WORDS);
    this.lengths = new Uint8Array(slots);
    this.values = new Array<Value | undefined>(slots).fill(undefined);
    this.meaningOf = meaningOf;
  }

  /** The value of the latin1 text in bytes [from, to), which may be followed by others. */
  of({ buffer, view }: Bytes, from: number, to: number): Value {
    const length = to - from;
    if (length === 0 || length > 4 * WORDS) return this.meaningOf(buffer.toString("latin1", from, to));
    const last = (length - 1) & ~3;
    const end = view.getInt32(from + last, true) & (MASKS[length & 3] as number);
    let hash = length;
    for (let i = 0; i < last; i += 4) hash = mixed(hash, view.getInt32(from + i, true));
    hash = mixed(hash, end);
    const slot = (hash ^ (hash >>> 16)) & (this.lengths.length - 1);
    const { words, lengths } = this;
    let at = slot * WORDS;
    if (lengths[slot] === length) {
      let i = 0;
      while (i < last && words[at] === view.getInt32(from + i, true)) {
        i += 4;
        at++;
      }
      if (i === last && words[at] === end) return this.values[slot] as Value;
      at = slot * WORDS;
    }
    for (let i = 0; i < last; i += 4) words[at++] = view.getInt32(from + i, true);
    words[at] = end;
    lengths[slot] = length;
    const value = this.meaningOf(buffer.toString("latin1", from, to));
    this.values[slot] = value;
    return value;
  }
}

/** Of the last word: the bytes that are the text's, by its length modulo four. */
const MASKS = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x2c1b3c6d);
  return product ^ (product >>> 15);
}
