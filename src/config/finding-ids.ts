// The ids of findings, which a rule of silence names: one that is misspelt would silence nothing, and nobody would know.
import { nearest } from "./nearest.ts";

/** In the order of docs/findings.md. */
export const FINDING_IDS: readonly string[] = [
  "success-after-failures",
  "login-from-banned-address",
  "login-from-blocked-address",
  "root-password-login",
  "password-instead-of-key",
  "second-factor",
  "password-as-name",
  "session-without-login",
  "login-without-session",
  "first-time-user",
  "first-time-country",
  "first-time-network",
  "first-time-key",
  "first-time-method",
  "first-time-hour",
  "slow-guess",
  "unusual-total",
  "user-flood",
  "never-banned",
  "tries-after-ban",
  "ban-failed",
  "fail2ban-stopped",
  "fail2ban-silent",
  "uid-zero-account",
  "new-administrator",
  "new-account",
  "password-changed",
  "not-in-sudoers",
  "failed-su-to-root",
  "revoked-key",
  "refused-certificate",
  "key-from-wrong-host",
  "source-problem",
  "zone-shift",
  "nights-missed",
  "undelivered",
  "state",
];

/** What is wrong with the id of a rule; undefined when a finding has it. */
export function findingIdProblem(id: string): string | undefined {
  if (FINDING_IDS.includes(id)) return undefined;
  const meant = nearest(id, FINDING_IDS);
  return `no finding has this id (${meant === undefined ? "docs/findings.md lists them" : `did you mean ${JSON.stringify(meant)}?`})`;
}
