// Patterns of the allowlist: JavaScript regular expressions. The engine backtracks, so one whose nested repeats multiply
// could hold up the nightly run for hours; those are refused when the config is read. The rule is no proof: a row such as
// `.*.*.*x` stays slow, but its cost does not double with each character, and a message is cut to 1,024 of them.
import { reasonOf } from "../errors.ts";

const MAX_PATTERN_LENGTH = 500;

/** Up to this many repeats of a group stay cheap when all that varies inside is bounded, as in `(\d{1,3}\.){3}`. */
const FEW_REPEATS = 10;

/** Returns why `text` may not be a pattern, or undefined when it may. */
export function patternProblem(text: string): string | undefined {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
  if (text.length > MAX_PATTERN_LENGTH) {
    return `pattern ${shown} has ${text.length} characters (at most ${MAX_PATTERN_LENGTH})`;
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(text);
  } catch (error) {
    const reason = reasonOf(error);
    return `pattern ${shown} is no regular expression: ${reason.slice(reason.lastIndexOf(": ") + 2).toLowerCase()}`;
  }
  if (pattern.test("")) return `pattern ${shown} matches even an empty message, so it would allow every login`;
  const danger = backtrackingDanger(text);
  return danger === undefined ? undefined : `pattern ${shown} ${danger}`;
}

/** What a group holds, as far as it matters when the group is repeated. */
interface GroupContent {
  unbounded: boolean;
  /** It can match in more than one way: a quantifier other than `{n}`, or alternatives. */
  varies: boolean;
  /** It repeats something that varies: once more around it and the ways multiply. */
  multiplies: boolean;
}

const EMPTY: GroupContent = { unbounded: false, varies: false, multiplies: false };

function backtrackingDanger(text: string): string | undefined {
  const enclosing: GroupContent[] = [];
  let group = { ...EMPTY };
  let closed: GroupContent | undefined;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const repeat = repeatAt(rest);
    if (repeat !== undefined) {
      const tooMuch =
        repeat.max > FEW_REPEATS ? closed?.varies : repeat.max > 1 && (closed?.unbounded || closed?.multiplies);
      if (tooMuch) {
        return "repeats a group that itself repeats or has alternatives, which can take hours (give both small bounds, such as {1,3})";
      }
      group.unbounded ||= repeat.max === Number.POSITIVE_INFINITY;
      group.multiplies ||= repeat.max > 1 && closed?.varies === true;
      group.varies ||= repeat.min !== repeat.max;
      closed = undefined;
      at += repeat.length;
      continue;
    }
    closed = undefined;
    const token =
      /^(\\[1-9]|\\k<|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|.)/s.exec(rest)?.[0] ?? rest;
    if (/^\\[1-9]|^\\k</.test(token)) return "refers back to a group, which can take hours (write the text itself)";
    if (token.startsWith("(")) {
      enclosing.push(group);
      group = { ...EMPTY };
    } else if (token === "|") {
      group.varies = true;
    } else if (token === ")") {
      closed = group;
      const outer = enclosing.pop() ?? EMPTY;
      group = {
        unbounded: outer.unbounded || closed.unbounded,
        varies: outer.varies || closed.varies,
        multiplies: outer.multiplies || closed.multiplies,
      };
    }
    at += token.length;
  }
  return undefined;
}

/** Returns the quantifier that `text` begins with; a brace that is none is an ordinary character, as in JavaScript. */
function repeatAt(text: string): { min: number; max: number; length: number } | undefined {
  const match = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(text);
  if (match === null) return undefined;
  const { 0: all, 1: least, 2: comma, 3: most } = match;
  if (least === undefined) {
    return { min: all[0] === "+" ? 1 : 0, max: all[0] === "?" ? 1 : Number.POSITIVE_INFINITY, length: all.length };
  }
  const min = Number(least);
  const max = comma === "" ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most);
  return { min, max, length: all.length };
}
