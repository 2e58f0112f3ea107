// What the ledger says of the lines of a log: how many lie in the window, and from when to when they go.
import type { Instant } from "../events/event.ts";
import type { Batch, Ledger } from "../sources/source.ts";
import { readLineStamp } from "../window/line-stamp.ts";
import { emptyStamp } from "../window/stamp.ts";
import type { Span } from "./read-event.ts";

export class LineCounter {
  private readonly ledger: Ledger;
  private readonly span: Span;
  private readonly stamp = emptyStamp();
  private first: Instant | null = null;

  constructor(ledger: Ledger, span: Span) {
    this.ledger = ledger;
    this.span = span;
  }

  /** To be called before the lines of a batch are dated: a clock is asked in file order. */
  begin(batch: Batch): void {
    this.first = this.dateOf(batch, this.nextDated(batch, 0, 1));
  }

  /** Counts a batch: all its lines or none when both ends lie on one side of the window, else line by line. */
  end(batch: Batch): void {
    const { ledger, span, first } = this;
    const last = this.dateOf(batch, this.nextDated(batch, batch.count - 1, -1));
    if (first === null || last === null) return;
    ledger.first = Math.min(ledger.first ?? first, first, last);
    ledger.last = Math.max(ledger.last ?? last, first, last);
    const inside = (at: Instant) => at >= span.from && at < span.to;
    if (inside(first) && inside(last)) ledger.inWindow += batch.count;
    else if (inside(first) || inside(last) || (first < span.from && last >= span.to)) {
      for (let i = 0; i < batch.count; i++) {
        const at = this.dateOf(batch, i);
        if (at !== null && inside(at)) ledger.inWindow++;
      }
    }
  }

  /** Index of the first line with a stamp from `i` on, in steps of `step`; -1 when there is none. */
  private nextDated(batch: Batch, i: number, step: 1 | -1): number {
    for (; i >= 0 && i < batch.count; i += step) {
      if (this.isStamped(batch, i)) return i;
    }
    return -1;
  }

  private isStamped(batch: Batch, i: number): boolean {
    return readLineStamp(batch.text, batch.starts[i] as number, batch.ends[i] as number, this.stamp);
  }

  private dateOf(batch: Batch, i: number): Instant | null {
    return i >= 0 && this.isStamped(batch, i) ? batch.clock.read(this.stamp) : null;
  }
}
