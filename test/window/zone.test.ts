import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { assertZone, zoneClock } from "../../src/window/zone.ts";
import { oracleWall } from "./wall-oracle.ts";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;
const zones = Intl.supportedValuesOf("timeZone");
const wall = (text: string) => Date.parse(`${text}Z`);
const iso = (instant: number) => new Date(instant).toISOString();
const anyZone = fc.constantFrom(...zones);
const anyInstant = fc.integer({ min: Date.UTC(1973, 0, 1), max: Date.UTC(2037, 0, 1) });

describe("instants of a wall clock", () => {
  test.each([
    ["a common time", "Europe/Rome", "2026-11-19T23:55", ["2026-11-19T22:55:00.000Z"]],
    ["a gap", "Europe/Rome", "2026-03-29T02:30", []],
    ["the end of a gap", "Europe/Rome", "2026-03-29T03:00", ["2026-03-29T01:00:00.000Z"]],
    ["a repeated hour", "Europe/Rome", "2026-10-25T02:30", ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]],
    [
      "the last of it",
      "Europe/Rome",
      "2026-10-25T02:59:59.999",
      ["2026-10-25T00:59:59.999Z", "2026-10-25T01:59:59.999Z"],
    ],
    ["after it", "Europe/Rome", "2026-10-25T03:00", ["2026-10-25T02:00:00.000Z"]],
    [
      "a repeated half hour",
      "Australia/Lord_Howe",
      "2026-04-05T01:45",
      ["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"],
    ],
    ["a day left out", "Pacific/Apia", "2011-12-30T12:00", []],
  ])("%s: %s %s", (_, zone, text, instants) => {
    expect(zoneClock(zone).instantsOfWall(wall(text)).map(iso)).toEqual(instants);
  });

  test("are all the instants at which the clock shows that time, in every zone", () => {
    fc.assert(
      fc.property(anyZone, anyInstant, (zone, at) => {
        const clock = zoneClock(zone);
        const shown = clock.wallOf(at);
        const instants = clock.instantsOfWall(shown);
        expect(instants).toContain(at);
        expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
        for (const instant of instants) expect(clock.wallOf(instant)).toBe(shown);
      }),
      { numRuns: 500 },
    );
  });

  test("do not depend on what the clock was asked before", () => {
    fc.assert(
      fc.property(
        anyZone,
        anyInstant,
        fc.array(fc.integer({ min: 1, max: QUARTER }), { maxLength: 100 }),
        (zone, at, steps) => {
          const clock = zoneClock(zone);
          let asked = at;
          for (const step of steps) {
            asked += step;
            expect(clock.instantsOfWall(asked)).toEqual(zoneClock(zone).instantsOfWall(asked));
            expect(clock.offsetAt(asked)).toBe(zoneClock(zone).offsetAt(asked));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("are right through every quarter hour of the days that change the offset", () => {
    for (const zone of ["Europe/Rome", "Australia/Lord_Howe", "America/Nuuk", "America/Havana", "Antarctica/Troll"]) {
      const clock = zoneClock(zone);
      for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += 24 * HOUR) {
        if (clock.offsetAt(day) === clock.offsetAt(day + 24 * HOUR)) continue;
        const shown = new Map<number, number[]>();
        for (let at = day - 30 * HOUR; at < day + 54 * HOUR; at += QUARTER) {
          const text = wall(oracleWall(zone, at).replace(" ", "T"));
          shown.set(text, [...(shown.get(text) ?? []), at]);
        }
        for (let text = day; text < day + 24 * HOUR; text += QUARTER) {
          expect(clock.instantsOfWall(text)).toEqual(shown.get(text) ?? []);
        }
      }
    }
  });
});

test("the wall clock is what Intl shows, in every zone", () => {
  for (const zone of zones) {
    for (const at of [Date.UTC(1975, 5, 1), Date.UTC(2018, 10, 4, 3, 7), Date.UTC(2026, 9, 25, 0, 59, 59)]) {
      expect(iso(zoneClock(zone).wallOf(at)).slice(0, 19).replace("T", " ")).toBe(oracleWall(zone, at));
    }
  }
});

test.each([
  ["Europe/Rome", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
  ["Europe/London", "2026-03-29T01:30", "2026-03-29T01:30:00.000Z"],
  ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00.000Z"],
  ["America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00:00.000Z"],
  ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00.000Z"],
  ["Europe/Rome", "2026-11-19T02:30", "2026-11-19T01:30:00.000Z"],
  ["Europe/Rome", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
])("a time in a gap is what the clock of before would show: %s %s", (zone, text, instant) => {
  expect(iso(zoneClock(zone).gapInstant(wall(text)))).toBe(instant);
});

test("answers a time that is none with none", () => {
  const clock = zoneClock("Europe/Rome");
  expect(clock.instantsOfWall(Number.NaN)).toEqual([]);
  expect(clock.gapInstant(Number.NaN)).toBeNaN();
  expect(clock.offsetAt(9e15)).toBeNaN();
});

test("refuses an unknown zone and says where it stands", () => {
  expect(() => assertZone("Europe/Rome", Exit.Usage)).not.toThrow();
  const refuse = () => assertZone("Europe/Roma", Exit.Config, "time_zone");
  expect(refuse).toThrow(ReportError);
  expect(refuse).toThrow(
    expect.objectContaining({
      exit: Exit.Config,
      message: 'time_zone: unknown time zone "Europe/Roma" (write an IANA name such as Europe/Rome or UTC)',
    }),
  );
});
