// The worst finding in few words, for a subject: our own words only, so that no log speaks in a list of mails.
import type { Finding } from "../digest/digest.ts";

/** Where the id does not say it well; every other id is read as words, `first-login` as `first login`. */
const WORDS: Readonly<Record<string, string>> = {
  "ban-failed": "a ban failed",
  "fail2ban-silent": "fail2ban is silent",
  "fail2ban-stopped": "fail2ban stopped",
  "failed-su-to-root": "failed su to root",
  "first-time-country": "login from a new country",
  "first-time-network": "login from a new network",
  "first-time-user": "a user's first login",
  "key-from-wrong-host": "key from another host",
  "never-banned": "attacker never banned",
  "not-in-sudoers": "sudo by a stranger",
  "password-as-name": "password typed as a name",
  "password-instead-of-key": "password instead of a key",
  "root-password-login": "root by password",
  "second-factor": "second factor refused",
  "success-after-failures": "login after failures",
  "tries-after-ban": "a ban does not hold",
  "uid-zero-account": "second root account",
  "user-flood": "one user under fire",
  "zone-shift": "clocks differ",
};

/** What this program says of itself and of the logs: no finding about the night. */
const OWN_TROUBLES: readonly string[] = ["source-problem", "state", "nights-missed", "undelivered"];

/**
 * Returns the worst finding that is worth ringing for in a few words; empty when there is none.
 *
 * @param findings worst first
 * @example headlineOf([{ id: "success-after-failures", severity: "critical" }]) // "login after failures"
 */
export function headlineOf(findings: readonly Pick<Finding, "id" | "severity">[]): string {
  const worst = findings[0]?.severity;
  const told = findings.find(({ id, severity }) => severity === worst && !OWN_TROUBLES.includes(id));
  if (told === undefined || told.severity === "notice") return "";
  return WORDS[told.id] ?? told.id.replaceAll("-", " ");
}
