import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { renderSubject } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { HOSTILE, NO_TOTALS, quiet, sample, source, troubled, weekend } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

const nothing: Digest = { ...quiet, empty: false };
const hour = { ...sample.window, label: "2026-11-19 08:00-09:00" };

describe("the subject", () => {
  test.each<[string, Digest, string]>([
    [
      "counts what there is, worst first",
      sample,
      "mini: 1 critical, login after failures, 2 findings, 12 logins, 1,341 failures, 16 bans, 1 account change, 2 privilege failures (Thu 19 Nov)",
    ],
    [
      "omits what is zero",
      { ...nothing, totals: { ...NO_TOTALS, logins: 1, failures: 1 } },
      "mini: 1 login, 1 failure (Thu 19 Nov)",
    ],
    ["says when nothing is to report", quiet, "mini: nothing to report (Thu 19 Nov)"],
    ["names trouble with logs in our own words", troubled, "mini: 1 log not read, 1 log incomplete (Thu 19 Nov)"],
    [
      "names a silent and an unknown log",
      { ...nothing, coverage: [source("/a", { status: "stale" }), source("/b", { status: "unrecognised" })] },
      "mini: 1 log silent, 1 log not understood (Thu 19 Nov)",
    ],
    [
      "names blocks only where they are all",
      { ...nothing, totals: { ...NO_TOTALS, firewallBlocks: 2 } },
      "mini: 2 blocked packets (Thu 19 Nov)",
    ],
    [
      "says at least",
      { ...nothing, totals: { ...NO_TOTALS, failures: 5 }, atLeast: ["failures"] },
      "mini: at least 5 failures (Thu 19 Nov)",
    ],
    ["says that it was asked for", { ...quiet, onRequest: true }, "mini: nothing to report (Thu 19 Nov), on request"],
    ["names a short window", { ...quiet, window: hour }, "mini: nothing to report (Thu 19 Nov 08:00-09:00)"],
    [
      "counts hosts instead of naming them and names the days",
      weekend,
      "3 hosts: 1 critical, login after failures, 2 findings, 12 logins, 1,341 failures, 16 bans, 1 account change, 2 privilege failures (17-19 Nov), on request",
    ],
    [
      "keeps line ends out of the host",
      { ...quiet, hosts: [HOSTILE.header] },
      "root\\r\\nBcc: everybody@example.org: nothing to report (Thu 19 Nov)",
    ],
    ["shortens a long host", { ...quiet, hosts: [HOSTILE.long] }, `${"x".repeat(59)}…: nothing to report (Thu 19 Nov)`],
  ])("%s", (_, digest, expected) => {
    expect(renderSubject(digest, templates)).toBe(expected);
  });

  test("counts problems of services where they are all", () => {
    const sections = sample.sections.filter(({ id }) => id === "services");
    const digest = { ...nothing, totals: { ...NO_TOTALS, services: 14 }, sections };
    expect(renderSubject(digest, templates)).toBe("mini: 12 service problems (Thu 19 Nov)");
  });
});
