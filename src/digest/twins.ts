import type { Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/read-event.ts";

/** The same line is written to its files within a moment; a log's lines are out of order by less than this. */
const APART = 120_000;
/** More lines than this within the span are a flood: the older half is forgotten. */
const MOST = 200_000;
/** Room for lines to begin with. */
const FEWEST = 1 << 12;

/**
 * Tells a line that another source told already from a new one. Remembers the last moments, in two generations.
 *
 * Of a line it keeps 64 bits of hash over second, host name, program, process id and message, so that a flood costs
 * neither strings nor objects. Two different lines of the same four minutes would have to agree in all of them for one
 * to be taken for the other: with ten million lines a day, each beside 400,000 others, one day in a million.
 */
export class Twins {
  private recent = new Tellings();
  private older = new Tellings();
  private since: Instant = Number.NEGATIVE_INFINITY;

  /** @param stream the number of the source that tells it */
  isNew({ event: { head }, keyOne: one, keyOther: other }: ReadEvent, stream: number): boolean {
    const at = head.at ?? this.since;
    if (at - this.since > APART || this.recent.size >= MOST) {
      const forgotten = this.older;
      this.older = this.recent;
      forgotten.clear();
      this.recent = forgotten;
      this.since = at;
    }
    const recent = this.recent.find(one, other);
    if (recent > 0) return this.recent.tellAgain(recent, stream);
    const older = this.older.find(one, other);
    if (older > 0) return this.older.tellAgain(older, stream);
    this.recent.tellFirst(one, other, stream);
    return true;
  }
}

/** How often each line was told, by which stream: a hash table of numbers alone. */
class Tellings {
  size = 0;
  /** Number of the line in a slot, from 1 on; 0 in an empty one. Twice as many slots as lines, or more. */
  private slots = new Uint32Array(2 * FEWEST);
  private ones = new Int32Array(FEWEST);
  private others = new Int32Array(FEWEST);
  /** How often a line was passed on: as often as the stream that holds it most often says. */
  private passed = new Uint32Array(FEWEST);
  /** The stream that told it first, and how often: most lines stand in one file. */
  private streams = new Uint32Array(FEWEST);
  private told = new Uint32Array(FEWEST);
  /** How often the further streams told a line. */
  private readonly further = new Map<number, number[]>();

  /** Number of a line, 0 when it is not known. */
  find(one: number, other: number): number {
    return this.slots[this.slotOf(one, other)] as number;
  }

  tellFirst(one: number, other: number, stream: number): void {
    if (this.size + 1 >= this.ones.length) this.grow();
    const line = ++this.size;
    this.slots[this.slotOf(one, other)] = line;
    this.ones[line] = one;
    this.others[line] = other;
    this.streams[line] = stream;
    this.passed[line] = this.told[line] = 1;
  }

  /** Returns true when this stream has told the line more often than any stream before. */
  tellAgain(line: number, stream: number): boolean {
    const told = this.streams[line] === stream ? (this.told[line] as number) + 1 : this.tellFurther(line, stream);
    if (this.streams[line] === stream) this.told[line] = told;
    if (told <= (this.passed[line] as number)) return false;
    this.passed[line] = told;
    return true;
  }

  clear(): void {
    this.size = 0;
    this.slots.fill(0);
    this.further.clear();
  }

  private tellFurther(line: number, stream: number): number {
    let counts = this.further.get(line);
    if (counts === undefined) {
      counts = [];
      this.further.set(line, counts);
    }
    const told = (counts[stream] ?? 0) + 1;
    counts[stream] = told;
    return told;
  }

  /** The slot of a line, or the empty one where it belongs. */
  private slotOf(one: number, other: number): number {
    const { slots, ones, others } = this;
    const mask = slots.length - 1;
    // The low bits of a product depend on few others.
    for (let slot = (one ^ (one >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const line = slots[slot] as number;
      if (line === 0 || (ones[line] === one && others[line] === other)) return slot;
    }
  }

  private grow(): void {
    const most = 2 * this.ones.length;
    this.ones = grown(this.ones, new Int32Array(most));
    this.others = grown(this.others, new Int32Array(most));
    this.passed = grown(this.passed, new Uint32Array(most));
    this.streams = grown(this.streams, new Uint32Array(most));
    this.told = grown(this.told, new Uint32Array(most));
    this.slots = new Uint32Array(2 * most);
    for (let line = 1; line <= this.size; line++) {
      this.slots[this.slotOf(this.ones[line] as number, this.others[line] as number)] = line;
    }
  }
}

function grown<Numbers extends Int32Array | Uint32Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
