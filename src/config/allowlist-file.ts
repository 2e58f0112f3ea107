// The file that `allowlist.file` names: one address, range or /pattern/ a line; # begins a comment.
import { rangeProblem } from "./address-range.ts";
import { patternProblem } from "./pattern.ts";

export interface AllowlistFile {
  readonly addresses: readonly string[];
  readonly patterns: readonly string[];
}

/** One line that is wrong. */
interface LineProblem {
  readonly line: number;
  readonly text: string;
}

/** Splits the text of an allowlist file into its rules; `problems` lists the lines that are none, in order. */
export function parseAllowlistFile(text: string): AllowlistFile & { readonly problems: readonly LineProblem[] } {
  const addresses: string[] = [];
  const patterns: string[] = [];
  const problems: LineProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const rule = raw.trim();
    if (rule === "" || rule.startsWith("#")) continue;
    const problem = rule.startsWith("/") ? readPattern(rule, patterns) : readAddress(rule, addresses);
    if (problem !== undefined) problems.push({ line: index + 1, text: problem });
  }
  return { addresses, patterns, problems };
}

function readAddress(rule: string, addresses: string[]): string | undefined {
  const address = rule.replace(/#.*$/, "").trim();
  const problem = rangeProblem(address);
  if (problem === undefined) addresses.push(address);
  return problem;
}

function readPattern(rule: string, patterns: string[]): string | undefined {
  // As in JavaScript, a slash inside is written \/; so a # inside a pattern is no comment.
  const pattern = /^\/((?:\\.|[^\\/])+)\/\s*(?:#.*)?$/.exec(rule)?.[1];
  if (pattern === undefined) return `${JSON.stringify(rule)} is no /pattern/ (write a slash inside it as \\/)`;
  const problem = patternProblem(pattern);
  if (problem === undefined) patterns.push(pattern);
  return problem;
}
