// Distinct names with a bound: an attacker chooses them.
import { copyOf } from "../events/address.ts";

/** How many names many sets may hold together. */
export interface Room {
  left: number;
}

/** Names and how often each was seen; what comes after the bound is not remembered, and `complete` says so. */
export class Distinct {
  complete = true;
  private readonly counts = new Map<string, number>();
  private readonly cap: number;
  private readonly room: Room | undefined;

  /** @param room shared with other sets, when there are many of them */
  constructor(cap: number, room?: Room) {
    this.cap = cap;
    this.room = room;
  }

  add(name: string, n = 1): void {
    const count = this.counts.get(name);
    if (count !== undefined) this.counts.set(name, count + n);
    else if (this.counts.size >= this.cap || this.room?.left === 0) this.complete = false;
    else {
      this.counts.set(copyOf(name), n);
      if (this.room !== undefined) this.room.left--;
    }
  }

  /** A lower bound when not `complete`. */
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

  /** Gives its room back; the set is not used any more. */
  release(): void {
    if (this.room !== undefined) this.room.left += this.counts.size;
    this.counts.clear();
  }
}
