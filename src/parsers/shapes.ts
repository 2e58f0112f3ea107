// What the lines that nothing recognised have in common: their shape, which is their text without what differs from
// line to line. For `parse --explain`, so that somebody who misses a message sees what to write a rule for.
import type { Unread } from "./read-event.ts";

/** Lines of one shape. */
interface Shape {
  /** `Connection from <address> port <n>`; undefined for the lines beyond the last shape that is kept. */
  readonly shape: string | undefined;
  readonly count: number;
  /** The first of them. */
  readonly sample: Unread;
}

/** A log of noise has as many shapes as lines: memory stays bounded. */
const MOST_SHAPES = 1_000;
/** What is behind this many characters distinguishes nothing. */
const LOOK = 512;

/** Counts shapes, the first thousand that come. */
export class Shapes {
  private readonly shapes = new Map<string, { shape: string | undefined; count: number; sample: Unread }>();

  add(unread: Unread): void {
    const shape = shapeOf(unread.text);
    const key = `${unread.why}\0${unread.program}\0${shape}`;
    const known = this.shapes.get(key) ?? (this.shapes.size < MOST_SHAPES ? undefined : this.shapes.get(""));
    if (known !== undefined) known.count++;
    else {
      // The sample must not hold on to the text of its whole batch.
      const sample = { ...unread, program: copyOf(unread.program), text: copyOf(unread.text.slice(0, LOOK)) };
      if (this.shapes.size < MOST_SHAPES) this.shapes.set(copyOf(key), { shape: copyOf(shape), count: 1, sample });
      else this.shapes.set("", { shape: undefined, count: 1, sample });
    }
  }

  /** The most frequent first. */
  sorted(): readonly Shape[] {
    return [...this.shapes.values()].sort((a, b) => b.count - a.count);
  }
}

/** Returns the text with numbers, addresses, identifiers and quoted words replaced. */
export function shapeOf(text: string): string {
  return text
    .slice(0, LOOK)
    .replace(/"[^"]*"|(?<![\p{L}\p{N}])'[^']*'|`[^'`]*['`]/gu, "<quoted>")
    .replace(/\b(?:SHA256|MD5):[\w+/:=]+/g, "<hash>")
    .replace(/(?<![\w:.])\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\w:])/g, "<time>")
    .replace(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g, "<address>")
    .replace(/(?<![\w:\]])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w+)?(?![\w:])/g, "<address>")
    .replace(/\b(?:0x[0-9A-Fa-f]+|(?=[A-Fa-f]*\d)[0-9A-Fa-f]{8,}(?:-[0-9A-Fa-f]{4,}){0,4})\b/g, "<n>")
    .replace(/\d+(?:[.,]\d+)*/g, "<n>");
}

/** A string of its own: a slice keeps the text it was cut from. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
