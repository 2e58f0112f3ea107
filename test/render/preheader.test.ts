import { expect, test } from "vitest";
import type { Digest, LoginGroup } from "../../src/digest/digest.ts";
import { limitsAt, topLevel } from "../../src/render/limits.ts";
import { viewOf } from "../../src/render/view.ts";
import { HOSTILE, NO_TOTALS, quiet, sample, troubled } from "./sample.ts";

const preheaderOf = (over: Partial<Digest>, digest: Digest = sample) =>
  viewOf({ ...digest, ...over }, limitsAt(topLevel(10), 10)).preheader;

const calm = { findings: [], coverage: [], allowlisted: { logins: 0, probes: 0, users: [], addresses: [] } };

function loginsBy(...who: readonly (readonly [user: string, ip: string | null])[]): Partial<Digest> {
  const groups = who.map(([user, ip]): LoginGroup => {
    return {
      user,
      ip,
      method: "publickey",
      service: "sshd",
      open: 0,
      longestSeconds: null,
      count: 1,
      first: 0,
      last: 0,
    };
  });
  const section = { id: "logins", title: "Logins", total: groups.length, groups, more: 0 } as const;
  return { ...calm, sections: [section], totals: { ...NO_TOTALS, logins: groups.length } };
}

test("the worst finding comes first, and how many there are beside it", () => {
  expect(preheaderOf({})).toMatch(/^alice logged in after 14 failures from the same address; \d+ more findings?$/);
  expect(preheaderOf({ findings: sample.findings.slice(0, 1) })).toBe(sample.findings[0]?.title);
});

test("then what is wrong with a log", () => {
  expect(preheaderOf({ findings: [] }, troubled)).toMatch(/^1 log not read: /);
});

test("then who got in, each once", () => {
  expect(preheaderOf(loginsBy(["alice", "192.0.2.7"]))).toBe("alice from 192.0.2.7");
  expect(preheaderOf(loginsBy(["alice", "192.0.2.7"], ["alice", "192.0.2.7"], ["root", null]))).toBe(
    "alice from 192.0.2.7 and root",
  );
  const five = ["alice", "bob", "carol", "dave", "erin"].map((user) => [user, "192.0.2.7"] as const);
  expect(preheaderOf(loginsBy(...five))).toBe(
    "alice from 192.0.2.7, bob from 192.0.2.7, carol from 192.0.2.7 and 2 more",
  );
});

test("and that nobody did, where that is certain", () => {
  const failures = sample.sections.filter(({ id }) => id === "failures");
  const tried = { ...calm, sections: failures, totals: { ...NO_TOTALS, failures: 1341 } };
  expect(preheaderOf(tried)).toBe("No logins; 1,341 tries from 210 addresses");
  expect(preheaderOf({ ...tried, atLeast: ["logins"] })).toBe("1,341 tries from 210 addresses");
  const allowlisted = { ...calm.allowlisted, logins: 6 };
  expect(preheaderOf({ ...tried, allowlisted })).toBe("No logins but expected ones; 1,341 tries from 210 addresses");
});

test("a night of nothing has nothing to report", () => {
  expect(preheaderOf({ ...calm, empty: true }, quiet)).toBe("Nothing to report");
});

test.each(Object.values(HOSTILE))("%j is shown as a name", (user) => {
  const line = preheaderOf(loginsBy([user, "192.0.2.7"]));
  expect(line.length).toBeLessThan(200);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  expect(line).not.toMatch(/[\x00-\x1f\x7f\u202e]/);
});
