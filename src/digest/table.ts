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
  private rows = new Map<string, Row>();
  private readonly cap: number;
  private readonly onGivenUp: ((row: Row) => void) | undefined;
  private readonly lost = new Lost();

  /** @param onGivenUp is told of every group that is given up */
  constructor(cap: number, onGivenUp?: (row: Row) => void) {
    this.cap = Math.max(2, cap);
    this.onGivenUp = onGivenUp;
  }

  /** Adds `n` to the group of `key`, which `create` makes when it is new. */
  add(key: string, n: number, at: Instant, create: () => Omit<Row, keyof Counted>): Row {
    let row = this.rows.get(key);
    if (row === undefined) {
      if (this.rows.size >= this.cap) this.giveUpSmallest();
      this.lost.found(key);
      row = { ...owned(create()), count: 0, first: at, last: at } as Row;
      this.rows.set(copyOf(key), row);
    }
    row.count += n;
    if (at < row.first) row.first = at;
    if (at > row.last) row.last = at;
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

  private giveUpSmallest(): void {
    const ranked = [...this.rows].sort(([, a], [, b]) => bySize(a, b));
    const most = Math.floor(this.cap / 2);
    for (const [key, row] of ranked.splice(most)) {
      this.lost.add(key);
      this.onGivenUp?.(row);
    }
    this.rows = new Map(ranked);
  }
}

function bySize(a: Counted, b: Counted): number {
  return b.count - a.count || b.last - a.last;
}

/** Copies the strings of a row out of the chunk of log that they were cut from. */
function owned<Row extends object>(row: Row): Row {
  for (const [field, value] of Object.entries(row)) {
    if (typeof value === "string") (row as Record<string, unknown>)[field] = copyOf(value);
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
