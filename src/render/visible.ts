// Log text is attacker text. Before a person sees it, everything that has no glyph of its own, moves the cursor,
// turns the direction of writing or hides between other characters is written out as an escape (`\x1b`, `\u202e`), so
// that an administrator sees that something was there. Escaping for HTML is the template engine's job and comes after.

/** Longest names (users, hosts, tools) that text and HTML show; the JSON has them whole. */
const NAME_LENGTH = 64;
/** Longest paths. */
export const PATH_LENGTH = 128;
/** Longest messages that text and HTML show. */
export const MESSAGE_LENGTH = 200;

/** A run of more than this many combining marks only serves to paint over the neighbouring lines. */
const MARKS_IN_A_ROW = 2;

/**
 * What never passes: controls, format characters, surrogates, private and unassigned code points (`\p{C}`), line and
 * paragraph separators and every space but the plain one (`\p{Z}`), whatever renderers ignore by default (variation
 * selectors, fillers), and the blank Braille pattern.
 */
const HIDDEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Z}/u;
const MARK = /\p{M}/u;
const PLAIN = /^[ -~]*$/;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Returns `text` harmless and visible on one line, at most `length` characters (code points), the last one `…` when
 * something was cut. Printable ASCII stays as it is. Doing it twice changes nothing.
 *
 * @example visible("root\u202e\x1b[2J") // "root\\u202e\\x1b[2J"
 */
export function visible(text: string, length: number = NAME_LENGTH): string {
  if (text.length <= length && PLAIN.test(text)) return text;
  const shown: string[] = [];
  let used = 0;
  let marks = MARKS_IN_A_ROW; // a mark at the very start would sit on our own words
  // Each code point takes at least one place, so nothing behind length + 1 of them matters.
  for (const char of text) {
    if (used > length) break;
    const isMark = MARK.test(char);
    marks = isMark ? marks + 1 : 0;
    const piece = HIDDEN.test(char) || (isMark && marks > MARKS_IN_A_ROW) ? escapeOf(char) : char;
    shown.push(piece);
    used += piece === char ? 1 : piece.length;
  }
  return used <= length ? shown.join("") : cut(shown, length);
}

/**
 * Returns a name so that it cannot pass for our own words: `visible`, and in double quotes when it is empty or holds
 * something that a list or a sentence of ours is made of. `root, admin (banned 3 times)` is one strange name.
 */
export function visibleName(text: string): string {
  const shown = visible(text);
  return /^[^\s,"'“”()·→]+$/.test(shown) ? shown : `"${shown.replaceAll('"', '\\"')}"`;
}

/** Cuts between whole characters and whole escapes, so that no half escape misleads. */
function cut(pieces: readonly string[], length: number): string {
  let kept = "";
  let used = 0;
  for (const piece of pieces) {
    const size = piece.length > 2 ? piece.length : [...piece].length;
    if (used + size > length - 1) break;
    kept += piece;
    used += size;
  }
  return `${kept}…`;
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return SHORT[char] ?? (code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`);
}
