import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestToJson } from "../../src/render/json.ts";
import { hostileText } from "./hostile-text.ts";
import { HOSTILE, quiet, sample, weekend } from "./sample.ts";

describe("the digest as JSON", () => {
  test("of the sample is as expected", async () => {
    await expect(digestToJson(sample)).toMatchFileSnapshot("golden/sample.json.txt");
  });

  test("has exactly the promised keys", () => {
    const parsed = JSON.parse(digestToJson(sample));
    expect(Object.keys(parsed)).toEqual(
      "schema window hosts empty reasons totals atLeast allowlisted findings sections coverage".split(" "),
    );
    expect(parsed.window).toEqual({
      from: "2026-11-18T23:55:00+01:00",
      to: "2026-11-19T23:55:00+01:00",
      timeZone: "Europe/Rome",
      label: "2026-11-19",
    });
    expect(Object.keys(parsed.sections[0].groups[0])).toEqual(
      "user ip method service open longestSeconds count first last".split(" "),
    );
    expect(parsed.findings[0].evidence[0]).toEqual({
      source: "/var/log/auth.log",
      line: 10_412,
      time: "2026-11-19T21:02:00+01:00",
      what: "first failure",
    });
  });

  test("names hosts and days only where there are several", () => {
    const parsed = JSON.parse(digestToJson(weekend));
    expect(parsed.window.days).toHaveLength(3);
    expect(parsed.findings[0].host).toBe("web2");
    expect(parsed.sections[0].groups[0].host).toBe("web1");
  });

  test("keeps a source without times", () => {
    const coverage = quiet.coverage.map((row) => ({ ...row, from: null, to: null }));
    expect(JSON.parse(digestToJson({ ...quiet, coverage })).coverage[0]).toMatchObject({ from: null, to: null });
  });

  test("keeps log text exactly and still prints nothing that a terminal obeys", () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.constantFrom(...Object.values(HOSTILE))), (user) => {
        const digest = { ...sample, allowlisted: { ...sample.allowlisted, users: [{ user, count: 1 }] } };
        const json = digestToJson(digest);
        expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(JSON.parse(json).allowlisted.users[0].user).toBe(user);
      }),
    );
  });
});
