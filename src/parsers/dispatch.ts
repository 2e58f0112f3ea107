// Finds the rules for a line by its program's name, in place: a line of a program that nobody parses costs a look at
// one or two characters, no string and no pattern. A new format therefore costs the lines of others nothing.
import type { Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { literal, standsAt } from "./literal.ts";
import type { Parsed, Parser, QuickReading, Rule } from "./parser.ts";
import { withoutWithheld } from "./unified-log.ts";

/** The rules of one program, by the first character of the message. */
export interface Program {
  readonly name: string;
  /** Its own rules and those of PAM's modules, in the order in which they are tried. */
  readonly rules: readonly Rule[];
  /** What text[from, to) says when it is one of the lines that a flood consists of; else undefined. */
  readQuickly(bytes: Bytes, from: number, to: number, head: Head): QuickReading;
  /**
   * Returns the event that a message carries, or whether it is at least known to carry none.
   *
   * @param matched is told the name of the rule
   */
  read(message: string, appName: string, matched?: (rule: string) => void): Parsed | "silent" | undefined;
}

export interface Dispatch {
  /** The program whose name begins at `from`, or undefined for one that nobody parses. */
  find(text: string, from: number): Program | undefined;
  /** For any other program whose message is a PAM module's. */
  readonly modules: Program;
}

interface Entry {
  readonly name: string;
  readonly anyRest: boolean;
  readonly program: Program;
}

export function dispatchOf(parsers: readonly Parser[], modules: Parser): Dispatch {
  const byFirst: (Entry[] | undefined)[] = [];
  for (const parser of parsers) {
    const program = programOf(parser, modules);
    for (const appName of parser.appNames) {
      const anyRest = appName.endsWith("*");
      const name = anyRest ? appName.slice(0, -1) : appName;
      const code = name.charCodeAt(0);
      byFirst[code] ??= [];
      byFirst[code].push({ name, anyRest, program });
    }
  }
  return {
    find(text, from) {
      const entries = byFirst[text.charCodeAt(from)];
      if (entries === undefined) return undefined;
      for (const { name, anyRest, program } of entries) {
        if (text.startsWith(name, from) && (anyRest || endsName(text.charCodeAt(from + name.length)))) return program;
      }
      return undefined;
    },
    modules: programOf(modules, undefined),
  };
}

/** `[`, `:`, blank, `(`, `]`: what may follow a program's name. */
function endsName(code: number): boolean {
  return code === 91 || code === 58 || code === 32 || code === 40 || code === 93;
}

function programOf(parser: Parser, modules: Parser | undefined): Program {
  const rules = modules === undefined ? parser.rules : [...parser.rules, ...modules.rules];
  const begun = rules.flatMap((rule) => [rule.starts].flat().map((starts) => ({ starts, rule })));
  const anywhere = rules.filter((rule) => rule.starts === "");
  const byFirst = indexed(begun, ({ starts }) => starts);
  const silent = [...parser.silent, ...(modules?.silent ?? [])];
  const allSilent = silent.includes("");
  const silentByFirst = indexed(silent, (words) => words);
  /** How messages begin that a rule looks at, where all others are silent; undefined where rules look at all. */
  const speaking =
    allSilent && anywhere.length === 0
      ? indexed([...begun.map(({ starts }) => starts), ...LOGGERS], (words) => words)
      : undefined;
  const literals = speaking?.map((starts) => starts?.map(literal));
  return {
    name: parser.name,
    rules,
    readQuickly(bytes, from, to, head) {
      if (literals !== undefined) {
        const speaks = literals[bytes.view.getUint8(from)];
        if (!speaks?.some((words) => from + words.length <= to && standsAt(bytes, from, words))) return "silent";
      }
      return parser.readQuickly?.(bytes, from, to, head) ?? modules?.readQuickly?.(bytes, from, to, head);
    },
    read(message, appName, matched) {
      for (const { starts, rule } of byFirst[message.charCodeAt(0)] ?? []) {
        if (!message.startsWith(starts)) continue;
        const parsed = rule.parse(message, appName);
        if (parsed === undefined) continue;
        matched?.(rule.name);
        return withoutWithheld(parsed);
      }
      for (const rule of anywhere) {
        const parsed = rule.parse(message, appName);
        if (parsed === undefined) continue;
        matched?.(rule.name);
        return withoutWithheld(parsed);
      }
      if (allSilent) return "silent";
      const known = silentByFirst[message.charCodeAt(0)] ?? [];
      return known.some((words) => message.startsWith(words)) ? "silent" : undefined;
    },
  };
}

/** The logger's own words, under any program's name. */
const LOGGERS = ["last message repeated ", "message repeated "];

/** Sorts things by the first character of their words, those without words left out. */
function indexed<T>(things: readonly T[], wordsOf: (thing: T) => string): readonly (readonly T[] | undefined)[] {
  const byFirst: (T[] | undefined)[] = [];
  for (const thing of things) {
    const code = wordsOf(thing).charCodeAt(0);
    if (Number.isNaN(code)) continue;
    byFirst[code] ??= [];
    byFirst[code].push(thing);
  }
  return byFirst;
}
