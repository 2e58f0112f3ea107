// Names and how often each was seen, for many groups that see the same names: an attacker tries one list of users from
// every address. A name is kept once and has a number; a group holds numbers, which are quick to search and small.

import { hashOf } from "./hash.ts";

/** Distinct names: a text each, where what a group holds is a number. */
const MOST_NAMES = 200_000;

/** Room to begin with. */
const FEWEST = 1 << 8;

/** The names that all groups hold together, with a bound on what they hold: an attacker chooses them. */
export class SharedNames {
  /** How many more numbers the groups may hold. */
  private left: number;
  /** How many names any group holds. */
  private held = 0;
  /** Number of the name in a slot, from 1 on; 0 in an empty one. Twice as many slots as numbers, or more. */
  private slots = new Uint32Array(2 * FEWEST);
  private readonly names: string[] = [];
  private hashes = new Uint32Array(FEWEST);
  /** How many groups hold a name. */
  private holders = new Uint32Array(FEWEST);
  /** Numbers of names that no group holds any more. */
  private readonly free: number[] = [];

  constructor(room: number) {
    this.left = room;
  }

  /** Number of a name; -1 when no group holds it. */
  find(name: string): number {
    return (this.slots[this.slotOf(name, hashOf(name))] as number) - 1;
  }

  /** True when one group more may hold a name. */
  hasRoomFor(known: number): boolean {
    return this.left > 0 && (known >= 0 || this.held < MOST_NAMES);
  }

  /** One group more holds a name. Returns its number. */
  hold(name: string, known: number): number {
    this.left--;
    if (known >= 0) {
      this.holders[known] = (this.holders[known] as number) + 1;
      return known;
    }
    const number = this.free.pop() ?? this.names.length;
    if (number >= this.hashes.length) this.grow();
    const hash = hashOf(name);
    this.slots[this.slotOf(name, hash)] = number + 1;
    this.hashes[number] = hash;
    this.names[number] = name;
    this.holders[number] = 1;
    this.held++;
    return number;
  }

  /** One group less holds a name. */
  release(number: number): void {
    this.left++;
    const left = (this.holders[number] as number) - 1;
    this.holders[number] = left;
    if (left > 0) return;
    this.empty(this.slotOf(this.nameOf(number), this.hashes[number] as number));
    this.names[number] = "";
    this.free.push(number);
    this.held--;
  }

  nameOf(number: number): string {
    return this.names[number] as string;
  }

  /** The slot of a name, or the empty one where it belongs. */
  private slotOf(name: string, hash: number): number {
    const { slots, hashes, names } = this;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = (slots[slot] as number) - 1;
      if (number < 0 || (hashes[number] === hash && names[number] === name)) return slot;
    }
  }

  /** Empties a slot; what stands behind it because that was taken moves up. */
  private empty(slot: number): void {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let gap = slot;
    for (let next = (gap + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const own = (hashes[(slots[next] as number) - 1] as number) & mask;
      if (((next - own) & mask) < ((next - gap) & mask)) continue;
      slots[gap] = slots[next] as number;
      gap = next;
    }
    slots[gap] = 0;
  }

  private grow(): void {
    const most = 2 * this.hashes.length;
    const [hashes, holders] = [new Uint32Array(most), new Uint32Array(most)];
    hashes.set(this.hashes);
    holders.set(this.holders);
    this.hashes = hashes;
    this.holders = holders;
    const old = this.slots;
    this.slots = new Uint32Array(2 * most);
    for (const one of old) {
      if (one > 0) this.slots[this.slotOf(this.nameOf(one - 1), hashes[one - 1] as number)] = one;
    }
  }
}

/** The names of one group. What comes after the bound is not remembered. */
export class NameCounts {
  private readonly shared: SharedNames;
  private readonly cap: number;
  /** A name's number, and how often it was seen; then the next. Most groups of a flood have one name: no room to grow. */
  private pairs: number[] | undefined;

  /** @param pairs what it holds already */
  constructor(shared: SharedNames, cap: number, pairs?: number[]) {
    this.shared = shared;
    this.cap = cap;
    this.pairs = pairs;
  }

  add(name: string, n: number): void {
    const { shared, pairs } = this;
    const known = shared.find(name);
    if (known >= 0 && pairs !== undefined) {
      for (let i = 0; i < pairs.length; i += 2) {
        if (pairs[i] !== known) continue;
        pairs[i + 1] = (pairs[i + 1] as number) + n;
        return;
      }
    }
    if (this.size >= this.cap || !shared.hasRoomFor(known)) return;
    const number = shared.hold(name, known);
    if (pairs === undefined) this.pairs = [number, n];
    else pairs.push(number, n);
  }

  /** A lower bound once a name was not remembered. */
  get size(): number {
    return this.pairs === undefined ? 0 : this.pairs.length / 2;
  }

  /** The most frequent names, of equals the first. */
  top(most: number): string[] {
    return this.entries()
      .sort(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([number]) => this.shared.nameOf(number));
  }

  /** Gives its room back; the group is not used any more. */
  release(): void {
    for (const [number] of this.entries()) this.shared.release(number);
  }

  private entries(): [number: number, count: number][] {
    const { pairs = [] } = this;
    return Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i] as number, pairs[2 * i + 1] as number]);
  }
}
