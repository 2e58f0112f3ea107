// Finds what a line begins with where the line before does not tell: its stamp, its machine, and whether its program is
// one that somebody parses.
import type { Batch } from "../sources/source.ts";
import { emptyStamp, readStamp, type Stamp } from "../window/stamp.ts";
import type { DatedLines } from "./dated-lines.ts";
import { decoded } from "./decoded.ts";
import type { Dispatch, Program } from "./dispatch.ts";
import { type Envelope, emptyEnvelope, isRemark, REPEAT, readEnvelope, readRestOfTag } from "./envelope.ts";
import type { Unread } from "./read-event.ts";

interface OpeningOptions {
  readonly dispatch: Dispatch;
  readonly dated: DatedLines;
  readonly keepUndated: boolean;
  readonly explain: ((unread: Unread) => void) | undefined;
}

export class Opening {
  /** Of the line whose program was found, up to the program's name. */
  readonly envelope: Envelope = emptyEnvelope();
  readonly stamp: Stamp = emptyStamp();
  private readonly dispatch: Dispatch;
  private readonly dated: DatedLines;
  private readonly keepUndated: boolean;
  private readonly explain: OpeningOptions["explain"];
  private tenMinutes = 0;

  constructor({ dispatch, dated, keepUndated, explain }: OpeningOptions) {
    this.dispatch = dispatch;
    this.dated = dated;
    this.keepUndated = keepUndated;
    this.explain = explain;
  }

  /** Finds a program that somebody parses; anything else is dismissed here, most of it without being dated. */
  findProgram(batch: Batch, i: number): Program | undefined {
    const { envelope, dispatch } = this;
    const { text } = batch;
    const from = batch.starts[i] as number;
    const to = batch.ends[i] as number;
    const hostFrom = plainHost(text, from, to);
    if (hostFrom > 0) {
      const hostTo = text.indexOf(" ", hostFrom);
      const appFrom = hostTo + 1;
      // A repeat line, or a tag where the host should be, is looked at closely below.
      if (hostTo > 0 && isHostEnd(text.charCodeAt(hostTo - 1)) && isTagStart(text.charCodeAt(appFrom))) {
        const isNobodys = dispatch.find(text, appFrom) === undefined && isPlainTag(text, appFrom, to);
        if (isNobodys && this.explain === undefined) {
          this.dated.sawStamp();
          if (hostFrom === from + 16) this.tick(batch, from, to);
          return undefined;
        }
      }
    }
    const told = readEnvelope(text, from, to, this.stamp, envelope);
    const isTimeless = !envelope.stamped && goesOn(text, from);
    if (envelope.stamped) this.dated.sawStamp();
    else if (isTimeless) this.dated.sawTimeless();
    else this.dated.sawUnstamped(text, from, told && readRestOfTag(text, to, envelope));
    // Where lines have times, one without goes on with the line before it, whatever it looks like.
    const isReadable =
      told && (envelope.stamped || (this.keepUndated && !this.dated.authorship.isStamped && !isTimeless));
    const program = isReadable ? this.programOf(text, to) : undefined;
    if (program === undefined && this.explain !== undefined && !isTimeless) this.tellUnread(batch, i, told);
    return program;
  }

  /**
   * Dates a line that nobody parses whenever the ten minutes of its clock change, told by two characters of
   * `Nov  9 03:14:07`: in a repeated hour and at New Year only the order of all lines says which pass or year it is.
   */
  tick(batch: Batch, from: number, to: number): void {
    const tenMinutes = (batch.text.charCodeAt(from + 8) << 8) | batch.text.charCodeAt(from + 10);
    if (tenMinutes === this.tenMinutes) return;
    this.tenMinutes = tenMinutes;
    if (readStamp(batch.text, from, to, this.stamp)) batch.clock.read(this.stamp);
  }

  private programOf(text: string, to: number): Program | undefined {
    const { envelope, dispatch } = this;
    const { app, appFrom, messageFrom } = envelope;
    if (app !== undefined) return app === REPEAT ? dispatch.modules : dispatch.find(`${app} `, 0);
    const program = dispatch.find(text, appFrom);
    if (program !== undefined) return program;
    const isModules = modulesAt(text, appFrom, to) || text.startsWith("pam_", messageFrom);
    return isModules ? dispatch.modules : undefined;
  }

  private tellUnread({ file, text, starts, ends, firstLine }: Batch, i: number, told: boolean): void {
    const { envelope } = this;
    const to = ends[i] as number;
    const program = told ? (envelope.app ?? text.slice(envelope.appFrom, envelope.appTo)) : "";
    const isTag = told && envelope.stamped && readRestOfTag(text, to, envelope);
    this.explain?.({
      file,
      line: firstLine + i,
      program: isTag ? program : "",
      why: isTag ? "no rules for this program" : envelope.stamped ? "no program" : "no time stamp",
      text: decoded(text.slice(isTag ? envelope.messageFrom : (starts[i] as number), to)),
    });
  }
}

/** A line that begins with a blank belongs to the one before it. */
function goesOn(text: string, from: number): boolean {
  const code = text.charCodeAt(from);
  return code === 32 || code === 9 || isRemark(text, from);
}

/** True when `app[pid]: pam_...`, `app: pam_...` or `app(pam_unix)[pid]: ...` stands at `at`. */
function modulesAt(text: string, at: number, to: number): boolean {
  const limit = Math.min(to, at + 64);
  for (let i = at; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === 58) return text.startsWith(" pam_", i + 1) || text.startsWith(" (pam_", i + 1);
    if (code === 40) return text.startsWith("pam_", i + 1);
    if (code === 32) return false;
  }
  return false;
}

/** True for `app[pid]: ` or `app: ` without a PAM module's message: nothing in such a line needs a closer look. */
function isPlainTag(text: string, at: number, to: number): boolean {
  const limit = Math.min(to, at + 64);
  for (let i = at; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === 58) {
      const message = i + 2;
      return text.charCodeAt(i + 1) === 32 && !text.startsWith("pam_", message) && !text.startsWith("(pam_", message);
    }
    if (code === 40 || code === 32) return false;
  }
  return true;
}

/** The index behind `Nov  9 03:14:07 ` or `2026-11-09T03:14:07.1+01:00 `, told by a few characters; 0 for other lines. */
function plainHost(text: string, from: number, to: number): number {
  if (to - from < 24) return 0;
  if (text.charCodeAt(from + 3) === 32) {
    return text.charCodeAt(from + 6) === 32 &&
      text.charCodeAt(from + 9) === 58 &&
      text.charCodeAt(from + 12) === 58 &&
      text.charCodeAt(from + 15) === 32 &&
      text.charCodeAt(from + 16) !== 60 &&
      text.charCodeAt(from + 16) !== 45
      ? from + 16
      : 0;
  }
  if (text.charCodeAt(from + 10) !== 84 || text.charCodeAt(from + 4) !== 45 || text.charCodeAt(from + 13) !== 58)
    return 0;
  const space = text.indexOf(" ", from + 19);
  return space > 0 && space - from < 40 ? space + 1 : 0;
}

/** A token that ends in a colon or a bracket may be a tag. */
export function isHostEnd(code: number): boolean {
  return code !== 58 && code !== 93;
}

/** Not a blank, and not the l of a repeat line. */
function isTagStart(code: number): boolean {
  return code !== 32 && code !== 108;
}
