// What every place where lines come from has in common, and the ledger that says what was read of it.
import type { Instant } from "../events/event.ts";
import type { LineClock } from "../window/line-clock.ts";
import type { Bytes } from "./bytes.ts";

/**
 * Whole lines of one file. `text` is latin1, one character a byte; line i is text[starts[i], ends[i]) without its
 * line end. The arrays are reused: a batch is valid until the next one is asked for.
 */
export interface Batch {
  readonly file: string;
  readonly text: string;
  /** The bytes of `text`, as long as the batch is valid. */
  readonly bytes: Bytes;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
  /** 1-based number of the first line in what is read of its (decompressed) file. */
  readonly firstLine: number;
  /** Dates the lines of this file; to be asked in file order. */
  readonly clock: LineClock;
  /** These lines stand behind the place where the last run ended: one whose time lies before the window is late. */
  readonly isNew?: boolean | undefined;
}

/** Where reading a log ended; the next run finds the place again, also when the file has another name by then. */
export interface Position {
  /** Device and inode of the file. */
  readonly identity: string;
  /** Bytes of its text, decompressed, that were read: up to the last line end. */
  readonly offset: number;
  /** SHA-256, hexadecimal, of the text's last bytes before `offset`: 4 KiB, or all where there are fewer. */
  readonly check: string;
}

/** Lines of neighbouring files may be out of order by this much: a whole file further outside the range is not read. */
export const DISORDER = 3_600_000;

/** Lines that can matter lie in [leadIn, to); whole files outside may be left unread. */
export interface Range {
  /** Lines from here on are read too; a hole before `from` is no problem. `from` unless it is said. */
  readonly leadIn?: Instant | undefined;
  readonly from: Instant;
  readonly to: Instant;
  /** Where the last run ended, if there was one. */
  readonly after?: Position | undefined;
}

export interface Source {
  /** Path or engine, as the digest names it. */
  readonly name: string;
  /** Holds the machine's login messages: without one of these a digest cannot say that nobody got in. */
  readonly login: boolean;
  /**
   * Yields every line that may lie in `range`, oldest first, each once. Never throws for a bad input: it writes what
   * happened into `ledger` and ends.
   */
  read(range: Range, ledger: Ledger, signal: AbortSignal): AsyncIterable<Batch>;
}

/** The beginning of a file that was left unread. Evidence names true line numbers, and few nights have any. */
export interface LeftOut {
  /** Counts its line ends, some 4 GB a second. Rejects when it cannot be read. */
  countLines(): Promise<number>;
  close(): void;
}

export type SourceStatus = "ok" | "unrecognised" | "stale" | "partial" | "damaged" | "unreadable" | "missing";
const FROM_BAD_TO_WORSE: readonly SourceStatus[] = [
  "ok",
  "unrecognised",
  "stale",
  "partial",
  "damaged",
  "unreadable",
  "missing",
];

/** One row of the coverage. The source fills bytes, lines and status; the parse stage stamps, events and shapes. */
export interface Ledger {
  readonly source: string;
  readonly login: boolean;
  status: SourceStatus;
  readonly notes: string[];
  /** Of the text that was read, decompressed: of a long file a part may do. So with `lines`, `first` and `last`. */
  bytes: number;
  /** Bytes of the plain files that are to be read; 0 while unknown. */
  toRead: number;
  lines: number;
  inWindow: number;
  first: Instant | null;
  last: Instant | null;
  /** The earliest stamp in its files, also in those that were left unread; undefined where nobody looked. */
  begins?: Instant | undefined;
  events: number;
  undated: number;
  unrecognised: number;
  /** Events of before the window that no run counted, because they were written late. */
  late: number;
  /** Forms of lines that made the source `unrecognised`. */
  readonly shapes: string[];
  /** By the name that events have for the file. Whoever asked for the reading closes them. */
  readonly leftOut: Map<string, LeftOut>;
  /** Where reading ended; undefined for a source that has no place to come back to. */
  position: Position | undefined;
  /** Rate limits that the log admits to: which kinds of line were dropped. */
  readonly dropped: Set<"login" | "firewall" | "all">;
  /**
   * Lines in the window by the machine that they name, of a source whose lines say it. Only lines of programs that are
   * known are counted, which costs nothing; 10,000 machines at most.
   */
  readonly hosts: Map<string, number>;
}

export function newLedger(source: string, login: boolean): Ledger {
  return {
    source,
    login,
    status: "ok",
    notes: [],
    bytes: 0,
    toRead: 0,
    lines: 0,
    inWindow: 0,
    first: null,
    last: null,
    events: 0,
    undated: 0,
    unrecognised: 0,
    late: 0,
    shapes: [],
    leftOut: new Map(),
    position: undefined,
    dropped: new Set(),
    hosts: new Map(),
  };
}

/** Writes down a problem; the worst status wins, every note is kept. */
export function worsen(ledger: Ledger, status: SourceStatus, note: string): void {
  if (FROM_BAD_TO_WORSE.indexOf(status) > FROM_BAD_TO_WORSE.indexOf(ledger.status)) ledger.status = status;
  if (!ledger.notes.includes(note)) ledger.notes.push(note);
}
