// What the parse stage takes and gives.
import type { Event, Instant } from "../events/event.ts";

/** Where reading begins and what is counted: events of [leadIn, to) are passed on, lines of [from, to) are counted. */
export interface Span {
  readonly leadIn: Instant;
  readonly from: Instant;
  readonly to: Instant;
}

/** An event with what tells it from its twin in another file. */
export interface ReadEvent {
  readonly event: Event;
  /** 64 bits of hash over message, second, process id, program and host. */
  readonly keyOne: number;
  readonly keyOther: number;
  /** The machine that the digest names: the config's label, or the line's own host in a central log. */
  readonly host: string;
  /** False in the hours before the window, except for a line that was written late: those no run counted. */
  readonly counts: boolean;
}

/** A line that gave no event and is not known to give none (`parse --explain`). */
export interface Unread {
  readonly file: string;
  readonly line: number;
  /** As the line has it; empty when none can be told. */
  readonly program: string;
  readonly why: "no time stamp" | "no program" | "no rules for this program" | "not recognised";
  /** The message where there is a program, else the whole line. */
  readonly text: string;
}

/** A line that was written this long after its time is still counted, by the run that sees it first. */
export const LATEST_LINE = 24 * 3_600_000;
