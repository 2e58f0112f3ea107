import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newestTick, nextTick, settle, tickBefore } from "../../src/schedule/ticks.ts";
import { zoneClock } from "../../src/window/zone.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString().replace(":00.000Z", "Z");

/** Lists the ticks in (from, to] going forward, and the same going back. */
function ticksBothWays(expr: string, zone: string, from: number, to: number): { forward: string[]; back: string[] } {
  const clock = zoneClock(zone);
  const forward: string[] = [];
  for (let tick = nextTick(expr, clock, from); tick <= to; tick = nextTick(expr, clock, tick)) forward.push(iso(tick));
  const back: string[] = [];
  for (let tick = newestTick(expr, clock, to); tick > from; tick = tickBefore(expr, clock, tick))
    back.unshift(iso(tick));
  return { forward, back };
}

describe("the newest tick", () => {
  const clock = zoneClock("Europe/Rome");
  test.each([
    ["long after", "2026-11-20T08:00+01:00", "2026-11-19T22:55Z"],
    ["at the very time", "2026-11-19T23:55:00.000+01:00", "2026-11-19T22:55Z"],
    ["within the second", "2026-11-19T23:55:00.500+01:00", "2026-11-19T22:55Z"],
    ["a millisecond early", "2026-11-19T23:54:59.999+01:00", "2026-11-18T22:55Z"],
  ])("%s", (_, now, tick) => {
    expect(iso(newestTick("55 23 * * *", clock, at(now)))).toBe(tick);
  });

  test.each([
    ["@yearly", "2025-12-31T23:00Z"],
    ["0 0 29 2 *", "2024-02-28T23:00Z"],
    ["55 23 * * 7", "2026-11-15T22:55Z"],
    ["0 0 13 * 5", "2026-11-19T23:00Z"],
  ])("of %s", (expr, tick) => {
    expect(iso(newestTick(expr, clock, at("2026-11-20T08:00+01:00")))).toBe(tick);
  });
});

describe("where the zone changes its offset", () => {
  test.each([
    [
      "a tick in a gap happens once, when the clock of before would show it",
      ["30 2 * * *", "Europe/Rome", "2026-03-28T00:00Z", "2026-03-30T12:00Z"],
      ["2026-03-28T01:30Z", "2026-03-29T01:30Z", "2026-03-30T00:30Z"],
    ],
    [
      "a tick in a repeated hour happens once, the first time",
      ["30 1 * * *", "America/New_York", "2026-10-31T00:00Z", "2026-11-02T12:00Z"],
      ["2026-10-31T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"],
    ],
    [
      "two times that fall together tick once",
      ["0 2,3 * * *", "Europe/Rome", "2026-03-28T12:00Z", "2026-03-29T12:00Z"],
      ["2026-03-29T01:00Z"],
    ],
    [
      "a time put off by a gap may come after a later one",
      ["15,45 2,3 * * *", "Europe/Rome", "2026-03-28T12:00Z", "2026-03-29T12:00Z"],
      ["2026-03-29T01:15Z", "2026-03-29T01:45Z"],
    ],
    [
      "of two midnights the first one ticks",
      ["@daily", "America/Havana", "2026-10-31T12:00Z", "2026-11-02T12:00Z"],
      ["2026-11-01T04:00Z", "2026-11-02T05:00Z"],
    ],
    [
      // cron-parser leaves this night out.
      "a gap over midnight loses no night",
      ["55 23 * * *", "America/Nuuk", "2026-03-27T12:00Z", "2026-03-30T12:00Z"],
      ["2026-03-28T01:55Z", "2026-03-29T01:55Z", "2026-03-30T00:55Z"],
    ],
    [
      // cron-parser throws "loop limit exceeded" on its way back through this midnight.
      "a midnight in a gap ticks at its end",
      ["0 0 * * *", "Africa/Cairo", "2024-04-24T12:00Z", "2024-04-27T12:00Z"],
      ["2024-04-24T22:00Z", "2024-04-25T22:00Z", "2024-04-26T21:00Z"],
    ],
    [
      "every hour passes a repeated hour twice",
      ["@hourly", "Europe/Rome", "2026-10-24T23:30Z", "2026-10-25T03:00Z"],
      ["2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z", "2026-10-25T03:00Z"],
    ],
    [
      "every hour has nothing to catch up after a gap",
      ["@hourly", "Europe/Rome", "2026-03-28T23:30Z", "2026-03-29T02:00Z"],
      ["2026-03-29T00:00Z", "2026-03-29T01:00Z", "2026-03-29T02:00Z"],
    ],
    [
      "a day that the zone left out ticks in the next one",
      ["0 12 * * *", "Pacific/Apia", "2011-12-29T00:00Z", "2012-01-01T00:00Z"],
      ["2011-12-29T22:00Z", "2011-12-30T22:00Z", "2011-12-31T22:00Z"],
    ],
  ])("%s", (_, [expr = "", zone = "", from = "", to = ""], ticks) => {
    expect(ticksBothWays(expr, zone, at(from), at(to))).toEqual({ forward: ticks, back: ticks });
  });

  test.each(["Europe/Rome", "Australia/Lord_Howe", "America/Nuuk", "Antarctica/Troll", "Africa/Casablanca"])(
    "every five real minutes tick in %s",
    (zone) => {
      const clock = zoneClock(zone);
      for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += DAY) {
        if (clock.offsetAt(day) === clock.offsetAt(day + DAY)) continue;
        for (let now = day - 2 * HOUR; now < day + DAY + 2 * HOUR; now += 5 * MINUTE) {
          expect(iso(nextTick("*/5 * * * *", clock, now))).toBe(iso(now + 5 * MINUTE));
        }
      }
    },
  );
});

describe("in every zone, from 2024 to 2028", () => {
  const anyZone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"));
  const anyNow = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) });
  const anyMinute = fc.integer({ min: 0, max: 59 });
  const anyHour = fc.integer({ min: 0, max: 23 });
  const daily = fc.tuple(anyMinute, anyHour).map(([minute, hour]) => `${minute} ${hour} * * *`);
  const other = fc.constantFrom("*/5 * * * *", "@hourly", "*/30 0-3 * * *", "0 */6 * * *", "0 2,3 1-7 * 0", "@monthly");
  /** Somewhere in the two days around a change of offset, where there is one within the year, else anywhere. */
  const zoneAndNow = fc.tuple(anyZone, anyNow, fc.boolean()).map(([zone, now, near]) => {
    const clock = zoneClock(zone);
    if (near) {
      for (let day = now; day < now + 365 * DAY; day += DAY) {
        if (clock.offsetAt(day) !== clock.offsetAt(day + DAY)) return { zone, now: day };
      }
    }
    return { zone, now };
  });

  test("ticks tile time", () => {
    fc.assert(
      fc.property(fc.oneof(daily, other), zoneAndNow, (expr, { zone, now }) => {
        const clock = zoneClock(zone);
        const newest = newestTick(expr, clock, now);
        const next = nextTick(expr, clock, now);
        expect(newest).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect(tickBefore(expr, clock, next)).toBe(newest);
        expect(nextTick(expr, clock, newest)).toBe(next);
        expect(newestTick(expr, clock, next)).toBe(next);
        expect(newestTick(expr, clock, next - 1)).toBe(newest);
      }),
      { numRuns: 300 },
    );
  });

  test("a daily schedule ticks once for each local calendar day, a day's length apart", () => {
    const hours = new Set<number>();
    fc.assert(
      fc.property(daily, zoneAndNow, (expr, { zone, now }) => {
        const clock = zoneClock(zone);
        const [minute = 0, hour = 0] = expr.split(" ").map(Number);
        let tick = newestTick(expr, clock, now - 2 * DAY);
        let day = Math.floor(clock.wallOf(tick - 3 * HOUR) / DAY) * DAY - DAY;
        for (let night = 0; night < 5; night += 1) {
          // The day whose tick this is: its own date, or the date before when a gap put the tick off over midnight.
          const days = [1, 2]
            .map((n) => day + n * DAY)
            .filter((d) => clock.gapInstant(d + hour * HOUR + minute * MINUTE) === tick);
          expect(days).toHaveLength(1);
          if (night > 0) expect(days).toEqual([day + DAY]);
          day = days[0] ?? Number.NaN;
          const next = nextTick(expr, clock, tick);
          hours.add((next - tick) / HOUR);
          tick = next;
        }
      }),
      { numRuns: 200 },
    );
    expect([...hours]).toEqual(expect.arrayContaining([23, 24, 25]));
    expect([...hours].filter((length) => ![22, 23, 23.5, 24, 24.5, 25, 26].includes(length))).toEqual([]);
  });
});

describe("a run", () => {
  const clock = zoneClock("Europe/Rome");
  const settled = (expr: string, now: string) => {
    const { tick, readAt } = settle(expr, clock, at(now));
    return { tick: iso(tick), readAt: new Date(readAt).toISOString() };
  };

  test.each([
    ["in time waits for late lines", "23:55:01.000", "2026-11-19T22:55Z", "22:55:10.000"],
    ["10 s after the tick reads at once", "23:55:10.000", "2026-11-19T22:55Z", "22:55:10.000"],
    ["hours late reads at once", "23:59:59.123", "2026-11-19T22:55Z", "22:59:59.123"],
    ["90 s early waits for the tick", "23:53:30.000", "2026-11-19T22:55Z", "22:55:10.000"],
    ["earlier than that reports the night before", "23:53:29.999", "2026-11-18T22:55Z", "22:53:29.999"],
  ])("%s", (_, now, tick, readAt) => {
    expect(settled("55 23 * * *", `2026-11-19T${now}+01:00`)).toEqual({ tick, readAt: `2026-11-19T${readAt}Z` });
  });

  test("that is early for one tick and in time for another belongs to the nearer", () => {
    expect(settled("* * * * *", "2026-11-19T08:00:02Z").tick).toBe("2026-11-19T08:00Z");
    expect(settled("* * * * *", "2026-11-19T08:00:58Z").tick).toBe("2026-11-19T08:01Z");
  });
});
