// What a log format is to the rest of the program.

import type { Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";

type WithoutHead<E> = E extends unknown ? Omit<E, "head" | "repeat"> : never;

/** An event before it is told where and when; `repeat` where the line itself counts (3 incorrect password attempts). */
export type Parsed = WithoutHead<Event> & { readonly repeat?: number };

/** What a message says; `silent` when it is known and says nothing. undefined: somebody else must look at it. */
export type QuickReading = Event | "silent" | undefined;

/** One message of one program. */
export interface Rule {
  /** Says what the message means, for `parse --explain` and the tests. */
  readonly name: string;
  /** The literal, or literals, that such messages start with; no work is done before one has matched. */
  readonly starts: string | readonly string[];
  /**
   * Slices the fields out of the message.
   *
   * @param message without the envelope, latin1: one character a byte
   * @param appName the program's name as the line has it
   * @returns undefined when the rest is not of this shape
   */
  readonly parse: (message: string, appName: string) => Parsed | undefined;
}

/** One log format: everything that one family of programs writes. */
export interface Parser {
  readonly name: string;
  /** Program names this format belongs to; a trailing `*` stands for any rest. */
  readonly appNames: readonly string[];
  readonly rules: readonly Rule[];
  /**
   * Reads a message where it stands, the bytes [from, to), if it is one of those that a flood consists of. undefined
   * leaves it to the rules, which would say the same of those that are read here.
   */
  readonly readQuickly?: (bytes: Bytes, from: number, to: number, head: Head) => QuickReading;
  /** Beginnings of messages that are known and carry no event; "" says that all others are. */
  readonly silent: readonly string[];
}

export function beginsWith({ starts }: Rule, message: string): boolean {
  return typeof starts === "string" ? message.startsWith(starts) : starts.some((words) => message.startsWith(words));
}
