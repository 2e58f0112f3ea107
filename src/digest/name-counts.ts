// Names and how often each was seen, for many groups that see the same names: an attacker tries one list of users from
// every address. A name is kept once and has a number; a group holds numbers, which are quick to search and small.

/** The names that all groups hold together, with a bound on what they hold: an attacker chooses them. */
export class SharedNames {
  /** How many more numbers the groups may hold. */
  left: number;
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
  private readonly numbers: number[] = [];
  /** Beside each number. */
  private readonly counts: number[] = [];

  constructor(shared: SharedNames, cap: number) {
    this.shared = shared;
    this.cap = cap;
  }

  add(name: string, n: number): void {
    const { shared, numbers, counts } = this;
    const known = shared.find(name);
    const i = known < 0 ? -1 : numbers.indexOf(known);
    if (i >= 0) counts[i] = (counts[i] as number) + n;
    else if (numbers.length < this.cap && shared.left > 0) {
      numbers.push(shared.hold(name, known));
      counts.push(n);
    }
  }

  /** A lower bound once a name was not remembered. */
  get size(): number {
    return this.numbers.length;
  }

  /** The most frequent names, of equals the first. */
  top(most: number): string[] {
    return [...this.counts.keys()]
      .sort((a, b) => (this.counts[b] as number) - (this.counts[a] as number))
      .slice(0, most)
      .map((i) => this.shared.nameOf(this.numbers[i] as number));
  }

  /** Gives its room back; the group is not used any more. */
  release(): void {
    for (const number of this.numbers) this.shared.release(number);
  }
}
