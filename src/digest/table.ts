// Counts by key in bounded memory: exact up to a cap, then the smallest groups are given up and what is left is a
// lower bound that says so. An attacker chooses the keys, so no table here may grow with what he sends.
import { copyOf } from "../events/address.ts";
import type { Instant } from "../events/event.ts";

export interface Counted {
  count: number;
  first: Instant;
  last: Instant;
}

export class Table<Row extends Counted> {
  private readonly rows = new Map<string, Row>();
  private readonly cap: number;
  private readonly onGivenUp: ((row: Row) => void) | undefined;
  private readonly lost = new Lost();

  /** @param onGivenUp is told of every group that is given up */
  constructor(cap: number, onGivenUp?: (row: Row) => void) {
    this.cap = Math.max(2, cap);
    this.onGivenUp = onGivenUp;
  }

  /**
   * Adds `n` to the group of `key`, which `create` makes when it is new. Where there are many groups it makes room for
   * the numbers too: what is added to an object later lies in a second one.
   */
  add(key: string, n: number, at: Instant, create: () => Omit<Row, keyof Counted> & Partial<Counted>): Row {
    let row = this.rows.get(key);
    if (row === undefined) {
      if (this.rows.size >= this.cap) this.giveUpSmallest();
      this.lost.found(key);
      row = owned(create(), key) as Row;
      row.count = 0;
      row.first = row.last = at;
      this.rows.set(key, row);
    }
    raise(row, n, at);
    return row;
  }

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  delete(key: string): void {
    this.rows.delete(key);
  }

  /** True until a group was given up. */
  get exact(): boolean {
    return this.lost.count === 0;
  }

  /** Distinct keys; a lower bound once groups were given up. */
  get size(): number {
    return this.rows.size + this.lost.count;
  }

  /** Largest groups first, then the latest. */
  sorted(): Row[] {
    return [...this.rows.values()].sort(bySize);
  }

  /** Gives up the smaller half; of groups of one size those that have been silent for longest. */
  private giveUpSmallest(): void {
    const most = Math.floor(this.cap / 2);
    const counts = new Float64Array(this.rows.size);
    let filled = 0;
    for (const { count } of this.rows.values()) counts[filled++] = count;
    counts.sort();
    // The size that the last one of those that stay has, and how many of that size may stay.
    const size = counts[counts.length - most] as number;
    const ofSize = new Float64Array(counts.lastIndexOf(size) + 1 - counts.indexOf(size));
    filled = 0;
    for (const { count, last } of this.rows.values()) if (count === size) ofSize[filled++] = last;
    ofSize.sort();
    let places = most - counts.length + (counts.lastIndexOf(size) + 1);
    const since = ofSize[ofSize.length - places] as number;
    places -= ofSize.length - 1 - ofSize.lastIndexOf(since);
    for (const [key, row] of this.rows) {
      if (row.count > size || (row.count === size && row.last > since)) continue;
      if (row.count === size && row.last === since && places-- > 0) continue;
      this.rows.delete(key);
      this.lost.add(key);
      this.onGivenUp?.(row);
    }
  }
}

function bySize(a: Counted, b: Counted): number {
  return b.count - a.count || b.last - a.last;
}

/** Adds `n` to a group. */
export function raise(row: Counted, n: number, at: Instant): void {
  row.count += n;
  if (at < row.first) row.first = at;
  if (at > row.last) row.last = at;
}

/** Copies the strings of a row out of the line that they were cut from; a name that is the key is kept already. */
function owned<Row extends object>(row: Row, key: string): Row {
  const fields = row as Record<string, unknown>;
  for (const field of Object.keys(row)) {
    const value = fields[field];
    if (typeof value === "string" && value.length > 12 && value !== key) fields[field] = copyOf(value);
  }
  return row;
}

/**
 * How many distinct keys were given up, by one bit a key: a key that comes and goes is one, and two keys that share a
 * bit are one, so the count is never too high.
 */
class Lost {
  private static readonly BITS = 1 << 23;
  count = 0;
  private bits: Uint8Array | undefined;

  add(key: string): void {
    this.bits ??= new Uint8Array(Lost.BITS >> 3);
    this.turn(this.bits, key, 1);
  }

  /** A key is back. */
  found(key: string): void {
    if (this.bits !== undefined) this.turn(this.bits, key, 0);
  }

  private turn(bits: Uint8Array, key: string, to: 0 | 1): void {
    const bit = hashOf(key) & (Lost.BITS - 1);
    const byte = bits[bit >> 3] as number;
    const mask = 1 << (bit & 7);
    if ((byte & mask) === (to === 1 ? mask : 0)) return;
    bits[bit >> 3] = byte ^ mask;
    this.count += to === 1 ? 1 : -1;
  }
}

/** FNV-1a, mixed once more so that its low bits are good. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
