// Every rule that looks for a finding in the stream; one file each.
import type { FindingRule, StartRule } from "../digest/finding-rule.ts";
import { accountChanges } from "../digest/findings/account-changes.ts";
import { banFailed } from "../digest/findings/ban-failed.ts";
import { fail2banStopped } from "../digest/findings/fail2ban-stopped.ts";
import { failedSuToRoot } from "../digest/findings/failed-su-to-root.ts";
import { loginFromBannedAddress } from "../digest/findings/login-from-banned-address.ts";
import { neverBanned } from "../digest/findings/never-banned.ts";
import { notInSudoers } from "../digest/findings/not-in-sudoers.ts";
import { passwordAsName } from "../digest/findings/password-as-name.ts";
import { passwordInsteadOfKey } from "../digest/findings/password-instead-of-key.ts";
import { refusedKey } from "../digest/findings/refused-key.ts";
import { rootPasswordLogin } from "../digest/findings/root-password-login.ts";
import { secondFactor } from "../digest/findings/second-factor.ts";
import { successAfterFailures } from "../digest/findings/success-after-failures.ts";
import { triesAfterBan } from "../digest/findings/tries-after-ban.ts";
import { unpairedSessions } from "../digest/findings/unpaired-sessions.ts";
import { userFlood } from "../digest/findings/user-flood.ts";
import { zoneShift } from "../digest/findings/zone-shift.ts";
import type { Learning } from "../digest/learning.ts";
import type { Past } from "../digest/past.ts";
import type { Thresholds } from "../digest/thresholds.ts";
import type { Window } from "../window/window.ts";

const RULES: readonly StartRule[] = [
  successAfterFailures,
  secondFactor,
  passwordAsName,
  loginFromBannedAddress,
  rootPasswordLogin,
  passwordInsteadOfKey,
  unpairedSessions,
  triesAfterBan,
  banFailed,
  fail2banStopped,
  neverBanned,
  refusedKey,
  notInSudoers,
  failedSuToRoot,
  accountChanges,
  userFlood,
  zoneShift,
];

/** Starts them for a window; what only memory can tell comes last. */
export function startRules(
  window: Window,
  thresholds: Thresholds,
  past: Past | undefined,
  learning: Learning | undefined,
): readonly FindingRule[] {
  const rules = RULES.map((start) => start(window, thresholds, past, learning?.tried));
  return learning === undefined ? rules : [...rules, learning];
}
