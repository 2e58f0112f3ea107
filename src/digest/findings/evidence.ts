import type { Head, Instant } from "../../events/event.ts";
import type { Evidence } from "../digest.ts";

/** Returns where a line stands. @param what our own words about it */
export function evidenceOf({ head }: { readonly head: Head }, at: Instant, what: string): Evidence {
  return { source: head.file, line: head.line, at, what };
}

/** The first and the last try of a group: where they stand is written down when it is told, for every try is noted. */
export interface Tried {
  readonly firstHead: Head;
  readonly firstAt: Instant;
  lastHead: Head;
  lastAt: Instant;
}

/** Notes a try as the last one. */
export function noteTry(tried: Tried, head: Head, at: Instant): void {
  tried.lastHead = head;
  tried.lastAt = at;
}

/** Where the first and the last try stand, which may be one line. */
export function evidenceOfTries({ firstHead, firstAt, lastHead, lastAt }: Tried): readonly [Evidence, Evidence] {
  return [evidenceOf({ head: firstHead }, firstAt, "first try"), evidenceOf({ head: lastHead }, lastAt, "last try")];
}

/** The same; once where it is one line. */
export function evidenceOfLines(tried: Tried): readonly Evidence[] {
  const [first, last] = evidenceOfTries(tried);
  return first.line === last.line ? [first] : [first, last];
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
