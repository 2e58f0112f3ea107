import type { Head, Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/read-event.ts";

/** The same line is written to its files within a moment; a log's lines are out of order by less than this. */
const APART = 120_000;
/** More lines than this within the span are a flood: the older half is forgotten. */
const MOST = 200_000;

/** A line that was passed on. */
interface Twin {
  readonly second: number;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  /** How often it was passed on: as often as the stream that holds it most often says. */
  passed: number;
  /** How often each stream told it; the first one by its number alone, because most lines stand in one file. */
  readonly stream: number;
  ofStream: number;
  others: number[] | undefined;
  /** The same message of another second or program. */
  next: Twin | undefined;
}

/** Tells a line that another source told already from a new one. Remembers the last moments, in two generations. */
export class Twins {
  private recent = new Map<string, Twin>();
  private older = new Map<string, Twin>();
  private since: Instant = Number.NEGATIVE_INFINITY;

  /** @param stream the number of the source that tells it */
  isNew({ event: { head }, message }: ReadEvent, stream: number): boolean {
    const at = head.at ?? this.since;
    if (at - this.since > APART || this.recent.size >= MOST) {
      this.older = this.recent;
      this.recent = new Map();
      this.since = at;
    }
    const second = Math.floor(at / 1000);
    const first = this.recent.get(message);
    const known = find(first, head, second) ?? find(this.older.get(message), head, second);
    if (known !== undefined) return tellAgain(known, stream);
    const { hostname, appName, procId } = head;
    this.recent.set(message, {
      second,
      hostname,
      appName,
      procId,
      passed: 1,
      stream,
      ofStream: 1,
      others: undefined,
      next: first,
    });
    return true;
  }
}

function find(twin: Twin | undefined, { hostname, appName, procId }: Head, second: number): Twin | undefined {
  for (let one = twin; one !== undefined; one = one.next) {
    const isSame =
      one.second === second && one.procId === procId && one.hostname === hostname && one.appName === appName;
    if (isSame) return one;
  }
  return undefined;
}

function tellAgain(twin: Twin, stream: number): boolean {
  let told: number;
  if (stream === twin.stream) told = ++twin.ofStream;
  else {
    twin.others ??= [];
    told = (twin.others[stream] ?? 0) + 1;
    twin.others[stream] = told;
  }
  if (told <= twin.passed) return false;
  twin.passed = told;
  return true;
}
