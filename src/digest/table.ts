// Counts by key in bounded memory: exact up to a cap, then the smallest groups are given up and what is left is a
// lower bound that says so. An attacker chooses the keys, so no table here may grow with what he sends.
import { copyOf } from "../events/address.ts";
import type { Instant } from "../events/event.ts";
import { givenUpOf, Lost } from "./given-up.ts";
import { hashOf } from "./hash.ts";

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
      if (this.lost.isAny) this.lost.found(hashOf(key));
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
  sorted(most = this.rows.size): Row[] {
    return [...this.rows.values()].sort(bySize).slice(0, most);
  }

  /** Gives up the smaller half; of groups of one size those that have been silent for longest. */
  private giveUpSmallest(): void {
    const counts = new Float64Array(this.rows.size);
    const lasts = new Float64Array(this.rows.size);
    let filled = 0;
    for (const { count, last } of this.rows.values()) {
      counts[filled] = count;
      lasts[filled++] = last;
    }
    const isGivenUp = givenUpOf(counts, lasts, Math.floor(this.cap / 2));
    for (const [key, row] of this.rows) {
      if (!isGivenUp(row.count, row.last)) continue;
      this.rows.delete(key);
      this.lost.add(hashOf(key));
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
