import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { changeWords } from "../../src/render/history.ts";
import { digestToJson } from "../../src/render/json.ts";
import { renderHtml, renderText } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { familiar, sample } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

describe("a number beside what is usual", () => {
  test.each([
    [11, 11, "as usual"],
    [12, 11, "+1"],
    [0, 11, "−11"],
    [1341, 1290, "+4%"],
    [1290, 1291, "as usual"],
    [0, 1290, "−100%"],
    [2600, 1290, "2 times"],
    [3225, 1290, "2.5 times"],
    [63_659, 40, "1,591 times"],
    [5, 2, "+3"],
    [7, 0, ""],
  ])("%d, usually %d: %s", (value, usual, words) => {
    expect(changeWords(value, usual)).toBe(words);
  });

  test("stands in a column of its own, with what is usual and not there tonight", () => {
    const text = renderText({ ...familiar, totals: { ...familiar.totals, bans: 0 } }, templates);
    expect(text).toMatch(/^ +tonight {2}usual$/m);
    expect(text).toMatch(/^ {2}failed tries +1,341 {2}1,290 {2}\+4% +965 with unknown names$/m);
    expect(text).toMatch(/^ {2}bans +0 {6}2 {2}−2/m);
  });

  test("is no part of the JSON", () => {
    expect(digestToJson(familiar)).toBe(digestToJson(sample));
  });
});

describe("nothing is compared", () => {
  const hours = (n: number) => ({ ...familiar.window, from: familiar.window.to - n * 3_600_000 });
  test.each<[string, Digest]>([
    ["without a history", sample],
    ["with a window of an hour", { ...familiar, window: hours(1) }],
    ["with a window of a weekend", { ...familiar, window: hours(72) }],
    [
      "with two nights known",
      { ...familiar, history: { nights: 2, medians: {}, trend: familiar.history?.trend.slice(0, 2) ?? [] } },
    ],
  ])("%s", (_, digest) => {
    for (const body of [renderText(digest, templates), renderHtml(digest, templates)]) {
      expect(body).not.toMatch(/usual|by night/i);
    }
  });
});

test("the trend ends with this night", () => {
  expect(renderText(familiar, templates)).toMatch(
    /^ {2}tries by night {2}20 Oct [▁-█]{31} 19 Nov {3}most on Sat 24 Oct, 2,104$/m,
  );
});
