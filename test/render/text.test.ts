import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { render, renderText } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { familiar, NO_TOTALS, quiet, sample, source, troubled, weekend } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

describe("the text part", () => {
  test.each([
    ["sample", sample],
    ["familiar", familiar],
    ["quiet", quiet],
    ["troubled", troubled],
    ["weekend", weekend],
  ])("of %s", async (name, digest) => {
    await expect(renderText(digest, templates)).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  test("begins with what is wrong with the logs", () => {
    expect(renderText(troubled, templates)).toMatch(
      /^1 log not read: \/var\/log\/auth\.log \(missing\); 1 log incomplete/,
    );
  });

  test("says of an empty window that nothing happened and what that rests on", () => {
    const text = renderText(quiet, templates).replace(/\s+/g, " ");
    expect(text).toContain("Nothing happened in this window");
    expect(text).toContain("Both logs were read to their end.");
  });

  test("does not call an empty window complete when a log was not read", () => {
    const digest = { ...quiet, coverage: [source("/var/log/auth.log", { status: "missing" })] };
    const text = renderText(digest, templates).replace(/\s+/g, " ");
    expect(text).toContain("But not every log was read to its end. 1 log not read: /var/log/auth.log (missing).");
  });

  test("does not call a night quiet because mails are only sent for findings", () => {
    const digest: Digest = { ...quiet, totals: { ...NO_TOTALS, failures: 40 } };
    expect(renderText(digest, templates)).not.toContain("Nothing happened");
  });

  test.each([
    [1, "... and 209 more addresses (1,111 tries)"],
    [12, "... and 199 more addresses (977 tries)"],
    [1000, "... and 199 more addresses (977 tries)"],
    [0, "... and 211 more addresses (1,341 tries)"],
  ])("says exactly what %d rows leave out", (textGroups, expected) => {
    const row = textGroups === 1 ? expected.replace("209", "210") : expected;
    expect(renderText(sample, templates, { textGroups })).toContain(row);
  });

  test("says at least of the rest when the total is a lower bound", () => {
    expect(renderText(sample, templates)).toContain("... and 205 more ports (at least 1,818 packets)");
  });

  test("tells expected logins even when nobody else got in", () => {
    const { allowlisted } = sample;
    const digest: Digest = { ...troubled, allowlisted };
    expect(renderText(digest, templates)).toContain("LOGINS  0 logins  (6 more from allowlisted addresses: backup 6)");
  });

  test("draws no hours for a window that has few of them", () => {
    const window = { ...sample.window, from: sample.window.to - 3_600_000 };
    expect(renderText({ ...sample, window }, templates)).not.toContain("tries by hour");
  });
});

describe("the process's own time zone", () => {
  const before = process.env.TZ;
  afterEach(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });

  test("changes nothing", () => {
    const outputs = ["UTC", "America/New_York", "Pacific/Auckland", "Europe/London", "Asia/Kathmandu"].map((zone) => {
      process.env.TZ = zone;
      return JSON.stringify([sample, weekend].map((digest) => render(digest, templates)));
    });
    expect(new Set(outputs).size).toBe(1);
  });
});
