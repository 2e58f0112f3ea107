// Brings the sources into one order of time, and counts a line that stands in several of them once.
import type { Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/read-event.ts";
import { Twins } from "./twins.ts";

/** Events that are passed on together. */
const BATCH = 512;

/**
 * Merges streams that are each in the order of time.
 *
 * A line's key is its second, host, program, process id and message. It counts as often as the one stream that holds
 * it most often says, never the sum: two equal lines in one file are two, a packet in three files is one.
 */
export async function* merge(
  streams: readonly AsyncIterable<readonly ReadEvent[]>[],
): AsyncGenerator<readonly ReadEvent[]> {
  const [only] = streams;
  if (streams.length === 1 && only !== undefined) {
    yield* only;
    return;
  }
  const cursors = streams.map((stream) => new Cursor(stream));
  await Promise.all(cursors.map((cursor) => cursor.fill()));
  const twins = new Twins();
  let merged: ReadEvent[] = [];
  for (;;) {
    let earliest = 0;
    let earliestAt = Number.POSITIVE_INFINITY;
    let nextAt = Number.POSITIVE_INFINITY;
    for (let i = 0; i < cursors.length; i++) {
      const { at } = cursors[i] as Cursor;
      if (at < earliestAt) {
        nextAt = earliestAt;
        earliestAt = at;
        earliest = i;
      } else if (at < nextAt) nextAt = at;
    }
    const cursor = cursors[earliest];
    if (cursor === undefined || earliestAt === Number.POSITIVE_INFINITY) break;
    // Until another stream's turn comes. Of two that tell of the same moment the first one goes first.
    do {
      const next = cursor.take();
      if (twins.isNew(next, earliest)) merged.push(next);
    } while (!cursor.isSpent && cursor.at < nextAt);
    if (cursor.isSpent) await cursor.fill();
    if (merged.length >= BATCH) {
      yield merged;
      merged = [];
    }
  }
  if (merged.length > 0) yield merged;
}

class Cursor {
  /** Time of the next event; infinite at the end of the stream. */
  at: Instant = Number.NEGATIVE_INFINITY;
  private readonly stream: AsyncIterator<readonly ReadEvent[]>;
  private batch: readonly ReadEvent[] = [];
  private index = 0;

  constructor(stream: AsyncIterable<readonly ReadEvent[]>) {
    this.stream = stream[Symbol.asyncIterator]();
  }

  get isSpent(): boolean {
    return this.index >= this.batch.length;
  }

  async fill(): Promise<void> {
    while (this.isSpent) {
      const next = await this.stream.next();
      if (next.done) {
        this.at = Number.POSITIVE_INFINITY;
        return;
      }
      this.batch = next.value;
      this.index = 0;
    }
    this.at = this.batch[this.index]?.event.head.at ?? this.at;
  }

  take(): ReadEvent {
    const event = this.batch[this.index++] as ReadEvent;
    const next = this.batch[this.index];
    // A line slightly out of order is taken at once, in the order of its file.
    if (next !== undefined) this.at = next.event.head.at ?? this.at;
    return event;
  }
}
