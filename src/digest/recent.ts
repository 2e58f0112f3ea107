import type { Instant } from "../events/event.ts";

/** A flood of names within the span: the older half is forgotten. */
const MOST = 50_000;

/** When each name was last seen, for at least `span` after it; forgets in two generations, so it never has to tidy up. */
export class Recent {
  private newer = new Map<string, Instant>();
  private older = new Map<string, Instant>();
  private since: Instant = Number.NEGATIVE_INFINITY;
  private readonly span: number;

  constructor(span: number) {
    this.span = span;
  }

  note(name: string, at: Instant): void {
    if (at - this.since > this.span || this.newer.size >= MOST) {
      this.older = this.newer;
      this.newer = new Map();
      this.since = at;
    }
    this.newer.set(name, at);
  }

  /** Minus infinity for a name that was not seen lately. */
  last(name: string): Instant {
    return this.newer.get(name) ?? this.older.get(name) ?? Number.NEGATIVE_INFINITY;
  }
}
