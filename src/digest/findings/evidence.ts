import type { Event, Instant } from "../../events/event.ts";
import type { Evidence } from "../digest.ts";

/** Returns where a line stands. @param what our own words about it */
export function evidenceOf({ head }: Event, at: Instant, what: string): Evidence {
  return { source: head.file, line: head.line, at, what };
}

/** A thing that happened several times is shown by its first and its last line. */
export class Seen {
  readonly first: Evidence;
  last: Evidence;
  count = 0;

  constructor(first: Evidence) {
    this.first = first;
    this.last = first;
  }

  again(evidence: Evidence, n: number): void {
    this.count += n;
    if (evidence.at >= this.last.at) this.last = evidence;
  }

  get evidence(): readonly Evidence[] {
    return this.first.source === this.last.source && this.first.line === this.last.line
      ? [this.first]
      : [this.first, this.last];
  }
}
