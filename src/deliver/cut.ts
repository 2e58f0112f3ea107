// Every service has a limit, each in its own unit, and cuts or refuses what is longer: so it is cut here, and said.

/** Returns how much of a limit one character (code point) takes in the form in which it is sent. */
export type Weigh = (char: string) => number;

/** UTF-16 code units: at least as many as characters, so it fits wherever a service counts the one or the other. */
export const utf16: Weigh = (char) => char.length;

/** Bytes of UTF-8 in a JSON string. */
export const jsonBytes: Weigh = (char) => Buffer.byteLength(JSON.stringify(char)) - 2;

/** Returns `text`, at most `limit` heavy: cut between characters, with an ellipsis where it was cut. */
export function cutText(text: string, limit: number, weigh: Weigh): string {
  const room = limit - weigh("…");
  let used = 0;
  let end = 0; // what can be kept when an ellipsis must follow
  let at = 0;
  for (const char of text) {
    used += weigh(char);
    if (used > limit) return room < 0 ? "" : `${text.slice(0, end)}…`;
    at += char.length;
    if (used <= room) end = at;
  }
  return text;
}

/**
 * Returns `text`, at most `limit` heavy: whole lines, then how many were left out. A first line that is too long is
 * itself cut.
 *
 * @example cutLines("a\nb\nc\nd\n...", 23, utf16) // "a\n... and 12 more lines"
 */
export function cutLines(text: string, limit: number, weigh: Weigh): string {
  const whole = text.trimEnd();
  if (fits(whole, limit, weigh)) return whole;
  const lines = whole.split("\n");
  const room = limit - weight(`\n${note(lines.length)}`, weigh);
  let used = 0;
  let kept = 0;
  for (const line of lines) {
    used += weight(kept === 0 ? line : `\n${line}`, weigh);
    if (used > room) break;
    kept += 1;
  }
  if (kept > 0) return [...lines.slice(0, kept), note(lines.length - kept)].join("\n");
  const [first = "", ...others] = lines;
  if (others.length === 0 || room <= weigh("…")) return cutText(first, limit, weigh);
  return `${cutText(first, room, weigh)}\n${note(others.length)}`;
}

function note(lines: number): string {
  return `... and ${lines} more ${lines === 1 ? "line" : "lines"}`;
}

function weight(text: string, weigh: Weigh): number {
  let sum = 0;
  for (const char of text) sum += weigh(char);
  return sum;
}

function fits(text: string, limit: number, weigh: Weigh): boolean {
  return weight(text, weigh) <= limit;
}
