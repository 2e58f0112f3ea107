// Whose tries they were: by address, with the names that were tried. As exact as a Table and with its cap, but in columns
// of numbers: in a flood these are the most groups of all, and nearly all of them tried one name once.
import { copyOf } from "../events/address.ts";
import type { Instant } from "../events/event.ts";
import { givenUpOf, Lost } from "./given-up.ts";
import { hashOf } from "./hash.ts";
import { NameCounts, SharedNames } from "./name-counts.ts";
import type { Counted } from "./table.ts";

export interface FailureRow extends Counted {
  readonly ip: string | null;
  readonly users: NameCounts;
  readonly host: string;
}

/** Names remembered of one address, and of all of them together. */
const USERS_OF_ADDRESS = 1_000;
const USERS_OF_ALL = 1_000_000;
/** Room to begin with. */
const FEWEST = 1 << 10;

export class Failures {
  private readonly cap: number;
  private readonly names = new SharedNames(USERS_OF_ALL);
  private readonly lost = new Lost();
  /** Most digests speak of one machine: there the address alone is the key, which costs no new string. */
  private onlyHost: string | undefined;
  private lastHost = "";

  private rows = 0;
  /** Number of the group in a slot, from 1 on; 0 in an empty one. Twice as many slots as groups, or more. */
  private slots = new Uint32Array(2 * FEWEST);
  private readonly keys: string[] = [];
  private readonly hosts: string[] = [];
  private hashes = new Uint32Array(FEWEST);
  private counts = new Float64Array(FEWEST);
  private firsts = new Float64Array(FEWEST);
  private lasts = new Float64Array(FEWEST);
  /** The number of the only name that was tried, from 1 on, and how often; 0 where there is none, or several. */
  private onlyName = new Uint32Array(FEWEST);
  private onlyNameCounts = new Float64Array(FEWEST);
  /** Where there were several. */
  private readonly users: (NameCounts | undefined)[] = [];

  /** @param keys addresses that are counted exactly */
  constructor(keys: number) {
    this.cap = Math.max(2, keys);
  }

  add(from: string | undefined, user: string | undefined, n: number, at: Instant, host: string): void {
    if (host !== this.lastHost) this.lastHost = copyOf(host);
    this.onlyHost ??= this.lastHost;
    const key = host === this.onlyHost ? (from ?? "") : `${from ?? ""}|${host}`;
    const row = this.rowOf(key, at);
    this.counts[row] = (this.counts[row] as number) + n;
    if (at < (this.firsts[row] as number)) this.firsts[row] = at;
    if (at > (this.lasts[row] as number)) this.lasts[row] = at;
    if (user !== undefined) this.addUser(row, user, n);
  }

  /** Distinct addresses; a lower bound once groups were given up. */
  get size(): number {
    return this.rows + this.lost.count;
  }

  /** The largest groups first, then the latest. */
  sorted(most = this.rows): FailureRow[] {
    const order = Uint32Array.from({ length: this.rows }, (_, row) => row);
    const { counts, lasts } = this;
    order.sort(
      (a, b) => (counts[b] as number) - (counts[a] as number) || (lasts[b] as number) - (lasts[a] as number) || a - b,
    );
    return Array.from(order.subarray(0, most), (row) => this.told(row));
  }

  private told(row: number): FailureRow {
    const host = this.hosts[row] as string;
    const key = this.keys[row] as string;
    const ip = host === this.onlyHost ? key : copyOf(key.slice(0, key.length - host.length - 1));
    return {
      ip: ip === "" ? null : ip,
      users: this.users[row] ?? this.onlyUserOf(row),
      host,
      count: this.counts[row] as number,
      first: this.firsts[row] as number,
      last: this.lasts[row] as number,
    };
  }

  private rowOf(key: string, at: Instant): number {
    const hash = hashOf(key);
    let slot = this.slotOf(key, hash);
    const known = this.slots[slot] as number;
    if (known > 0) return known - 1;
    if (this.rows >= this.cap) {
      this.giveUpSmallest();
      slot = this.slotOf(key, hash);
    } else if (this.rows >= this.hashes.length) {
      this.grow();
      slot = this.slotOf(key, hash);
    }
    this.lost.found(hash);
    const row = this.rows++;
    this.slots[slot] = row + 1;
    this.hashes[row] = hash;
    this.keys[row] = key;
    this.hosts[row] = this.lastHost;
    this.counts[row] = 0;
    this.firsts[row] = this.lasts[row] = at;
    this.onlyName[row] = 0;
    this.users[row] = undefined;
    return row;
  }

  private addUser(row: number, user: string, n: number): void {
    const { names } = this;
    const users = this.users[row];
    if (users !== undefined) {
      users.add(user, n);
      return;
    }
    const known = names.find(user);
    const only = (this.onlyName[row] as number) - 1;
    if (only < 0) {
      if (!names.hasRoomFor(known)) return;
      this.onlyName[row] = names.hold(user, known) + 1;
      this.onlyNameCounts[row] = n;
    } else if (only === known) this.onlyNameCounts[row] = (this.onlyNameCounts[row] as number) + n;
    else {
      const several = this.onlyUserOf(row);
      several.add(user, n);
      this.onlyName[row] = 0;
      this.users[row] = several;
    }
  }

  private onlyUserOf(row: number): NameCounts {
    const only = (this.onlyName[row] as number) - 1;
    const pair = only < 0 ? undefined : [only, this.onlyNameCounts[row] as number];
    return new NameCounts(this.names, USERS_OF_ADDRESS, pair);
  }

  /** Gives up the smaller half; those that stay move together. */
  private giveUpSmallest(): void {
    const { rows } = this;
    const most = Math.floor(this.cap / 2);
    const isGivenUp = givenUpOf(this.counts.subarray(0, rows), this.lasts.subarray(0, rows), most);
    let kept = 0;
    for (let row = 0; row < rows; row++) {
      if (isGivenUp(this.counts[row] as number, this.lasts[row] as number)) {
        this.lost.add(this.hashes[row] as number);
        if (this.users[row] !== undefined) this.users[row]?.release();
        else if ((this.onlyName[row] as number) > 0) this.names.release((this.onlyName[row] as number) - 1);
      } else this.move(row, kept++);
    }
    this.rows = kept;
    this.keys.length = this.hosts.length = this.users.length = kept;
    this.slots.fill(0);
    this.fillSlots();
  }

  private move(row: number, to: number): void {
    this.keys[to] = this.keys[row] as string;
    this.hosts[to] = this.hosts[row] as string;
    this.users[to] = this.users[row];
    for (const column of [this.hashes, this.counts, this.firsts, this.lasts, this.onlyName, this.onlyNameCounts]) {
      column[to] = column[row] as number;
    }
  }

  /** The slot of a key, or the empty one where it belongs. */
  private slotOf(key: string, hash: number): number {
    const { slots, hashes, keys } = this;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row < 0 || (hashes[row] === hash && keys[row] === key)) return slot;
    }
  }

  private fillSlots(): void {
    for (let row = 0; row < this.rows; row++) {
      this.slots[this.slotOf(this.keys[row] as string, this.hashes[row] as number)] = row + 1;
    }
  }

  private grow(): void {
    const most = Math.min(2 * this.hashes.length, this.cap);
    this.hashes = grown(this.hashes, new Uint32Array(most));
    this.counts = grown(this.counts, new Float64Array(most));
    this.firsts = grown(this.firsts, new Float64Array(most));
    this.lasts = grown(this.lasts, new Float64Array(most));
    this.onlyName = grown(this.onlyName, new Uint32Array(most));
    this.onlyNameCounts = grown(this.onlyNameCounts, new Float64Array(most));
    if (this.slots.length >= 2 * most) return;
    this.slots = new Uint32Array(2 * this.slots.length);
    this.fillSlots();
  }
}

function grown<Numbers extends Uint32Array | Float64Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
