// What a table with a cap gives up when it is full.

/**
 * Returns what tells of each group of a table, asked in the table's order, whether it is given up: all but `most`, the
 * smaller ones first, of groups of one size those that have been silent for longest.
 */
export function givenUpOf(
  counts: Float64Array,
  lasts: Float64Array,
  most: number,
): (count: number, last: number) => boolean {
  const sorted = counts.slice().sort();
  // The size that the last one of those that stay has, and how many of that size may stay.
  const size = sorted[sorted.length - most] as number;
  const ofSize = new Float64Array(sorted.lastIndexOf(size) + 1 - sorted.indexOf(size));
  for (let i = 0, filled = 0; i < counts.length; i++) if (counts[i] === size) ofSize[filled++] = lasts[i] as number;
  ofSize.sort();
  let places = most - sorted.length + (sorted.lastIndexOf(size) + 1);
  const since = ofSize[ofSize.length - places] as number;
  places -= ofSize.length - 1 - ofSize.lastIndexOf(since);
  return (count, last) => {
    if (count > size || (count === size && last > since)) return false;
    return !(count === size && last === since && places-- > 0);
  };
}

/**
 * How many distinct keys were given up, by one bit a key: a key that comes and goes is one, and two keys that share a
 * bit are one, so the count is never too high. Keys are told by their hash.
 */
export class Lost {
  private static readonly BITS = 1 << 23;
  count = 0;
  private bits: Uint8Array | undefined;

  add(hash: number): void {
    this.bits ??= new Uint8Array(Lost.BITS >> 3);
    this.turn(this.bits, hash, 1);
  }

  /** True once a key was given up: before, none can be back. */
  get isAny(): boolean {
    return this.bits !== undefined;
  }

  /** A key is back. */
  found(hash: number): void {
    if (this.bits !== undefined) this.turn(this.bits, hash, 0);
  }

  private turn(bits: Uint8Array, hash: number, to: 0 | 1): void {
    const bit = hash & (Lost.BITS - 1);
    const byte = bits[bit >> 3] as number;
    const mask = 1 << (bit & 7);
    if ((byte & mask) === (to === 1 ? mask : 0)) return;
    bits[bit >> 3] = byte ^ mask;
    this.count += to === 1 ? 1 : -1;
  }
}
