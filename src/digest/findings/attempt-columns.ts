// The tries of addresses, in columns of numbers: one that tries once costs neither an object nor a list of its own, and
// attackers have many of those.
import type { Head, Instant } from "../../events/event.ts";
import { hashOf } from "../hash.ts";
import { type Attempt, DAY, MOST_TRIES } from "./attempts.ts";
import { rangeOf } from "./range.ts";

/** Room to begin with. */
const FEWEST = 1 << 10;
const CHAINS = 1 << 16;

export interface Ordered {
  readonly attempt: Attempt;
  /** Which of all tries it was. */
  readonly order: number;
}

type Place = Pick<Head, "file" | "line">;

export class AttemptColumns {
  /** Addresses, and tries of all of them, that took up room. */
  addresses = 0;
  tries = 0;

  /** Number of the address in a slot, from 1 on; 0 in an empty one. Twice as many slots as addresses, or more. */
  private slots = new Uint32Array(2 * FEWEST);
  private readonly peers: string[] = [""];
  /** Its last try, from 1 on. */
  private newest = new Uint32Array(FEWEST);
  /** How many of its tries are here: none when they are forgotten, or went elsewhere. */
  private sizes = new Uint8Array(FEWEST);
  private rangeHashes = new Uint32Array(FEWEST);
  /** The address that came before it in the chain of its range and others; 0 for the first. */
  private earlier = new Uint32Array(FEWEST);
  private readonly lastOfChain = new Uint32Array(CHAINS);

  /** The next try of the address; behind the newest its oldest, so that each address has a ring. */
  private next = new Uint32Array(FEWEST);
  private at = new Float64Array(FEWEST);
  private count = new Uint32Array(FEWEST);
  private line = new Uint32Array(FEWEST);
  private order = new Uint32Array(FEWEST);
  private readonly users: string[] = [""];
  private readonly files: string[] = [""];

  /** The number of an address; 0 for one that is not here. */
  find(peer: string): number {
    return this.slots[this.slotOf(peer)] as number;
  }

  /** Makes room for an address that is not here. Returns its number. @param range none for a name */
  open(peer: string, range: string | undefined): number {
    if (this.addresses + 1 >= this.newest.length) this.growAddresses();
    const address = ++this.addresses;
    this.slots[this.slotOf(peer)] = address;
    this.peers.push(peer);
    if (range !== undefined) {
      const hash = hashOf(range);
      this.rangeHashes[address] = hash;
      this.earlier[address] = this.lastOfChain[hash & (CHAINS - 1)] as number;
      this.lastOfChain[hash & (CHAINS - 1)] = address;
    }
    return address;
  }

  /** @param order numbers all tries as they come */
  add(address: number, at: Instant, count: number, user: string, { file, line }: Place, order: number): void {
    const size = this.sizes[address] as number;
    const newest = this.newest[address] as number;
    let place: number;
    if (size < MOST_TRIES) {
      place = this.room();
      this.next[place] = size === 0 ? place : (this.next[newest] as number);
      if (size > 0) this.next[newest] = place;
      this.sizes[address] = size + 1;
    } else {
      place = this.next[newest] as number;
      // What makes room counts to the one behind it, as long as it is of the last day.
      const oldest = this.next[place] as number;
      if ((this.at[place] as number) >= at - DAY) this.count[oldest] = this.countAt(oldest) + this.countAt(place);
    }
    this.newest[address] = place;
    this.at[place] = at;
    this.count[place] = count;
    this.line[place] = line;
    this.order[place] = order;
    this.users[place] = user;
    this.files[place] = file;
  }

  /** Moves the tries of an address, which other columns know by the number `there`. */
  moveTo(other: AttemptColumns, address: number, there: number): void {
    for (const { attempt, order } of this.triesOf(address)) {
      other.add(there, attempt.at, attempt.count, attempt.user, attempt, order);
    }
    this.sizes[address] = 0;
  }

  /** Forgets what an address tried for a user. */
  forget(address: number, user: string): void {
    let place = this.newest[address] as number;
    let [first, last, kept] = [0, 0, 0];
    for (let left = this.sizes[address] as number; left > 0; left--) {
      place = this.next[place] as number;
      if (this.users[place] === user) continue;
      if (first === 0) first = place;
      else this.next[last] = place;
      last = place;
      kept++;
    }
    this.next[last] = first;
    this.newest[address] = last;
    this.sizes[address] = kept;
  }

  /** The tries of an address, the oldest first. */
  triesOf(address: number): readonly Ordered[] {
    const peer = this.peers[address] as string;
    const tries: Ordered[] = [];
    let place = this.newest[address] as number;
    for (let left = this.sizes[address] as number; left > 0; left--) {
      place = this.next[place] as number;
      const attempt = {
        at: this.at[place] as number,
        count: this.countAt(place),
        peer,
        user: this.users[place] as string,
        file: this.files[place] as string,
        line: this.line[place] as number,
      };
      tries.push({ attempt, order: this.order[place] as number });
    }
    return tries;
  }

  /** The latest addresses of a range, by number; those without a try among them. */
  *addressesOf(range: string, most: number): Iterable<number> {
    const hash = hashOf(range);
    let left = most;
    for (let one = this.lastOfChain[hash & (CHAINS - 1)] as number; one > 0; one = this.earlier[one] as number) {
      if (this.rangeHashes[one] !== hash || rangeOf(this.peers[one] as string) !== range) continue;
      if (left-- === 0) return;
      yield one;
    }
  }

  private countAt(place: number): number {
    return this.count[place] as number;
  }

  private room(): number {
    if (this.tries + 1 >= this.next.length) this.growTries();
    return ++this.tries;
  }

  /** The slot of an address, or the empty one where it belongs. */
  private slotOf(peer: string): number {
    const mask = this.slots.length - 1;
    for (let slot = hashOf(peer) & mask; ; slot = (slot + 1) & mask) {
      const address = this.slots[slot] as number;
      if (address === 0 || this.peers[address] === peer) return slot;
    }
  }

  private growAddresses(): void {
    const most = 2 * this.newest.length;
    this.newest = grown(this.newest, new Uint32Array(most));
    this.sizes = grown(this.sizes, new Uint8Array(most));
    this.rangeHashes = grown(this.rangeHashes, new Uint32Array(most));
    this.earlier = grown(this.earlier, new Uint32Array(most));
    this.slots = new Uint32Array(2 * most);
    for (let one = 1; one <= this.addresses; one++) this.slots[this.slotOf(this.peers[one] as string)] = one;
  }

  private growTries(): void {
    const most = this.next.length + (this.next.length >> 1);
    this.next = grown(this.next, new Uint32Array(most));
    this.at = grown(this.at, new Float64Array(most));
    this.count = grown(this.count, new Uint32Array(most));
    this.line = grown(this.line, new Uint32Array(most));
    this.order = grown(this.order, new Uint32Array(most));
  }
}

function grown<Numbers extends Uint8Array | Uint32Array | Float64Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
