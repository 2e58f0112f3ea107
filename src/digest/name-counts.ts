// Names and how often each was seen, for many groups that see the same names: an attacker tries one list of users from
// every address. A name is kept once and has a number; a group holds numbers, which are quick to search and small.

/** Distinct names: a text each, where what a group holds is a number. */
const MOST_NAMES = 200_000;

/** The names that all groups hold together, with a bound on what they hold: an attacker chooses them. */
export class SharedNames {
  /** How many more numbers the groups may hold. */
  private left: number;
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  /** How many groups hold a name. */
  private readonly holders: number[] = [];
  /** Numbers of names that no group holds any more. */
  private readonly free: number[] = [];

  constructor(room: number) {
    this.left = room;
  }

  /** Number of a name; -1 when no group holds it. */
  find(name: string): number {
    return this.numbers.get(name) ?? -1;
  }

  /** True when one group more may hold a name. */
  hasRoomFor(known: number): boolean {
    return this.left > 0 && (known >= 0 || this.numbers.size < MOST_NAMES);
  }

  /** One group more holds a name. Returns its number. */
  hold(name: string, known: number): number {
    this.left--;
    if (known >= 0) {
      this.holders[known] = (this.holders[known] as number) + 1;
      return known;
    }
    const number = this.free.pop() ?? this.names.length;
    this.numbers.set(name, number);
    this.names[number] = name;
    this.holders[number] = 1;
    return number;
  }

  /** One group less holds a name. */
  release(number: number): void {
    this.left++;
    const left = (this.holders[number] as number) - 1;
    this.holders[number] = left;
    if (left > 0) return;
    this.numbers.delete(this.nameOf(number));
    this.free.push(number);
  }

  nameOf(number: number): string {
    return this.names[number] as string;
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
