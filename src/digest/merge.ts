// Brings the sources into one order of time, and counts a line that stands in several of them once.
import type { Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/parse-lines.ts";

/** The same line is written to its files within a moment; a log's lines are out of order by less than this. */
const TWIN_WINDOW = 120_000;

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
  const twins = new Twins(cursors.length);
  let merged: ReadEvent[] = [];
  for (;;) {
    let earliest = -1;
    let earliestAt = Number.POSITIVE_INFINITY;
    for (let i = 0; i < cursors.length; i++) {
      const at = (cursors[i] as Cursor).at;
      if (at < earliestAt) {
        earliestAt = at;
        earliest = i;
      }
    }
    const cursor = cursors[earliest];
    if (cursor === undefined) break;
    const next = cursor.take();
    if (twins.isNew(next, earliest, earliestAt)) merged.push(next);
    if (cursor.spent) {
      await cursor.fill();
      if (merged.length > 512) {
        yield merged;
        merged = [];
      }
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

  get spent(): boolean {
    return this.index >= this.batch.length;
  }

  async fill(): Promise<void> {
    while (this.spent) {
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

/** Remembers the lines of the last moments, in two generations that are forgotten in turn. */
class Twins {
  private recent = new Map<string, Uint32Array>();
  private older = new Map<string, Uint32Array>();
  private since: Instant = Number.NEGATIVE_INFINITY;
  private readonly streams: number;

  constructor(streams: number) {
    this.streams = streams;
  }

  isNew({ event, message }: ReadEvent, stream: number, at: Instant): boolean {
    if (at - this.since > TWIN_WINDOW) {
      this.older = this.recent;
      this.recent = new Map();
      this.since = at;
    }
    const { head } = event;
    const key = `${Math.floor(at / 1000)}|${head.hostname}|${head.appName}|${head.procId}|${message}`;
    let counts = this.recent.get(key) ?? this.older.get(key);
    if (counts === undefined) {
      counts = new Uint32Array(this.streams + 1);
      this.recent.set(key, counts);
    }
    const count = (counts[stream] as number) + 1;
    counts[stream] = count;
    // The last slot holds how often the line was passed on.
    if (count <= (counts[this.streams] as number)) return false;
    counts[this.streams] = count;
    return true;
  }
}
