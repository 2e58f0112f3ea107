// The parse stage: batches of lines become events, in file order.
import { copyOf } from "../events/address.ts";
import type { Event, Head, Instant } from "../events/event.ts";
import type { Batch, Ledger } from "../sources/source.ts";
import { worsen } from "../sources/source.ts";
import { emptyStamp, readStamp, type Stamp } from "../window/stamp.ts";
import type { Dispatch, Program } from "./dispatch.ts";
import { type Envelope, emptyEnvelope, readEnvelope, readRestOfTag } from "./envelope.ts";
import type { Parsed } from "./parser.ts";

/** Where reading begins and what is counted: events of [leadIn, to) are passed on, lines of [from, to) are counted. */
export interface Span {
  readonly leadIn: Instant;
  readonly from: Instant;
  readonly to: Instant;
}

/** An event with what tells it from its twin in another file. */
export interface ReadEvent {
  readonly event: Event;
  /** The message as it stood in the line. */
  readonly message: string;
  /** The machine that the digest names: the config's label, or the line's own host in a central log. */
  readonly host: string;
}

/** A `last message repeated 50000 times` is believed up to this many: the rest of a flood says nothing new. */
const MOST_REPEATS = 100_000;
/** Fewer lines of one program say nothing about whether it is understood. */
const ENOUGH_LINES = 20;

export interface ParseOptions {
  readonly dispatch: Dispatch;
  readonly span: Span;
  readonly ledger: Ledger;
  /** What the digest calls this source's machine; undefined when its lines say it. */
  readonly host: string | undefined;
  /** Also passes on events of lines without a time (`parse`); a digest never counts them. */
  readonly keepUndated?: boolean;
  /** Is told of every line what was made of it (`parse --explain`). */
  readonly explain?: ((line: number, what: string) => void) | undefined;
}

/** Parses what a source reads, and writes into its ledger what was seen. */
export async function* parseLines(
  batches: AsyncIterable<Batch>,
  options: ParseOptions,
): AsyncGenerator<readonly ReadEvent[]> {
  const reader = new LineReader(options);
  for await (const batch of batches) {
    const events = reader.read(batch);
    if (events.length > 0) yield events;
  }
  reader.conclude();
}

interface Understood {
  readonly parsed: Parsed;
  readonly head: Head;
  readonly message: string;
}

class LineReader {
  private readonly dispatch: Dispatch;
  private readonly span: Span;
  private readonly ledger: Ledger;
  private readonly host: string | undefined;
  private readonly keepUndated: boolean;
  private readonly explain: ParseOptions["explain"];
  private readonly stamp: Stamp = emptyStamp();
  private readonly envelope: Envelope = emptyEnvelope();
  private hostname = "";
  private file = "";
  /** Per program: its lines in the window, and those that nothing recognised. */
  private readonly programs = new Map<string, { lines: number; unrecognised: number }>();
  /** The last line of the file, for a repeat line after it: undefined when it carried no event. */
  private previous: Understood | undefined;
  private undatedInBatch = 0;

  constructor(options: ParseOptions) {
    this.dispatch = options.dispatch;
    this.span = options.span;
    this.ledger = options.ledger;
    this.host = options.host;
    this.keepUndated = options.keepUndated ?? false;
    this.explain = options.explain;
  }

  read(batch: Batch): ReadEvent[] {
    if (batch.file !== this.file) {
      this.file = batch.file;
      this.previous = undefined;
    }
    const events: ReadEvent[] = [];
    this.undatedInBatch = 0;
    const first = this.dateOf(batch, this.nextDated(batch, 0, 1));
    for (let i = 0; i < batch.count; i++) {
      const found = this.readLine(batch, i);
      if (found !== undefined) events.push(found);
    }
    const last = this.dateOf(batch, this.nextDated(batch, batch.count - 1, -1));
    this.countLines(batch, first, last);
    this.ledger.undated += this.undatedInBatch;
    return events;
  }

  private readLine(batch: Batch, i: number): ReadEvent | undefined {
    const { text } = batch;
    const from = batch.starts[i] as number;
    const to = batch.ends[i] as number;
    if (from === to) return undefined;
    const { previous } = this;
    this.previous = undefined;
    const program = this.findProgram(text, from, to);
    const number = batch.firstLine + i;
    if (program === undefined) {
      this.explain?.(number, "no time stamp and program that are known");
      return undefined;
    }
    const { envelope, stamp } = this;
    if (!readRestOfTag(text, to, envelope)) {
      this.explain?.(number, "no colon behind the program's name");
      return undefined;
    }
    const at = envelope.stamped ? batch.clock.read(stamp) : null;
    if (at === null && envelope.stamped) this.undatedInBatch++;
    if (at === null ? !this.keepUndated : at < this.span.leadIn || at >= this.span.to) return undefined;
    const message = decoded(text.slice(envelope.messageFrom, to));
    const appName = text.slice(envelope.appFrom, envelope.appTo);
    if (appName === "last") return this.repeatPrevious(previous, number, at, message);
    const parsed = this.understand(program, message, appName, at, number);
    // A log without times is written by whoever sends a user name with a line break in it: no login comes from there.
    if (parsed === undefined || (at === null && parsed.kind === "login.success")) return undefined;
    const head: Head = {
      file: batch.file,
      line: number,
      at,
      hostname: this.hostnameOf(text),
      appName,
      procId: text.slice(envelope.pidFrom, envelope.pidTo),
    };
    this.previous = { parsed, head, message };
    return this.emit(parsed, head, message);
  }

  /** Finds a program that somebody parses; anything else is dismissed here, most of it without being dated. */
  private findProgram(text: string, from: number, to: number): Program | undefined {
    const { envelope, dispatch } = this;
    if (isPlain3164(text, from, to)) {
      const hostTo = text.indexOf(" ", from + 16);
      const appFrom = hostTo + 1;
      const code = text.charCodeAt(appFrom);
      // A repeat line, or a tag where the host should be, is looked at closely below.
      if (hostTo > 0 && code !== 32 && code !== 108 && text.charCodeAt(hostTo - 1) !== 58 && text.charCodeAt(hostTo - 1) !== 93 && text.charCodeAt(from + 16) !== 45) {
        const program = dispatch.find(text, appFrom);
        if (program === undefined && !this.modulesAt(text, appFrom, to)) return undefined;
      }
    }
    const told = readEnvelope(text, from, to, this.stamp, envelope);
    if (!envelope.stamped) this.undated(text, from);
    if (!told || (!envelope.stamped && !this.keepUndated)) return undefined;
    if (text.startsWith("last", envelope.appFrom) && envelope.appTo === envelope.appFrom + 4) return dispatch.modules;
    return (
      dispatch.find(text, envelope.appFrom) ??
      (this.modulesAt(text, envelope.appFrom, to) || text.startsWith("pam_", envelope.messageFrom)
        ? dispatch.modules
        : undefined)
    );
  }

  /** A line that begins with a blank belongs to the one before it. */
  private undated(text: string, from: number): void {
    const code = text.charCodeAt(from);
    if (code !== 32 && code !== 9) this.undatedInBatch++;
  }

  /** True when `app[pid]: pam_...`, `app: pam_...` or `app(pam_unix)[pid]: ...` stands at `at`. */
  private modulesAt(text: string, at: number, to: number): boolean {
    const limit = Math.min(to, at + 64);
    for (let i = at; i < limit; i++) {
      const code = text.charCodeAt(i);
      if (code === 58) return text.startsWith(" pam_", i + 1) || text.startsWith(" (pam_", i + 1);
      if (code === 40) return text.startsWith("pam_", i + 1);
      if (code === 32) return false;
    }
    return false;
  }

  private understand(
    program: Program,
    message: string,
    appName: string,
    at: Instant | null,
    line: number,
  ): Parsed | undefined {
    const repeated = repeatedMessage(message);
    const { explain } = this;
    const matched = explain && ((rule: string) => explain(line, `${program.name}: ${rule}`));
    const read = program.read(repeated?.message ?? message, appName, matched);
    if (read === "silent") explain?.(line, `${program.name}: known, carries no event`);
    if (read === undefined) explain?.(line, `${program.name}: not recognised`);
    const counted = at === null || (at >= this.span.from && at < this.span.to);
    if (counted) {
      let tally = this.programs.get(program.name);
      if (tally === undefined) this.programs.set(program.name, (tally = { lines: 0, unrecognised: 0 }));
      tally.lines++;
      if (read === undefined) {
        tally.unrecognised++;
        this.ledger.unrecognised++;
      }
    }
    if (read === undefined || read === "silent") return undefined;
    return repeated === undefined ? read : { ...read, repeat: (read.repeat ?? 1) * repeated.times };
  }

  /** `last message repeated N times`: N more of the line before it, at its own time. */
  private repeatPrevious(
    previous: Understood | undefined,
    line: number,
    at: Instant | null,
    message: string,
  ): ReadEvent | undefined {
    const times = Math.min(Number.parseInt(message, 10), MOST_REPEATS);
    if (previous === undefined || !(times > 0)) return undefined;
    const head: Head = { ...previous.head, line, at };
    const parsed: Parsed = { ...previous.parsed, repeat: (previous.parsed.repeat ?? 1) * times };
    return this.emit(parsed, head, `last message repeated ${times} times: ${previous.message}`);
  }

  private emit(parsed: Parsed, head: Head, message: string): ReadEvent {
    if (head.at !== null && head.at >= this.span.from) this.ledger.events++;
    return {
      event: { head, ...parsed, repeat: parsed.repeat ?? 1 } as Event,
      message,
      host: this.host ?? head.hostname,
    };
  }

  private hostnameOf(text: string): string {
    const { hostFrom, hostTo } = this.envelope;
    if (hostTo - hostFrom !== this.hostname.length || !text.startsWith(this.hostname, hostFrom)) {
      this.hostname = copyOf(text.slice(hostFrom, hostTo));
    }
    return this.hostname;
  }

  /** Index of the first line with a stamp from `i` on, in steps of `step`; -1 when there is none. */
  private nextDated(batch: Batch, i: number, step: 1 | -1): number {
    for (; i >= 0 && i < batch.count; i += step) {
      if (stampedLine(batch, i, this.stamp)) return i;
    }
    return -1;
  }

  private dateOf(batch: Batch, i: number): Instant | null {
    return i >= 0 && stampedLine(batch, i, this.stamp) ? batch.clock.read(this.stamp) : null;
  }

  /** Counts lines in the window: all or none when both ends of the batch lie on one side, else line by line. */
  private countLines(batch: Batch, first: Instant | null, last: Instant | null): void {
    const { ledger, span } = this;
    if (first === null || last === null) return;
    ledger.first = Math.min(ledger.first ?? first, first, last);
    ledger.last = Math.max(ledger.last ?? last, first, last);
    const inside = (at: Instant) => at >= span.from && at < span.to;
    if (inside(first) && inside(last)) ledger.inWindow += batch.count;
    else if (inside(first) || inside(last) || (first < span.from && last >= span.to)) {
      for (let i = 0; i < batch.count; i++) {
        const at = this.dateOf(batch, stampedLine(batch, i, this.stamp) ? i : -1);
        if (at !== null && inside(at)) ledger.inWindow++;
      }
    }
  }

  /** Says which program is not understood, if one is. */
  conclude(): void {
    for (const [name, { lines, unrecognised }] of this.programs) {
      if (lines < ENOUGH_LINES || unrecognised * 2 <= lines) continue;
      const note = `${unrecognised} of ${lines} lines of ${name} have a form that this version does not know`;
      worsen(this.ledger, "unrecognised", note);
    }
    const { lines, undated } = this.ledger;
    if (undated >= ENOUGH_LINES && undated * 2 > lines) {
      worsen(this.ledger, "unrecognised", `${undated} of ${lines} lines have no time stamp that this version can read`);
    }
  }
}

/** `Nov  9 03:14:07 `: the shape of nearly every line, told by five characters. */
function isPlain3164(text: string, from: number, to: number): boolean {
  return (
    to - from > 20 &&
    text.charCodeAt(from + 3) === 32 &&
    text.charCodeAt(from + 6) === 32 &&
    text.charCodeAt(from + 9) === 58 &&
    text.charCodeAt(from + 12) === 58 &&
    text.charCodeAt(from + 15) === 32 &&
    text.charCodeAt(from + 16) !== 60
  );
}

function stampedLine(batch: Batch, i: number, stamp: Stamp): boolean {
  const from = batch.starts[i] as number;
  const to = batch.ends[i] as number;
  let at = from;
  if (batch.text.charCodeAt(at) === 60) {
    at = batch.text.indexOf(">", at) + 1;
    if (batch.text.startsWith("1 ", at)) at += 2;
  }
  return readStamp(batch.text, at, to, stamp);
}

/** Batches are latin1; a message with bytes beyond ASCII is read as UTF-8, what is none becomes U+FFFD. */
function decoded(message: string): string {
  return /[\x80-\xff]/.test(message) ? Buffer.from(message, "latin1").toString("utf8") : message;
}

/** rsyslog's `message repeated N times: [ MESSAGE]`, at the beginning of a message only: elsewhere it is quoted text. */
function repeatedMessage(message: string): { readonly times: number; readonly message: string } | undefined {
  if (!message.startsWith("message repeated ") || !message.endsWith("]")) return undefined;
  const open = message.indexOf(" times: [ ");
  const times = Number(message.slice(17, open));
  if (open < 0 || !Number.isInteger(times) || times < 1) return undefined;
  return { times: Math.min(times, MOST_REPEATS), message: message.slice(open + 10, -1) };
}
