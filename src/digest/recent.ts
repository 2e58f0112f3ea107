import type { Instant } from "../events/event.ts";

/** A flood of names within the span: the older half is forgotten. */
const MOST = 50_000;

/**
 * What was last noted of each name, kept for at least `span` after it. Forgets in two generations, so that a note costs
 * one step and nothing has to be tidied up. Names may be slices of a log's text: they do not live long.
 */
export class Recent<Value> {
  private newer = new Map<string, Value>();
  private older = new Map<string, Value>();
  private since: Instant = Number.NEGATIVE_INFINITY;
  private readonly span: number;

  private readonly most: number;

  constructor(span: number, most = MOST) {
    this.span = span;
    this.most = most;
  }

  note(name: string, value: Value, at: Instant): void {
    if (at - this.since > this.span || this.newer.size >= this.most) {
      this.older = this.newer;
      this.newer = new Map();
      this.since = at;
    }
    this.newer.set(name, value);
  }

  /** undefined for a name that was not noted lately. */
  last(name: string): Value | undefined {
    return this.newer.get(name) ?? this.older.get(name);
  }
}
