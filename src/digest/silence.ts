// Findings that somebody knows about and does not want to read every morning: by their id, for a reason, until a day.
import type { Instant } from "../events/event.ts";
import type { Finding } from "./digest.ts";

export interface SilenceRule {
  /** The finding's id. */
  readonly id: string;
  /**
   * A name or an address that the title has to have as a whole word. The detail is not asked: it may quote names that an
   * attacker chose.
   */
  readonly match?: string | undefined;
  readonly reason: string;
  /** From then on the finding is told again. */
  readonly until?: Instant | undefined;
}

export interface Silenced<F extends Finding = Finding> {
  readonly finding: F;
  readonly rule: SilenceRule;
}

export interface Silence<F extends Finding> {
  readonly kept: readonly F[];
  /** In the order of the findings. */
  readonly silenced: readonly Silenced<F>[];
}

/** Parts the findings that a rule silences from those that are told. The first rule that fits counts. */
export function silence<F extends Finding>(
  findings: readonly F[],
  rules: readonly SilenceRule[],
  at: Instant,
): Silence<F> {
  const kept: F[] = [];
  const silenced: Silenced<F>[] = [];
  for (const finding of findings) {
    const rule = rules.find((one) => fits(one, finding, at));
    if (rule === undefined) kept.push(finding);
    else silenced.push({ finding, rule });
  }
  return { kept, silenced };
}

function fits({ id, match, until }: SilenceRule, finding: Finding, at: Instant): boolean {
  if (finding.id !== id || (until !== undefined && at >= until)) return false;
  return match === undefined || hasWord(finding.title, match);
}

/** `192.0.2.1` is no part of `192.0.2.10` or `192.0.2.1:22`, and `al` none of `alice`. */
function hasWord(text: string, word: string): boolean {
  if (word === "") return false;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1];
    const behind = text.slice(at + word.length, at + word.length + 2);
    const begins = before === undefined || !/[\p{L}\p{N}.:/@_-]/u.test(before);
    // A full stop, comma or colon ends a word when nothing of it follows.
    const ends = !/^(?:[\p{L}\p{N}/@_-]|[.:][\p{L}\p{N}])/u.test(behind);
    if (begins && ends) return true;
  }
  return false;
}
