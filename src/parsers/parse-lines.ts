// The parse stage: batches of lines become events, in file order.
import { copyOf } from "../events/address.ts";
import type { Event, Head, Instant } from "../events/event.ts";
import { type Batch, type Ledger, worsen } from "../sources/source.ts";
import { DatedLines } from "./dated-lines.ts";
import { decoded } from "./decoded.ts";
import type { Dispatch, Program } from "./dispatch.ts";
import { REPEAT, readRestOfTag } from "./envelope.ts";
import { eventOf } from "./event-of.ts";
import { FamiliarLine } from "./familiar.ts";
import { readJsonRecord } from "./json-record.ts";
import { LineCounter } from "./line-counter.ts";
import { LineKey } from "./line-key.ts";
import type { LogRecord } from "./log-record.ts";
import { isLibrarys } from "./log-show.ts";
import { Opening } from "./opening.ts";
import type { Parsed } from "./parser.ts";
import { processIdOf } from "./process-ids.ts";
import { LATEST_LINE, type ReadEvent, type Span, type Unread } from "./read-event.ts";
import { Recognition } from "./recognition.ts";
import { repeatedMessage, repeatedTimes } from "./repeats.ts";

/** Machines of one source that are told apart. */
const MOST_HOSTS = 10_000;

export interface ParseOptions {
  readonly dispatch: Dispatch;
  readonly span: Span;
  readonly ledger: Ledger;
  /** What the digest calls this source's machine; undefined when its lines say it. */
  readonly host: string | undefined;
  /** Also passes on events of lines without a time (`parse`); a digest never counts them. */
  readonly keepUndated?: boolean;
  /** Is told of every line that nothing recognised. */
  readonly explain?: ((unread: Unread) => void) | undefined;
}

/** Where the parts of a line lie that are read once its program is known. */
interface LineParts {
  readonly appName: string;
  readonly hostname: string;
  readonly pidFrom: number;
  readonly pidTo: number;
  readonly messageFrom: number;
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

class LineReader {
  private readonly dispatch: Dispatch;
  private readonly span: Span;
  private readonly ledger: Ledger;
  private readonly host: string | undefined;
  private readonly keepUndated: boolean;
  private readonly explain: ParseOptions["explain"];
  private readonly dated = new DatedLines();
  private readonly opening: Opening;
  private readonly familiar: FamiliarLine;
  private readonly key = new LineKey();
  private hostname = "";
  private file = "";
  private readonly recognition = new Recognition();
  private readonly counter: LineCounter;
  /** The last line of the log, for a repeat line after it: undefined when it carried no event. */
  private previous: ReadEvent | undefined;
  private previousFile = "";
  private disbelieved = 0;
  /** The lines of the batch were not there when the last run read. */
  private isNew = false;

  constructor(options: ParseOptions) {
    this.dispatch = options.dispatch;
    this.span = options.span;
    this.ledger = options.ledger;
    this.host = options.host;
    this.keepUndated = options.keepUndated ?? false;
    this.explain = options.explain;
    const { dispatch, explain } = options;
    this.opening = new Opening({ dispatch, dated: this.dated, keepUndated: this.keepUndated, explain });
    this.familiar = new FamiliarLine(dispatch);
    this.counter = new LineCounter(options.ledger, options.span);
  }

  read(batch: Batch): ReadEvent[] {
    if (batch.file !== this.file) {
      this.file = batch.file;
      this.dated.beginFile();
    }
    this.isNew = batch.isNew === true;
    const events: ReadEvent[] = [];
    this.dated.beginBatch();
    this.counter.begin(batch);
    for (let i = 0; i < batch.count; i++) {
      const found = this.readLine(batch, i);
      if (found !== undefined) events.push(found);
    }
    this.counter.end(batch);
    this.dated.endBatch(this.ledger, batch.count);
    return this.dated.authorship.mayBeSshdsOwn ? this.withoutForgeries(events) : events;
  }

  private readLine(batch: Batch, i: number): ReadEvent | undefined {
    const { text } = batch;
    const from = batch.starts[i] as number;
    const to = batch.ends[i] as number;
    if (from === to) {
      this.dated.sawTimeless();
      return undefined;
    }
    const { previous, familiar } = this;
    this.previous = undefined;
    if (text.charCodeAt(from) === 123) return this.readRecord(batch, i);
    const known = this.explain === undefined ? familiar.read(batch.bytes, from, to) : undefined;
    if (known === "nobody") {
      this.dated.sawStamp();
      if (familiar.isPlain) this.opening.tick(batch, from, to);
      return undefined;
    }
    if (known !== undefined) {
      const at = familiar.dateBy(batch.clock);
      if (!Number.isNaN(at)) {
        this.dated.sawStamp();
        return this.tell(known, batch, i, at, familiar, previous);
      }
    }
    return this.readStrange(batch, i, previous);
  }

  /** Reads a line whose beginning must be looked at. */
  private readStrange(batch: Batch, i: number, previous: ReadEvent | undefined): ReadEvent | undefined {
    const { text } = batch;
    const from = batch.starts[i] as number;
    const to = batch.ends[i] as number;
    const program = this.opening.findProgram(batch, i);
    if (program === undefined) return undefined;
    const { envelope, stamp } = this.opening;
    if (!readRestOfTag(text, to, envelope)) {
      const line = batch.firstLine + i;
      this.explain?.({ file: batch.file, line, program: "", why: "no program", text: text.slice(from, to) });
      return undefined;
    }
    const at = envelope.stamped ? batch.clock.read(stamp) : null;
    if (at === null && envelope.stamped) this.dated.sawUndated();
    const { app, appFrom, appTo, senderFrom, senderTo } = envelope;
    if (at !== null && app === undefined && !envelope.unified) this.familiar.learn(batch, from, envelope, at);
    const appName = app ?? copyOf(text.slice(appFrom, appTo));
    const hostname = this.hostnameOf(text);
    if (envelope.unified && isLibrarys(appName, text.slice(senderFrom, senderTo))) {
      // No event, but a sign of life.
      if (this.host === undefined && this.isWanted(at)) this.countHost(hostname, at);
      return undefined;
    }
    const { pidFrom, pidTo, messageFrom } = envelope;
    const parts = { appName, hostname, pidFrom, pidTo, messageFrom };
    return this.tell(program, batch, i, at, parts, previous);
  }

  /** What a line says whose parts are known. */
  private tell(
    program: Program,
    batch: Batch,
    i: number,
    at: Instant | null,
    { appName, hostname, pidFrom, pidTo, messageFrom }: LineParts,
    previous: ReadEvent | undefined,
  ): ReadEvent | undefined {
    if (!this.isWanted(at)) return undefined;
    if (this.host === undefined) this.countHost(hostname, at);
    const { file, bytes } = batch;
    const to = batch.ends[i] as number;
    const line = batch.firstLine + i;
    const head = { file, line, at, hostname, appName, procId: processIdOf(bytes, pidFrom, pidTo) };
    const quick = program.readQuickly(bytes, messageFrom, to, head);
    if (quick !== undefined) {
      if (at === null || this.isCounted(at)) this.recognition.count(program, true, "");
      if (quick === "silent") return undefined;
      this.key.begin();
      if (!this.key.mixBytes(bytes, messageFrom, to)) this.mixMessage(decoded(batch.text.slice(messageFrom, to)));
      return this.emit(quick);
    }
    // A copy: whoever keeps a name or an address of it keeps this line alive, and not the chunk that it stood in.
    const message = copyOf(decoded(batch.text.slice(messageFrom, to)));
    const repeats = repeatedTimes(appName, message);
    if (repeats > 0 || appName === REPEAT) return this.repeatPrevious(previous, file, line, at, appName, repeats);
    const parsed = this.understand(program, message, appName, at, line);
    if (parsed === undefined) return undefined;
    this.mixMessage(message);
    return this.emit(eventOf(parsed, head));
  }

  private mixMessage(message: string): void {
    this.key.begin();
    this.key.mix(message);
  }

  /** A line that is a JSON object says its parts itself. */
  private readRecord(batch: Batch, i: number): ReadEvent | undefined {
    const line = batch.text.slice(batch.starts[i], batch.ends[i]);
    const number = batch.firstLine + i;
    const record = readJsonRecord(line, this.opening.stamp);
    if (record === "none") {
      this.dated.sawTimeless();
      return undefined;
    }
    if (record?.stamped) this.dated.sawStamp();
    else this.dated.sawUnstamped(line, 0, record !== undefined);
    if (record === undefined) {
      this.explain?.({ file: batch.file, line: number, program: "", why: "no time stamp", text: decoded(line) });
      return undefined;
    }
    return this.readMessage(record, batch, number);
  }

  private readMessage(record: LogRecord, batch: Batch, line: number): ReadEvent | undefined {
    const { dispatch } = this;
    const { file, clock } = batch;
    const { appName, procId, hostname, message } = record;
    const at = record.stamped ? clock.read(this.opening.stamp) : null;
    if (!this.isWanted(at)) return undefined;
    if (this.host === undefined) this.countHost(hostname, at);
    if (record.lost && at !== null && this.isCounted(at)) this.ledger.dropped.add("all");
    const isModules = message.startsWith("pam_") || message.startsWith("(pam_");
    const program = dispatch.find(`${appName} `, 0) ?? (isModules ? dispatch.modules : undefined);
    if (program === undefined) {
      this.explain?.({ file, line, program: appName, why: "no rules for this program", text: message });
      return undefined;
    }
    const parsed = this.understand(program, message, appName, at, line);
    if (parsed === undefined) return undefined;
    if (!record.believable && parsed.kind === "login.success") {
      this.disbelieved++;
      return undefined;
    }
    this.mixMessage(message);
    return this.emit(eventOf(parsed, { file, line, at, hostname, appName, procId }));
  }

  private understand(
    program: Program,
    message: string,
    appName: string,
    at: Instant | null,
    line: number,
  ): Parsed | undefined {
    const repeated = repeatedMessage(message);
    const text = repeated?.message ?? message;
    const read = program.read(text, appName);
    if (read === undefined) {
      this.explain?.({ file: this.file, line, program: appName, why: "not recognised", text });
    }
    const isCounted = at === null || this.isCounted(at);
    if (isCounted && !this.recognition.count(program, read !== undefined, text)) this.ledger.unrecognised++;
    if (read === undefined || read === "silent") return undefined;
    // A log without times is written by whoever sends a user name with a line break in it: no login comes from there.
    if (at === null && read.kind === "login.success") return undefined;
    if (isCounted && read.kind === "service" && read.drops !== undefined) this.ledger.dropped.add(read.drops);
    return repeated === undefined ? read : { ...read, repeat: (read.repeat ?? 1) * repeated.times };
  }

  /** A line of that moment is read. */
  private isWanted(at: Instant | null): boolean {
    return at === null ? this.keepUndated : at >= this.span.leadIn && at < this.span.to;
  }

  /** In the window, or written late: too late for the run before. */
  private isCounted(at: Instant): boolean {
    const { from } = this.span;
    return at >= from || (this.isNew && at >= from - LATEST_LINE);
  }

  /** `last message repeated N times`: N more of the line before it, at its own time, also across a rotation. */
  private repeatPrevious(
    previous: ReadEvent | undefined,
    file: string,
    line: number,
    at: Instant | null,
    appName: string,
    times: number,
  ): ReadEvent | undefined {
    if (previous === undefined || times === 0) return undefined;
    const { event, host, keyOne, keyOther } = previous;
    // Under a program's own tag it speaks of that program's last line.
    const isOwn = appName === REPEAT || appName === "syslogd" || appName === event.head.appName;
    if (!isOwn || (this.previousFile !== file && line !== 1)) return undefined;
    const head: Head = { ...event.head, file, line, at };
    const repeated = { ...event, head, repeat: event.repeat * times };
    this.passOn(previous, head);
    const counts = at === null || this.isCounted(at);
    // Another line than the one that it repeats.
    this.mixMessage(`last message repeated ${times} times: ${keyOne} ${keyOther}`);
    this.key.mixHead(head);
    return { event: repeated, keyOne: this.key.one, keyOther: this.key.other, host, counts };
  }

  /** @pre the message is mixed into the key */
  private emit(event: Event): ReadEvent {
    const { head } = event;
    this.key.mixHead(head);
    const counts = head.at === null || this.isCounted(head.at);
    const read = { event, keyOne: this.key.one, keyOther: this.key.other, host: this.host ?? head.hostname, counts };
    this.passOn(read, head);
    return read;
  }

  /** Counts an event, and keeps what a repeat line behind it would repeat. */
  private passOn(read: ReadEvent, { file, at }: Head): void {
    this.previous = read;
    this.previousFile = file;
    if (at === null || !this.isCounted(at)) return;
    this.ledger.events++;
    if (at < this.span.from) this.ledger.late++;
  }

  /** A login is anybody's claim there; and where lines name no program, so is every line that does. */
  private withoutForgeries(events: ReadEvent[]): ReadEvent[] {
    const { isTagged } = this.dated.authorship;
    const kept: ReadEvent[] = [];
    for (const read of events) {
      const { kind, head } = read.event;
      if (kind !== "login.success" && (isTagged || head.at !== null)) kept.push(read);
      else {
        if (kind === "login.success") this.disbelieved++;
        if (head.at !== null && this.isCounted(head.at)) this.ledger.events--;
        this.previous = undefined;
      }
    }
    return kept;
  }

  /** A machine that falls silent is missed. */
  private countHost(hostname: string, at: Instant | null): void {
    const { hosts } = this.ledger;
    if (at === null || at < this.span.from || hostname === "") return;
    const lines = hosts.get(hostname);
    if (lines !== undefined || hosts.size < MOST_HOSTS) hosts.set(hostname, (lines ?? 0) + 1);
  }

  private hostnameOf(text: string): string {
    const { hostFrom, hostTo } = this.opening.envelope;
    if (hostTo - hostFrom !== this.hostname.length || !text.startsWith(this.hostname, hostFrom)) {
      this.hostname = copyOf(text.slice(hostFrom, hostTo));
    }
    return this.hostname;
  }

  conclude(): void {
    const { ledger } = this;
    this.recognition.conclude(ledger, this.dated.undatedRun);
    if (ledger.late > 0) {
      const lines = ledger.late === 1 ? "1 event was" : `${ledger.late} events were`;
      ledger.notes.push(`${lines} written after the last run had read up to there: counted now`);
    }
    if (this.disbelieved > 0) {
      const logins = this.disbelieved === 1 ? "1 login was" : `${this.disbelieved} logins were`;
      const why = "sshd writes to standard error or to a file of its own, where a user name can hold a whole line";
      worsen(this.ledger, "unrecognised", `${logins} not believed: ${why}`);
    }
  }
}
