// The tries of the last day by address or by range, in bounded memory.
import type { Instant } from "../../events/event.ts";
import type { Try } from "../finding-rule.ts";
import { AttemptColumns, type Ordered } from "./attempt-columns.ts";
import { rangeOf } from "./range.ts";

export const DAY = 86_400_000;
/** Tries of an address or a range that are remembered one by one; of more the oldest are added up. */
export const MOST_TRIES = 100;
/** Of all addresses, twice: those of addresses that have been silent for longest are forgotten first. */
const MOST_ADDRESSES = 1 << 16;
const MOST_OF_ALL = 200_000;
/** Addresses of a range that each login looks at: an IPv6 range has many. A finding tells of all of them. */
const MOST_AT_LOGIN = 1_000;

export interface Attempt {
  readonly at: Instant;
  readonly count: number;
  /** An address, or a name where the log has only that. */
  readonly peer: string;
  readonly user: string;
  readonly file: string;
  readonly line: number;
}

/** In two generations, so that the silent half can be forgotten at once. An address is in one of them. */
export class Attempts {
  private recent = new AttemptColumns();
  private older = new AttemptColumns();
  private since: Instant = Number.NEGATIVE_INFINITY;
  private order = 0;

  add({ at, count, event, ip, user = "" }: Pick<Try, "at" | "count" | "event" | "ip" | "user">): void {
    const peer = ip ?? ("host" in event ? event.host : undefined);
    if (peer === undefined) return;
    const { addresses, tries } = this.recent;
    if (at - this.since > DAY || addresses >= MOST_ADDRESSES || tries >= MOST_OF_ALL) {
      this.older = this.recent;
      this.recent = new AttemptColumns();
      this.since = at;
    }
    let address = this.recent.find(peer);
    if (address === 0) {
      address = this.recent.open(peer, ip === undefined ? undefined : rangeOf(ip));
      this.older.moveTo(this.recent, this.older.find(peer), address);
    }
    this.recent.add(address, at, count, user, event.head, ++this.order);
  }

  /** What an address tried within the day before `now`, oldest first. */
  of(peer: string, now: Instant): readonly Attempt[] {
    return this.generations.flatMap((one) => withinDay(one.triesOf(one.find(peer)), now)).map(({ attempt }) => attempt);
  }

  /** What the addresses of a range tried within the day before `now`, oldest first. */
  ofRange(range: string, now: Instant): readonly Attempt[] {
    const tries = [...this.beside(range, now)].flat().sort((a, b) => a.order - b.order);
    const attempts = tries.map(({ attempt }) => attempt);
    const [first, ...others] = attempts.slice(-MOST_TRIES);
    return first === undefined ? [] : [{ ...first, count: triesOf(attempts) - triesOf(others) }, ...others];
  }

  /** True when `least` tries came from a range within the day before `now`, and not from `peer` alone. */
  isRangeAbove(range: string, peer: string, least: number, now: Instant): boolean {
    let tries = 0;
    let others = false;
    for (const own of this.beside(range, now, MOST_AT_LOGIN)) {
      tries += triesOf(own.map(({ attempt }) => attempt));
      others ||= own.some(({ attempt }) => attempt.peer !== peer);
      if (others && tries >= least) return true;
    }
    return false;
  }

  /** Forgets what an address tried for a user. */
  forget(peer: string, user: string): void {
    for (const one of this.generations) one.forget(one.find(peer), user);
  }

  /** By address. */
  private *beside(range: string, now: Instant, most = Number.POSITIVE_INFINITY): Iterable<readonly Ordered[]> {
    for (const one of this.generations) {
      for (const address of one.addressesOf(range, most)) yield withinDay(one.triesOf(address), now);
    }
  }

  private get generations(): readonly AttemptColumns[] {
    return [this.older, this.recent];
  }
}

function withinDay(tries: readonly Ordered[], now: Instant): readonly Ordered[] {
  return tries.filter(({ attempt: { at } }) => at >= now - DAY && at <= now);
}

export function triesOf(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { count }) => sum + count, 0);
}

export function usersOf(attempts: readonly Attempt[]): readonly string[] {
  return [...new Set(attempts.map(({ user }) => user).filter((user) => user !== ""))];
}
