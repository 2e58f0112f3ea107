// Secrets that somebody typed where a name is asked for are shown nowhere: not in the sections, not in a finding, not
// in what a program quoted. All outputs are made from the digest, so it is masked once, here.
import type { Allowlisted, Finding, Section } from "./digest.ts";
import { quoteName } from "./findings/name.ts";

/** Says nothing of the secret's length. */
export const MASK = "********";

/** What a digest says in words that may come from a log. */
interface Told {
  readonly findings: readonly Finding[];
  readonly sections: readonly Section[];
  readonly allowlisted: Allowlisted;
}

/** Whose words a field holds: a log's, or our own that may quote a name. Every other field stays as it is. */
const WORDS: ReadonlyMap<string, "log" | "own"> = new Map([
  ["user", "log"],
  ["users", "log"],
  ["target", "log"],
  ["command", "log"],
  ["message", "log"],
  ["title", "own"],
  ["detail", "own"],
]);

/** Returns the same with every one of `secrets` masked. @param secrets few: each is looked for in every word */
export function maskSecrets<T extends Told>(told: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return told;
  // A finding may have cut or quoted it; and a secret that is part of another one must not be masked first.
  const forms = new Set(secrets.flatMap((secret) => [secret, quoteName(secret)]));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return maskIn(told, longestFirst, undefined) as T;
}

function maskIn(value: unknown, secrets: readonly string[], words: "log" | "own" | undefined): unknown {
  if (typeof value === "string") {
    return words === undefined ? value : secrets.reduce((text, secret) => maskOne(text, secret, words), value);
  }
  if (Array.isArray(value)) return value.map((one) => maskIn(one, secrets, words));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [field, maskIn(inner, secrets, WORDS.get(field))]),
  );
}

/** Masks `secret` where it stands for itself; within a longer word it is another word. */
function maskOne(text: string, secret: string, words: "log" | "own"): string {
  // A secret such as `banned` is a word of ours too: there only a list of names is masked, `for root, banned`.
  const onlyInLists = words === "own" && /^\p{L}+$/u.test(secret);
  let masked = "";
  let from = 0;
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
    const end = at + secret.length;
    if (at < from || (isWord(text[at - 1]) && isWord(secret[0])) || (isWord(text[end]) && isWord(secret.at(-1))))
      continue;
    if (onlyInLists && !/(?:\bfor|\band|,) $/.test(text.slice(Math.max(0, at - 5), at))) continue;
    masked += text.slice(from, at) + MASK;
    from = end;
  }
  return masked + text.slice(from);
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}]/u.test(char);
}
