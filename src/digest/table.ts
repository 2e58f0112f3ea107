// Counts by key in bounded memory: exact up to a cap, then the smallest groups are given up and what is left is a
// lower bound that says so. An attacker chooses the keys, so no table here may grow with what he sends.
import { copyOf } from "../events/address.ts";
import type { Instant } from "../events/event.ts";

export interface Counted {
  count: number;
  first: Instant;
  last: Instant;
}

export class Table<Value extends Counted> {
  /** False once a group was given up. */
  exact = true;
  /** Groups that were given up and their counts. */
  lostGroups = 0;
  private rows = new Map<string, Value>();
  private readonly cap: number;

  constructor(cap: number) {
    this.cap = cap;
  }

  /** Adds `n` to the group of `key`, which `create` makes when it is new. */
  add(key: string, n: number, at: Instant, create: () => Omit<Value, keyof Counted>): Value {
    let row = this.rows.get(key);
    if (row === undefined) {
      if (this.rows.size >= this.cap) this.giveUpSmallest();
      row = { ...owned(create()), count: 0, first: at, last: at } as Value;
      this.rows.set(copyOf(key), row);
    }
    row.count += n;
    if (at < row.first) row.first = at;
    if (at > row.last) row.last = at;
    return row;
  }

  get(key: string): Value | undefined {
    return this.rows.get(key);
  }

  get size(): number {
    return this.rows.size + this.lostGroups;
  }

  /** Largest groups first, then the latest. */
  sorted(): Value[] {
    return [...this.rows.values()].sort((a, b) => b.count - a.count || b.last - a.last);
  }

  private giveUpSmallest(): void {
    this.exact = false;
    const kept = [...this.rows].sort(([, a], [, b]) => b.count - a.count).slice(0, this.cap / 2);
    this.lostGroups += this.rows.size - kept.length;
    this.rows = new Map(kept);
  }
}

/** Copies the strings of a row out of the chunk of log that they were cut from. */
function owned<Row extends object>(row: Row): Row {
  for (const [field, value] of Object.entries(row)) {
    if (typeof value === "string") (row as Record<string, unknown>)[field] = copyOf(value);
  }
  return row;
}

/** Distinct names with a bound of their own; `size` is a lower bound once it was reached. */
export class Distinct {
  private readonly counts = new Map<string, number>();
  private readonly cap: number;
  complete = true;

  constructor(cap: number) {
    this.cap = cap;
  }

  add(name: string, n = 1): void {
    const count = this.counts.get(name);
    if (count !== undefined) this.counts.set(name, count + n);
    else if (this.counts.size < this.cap) this.counts.set(copyOf(name), n);
    else this.complete = false;
  }

  get size(): number {
    return this.counts.size;
  }

  /** The most frequent names. */
  top(most: number): string[] {
    return this.entries()
      .slice(0, most)
      .map(([name]) => name);
  }

  entries(): [string, number][] {
    return [...this.counts].sort(([, a], [, b]) => b - a);
  }
}
