// Where a key stands in a TOML document: smol-toml gives values without positions, and an error without its line sends
// the reader searching. Format: https://toml.io/en/v1.0.0, as smol-toml 1.9 reads it.
import { parse } from "smol-toml";

export type KeyPath = readonly PropertyKey[];

/** Names of one dotted key that are kept; a config goes three deep, and the cost grows with the square. */
const MAX_NAMES = 20;

/** Where something stands. */
interface Place {
  /** 1-based. */
  readonly line: number;
  /** False when it is not in the text and `line` is that of the nearest parent, or 1. */
  readonly written: boolean;
}

/**
 * Reads where everything stands, and returns a function that tells the place of the key, table or array element that a
 * path names.
 *
 * @param toml a document that parses; for any other the lines are guesses
 * @example placeFinder('[mail]\nsmtp.port = 0\n')(["mail", "smtp", "port"]) // { line: 2, written: true }
 */
export function placeFinder(toml: string): (path: KeyPath) => Place {
  const lines = keyLines(toml);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(pathId(path.slice(0, length)));
      if (line !== undefined) return { line, written: length === path.length };
    }
    return { line: 1, written: false };
  };
}

function pathId(path: KeyPath): string {
  return JSON.stringify(path);
}

function keyLines(toml: string): ReadonlyMap<string, number> {
  const scan = new Scan(toml);
  let table: KeyPath = [];
  for (scan.skipBlank(); !scan.ended; scan.skipBlank()) {
    if (scan.take("[[")) {
      table = scan.element(scan.keys("]"));
      scan.skipLine();
    } else if (scan.take("[")) {
      table = scan.table(scan.keys("]"));
      scan.skipLine();
    } else {
      scan.keyAndValue(table);
    }
  }
  return scan.lines;
}

/** A position in the text and what was found so far. Never looks back, so it is linear and always ends. */
class Scan {
  readonly lines = new Map<string, number>();
  /** How many elements each array of tables has so far. */
  readonly #elements = new Map<string, number>();
  readonly #text: string;
  #at = 0;
  #line = 1;
  /** Where the keys that were read last begin: their line, also when the value goes on for more. */
  #keyLine = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  take(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false;
    this.#skip(literal.length);
    return true;
  }

  /** Skips white space, line ends and comments. */
  skipBlank(): void {
    this.#match(/(?:\s+|#[^\n]*)*/y);
  }

  skipLine(): void {
    this.#match(/[^\n]*/y);
  }

  /** Reads a dotted key up to and with `end`. */
  keys(end: "]" | "="): string[] {
    this.#match(/[ \t]*/y);
    this.#keyLine = this.#line;
    const keys: string[] = [];
    while (!this.ended && !this.take(end)) {
      const key = this.#match(/"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s.\]='"]+/y);
      if (key === "") this.#skip(1);
      else if (keys.length < MAX_NAMES) keys.push(plainKey(key));
    }
    return keys;
  }

  /** Notes the table `[keys]`; a name on the way that is an array of tables means its last element. */
  table(keys: readonly string[]): KeyPath {
    const path = this.#walk([], keys);
    this.#note(path, "stated");
    return path;
  }

  /** Notes one more element of `[[keys]]`. */
  element(keys: readonly string[]): KeyPath {
    const array = [...this.#walk([], keys.slice(0, -1)), ...keys.slice(-1)];
    const id = pathId(array);
    const index = this.#elements.get(id) ?? 0;
    this.#elements.set(id, index + 1);
    this.#note(array, "implied");
    const path = [...array, index];
    this.#note(path, "stated");
    return path;
  }

  keyAndValue(table: KeyPath): void {
    const path = this.#walk(table, this.keys("="));
    this.#note(path, "stated");
    this.#value(path);
  }

  /** Goes down from `table`, noting each name on the way as implied by what stands here. */
  #walk(table: KeyPath, keys: readonly string[]): KeyPath {
    let path = table;
    for (const key of keys) {
      path = [...path, key];
      this.#note(path, "implied");
      const count = this.#elements.get(pathId(path));
      if (count !== undefined) path = [...path, count - 1];
    }
    return path;
  }

  #note(path: KeyPath, how: "stated" | "implied"): void {
    const id = pathId(path);
    if (how === "stated" || !this.lines.has(id)) this.lines.set(id, this.#keyLine);
  }

  #value(path: KeyPath): void {
    this.#match(/[ \t]*/y);
    if (this.take("[")) {
      for (let index = 0; this.#more("]"); index++) {
        this.#keyLine = this.#line;
        this.#note([...path, index], "stated");
        this.#value([...path, index]);
      }
    } else if (this.take("{")) {
      while (this.#more("}")) this.keyAndValue(path);
    } else {
      const strings = /"""(?:\\.|[^\\])*?"{3,5}(?!")|'''.*?'{3,5}(?!')|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^,\]}#\n]+/sy;
      if (this.#match(strings) === "") this.#skip(1);
    }
  }

  /** Goes to the next element of an array or inline table; false behind its end. */
  #more(end: "]" | "}"): boolean {
    this.skipBlank();
    while (this.take(",")) this.skipBlank();
    return !this.take(end) && !this.ended;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#skip(found.length);
    return found;
  }

  #skip(length: number): void {
    for (const end = this.#at + length; this.#at < end; this.#at++) {
      if (this.#text[this.#at] === "\n") this.#line++;
    }
  }
}

function plainKey(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1);
  if (!key.startsWith('"')) return key;
  try {
    return String(parse(`value = ${key}`).value);
  } catch {
    return key;
  }
}
