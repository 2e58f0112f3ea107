// Most lines begin like the one before them: in the same minute, on the same host. Such a line is dated by its seconds,
// and needs no second look at what stands before its program.
import { copyOf } from "../events/address.ts";
import type { Instant } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import type { LineClock } from "../window/line-clock.ts";
import type { Dispatch, Program } from "./dispatch.ts";
import { type Envelope, isLevel } from "./envelope.ts";
import { Interner } from "./intern.ts";
import { type Literal, literal, standsAt } from "./literal.ts";
import { isHostEnd } from "./opening.ts";

/** Longer beginnings are rare, and none that daemons write. */
const LONGEST = 128;
const LONGEST_PROCESS_ID = 10;
/** Of a module's tag, with the colon and the blank behind it (opening.ts). */
const LONGEST_TAG = 65;
/** Programs of one log that are told apart without a look at the rules. */
const PROGRAMS = 256;

const NOTHING = literal("\n");
/** `[ID 800047 auth.info] ` stands before the message. */
const SOLARIS = literal("[ID ");
/** `com.apple.xpc.launchd[1] (com.example.agent[812]): `: launchd speaks of a job, whose label begins the message. */
const LABEL = literal(" (");
const MODULES: readonly Literal[] = [literal("pam_"), literal("(pam_")];

interface Named {
  readonly appName: string;
  /** `strange`: no program's name, as far as one can see. */
  readonly program: Program | "strange" | undefined;
}

export class FamiliarLine {
  appName = "";
  /** What the lines call their machine; empty where they name none. */
  hostname = "";
  /** Equal when the line has no process id. */
  pidFrom = 0;
  pidTo = 0;
  messageFrom = 0;
  /** No colon follows the process id, but a label in brackets. */
  private isLabelled = false;
  /** The lines begin with `Nov 19 03:14:07 web `: the order of all of them dates them, also of those that nobody parses. */
  isPlain = false;
  private readonly dispatch: Dispatch;
  private readonly programs: Interner<Named>;
  /** Milliseconds that the line lies behind the beginning of its minute. */
  private ofMinute = 0;
  private minute: Instant = Number.NaN;
  /** `Nov 19 03:14:`, `2026-11-19T03:14:` */
  private upToSeconds = NOTHING;
  /** What stands before the fraction of a second, a point or a comma; 0 where there is none. */
  private mark = 0;
  /** The stamp of Python's logging, which states no zone and names no machine. */
  private isPython = false;
  /** ` web `, `+01:00 web ` */
  private behindTime = NOTHING;

  constructor(dispatch: Dispatch) {
    this.dispatch = dispatch;
    this.programs = new Interner(PROGRAMS, (appName) => {
      const isStrange = isLevel(`${appName}:`, 0, appName.length + 1);
      return { appName, program: isStrange ? "strange" : dispatch.find(`${appName} `, 0) };
    });
  }

  /**
   * Reads a line that begins like the one that was learned, up to its message.
   *
   * @returns the rules for it; `nobody` when no rules look at it; undefined when it is none of these
   */
  read(bytes: Bytes, from: number, to: number): Program | "nobody" | undefined {
    const { upToSeconds, behindTime } = this;
    if (from + upToSeconds.length > to || !standsAt(bytes, from, upToSeconds)) return undefined;
    const behind = this.readSeconds(bytes, from + upToSeconds.length, to);
    const appFrom = behind + behindTime.length;
    if (behind < 0 || appFrom >= to || !standsAt(bytes, behind, behindTime)) return undefined;
    const appTo = endOfName(bytes, appFrom, to);
    if (!this.readRestOfTag(bytes, appTo, to)) return undefined;
    const { appName, program } = this.programs.of(bytes, appFrom, appTo);
    this.appName = appName;
    if (program !== undefined) return program === "strange" ? undefined : program;
    if (this.isLabelled) return undefined;
    const { messageFrom } = this;
    if (MODULES.some((words) => messageFrom + words.length < to && standsAt(bytes, messageFrom, words))) {
      return this.isModulesTag(bytes, appFrom, appTo) ? this.dispatch.modules : undefined;
    }
    // Where lines name no machine, the word may be one.
    return this.hostname === "" ? undefined : "nobody";
  }

  /** When the line was written; NaN when the clock must look at its whole stamp. */
  dateBy(clock: LineClock): Instant {
    return clock.readInMinute(this.minute, this.ofMinute);
  }

  /** Learns how a line begins; from one that begins with something else than its stamp nothing is learned. */
  learn(
    { bytes, text }: { bytes: Bytes; text: string },
    from: number,
    { hostFrom, hostTo, appFrom }: Envelope,
    at: Instant,
  ): void {
    this.upToSeconds = NOTHING;
    const isBsd = text.charCodeAt(from + 9) === 58 && text.charCodeAt(from + 12) === 58;
    const isIso = text.charCodeAt(from + 13) === 58 && text.charCodeAt(from + 16) === 58;
    // A tag in brackets is one of its own.
    if (isBsd === isIso || appFrom - from > LONGEST || text.charCodeAt(appFrom - 1) !== 32) return;
    const seconds = from + (isBsd ? 13 : 17);
    const next = text.charCodeAt(seconds + 2);
    this.mark = next === 46 || next === 44 ? next : 0;
    const behind = this.readSeconds(bytes, seconds, appFrom);
    if (behind < 0 || behind >= appFrom) return;
    this.upToSeconds = literal(text.slice(from, seconds));
    this.behindTime = literal(text.slice(behind, appFrom));
    this.hostname = copyOf(text.slice(hostFrom, hostTo));
    this.isPython = isIso && next === 44 && text.charCodeAt(from + 10) === 32 && text.charCodeAt(behind) === 32;
    this.isPlain = isBsd && hostFrom === from + 16 && hostTo === appFrom - 1 && isHostEnd(text.charCodeAt(hostTo - 1));
    this.minute = at - this.ofMinute;
  }

  /** A module's tag has a name and no blank but the one behind its colon, as opening.ts wants it. */
  private isModulesTag({ view }: Bytes, appFrom: number, appTo: number): boolean {
    const { pidFrom, messageFrom } = this;
    if (appTo === appFrom || messageFrom - appFrom > LONGEST_TAG) return false;
    return pidFrom - appTo <= 1 && view.getUint8(messageFrom - 2) === 58;
  }

  /** Reads `07` or `07.123456`. @returns the index behind it, -1 when it is not so */
  private readSeconds({ view }: Bytes, from: number, to: number): number {
    if (from + 2 >= to) return -1;
    const tens = view.getUint8(from) - 48;
    const ones = view.getUint8(from + 1) - 48;
    // A leap second is the next minute's.
    if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return -1;
    let ofMinute = (tens * 10 + ones) * 1000;
    let at = from + 2;
    if (this.mark !== 0) {
      if (view.getUint8(at++) !== this.mark) return -1;
      const fraction = at;
      for (let scale = 100; at < to; at++, scale /= 10) {
        const digit = view.getUint8(at) - 48;
        if (!(digit >= 0 && digit <= 9)) break;
        if (scale >= 1) ofMinute += digit * scale;
      }
      if (at === fraction) return -1;
    }
    this.ofMinute = ofMinute;
    return at;
  }

  /** Reads `[pid]: `, `   [pid]: ` or `: `. @returns false for any other tag */
  private readRestOfTag(bytes: Bytes, appTo: number, to: number): boolean {
    const { view } = bytes;
    let at = appTo;
    // Behind the stamps of Python's logging the name is filled up with blanks; elsewhere it may be a machine's.
    if (this.isPython) while (at < to && view.getUint8(at) === 32) at++;
    this.pidFrom = this.pidTo = at;
    if (view.getUint8(at) === 91) {
      this.pidFrom = ++at;
      while (at < to && view.getUint8(at) >= 48 && view.getUint8(at) <= 57) at++;
      this.pidTo = at;
      if (at === this.pidFrom || at - this.pidFrom > LONGEST_PROCESS_ID || view.getUint8(at++) !== 93) return false;
    } else if (at !== appTo) return false;
    // Where lines name no machine, such a tag would be read as one.
    this.isLabelled = this.hostname !== "" && this.pidFrom < this.pidTo && standsAt(bytes, at, LABEL);
    if (this.isLabelled) {
      this.messageFrom = at + 1;
      return at + 1 < to;
    }
    if (at + 2 >= to || view.getUint8(at) !== 58 || view.getUint8(at + 1) !== 32) return false;
    at += 2;
    while (at < to && view.getUint8(at) === 32) at++;
    this.messageFrom = at;
    return at < to && !standsAt(bytes, at, SOLARIS);
  }
}

function endOfName({ view }: Bytes, from: number, to: number): number {
  let at = from;
  for (; at < to; at++) {
    const code = view.getUint8(at);
    if (code === 91 || code === 93 || code === 58 || code === 32 || code === 40) break;
  }
  return at;
}
