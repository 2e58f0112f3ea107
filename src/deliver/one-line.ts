// Text from a server, a program or a log on its way into a header, a terminal or a receipt.

/** What ends a line or moves a cursor: controls, Unicode line ends, marks that turn the writing direction. */
const UNPRINTABLE = /[\s\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** The longest text that is kept, in characters. */
const LIMIT = 200;

/** Returns `text` as one printable line of at most 200 characters; whatever was cut away leaves a space or an ellipsis. */
export function oneLine(text: string): string {
  const line = text.replace(UNPRINTABLE, " ").trim();
  if (line.length <= LIMIT) return line;
  // By code points, so that no half of a surrogate pair is left at the end.
  return `${[...line.slice(0, 2 * LIMIT)].slice(0, LIMIT - 1).join("")}\u2026`;
}
