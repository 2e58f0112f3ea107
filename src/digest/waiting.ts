import type { Instant } from "../events/event.ts";

/** More than these waiting are a flood: the oldest are decided as things stand. */
const MOST = 20_000;

export interface Waited<Item> {
  readonly item: Item;
  /** When its while is over. */
  readonly until: Instant;
}

/** What must wait the same while before it can be decided, in the order of time. */
export class Waiting<Item> {
  private queue: Waited<Item>[] = [];
  private head = 0;
  private firstUntil: Instant = Number.POSITIVE_INFINITY;
  private readonly wait: number;

  constructor(wait: number) {
    this.wait = wait;
  }

  /** Returns what a flood pushed out. */
  add(item: Item, at: Instant): readonly Waited<Item>[] {
    this.queue.push({ item, until: at + this.wait });
    if (this.queue.length - this.head === 1) this.firstUntil = at + this.wait;
    return this.queue.length - this.head > MOST ? [this.next()] : [];
  }

  /** True when something has waited for longer than its while. */
  isDue(now: Instant): boolean {
    return this.firstUntil < now;
  }

  /** Takes out what has waited for longer than its while. */
  take(now: Instant): readonly Waited<Item>[] {
    const due: Waited<Item>[] = [];
    while (this.isDue(now)) due.push(this.next());
    return due;
  }

  private next(): Waited<Item> {
    const first = this.queue[this.head++] as Waited<Item>;
    if (this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    this.firstUntil = this.queue[this.head]?.until ?? Number.POSITIVE_INFINITY;
    return first;
  }
}
