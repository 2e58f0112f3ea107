import { oneLine } from "./one-line.ts";

/** A digest as a channel tells it: what fits on a phone first, all of it behind. */
export interface Notice {
  readonly host: string;
  /** The window's name, `Thu 19 Nov`. */
  readonly label: string;
  readonly subject: string;
  /** The worst finding; without one `source` when logs could not be read, else `event`. */
  readonly severity: "critical" | "warning" | "notice" | "event" | "source";
  /** Titles of findings, worst first, then the counts. */
  readonly lines: readonly string[];
  /** The plain-text digest. */
  readonly text: string;
  /** The digest as JSON text. */
  readonly json: string;
  /** As a mail's: the same for a second try of the same digest by the same channel. */
  readonly messageId: string;
}

/** What no service shows as it is: controls but the line feed, halves of surrogate pairs, marks that turn the text. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Returns lines of printable text that every JSON parser takes. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(UNPRINTABLE, "\ufffd");
}

/** The subject, printable, never empty. */
export function titleOf({ subject }: Notice): string {
  return printable(oneLine(subject)) || "logdigest";
}
