// Tells a night in the lines of its logs, parsed as a run parses them, and asks rules what they find.
//
//   nightOf(["10:00:00 sshd[7]: Accepted password for root from 203.0.113.7 port 40007 ssh2"], rootPasswordLogin)
import type { Digest, Finding } from "../../../src/digest/digest.ts";
import type { StartRule } from "../../../src/digest/finding-rule.ts";
import { accountChanges } from "../../../src/digest/findings/account-changes.ts";
import { banFailed } from "../../../src/digest/findings/ban-failed.ts";
import { fail2banStopped } from "../../../src/digest/findings/fail2ban-stopped.ts";
import { failedSuToRoot } from "../../../src/digest/findings/failed-su-to-root.ts";
import { loginFromBannedAddress } from "../../../src/digest/findings/login-from-banned-address.ts";
import { neverBanned } from "../../../src/digest/findings/never-banned.ts";
import { notInSudoers } from "../../../src/digest/findings/not-in-sudoers.ts";
import { passwordAsName } from "../../../src/digest/findings/password-as-name.ts";
import { passwordInsteadOfKey } from "../../../src/digest/findings/password-instead-of-key.ts";
import { refusedKey } from "../../../src/digest/findings/refused-key.ts";
import { rootPasswordLogin } from "../../../src/digest/findings/root-password-login.ts";
import { secondFactor } from "../../../src/digest/findings/second-factor.ts";
import { successAfterFailures } from "../../../src/digest/findings/success-after-failures.ts";
import { triesAfterBan } from "../../../src/digest/findings/tries-after-ban.ts";
import { unpairedSessions } from "../../../src/digest/findings/unpaired-sessions.ts";
import { userFlood } from "../../../src/digest/findings/user-flood.ts";
import { eventsOf } from "../../parsers/fixtures.ts";
import { digestOf, type Options } from "../events.ts";

/** Every rule that looks at one night alone. */
export const ALL_RULES: readonly StartRule[] = [
  accountChanges,
  banFailed,
  fail2banStopped,
  failedSuToRoot,
  loginFromBannedAddress,
  neverBanned,
  notInSudoers,
  passwordAsName,
  passwordInsteadOfKey,
  refusedKey,
  rootPasswordLogin,
  secondFactor,
  successAfterFailures,
  triesAfterBan,
  unpairedSessions,
  userFlood,
];

/**
 * The digest of 19 November (UTC) of these lines, in their order: `[18 ]HH:MM:SS PROGRAM[PID]: MESSAGE`, of the host
 * mini unless `@HOST ` stands before PROGRAM.
 */
export async function nightOf(
  lines: readonly string[],
  rules: StartRule | readonly StartRule[] = ALL_RULES,
  options: Options = {},
): Promise<Digest> {
  const text = lines.map((line) => {
    const [, day = "19", time, host = "mini", rest] =
      /^(?:(\d\d) )?(\d\d:\d\d:\d\d) (?:@(\S+) )?(.*)$/s.exec(line) ?? [];
    if (rest === undefined) throw new Error(`no line of a log: ${line}`);
    return `Nov ${day} ${time} ${host} ${rest}\n`;
  });
  const events = await eventsOf(Buffer.from(text.join("")), "/var/log/auth.log");
  return digestOf(events, { ...options, rules: typeof rules === "function" ? [rules] : rules });
}

/** What is found: `SEVERITY id: title`. */
export async function told(lines: readonly string[], rules?: StartRule | readonly StartRule[]): Promise<string[]> {
  return (await nightOf(lines, rules)).findings.map(headline);
}

export function headline({ severity, id, title }: Finding): string {
  return `${severity} ${id}: ${title}`;
}

/** So many lines, made from their number; the clock goes on by `step` seconds from `start`. */
export function series(count: number, start: string, step: number, message: (i: number) => string): string[] {
  const from = Date.parse(`2026-11-19T${start}Z`);
  return Array.from({ length: count }, (_, i) => {
    const time = new Date(from + i * step * 1000).toISOString();
    return `${time.slice(8, 10)} ${time.slice(11, 19)} ${message(i)}`;
  });
}

/** What Debian's sshd and PAM write about a login. */
export function login(time: string, pid: number, user: string, ip: string, how = "password"): string[] {
  const key = how === "publickey" ? ": ED25519 SHA256:q1ZrexampleexampleexampleexampleexampleexA" : "";
  return [
    `${time} sshd[${pid}]: Accepted ${how} for ${user} from ${ip} port ${40_000 + pid} ssh2${key}`,
    `${time} sshd[${pid}]: pam_unix(sshd:session): session opened for user ${user}(uid=1000) by (uid=0)`,
  ];
}

export const failed = (pid: number, user: string, ip: string) =>
  `sshd[${pid}]: Failed password for ${user} from ${ip} port ${40_000 + pid} ssh2`;
export const invalid = (pid: number, user: string, ip: string) =>
  `sshd[${pid}]: Invalid user ${user} from ${ip} port ${40_000 + pid}`;
