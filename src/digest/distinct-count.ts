import type { Room } from "./distinct.ts";
import { hashOf } from "./hash.ts";

/** Room to begin with. */
const FEWEST = 1 << 3;

/**
 * How many distinct texts were seen, where nobody asks which. Of each 32 bits of hash are kept: of ten thousand texts
 * one is taken for another once in a hundred times.
 */
export class DistinctCount {
  complete = true;
  /** A lower bound when not `complete`. */
  size = 0;
  /** 0 in an empty one. Twice as many as texts, or more. */
  private slots = new Uint32Array(FEWEST);
  private readonly cap: number;
  private readonly room: Room;

  /** @param room shared with other counts */
  constructor(cap: number, room: Room) {
    this.cap = cap;
    this.room = room;
  }

  add(text: string): void {
    const hash = hashOf(text) || 1;
    const slot = this.slotOf(hash);
    if (this.slots[slot] === hash) return;
    if (this.size >= this.cap || this.room.left === 0) {
      this.complete = false;
      return;
    }
    this.slots[slot] = hash;
    this.size++;
    this.room.left--;
    if (2 * this.size > this.slots.length) this.grow();
  }

  /** Gives its room back; it is not used any more. */
  release(): void {
    this.room.left += this.size;
    this.size = 0;
    this.slots = new Uint32Array(FEWEST);
  }

  /** The slot of a hash, or the empty one where it belongs. */
  private slotOf(hash: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0 && slots[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(2 * old.length);
    for (const hash of old) if (hash !== 0) this.slots[this.slotOf(hash)] = hash;
  }
}
