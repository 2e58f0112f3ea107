// The tries of the last day by address or by range, in bounded memory.
import { copyOf } from "../../events/address.ts";
import type { Instant } from "../../events/event.ts";

const DAY = 86_400_000;
/** Tries of one key that are remembered one by one; beyond, neighbours are added up. */
const MOST_TRIES = 100;
/** Tries of all keys; those of the key that has been silent for longest are forgotten first. */
const MOST_OF_ALL = 400_000;

export interface Attempt {
  readonly at: Instant;
  readonly count: number;
  readonly peer: string;
  readonly user: string;
  readonly file: string;
  readonly line: number;
}

/** The tries of one key: a ring of the last ones. */
interface List {
  tries: Attempt[];
  /** Where the oldest stands; the ring turns when it is full. */
  oldest: number;
  /** What those that made room have tried within the day; it counts to the oldest. */
  before: number;
}

/** In two generations, so that the silent half can be forgotten at once. */
export class Attempts {
  private recent = new Map<string, List>();
  private older = new Map<string, List>();
  private size = 0;
  private since: Instant = Number.NEGATIVE_INFINITY;

  add(key: string, attempt: Attempt): void {
    if (attempt.at - this.since > DAY || this.size >= MOST_OF_ALL / 2) {
      this.older = this.recent;
      this.recent = new Map();
      this.size = 0;
      this.since = attempt.at;
    }
    let list = this.recent.get(key);
    if (list === undefined) {
      list = this.older.get(key) ?? { tries: [], oldest: 0, before: 0 };
      this.older.delete(key);
      this.recent.set(copyOf(key), list);
      this.size += list.tries.length;
    }
    const { tries, oldest } = list;
    if (tries.length < MOST_TRIES) {
      // The ring has not turned yet.
      tries.push(attempt);
      this.size++;
      return;
    }
    const { at, count } = tries[oldest] as Attempt;
    list.before = at >= attempt.at - DAY ? list.before + count : 0;
    tries[oldest] = attempt;
    list.oldest = (oldest + 1) % MOST_TRIES;
  }

  /** What was tried under `key` within the day before `now`, oldest first. */
  of(key: string, now: Instant): readonly Attempt[] {
    const list = this.recent.get(key) ?? this.older.get(key);
    return list === undefined ? [] : inOrder(list).filter(({ at }) => at >= now - DAY && at <= now);
  }

  /** Forgets what `peer` tried for `user` under `key`. */
  forget(key: string, peer: string, user: string): void {
    for (const generation of [this.recent, this.older]) {
      const list = generation.get(key);
      if (list === undefined) continue;
      const left = inOrder(list).filter((attempt) => attempt.peer !== peer || attempt.user !== user);
      if (generation === this.recent) this.size -= list.tries.length - left.length;
      if (left.length > 0) generation.set(key, { tries: left, oldest: 0, before: 0 });
      else generation.delete(key);
    }
  }
}

/** The oldest first, with what was tried before it. */
function inOrder({ tries, oldest, before }: List): Attempt[] {
  const ordered = [...tries.slice(oldest), ...tries.slice(0, oldest)];
  const [first] = ordered;
  if (first !== undefined && before > 0) ordered[0] = { ...first, count: first.count + before };
  return ordered;
}

export function triesOf(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { count }) => sum + count, 0);
}

export function usersOf(attempts: readonly Attempt[]): readonly string[] {
  return [...new Set(attempts.map(({ user }) => user).filter((user) => user !== ""))];
}
