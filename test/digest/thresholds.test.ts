// The numbers of the config reach the rules.
import { expect, test } from "vitest";
import type { StartRule } from "../../src/digest/finding-rule.ts";
import { neverBanned } from "../../src/digest/findings/never-banned.ts";
import { passwordInsteadOfKey } from "../../src/digest/findings/password-instead-of-key.ts";
import { successAfterFailures } from "../../src/digest/findings/success-after-failures.ts";
import { triesAfterBan } from "../../src/digest/findings/tries-after-ban.ts";
import { unpairedSessions } from "../../src/digest/findings/unpaired-sessions.ts";
import { userFlood } from "../../src/digest/findings/user-flood.ts";
import { THRESHOLDS, type Thresholds } from "../../src/digest/thresholds.ts";
import { failed, login, nightOf, series } from "./findings/lines.ts";

const IP = "203.0.113.66";
const tries = (count: number, addresses = 1) =>
  series(count, "02:00:00", 60, (i) => failed(300 + i, "alice", addresses === 1 ? IP : `198.51.100.${i % addresses}`));
const ban = "01:00:00 fail2ban.actions[812]: NOTICE [sshd] Ban 198.51.100.99";
const byKey = (count: number) =>
  Array.from({ length: count }, (_, i) => login(`0${i}:00:00`, 100 + i, "alice", "192.0.2.40", "publickey")).flat();

test.each<[Partial<Thresholds>, StartRule, string[]]>([
  [{ triesBeforeLogin: 2 }, successAfterFailures, [...tries(2), ...login("09:00:00", 7, "alice", IP)]],
  [{ namesBeforeLogin: 1 }, successAfterFailures, [...tries(1), ...login("09:00:00", 7, "alice", IP)]],
  [{ keyLogins: 2 }, passwordInsteadOfKey, [...byKey(2), ...login("09:00:00", 7, "alice", IP)]],
  [{ sessionPairs: 1 }, unpairedSessions, [...byKey(1), ...login("09:00:00", 7, "alice", IP).slice(1)]],
  [{ neverBannedTries: 7 }, neverBanned, [ban, ...tries(7)]],
  [{ triesAfterBan: 1 }, triesAfterBan, [`01:00:00 fail2ban.actions[812]: NOTICE [sshd] Ban ${IP}`, ...tries(1)]],
  [{ floodTries: 12, floodAddresses: 3 }, userFlood, tries(12, 3)],
])("%o", async (own, rule, lines) => {
  const count = async (thresholds: Thresholds) =>
    (await nightOf(lines, (window) => rule(window, thresholds))).findings.length;
  expect(await count(THRESHOLDS)).toBe(0);
  expect(await count({ ...THRESHOLDS, ...own })).toBe(1);
});
