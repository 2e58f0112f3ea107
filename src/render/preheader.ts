// The line that a list of mails shows beside the subject: what the subject cannot say, because it names nobody.
import type { Digest } from "../digest/digest.ts";
import type { View } from "./view.ts";
import { visibleName } from "./visible.ts";
import { count, names } from "./words.ts";

/** More are cut off by every list of mails. */
const LOGINS_NAMED = 3;

/**
 * Returns the worst finding, or what is wrong with a source, or who got in and how many tried.
 *
 * @example "alice from 192.0.2.7, bob from 2001:db8::7 and 2 more; 1,341 tries from 212 addresses"
 */
export function preheaderOf(
  digest: Digest,
  { findings, alert, sections }: Pick<View, "findings" | "alert" | "sections">,
): string {
  const [first] = findings;
  const others = digest.findings.length - 1;
  if (first !== undefined) {
    return others === 0 ? first.title : `${first.title}; ${count(others, "more finding", "more findings")}`;
  }
  if (alert !== "") return alert;
  if (digest.empty) return "Nothing to report";
  const tries = sections.find(({ id }) => id === "failures")?.sum ?? "";
  return [loginWords(digest), tries].filter(Boolean).join("; ");
}

/** `No logins` is said where that is certain, and of expected ones that there were no others. */
function loginWords({ sections, totals, atLeast, allowlisted }: Digest): string {
  const groups = sections.flatMap((section) => (section.id === "logins" ? section.groups : []));
  const who = groups.map(({ user, ip }) => `${visibleName(user)}${ip === null ? "" : ` from ${visibleName(ip)}`}`);
  if (who.length > 0) return names([...new Set(who)], LOGINS_NAMED);
  if (totals.logins > 0 || atLeast.includes("logins")) return "";
  return allowlisted.logins > 0 ? "No logins but expected ones" : "No logins";
}
