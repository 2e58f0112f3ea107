import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineClock } from "../../src/window/line-clock.ts";
import { emptyStamp, readStamp } from "../../src/window/stamp.ts";
import { zoneClock } from "../../src/window/zone.ts";

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString().replace(".000Z", "Z"));

interface Reading {
  readonly zone?: string;
  readonly newest?: string;
  readonly firstYear?: number;
  readonly before?: string;
  readonly latest?: string;
}

/** Dates a list of stamps as the lines of one file. */
function read(
  stamps: readonly string[],
  { zone = "UTC", newest = "2026-11-20T00:00Z", firstYear, before, latest }: Reading = {},
) {
  const clock = lineClock(
    zoneClock(zone),
    Date.parse(newest),
    firstYear,
    before === undefined ? undefined : Date.parse(before),
    latest === undefined ? undefined : Date.parse(latest),
  );
  return stamps.map((text) => {
    const stamp = emptyStamp();
    if (!readStamp(text, 0, text.length, stamp)) throw new Error(`no stamp: ${text}`);
    return iso(clock.read(stamp));
  });
}

describe("the year of a line without one", () => {
  test.each<{ name: string; given: Reading; lines: Record<string, string | null> }>([
    {
      name: "is this year's, when the log can be as new as that",
      given: {},
      lines: { "Nov 19 03:14:07": "2026-11-19T03:14:07Z", "Nov 19 03:14:08": "2026-11-19T03:14:08Z" },
    },
    {
      name: "is last year's for a day that has not come yet",
      given: { newest: "2027-01-01T00:10Z" },
      lines: { "Dec 31 23:59:58": "2026-12-31T23:59:58Z", "Jan  1 00:00:03": "2027-01-01T00:00:03Z" },
    },
    {
      name: "turns at New Year by the clock of the zone",
      given: { zone: "America/New_York", newest: "2027-01-01T06:00Z" },
      lines: { "Dec 31 23:59:58": "2027-01-01T04:59:58Z", "Jan  1 00:00:03": "2027-01-01T05:00:03Z" },
    },
    {
      name: "does not turn for a line that is a little late at New Year",
      given: { newest: "2027-01-10T00:00Z" },
      lines: {
        "Dec 31 23:59:58": "2026-12-31T23:59:58Z",
        "Jan  1 00:00:01": "2027-01-01T00:00:01Z",
        "Dec 31 23:59:59": "2026-12-31T23:59:59Z",
        "Jan  2 00:00:00": "2027-01-02T00:00:00Z",
      },
    },
    {
      name: "is the leap year's on 29 February, read in that year",
      given: { newest: "2028-03-01T00:10Z" },
      lines: { "Feb 28 12:00:00": "2028-02-28T12:00:00Z", "Feb 29 12:00:00": "2028-02-29T12:00:00Z" },
    },
    {
      name: "is the leap year's on 29 February, read the year after",
      given: { newest: "2029-01-10T00:00Z" },
      lines: { "Feb 29 12:00:00": "2028-02-29T12:00:00Z", "Mar  1 12:00:00": "2028-03-01T12:00:00Z" },
    },
    {
      name: "cannot be told on 29 February of a year that has none",
      given: { newest: "2027-04-01T00:00Z", firstYear: 2027 },
      lines: { "Feb 29 12:00:00": null, "Mar  1 12:00:00": "2027-03-01T12:00:00Z" },
    },
    {
      name: "counts on through several years",
      given: { firstYear: 2023 },
      lines: {
        "Nov 10 00:00:00": "2023-11-10T00:00:00Z",
        "Mar  5 00:00:00": "2024-03-05T00:00:00Z",
        "Feb 20 00:00:00": "2025-02-20T00:00:00Z",
        "Dec 31 00:00:00": "2025-12-31T00:00:00Z",
        "Nov 19 00:00:00": "2026-11-19T00:00:00Z",
      },
    },
    {
      name: "is told by lines that say it, in a log whose format changed",
      given: { newest: "2027-02-01T00:00Z" },
      lines: {
        "Nov 19 00:00:00": "2026-11-19T00:00:00Z",
        "2026-11-20T00:00:00+01:00": "2026-11-19T23:00:00Z",
        "Nov 21 00:00:00": "2026-11-21T00:00:00Z",
        "Jan  3 2027 00:00:00": "2027-01-03T00:00:00Z",
        "Jan  4 00:00:00": "2027-01-04T00:00:00Z",
      },
    },
    {
      name: "stays, when the clock was set back by weeks",
      given: {},
      lines: {
        "Nov 12 00:00:00": "2026-11-12T00:00:00Z",
        "Feb 14 10:12:00": "2026-02-14T10:12:00Z",
        "Nov 12 00:05:00": "2026-11-12T00:05:00Z",
      },
    },
    {
      name: "stays, when lines go on for days behind the newest moment that was told",
      given: { newest: "2026-11-11T00:00Z" },
      lines: {
        "Nov  9 00:00:00": "2026-11-09T00:00:00Z",
        "Nov 11 12:00:00": "2026-11-11T12:00:00Z",
        "Nov 14 00:00:00": "2026-11-14T00:00:00Z",
      },
    },
    {
      name: "is the year before's on the days around New Year, when the clock was set back by weeks",
      given: { newest: "2027-01-06T00:00Z" },
      lines: {
        "Jan  5 00:00:00": "2027-01-05T00:00:00Z",
        "Dec 20 00:00:00": "2026-12-20T00:00:00Z",
        "Jan  5 00:05:00": "2027-01-05T00:05:00Z",
      },
    },
    {
      name: "cannot be told of a clock that ran ahead of now, and the lines behind it stay where they are",
      given: { newest: "2026-11-21T00:00Z", latest: "2026-11-21T00:00Z" },
      lines: {
        "Nov 19 00:00:00": "2026-11-19T00:00:00Z",
        "Nov 20 23:59:59": "2026-11-20T23:59:59Z",
        "Nov 24 00:00:00": null,
        "Nov 19 00:00:01": "2026-11-19T00:00:01Z",
        "Dec 25 00:00:00": "2025-12-25T00:00:00Z",
        "Nov 19 00:00:02": "2026-11-19T00:00:02Z",
      },
    },
  ])("$name", ({ given, lines }) => {
    expect(read(Object.keys(lines), given)).toEqual(Object.values(lines));
  });

  test("cannot be told when nothing says how new the log is", () => {
    const clock = lineClock(zoneClock("UTC"), Number.MAX_SAFE_INTEGER);
    const stamp = emptyStamp();
    readStamp("Nov 19 03:14:07", 0, 15, stamp);
    expect(clock.read(stamp)).toBeNull();
    expect(clock.last).toBeUndefined();
  });
});

describe("the night the clocks change", () => {
  test.each<{ name: string; given: Reading; stamps: string[]; instants: string[] }>([
    {
      name: "the order of lines tells the second pass through the repeated hour",
      given: { zone: "Europe/Berlin" },
      stamps: ["Oct 25 02:30:00", "Oct 25 02:10:00", "Oct 25 02:30:00", "Oct 25 03:00:00"],
      instants: ["2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"],
    },
    {
      name: "a line that is a little late does not begin the second pass",
      given: { zone: "Europe/Berlin" },
      stamps: ["Oct 25 02:30:00", "Oct 25 02:29:30", "Oct 25 02:59:59", "Oct 25 02:00:01", "Oct 25 02:59:58"],
      instants: [
        "2026-10-25T00:30:00Z",
        "2026-10-25T00:29:30Z",
        "2026-10-25T00:59:59Z",
        "2026-10-25T01:00:01Z",
        "2026-10-25T00:59:58Z",
      ],
    },
    {
      name: "a log of years that say themselves has the hour twice too",
      given: { zone: "Europe/Berlin" },
      stamps: ["2026-10-25 02:59:59,120", "2026-10-25 02:00:01,450"],
      instants: ["2026-10-25T00:59:59.120Z", "2026-10-25T01:00:01.450Z"],
    },
    {
      name: "a half hour can repeat",
      given: { zone: "Australia/Lord_Howe" },
      stamps: ["Apr  5 01:45:00", "Apr  5 01:31:00", "Apr  5 02:00:00"],
      instants: ["2026-04-04T14:45:00Z", "2026-04-04T15:01:00Z", "2026-04-04T15:30:00Z"],
    },
    {
      name: "a file that was rotated in between goes on in the second pass",
      given: { zone: "Europe/Berlin", before: "2026-10-25T01:10:00Z" },
      stamps: ["Oct 25 02:20:00"],
      instants: ["2026-10-25T01:20:00Z"],
    },
    {
      name: "a time that was left out stays inside its day",
      given: { zone: "Europe/Berlin" },
      stamps: ["Mar 29 01:59:59", "Mar 29 02:30:00", "Mar 29 03:30:00"],
      instants: ["2026-03-29T00:59:59Z", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"],
    },
    {
      name: "a midnight that was left out stays inside its day",
      given: { zone: "Africa/Cairo" },
      stamps: ["Apr 24 00:10:00", "Apr 24 01:00:00"],
      instants: ["2026-04-23T22:10:00Z", "2026-04-23T22:00:00Z"],
    },
  ])("$name", ({ given, stamps, instants }) => {
    expect(read(stamps, given)).toEqual(instants);
  });
});

const zones = [
  "UTC",
  "Europe/Berlin",
  "Europe/London",
  "America/New_York",
  "America/Los_Angeles",
  "America/St_Johns",
  "America/Santiago",
  "America/Sao_Paulo",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Asia/Beirut",
  "Australia/Adelaide",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Pacific/Honolulu",
  "Antarctica/Troll",
];
const clocks = new Map(zones.map((zone) => [zone, zoneClock(zone)]));
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Writes an instant as syslogd does. */
function written(zone: string, at: number): string {
  const wall = new Date((clocks.get(zone) as ReturnType<typeof zoneClock>).wallOf(at)).toISOString();
  const day = String(Number(wall.slice(8, 10))).padStart(2);
  return `${MONTHS[Number(wall.slice(5, 7)) - 1]} ${day} ${wall.slice(11, 19)}`;
}

/** Ascending instants, seconds to weeks apart, within eleven months. */
const sequence = fc
  .tuple(
    fc.integer({ min: Date.UTC(2012, 0) / SECOND, max: Date.UTC(2034, 0) / SECOND }),
    fc.array(fc.oneof(fc.nat(90), fc.nat(7200), fc.nat(3 * 86_400), fc.nat(200 * 86_400)), {
      minLength: 1,
      maxLength: 60,
    }),
  )
  .map(([first, steps]) => {
    const instants = [first * SECOND];
    for (const step of steps) {
      const next = (instants.at(-1) as number) + step * SECOND;
      if (next - first * SECOND > 330 * DAY) break;
      instants.push(next);
    }
    return instants;
  });

/** Expects the same instants, or inside a repeated hour the same wall clock. */
function expectSame(zone: string, instants: readonly number[], found: readonly (string | null)[]) {
  const clock = clocks.get(zone) as ReturnType<typeof zoneClock>;
  const expected = instants.map((at, i) => {
    const passes = clock.instantsOfWall(clock.wallOf(at)).map(iso);
    return passes.length > 1 && passes.includes(found[i] ?? null) ? found[i] : iso(at);
  });
  expect(found).toEqual(expected);
}

test("every instant within eleven months is read back as it was written, in every zone", () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), sequence, fc.nat(30), fc.boolean(), (zone, instants, days, byYear) => {
      const first = instants[0] as number;
      const last = instants.at(-1) as number;
      const lines = instants.map((at) => written(zone, at));
      const firstYear = new Date((clocks.get(zone) as ReturnType<typeof zoneClock>).wallOf(first)).getUTCFullYear();
      const given: Reading = byYear
        ? { zone, newest: iso(last) as string, firstYear }
        : { zone, newest: iso(last + days * DAY) as string };
      expectSame(zone, instants, read(lines, given));
    }),
    { numRuns: 400 },
  );
});

test("lines that are up to a minute out of order are read back as they were written", () => {
  const minute = fc.array(fc.integer({ min: -60, max: 0 }), { minLength: 61, maxLength: 61 });
  fc.assert(
    fc.property(fc.constantFrom(...zones), sequence, minute, (zone, ascending, jitter) => {
      const instants = ascending.map((at, i) => at + (jitter[i] as number) * SECOND);
      const newest = iso(Math.max(...instants)) as string;
      expectSame(
        zone,
        instants,
        read(
          instants.map((at) => written(zone, at)),
          { zone, newest },
        ),
      );
    }),
    { numRuns: 400 },
  );
});

test("lines every few minutes through the repeated hour are all told apart", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("Europe/Berlin", "America/New_York", "Pacific/Chatham", "Australia/Lord_Howe"),
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 200, maxLength: 200 }),
      (zone, steps) => {
        const turn = { "Europe/Berlin": "2026-10-25T01:00Z", "America/New_York": "2026-11-01T06:00Z" }[zone as string];
        const start = Date.parse(turn ?? "2026-04-04T14:00Z") - 3 * HOUR;
        const instants: number[] = [];
        for (let at = start, i = 0; at < start + 6 * HOUR && i < steps.length; i++) {
          instants.push(at);
          at += (steps[i] as number) * SECOND;
        }
        const lines = instants.map((at) => written(zone, at));
        expect(read(lines, { zone, newest: iso(start + DAY) as string })).toEqual(instants.map(iso));
      },
    ),
    { numRuns: 60 },
  );
});

/** Up to a year back from a moment, the days of the leap years and of New Year among them. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2022, 0) / SECOND, max: Date.UTC(2034, 0) / SECOND }),
  fc.constantFrom(
    Date.UTC(2027, 0, 1, 0, 5) / SECOND,
    Date.UTC(2028, 1, 29, 23, 50) / SECOND,
    Date.UTC(2028, 2, 1, 0, 5) / SECOND,
    Date.UTC(2029, 1, 28, 12) / SECOND,
    Date.UTC(2025, 1, 28, 12) / SECOND,
  ),
);

test("a line of up to 364 days before now is dated to its day, alone or before others", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      moment,
      fc.array(fc.integer({ min: 0, max: 364 * 86_400 }), { minLength: 1, maxLength: 30 }),
      (zone, now, ages) => {
        const instants = ages.sort((a, b) => b - a).map((age) => (now - age) * SECOND);
        // Two lines almost a year apart read as two that are out of order: nothing in them says otherwise.
        fc.pre(instants.every((at, i) => i === 0 || at - (instants[i - 1] as number) < 350 * DAY));
        const newest = iso(now * SECOND) as string;
        const lines = instants.map((at) => written(zone, at));
        expectSame(zone, instants, read(lines, { zone, newest }));
      },
    ),
    { numRuns: 400 },
  );
});

test("whatever year-less lines say, none is dated more than a day after now", () => {
  const day = fc.tuple(fc.constantFrom(...MONTHS), fc.integer({ min: 1, max: 28 }));
  fc.assert(
    fc.property(moment, fc.array(day, { minLength: 1, maxLength: 30 }), (now, days) => {
      const tomorrow = (now + 86_400) * SECOND;
      const latest = iso(tomorrow) as string;
      const lines = days.map(([month, number]) => `${month} ${String(number).padStart(2)} 12:00:00`);
      const dated = read(lines, { newest: latest, latest }).map((at) => at !== null && Date.parse(at) > tomorrow);
      expect(dated).toEqual(lines.map(() => false));
    }),
    { numRuns: 400 },
  );
});
