import { expect, test } from "vitest";
import type { Finding, Section } from "../../src/digest/digest.ts";
import { maskSecrets } from "../../src/digest/mask.ts";

/** A digest's words: what stands in a finding, and in a command. */
function masked(text: string, secrets: readonly string[]): { readonly own: string; readonly log: string } {
  const finding: Finding = { id: "x", severity: "notice", title: "", detail: text, evidence: [] };
  const group = { user: null, target: null, service: "sudo", outcome: "success", command: text } as const;
  const section: Section = {
    id: "privileges",
    title: "Privileges",
    total: 1,
    groups: [{ ...group, count: 1, first: 0, last: 0 }],
    more: 0,
  };
  const allowlisted = { logins: 0, probes: 0, users: [], addresses: [] };
  const told = maskSecrets({ findings: [finding], sections: [section], allowlisted }, secrets);
  const groups = told.sections[0]?.groups as readonly { command: string }[];
  return { own: told.findings[0]?.detail ?? "", log: groups[0]?.command ?? "" };
}

test.each([
  ["no secrets", "for Xy12", [], "for Xy12", "for Xy12"],
  ["each time", "Xy12 and Xy12, Xy12", ["Xy12"], "******** and ********, ********", "******** and ********, ********"],
  ["not within a longer word", "Xy123 aXy12", ["Xy12"], "Xy123 aXy12", "Xy123 aXy12"],
  ["beside signs", "(Xy12) 'Xy12'", ["Xy12"], "(********) '********'", "(********) '********'"],
  ["that begins and ends with signs", "a$ab$b", ["$ab$"], "a********b", "a********b"],
  ["the longer of two first", "Xy12 z9 Xy12", ["Xy12", "Xy12 z9"], "******** ********", "******** ********"],
  [
    "a word of ours only in lists",
    "banned for root, banned and was banned",
    ["banned"],
    "banned for root, ******** and was banned",
    "******** for root, ******** and was ********",
  ],
])("masks %s", (_, text, secrets, own, log) => {
  expect(masked(text, secrets)).toEqual({ own, log });
});
