// What is usual here, and a night that is not.
import { describe, expect, test } from "vitest";
import { unusualTotals } from "../../src/digest/findings/unusual-total.ts";
import { historyOf, median } from "../../src/digest/history.ts";
import { type Memory, type PastNight, pastOf } from "../../src/digest/past.ts";
import { THRESHOLDS } from "../../src/digest/thresholds.ts";
import { emptyTotals } from "../../src/digest/totals.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 23:55 in Rome, the end of the night of 19 November. */
const TICK = Date.UTC(2026, 10, 19, 22, 55);

/** Of nights that end `ago` days before the one that is told. */
function night(ago: number, totals: PastNight["totals"] = {}, hours = 24): PastNight {
  const to = TICK - ago * DAY;
  return { window: { from: to - hours * HOUR, to, timeZone: "Europe/Rome" }, totals };
}
const memoryOf = (...nights: readonly PastNight[]): Memory => ({
  nights: (limit) => nights.slice(0, limit),
  known: () => new Map(),
});
const window = { from: TICK - DAY, to: TICK, timeZone: "Europe/Rome", label: "2026-11-19" };
const historyFrom = (nights: readonly PastNight[], of = window) => historyOf(pastOf(memoryOf(...nights), of.from), of);
const nights = (values: readonly number[]) => values.map((failures, i) => night(i + 1, { failures, logins: 1 }));

describe("history", () => {
  test("is the medians of the last thirty nights, and their trend, oldest first", () => {
    const history = historyFrom(nights(Array.from({ length: 40 }, (_, i) => (i < 30 ? i : 9_999))));
    expect(history).toMatchObject({ nights: 30, medians: { failures: 15, logins: 1 } });
    expect(history?.trend).toHaveLength(30);
    expect(history?.trend[0]).toEqual({ date: "2026-10-20", failures: 29, logins: 1, bans: 0 });
    expect(history?.trend.at(-1)).toEqual({ date: "2026-11-18", failures: 0, logins: 1, bans: 0 });
  });

  test.each([
    { values: [5, 1, 9], middle: 5 },
    { values: [4, 1, 2, 9], middle: 3 },
    { values: [0, 0, 1, 5], middle: 1 },
    { values: [7], middle: 7 },
  ])("the median of $values is $middle", ({ values, middle }) => expect(median(values)).toBe(middle));

  test("has no medians before seven nights are known", () => {
    expect(historyFrom(nights([1, 1, 1, 1, 1, 1]))).toMatchObject({ nights: 6, medians: {} });
    expect(historyFrom(nights([1, 1, 1, 1, 1, 1, 1]))).toMatchObject({ nights: 7, medians: { failures: 1 } });
  });

  test("leaves out windows that are no nights", () => {
    const others = [night(1, { failures: 99 }, 1), night(2, { failures: 99 }, 72)];
    expect(historyFrom([...others, ...nights([3, 3, 3, 3, 3, 3, 3])])).toMatchObject({
      nights: 7,
      medians: { failures: 3 },
    });
  });

  test("compares an hour or a week with nothing", () => {
    const hour = { ...window, from: TICK - HOUR };
    const history = historyFrom([night(0.5, {}, 12), ...nights([3, 3, 3, 3, 3, 3, 3])], hour);
    expect(history).toMatchObject({ nights: 8, medians: {} });
  });

  test("of a night that was reported before knows only what was before it", () => {
    const before = { ...window, from: TICK - 4 * DAY, to: TICK - 3 * DAY };
    expect(historyFrom(nights([1, 2, 3, 4, 5]), before)?.trend.map(({ failures }) => failures)).toEqual([5, 4]);
  });

  test("compares a total that was not counted before with nothing", () => {
    expect(historyFrom(nights([1, 1, 1, 1, 1, 1, 1]))?.medians).not.toHaveProperty("sftp");
  });

  test("is none where no night is known", () => expect(historyFrom([])).toBeUndefined());
});

describe("a total far above usual", () => {
  const usual = { nights: 12, medians: { failures: 60, firewallBlocks: 0 }, trend: [] };

  test("is a notice, with all that are", () => {
    expect(unusualTotals({ ...emptyTotals(), failures: 601, firewallBlocks: 5_000, probes: 9_999 }, usual)).toEqual([
      {
        id: "unusual-total",
        severity: "notice",
        title: "far more than usual: 601 tries, usually 60",
        detail:
          "601 tries, where 60 are usual; 5,000 blocked packets, where 0 are usual (the median of the last 12 nights). See " +
          "in the sections below who did that, and whether bans keep up with it.",
        evidence: [],
      },
    ]);
  });

  test.each([
    { what: "ten times the median", failures: 600, medians: { failures: 60 } },
    { what: "500, though usually there is none", failures: 500, medians: { failures: 0 } },
    { what: "a number whose median is not known", failures: 9_999, medians: {} },
  ])("is not $what", ({ failures, medians }) => {
    expect(unusualTotals({ ...emptyTotals(), failures }, { ...usual, medians })).toEqual([]);
  });

  test("is what the config says", () => {
    const own = { ...THRESHOLDS, unusualTimes: 2, unusualLeast: 20 };
    const found = (failures: number) => unusualTotals({ ...emptyTotals(), failures }, usual, own).length;
    expect([found(120), found(121)]).toEqual([0, 1]);
  });

  test("is nothing without a history", () => {
    expect(unusualTotals({ ...emptyTotals(), failures: 9_999 }, undefined)).toEqual([]);
  });
});
