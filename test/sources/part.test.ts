// Of a long log only the part of the period is read, and nobody can tell by what is found there.
import { utimesSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Instant } from "../../src/events/event.ts";
import type { Position } from "../../src/sources/source.ts";
import { zoneClock } from "../../src/window/zone.ts";
import { folder, make, readAll, readOn } from "./logs.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const REST = "web1 sshd[812]: Failed password for invalid user guest from 192.0.2.7 port 40000 ssh2 ";

/** How a line of a given instant begins, in a zone. */
const SHAPES = {
  bsd: (wall: string) =>
    `${MONTHS[Number(wall.slice(5, 7)) - 1]} ${wall.slice(8, 10).replace(/^0/, " ")} ${wall.slice(11, 19)}`,
  local: (wall: string) => wall.slice(0, 19),
  offset: (wall: string, offset: string) => `${wall.slice(0, 23)}${offset}`,
  rfc5424: (wall: string, offset: string) => `<38>1 ${wall.slice(0, 23)}${offset}`,
} as const;
type Shape = keyof typeof SHAPES;

function liner(zone: string, shape: Shape): (at: Instant, rest: string) => string {
  const clock = zoneClock(zone);
  return (at, rest) => {
    const east = clock.offsetAt(at) / MINUTE;
    const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
    const offset = `${east < 0 ? "-" : "+"}${two(Math.abs(east) / 60)}:${two(Math.abs(east) % 60)}`;
    return `${SHAPES[shape](new Date(clock.wallOf(at)).toISOString(), offset)} ${rest}`;
  };
}

/** Writes auth.log, last written when its last line was. */
function write(lines: readonly string[], last: Instant): string {
  const dir = folder();
  make(dir, { "auth.log": `${lines.join("\n")}\n` });
  utimesSync(join(dir, "auth.log"), last / 1000, last / 1000);
  return dir;
}

const iso = (at: Instant) => new Date(at).toISOString();

/** Pseudo-random numbers below 1, the same for a seed: a log of ten thousand lines is nothing to shrink. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Long {
  readonly seed: number;
  readonly zone: string;
  readonly shape: Shape;
  readonly days: number;
  readonly start: Instant;
  /** Share of the period's beginning and end in what the log covers. */
  readonly window: readonly [number, number];
  readonly continued: boolean;
  /** Longest line. */
  readonly width: number;
  /** How long after its last line the file was written: a copy that lost its time. */
  readonly copiedAfter: number;
}

/** Lines a little out of order, with quiet hours and days, and traces that have no stamps. */
function longLog({ seed, zone, shape, days, start, continued, width }: Long) {
  const random = randomFrom(seed);
  const line = liner(zone, shape);
  const count = 9_000;
  const gaps = Array.from({ length: count }, () => (random() < 0.001 ? 40 : 1) * random());
  const scale = (days * DAY) / gaps.reduce((sum, gap) => sum + gap, 0);
  const lines: string[] = [];
  let at = start;
  for (const gap of gaps) {
    at += gap * scale;
    lines.push(line(Math.floor(at - random() * 4 * MINUTE), REST + "x".repeat(random() * width)));
    if (continued && random() < 0.02) lines.push("    at frame 1", "\tat frame 2", "", "Caused by: something else");
  }
  return { lines, last: at };
}

/** Reads a period of a log, and all of it: the lines of the period must be the same. */
async function readBoth(log: Long) {
  const { lines, last } = longLog(log);
  const written = last + log.copiedAfter;
  const options = { timeZone: log.zone, newest: written + DAY };
  const dir = write(lines, written);
  const from = log.start + log.window[0] * (last - log.start);
  const to = from + log.window[1] * (last - log.start);
  const inside = (line: string) => {
    const at = Date.parse(`${line.split(" ")[2]}Z`);
    return at >= Math.ceil(from / 1000) * 1000 && at < to;
  };
  const all = await readAll(dir, options);
  const part = await readAll(dir, { ...options, from: iso(from), to: iso(to) });
  const of = ({ lines, notes }: typeof all) => ({ lines: lines.filter(inside), notes });
  return { part: of(part), all: of(all), share: part.bytes / all.bytes };
}

test("a period is read as if all of the log had been: the same lines, numbers and times", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record<Long>({
        seed: fc.nat(),
        zone: fc.constantFrom("UTC", "Europe/Rome", "America/St_Johns"),
        shape: fc.constantFrom("bsd", "local", "offset", "rfc5424"),
        days: fc.constantFrom(0.25, 2, 30, 250, 500),
        // A year that turns, clocks put forward, clocks put back.
        start: fc.constantFrom("2025-12-20", "2026-03-07", "2025-10-05", "2024-02-10").map((day) => Date.parse(day)),
        window: fc.tuple(fc.double({ min: -0.1, max: 1.1, noNaN: true }), fc.double({ min: 0, max: 0.3, noNaN: true })),
        continued: fc.boolean(),
        width: fc.constantFrom(80, 1_500),
        copiedAfter: fc.constantFrom(0, 200 * DAY),
      }),
      async (log) => {
        const { part, all } = await readBoth(log);
        expect(part).toEqual(all);
      },
    ),
    { numRuns: 40 },
  );
});

test("a copy that was made months later says no year, and is dated as a whole", async () => {
  const { part, all, share } = await readBoth({
    ...{ seed: 1, zone: "UTC", shape: "bsd", days: 250, start: Date.parse("2025-12-20"), window: [0.1, 0.1] },
    ...{ continued: false, width: 80, copiedAfter: 200 * DAY },
  });
  expect(part.lines.length).toBeGreaterThan(500);
  expect(part).toEqual(all);
  expect(share).toBeLessThan(1 / 4);
});

describe("a night that the clocks are put back", () => {
  // Rome, 2026-10-25: 02:00 to 03:00 is there twice, from 00:00Z and from 01:00Z on.
  const start = Date.parse("2026-10-15T00:00Z");
  const line = liner("Europe/Rome", "bsd");
  const minutes = Array.from({ length: 20 * 1440 }, (_, minute) => line(start + minute * MINUTE, REST));
  const dir = write(minutes, start + 20 * DAY);
  const firsts = Array.from({ length: 26 }, (_, quarter) => Date.parse("2026-10-24T22:00Z") + quarter * 15 * MINUTE);

  test.each(firsts.map((at) => [iso(at).slice(0, 16), at] as const))("is told apart from %sZ on", async (_, from) => {
    const part = await readAll(dir, { timeZone: "Europe/Rome", from: iso(from), to: iso(from + 10 * MINUTE) });
    const found = part.lines.filter((text) => {
      const at = Date.parse(`${text.split(" ")[2]}Z`);
      return at >= from && at < from + 10 * MINUTE;
    });
    const first = (from - start) / MINUTE;
    const expected = Array.from({ length: 10 }, (_, i) => {
      const time = iso(from + i * MINUTE).slice(0, 19);
      return `auth.log ${first + i + 1} ${time}`;
    });
    expect(found).toEqual(expected);
    expect(part.bytes).toBeLessThan(minutes.length * 20);
  });
});

describe("how much is read", () => {
  const start = Date.parse("2026-10-20T00:00Z");
  const line = liner("UTC", "offset");
  const minutes = Array.from({ length: 30 * 1440 }, (_, minute) => line(start + minute * MINUTE, REST));
  const size = minutes.reduce((sum, one) => sum + one.length + 1, 0);
  const wanted = { from: "2026-11-05T00:00Z", to: "2026-11-06T00:00Z" };
  const shareOf = async (lines: readonly string[]) => {
    const { bytes } = await readAll(write(lines, start + 30 * DAY), wanted);
    return bytes / lines.reduce((sum, one) => sum + one.length + 1, 0);
  };
  /** Puts lines of another time in the place of those from `at` on. */
  const withBlock = (at: number, count: number, from: number) => [
    ...minutes.slice(0, at),
    ...minutes.slice(from, from + count),
    ...minutes.slice(at + count),
  ];

  test("a day of a month is a twentieth of it, with what may be out of order", async () => {
    expect(await shareOf(minutes)).toBeLessThan(1 / 20);
  });

  test.each<[string, readonly string[]]>([
    ["whose clock jumped back for good", [...minutes.slice(20 * 1440), ...minutes.slice(0, 20 * 1440)]],
    ["whose clock was behind for a day", withBlock(25 * 1440, 1440, 3 * 1440)],
    ["whose clock ran ahead for a day", withBlock(3 * 1440, 1440, 25 * 1440)],
    ["that was copied behind itself", [...minutes, ...minutes]],
    [
      "that two machines write, one of them with a wrong clock",
      minutes.map((text, i) => (i % 50 === 7 ? (minutes[Math.max(0, i - 5 * 1440)] as string) : text)),
    ],
    [
      "in which most lines have no time",
      minutes.flatMap((text) => [text, "Invalid user guest from 192.0.2.7", "User x"]),
    ],
    [
      "of more than a year, whose lines do not say theirs",
      Array.from({ length: 30_000 }, (_, i) => liner("UTC", "bsd")(start - 700 * DAY + i * 35 * MINUTE, REST)),
    ],
  ])("a log %s is read whole", async (_, lines) => {
    expect(await shareOf(lines)).toBe(1);
  });

  test("the next run reads on where this one ended, and what was written late is new to it", async () => {
    const nights = [
      { from: Date.parse("2026-11-17T00:00Z"), to: Date.parse("2026-11-18T00:00Z") },
      { from: Date.parse("2026-11-18T00:00Z"), to: Date.parse("2026-11-19T00:00Z") },
    ] as const;
    const dir = write(minutes.slice(0, 29 * 1440), start + 29 * DAY);
    const first = await readOn(dir, undefined, nights[0]);
    expect(first.position?.offset).toBe(minutes.slice(0, 29 * 1440).reduce((sum, one) => sum + one.length + 1, 0));
    expect(first.fresh.length).toBeLessThan(2 * 1440);

    const late = line(Date.parse("2026-11-02T12:00Z"), `${REST}written late`);
    const more = [late, ...minutes.slice(29 * 1440)];
    const longer = write([...minutes.slice(0, 29 * 1440), ...more], start + 30 * DAY);
    const second = await readOn(longer, first.position as Position, nights[1]);
    expect(second.fresh).toEqual(more);
    expect(second.known.length).toBeLessThan(1440);
    expect(second.position?.offset).toBe(size + late.length + 1);

    // A run that was told of a place long ago reads all that lies behind it.
    const early = await readOn(write(minutes.slice(0, 2 * 1440), start + 2 * DAY), undefined);
    const after = await readOn(longer, early.position as Position, nights[1]);
    expect(after.fresh).toEqual([...minutes.slice(2 * 1440, 29 * 1440), ...more]);
    expect(after.position).toEqual(second.position);
  });
});
