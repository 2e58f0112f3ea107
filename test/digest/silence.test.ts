import { expect, test } from "vitest";
import { buildDigest } from "../../src/digest/build.ts";
import type { Finding } from "../../src/digest/digest.ts";
import { silence } from "../../src/digest/silence.ts";
import { Tally } from "../../src/digest/tally.ts";
import { at, windowOf } from "./events.ts";

const finding = (id: string, title: string): Finding => ({ id, severity: "warning", title, detail: "", evidence: [] });
const stopped = finding("fail2ban-stopped", "fail2ban was stopped and did not start again");
const banned = finding("never-banned", "192.0.2.10 tried 80 times and was never banned");
const reason = "the monitoring does that";

test("parts what is known from what is told", () => {
  const rule = { id: "never-banned", reason };
  expect(silence([stopped, banned], [rule], at("08:00"))).toEqual({
    kept: [stopped],
    silenced: [{ finding: banned, rule }],
  });
});

test.each([
  ["another id", { id: "user-flood", reason }, false],
  ["an address of the title", { id: "never-banned", match: "192.0.2.10", reason }, true],
  ["the beginning of an address", { id: "never-banned", match: "192.0.2.1", reason }, false],
  ["the end of an address", { id: "never-banned", match: "2.10", reason }, false],
  ["no word", { id: "never-banned", match: "", reason }, false],
  ["until later", { id: "never-banned", reason, until: at("08:01") }, true],
  ["until now", { id: "never-banned", reason, until: at("08:00") }, false],
])("%s", (_, rule, isSilenced) => {
  expect(silence([banned], [rule], at("08:00")).silenced).toHaveLength(isSilenced ? 1 : 0);
});

test.each([
  ["alice logged in by password", "alice", true],
  ["password changed: bob, alice", "alice", true],
  ["password changed: alice-admin", "alice", false],
  ["password changed: malice", "alice", false],
  ["root logged in from 2001:db8::1", "2001:db8::1", true],
  ["root logged in from 2001:db8::12", "2001:db8::1", false],
  ["it tried, from 192.0.2.10.", "192.0.2.10", true],
  ["it tried, from 192.0.2.10:22", "192.0.2.10", false],
])("%s: %s", (title, match, isSilenced) => {
  const { silenced } = silence([finding("x", title)], [{ id: "x", match, reason }], at("08:00"));
  expect(silenced).toHaveLength(isSilenced ? 1 : 0);
});

test("what an attacker can write into the detail silences nothing", () => {
  const forged = { ...finding("x", "web1 was tried"), detail: "192.0.2.10 tried the names 192.0.2.10, monitoring" };
  expect(silence([forged], [{ id: "x", match: "monitoring", reason }], at("08:00")).kept).toEqual([forged]);
});

test("a secret stays masked when the finding about it is silenced", () => {
  const window = windowOf();
  const found = { ...finding("password-as-name", "alice may have typed a password"), masked: ["Tr0ub4dor&3"] };
  const told = { ...finding("x", "web1 was tried"), detail: "203.0.113.7 tried for root, Tr0ub4dor&3" };
  const silences = [{ id: "password-as-name", reason }];
  const tally = new Tally(window, { allowsLogin: () => false, allowsAddress: () => false }, [], 100);
  const base = { window, tally, ledgers: [], host: "mini", on: "event", onRequest: false, groups: 10 } as const;
  const digest = buildDigest({ ...base, findings: [found, told], silences, now: at("08:00") });
  expect({ findings: digest.findings, silenced: digest.silenced }).toEqual({
    findings: [{ ...told, detail: "203.0.113.7 tried for root, ********" }],
    silenced: [{ id: "password-as-name", reason }],
  });
});
