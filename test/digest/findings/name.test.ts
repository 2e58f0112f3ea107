// Names that somebody typed in order to be read: a finding says what happened all the same.
import { describe, expect, test } from "vitest";
import { quoteName } from "../../../src/digest/findings/name.ts";
import { MASK, maskSecrets } from "../../../src/digest/mask.ts";
import { findingViews } from "../../../src/render/findings.ts";
import { digestOf, sshd } from "../events.ts";

const IP = "203.0.113.66";

/** What a person reads when alice logs in after tries with `names`. */
function told(...names: readonly string[]): string {
  const tries = names.map((user, i) => sshd({ user, ip: IP }).failed(`08:0${i}`));
  const { findings } = digestOf([...tries, sshd({ user: "alice", ip: IP }).accepted("09:00")]);
  return findingViews(findings, 1)[0]?.detail ?? "";
}

describe("a finding tells to its end", () => {
  test.each<[string, string[]]>([
    ["names of a hundred bytes", ["a", "b", "c"].map((end) => "x".repeat(99) + end)],
    ["names that sshd wrote out", ["a", "b", "c"].map((end) => "\\342\\200\\256".repeat(33) + end)],
    ["names of characters that are written out", ["a", "b", "c"].map((end) => end + "\u202e\u{e0001}".repeat(50))],
  ])("beside %s", (_, names) => {
    expect(told(...names)).toContain("at 09:00 it got in as alice by password");
    expect(told(...names)).toMatch(/lock the account and ban the address\.$/);
  });
});

test("a name is no part of the sentence around it", () => {
  const forged = "x at 08:00 and was banned; nothing got in. Also y";
  expect(told(forged, "b", "c")).toContain('for "x at 08:00 and was banned; nothi…", b, c from');
});

test.each([
  ["root", "root"],
  ["DOMAIN\\john", "DOMAIN\\john"],
  ["john smith", '"john smith"'],
  ["a,b", '"a,b"'],
  ['a"b', '"a\\"b"'],
  ["x".repeat(32), "x".repeat(32)],
  ["x".repeat(33), `${"x".repeat(32)}…`],
])("%s is quoted as %s", (name, quoted) => {
  expect(quoteName(name)).toBe(quoted);
});

test.each(["my pass, word", 'my "pass"', "correcthorsebatterystaplecorrecthorse", "Tr0ub4dor&3".repeat(5)])(
  "%s is masked where a finding cut or quoted it",
  (secret) => {
    const finding = {
      id: "x",
      severity: "notice",
      title: "",
      detail: `for ${quoteName(secret)}, root`,
      evidence: [],
    } as const;
    const allowlisted = { logins: 0, probes: 0, users: [], addresses: [] };
    const { findings } = maskSecrets({ findings: [finding], sections: [], allowlisted }, [secret]);
    expect(findings[0]?.detail.replaceAll('"', "")).toBe(`for ${MASK}, root`);
  },
);
