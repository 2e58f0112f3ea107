// Where the lines of a period lie in a plain log.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type DateOf, seekPeriod } from "../../src/sources/seek.ts";

const folder = mkdtempSync(join(tmpdir(), "logdigest-seek-"));
afterAll(() => rmSync(folder, { recursive: true }));

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 1);
/** A line a minute for twenty days: three megabytes. */
const MINUTES = 20 * 1440;

/** Reads `2026-11-01T00:00:00Z ...`. */
const dateOf: DateOf = (text, from, to) => {
  const at = to - from < 20 ? Number.NaN : Date.parse(text.slice(from, from + 20));
  return Number.isNaN(at) ? null : at;
};
const line = (minute: number) =>
  `${new Date(START + minute * MINUTE).toISOString().slice(0, 19)}Z web1 sshd[${minute}]: Invalid user guest from 192.0.2.7 port ${1024 + minute} and more`;

/** What a search leaves of a log, and the minutes in the period that it left out. */
function searched(lines: readonly string[], from: number, to: number, disorder = 5 * MINUTE, end = "\n") {
  const path = join(folder, "auth.log");
  const text = lines.join("\n") + end;
  writeFileSync(path, text, "latin1");
  const fd = openSync(path, "r");
  const period = { from: START + from * MINUTE, to: START + to * MINUTE };
  const found = seekPeriod(fd, text.length, period, disorder, dateOf);
  closeSync(fd);
  const outside = text.slice(0, found.from) + text.slice(found.to);
  const missed = outside.split("\n").filter((one) => {
    const at = dateOf(one, 0, one.length);
    return at !== null && at >= period.from && at < period.to;
  });
  const beginsLines = [found.from, found.to].every((at) => at === 0 || text[at - 1] === "\n" || at === text.length);
  return { share: (found.to - found.from) / text.length, missed, beginsLines, sorted: found.sorted };
}

const minutes = Array.from({ length: MINUTES }, (_, minute) => line(minute));
const FOUND = { missed: [], beginsLines: true, sorted: true };

test.each([
  ["in the middle", 9 * 1440, 10 * 1440],
  ["at the beginning", 0, 1440],
  ["at the end", 19 * 1440, 20 * 1440],
  ["of a minute", 5 * 1440, 5 * 1440 + 1],
])("a period %s is found, and little else is read", (_, from, to) => {
  const { share, ...found } = searched(minutes, from, to);
  expect(found).toEqual(FOUND);
  expect(share).toBeLessThan((to - from) / MINUTES + 0.08);
});

test.each([
  ["before the log", -2880, -1440],
  ["behind the log", MINUTES + 1440, MINUTES + 2880],
])("of a log that has nothing of the period (%s) next to nothing is read", (_, from, to) => {
  const { share, ...found } = searched(minutes, from, to);
  expect(found).toEqual(FOUND);
  expect(share).toBeLessThan(0.08);
});

test("the whole log is wanted: all of it is read", () => {
  expect(searched(minutes, 0, MINUTES)).toEqual({ ...FOUND, share: 1 });
});

test("lines a little out of order are not missed", () => {
  // Every line stands up to four minutes from its place.
  const shuffled = minutes.map((_, i) => line(Math.min(MINUTES - 1, i - (i % 5) + ((i * 3) % 5))));
  for (let from = 7 * 1440; from < 7 * 1440 + 12; from++) {
    const { share, ...found } = searched(shuffled, from, from + 30);
    expect(found).toEqual(FOUND);
    expect(share).toBeLessThan(0.1);
  }
});

test("a log whose clock jumped back is read whole", () => {
  const jumped = [...minutes.slice(MINUTES / 2), ...minutes.slice(0, MINUTES / 2)];
  expect(searched(jumped, 1440, 2880)).toEqual({ share: 1, missed: [], beginsLines: true, sorted: false });
});

test("a clock that was some hours behind for a while, just where the search looks, leads nobody astray", () => {
  const day = 9 * 1440;
  for (let at = day + 30; at < day + 450; at += 30) {
    for (const behind of [300, 420, 540]) {
      const wrong = minutes.map((one, i) => (i >= at && i < at + 250 ? line(i - behind) : one));
      expect(searched(wrong, day, day + 30).missed).toEqual([]);
    }
  }
});

test.each([
  ["traces of a hundred lines", Array.from({ length: 100 }, (_, i) => `    at frame ${i}`)],
  ["a line of 200 KiB", ["x".repeat(200 * 1024)]],
  ["a line of 600 KiB", ["x".repeat(600 * 1024)]],
  ["stamped lines longer than a look", [`${line(10 * 1440)} ${"x".repeat(10_000)}`]],
])("%s between the lines do not lead astray", (_, between) => {
  const mixed = [...minutes.slice(0, 10 * 1440), ...between, ...minutes.slice(10 * 1440)];
  for (const day of [3, 9, 10, 15]) {
    expect(searched(mixed, day * 1440, (day + 1) * 1440)).toMatchObject(FOUND);
  }
});

test("a last line without its end is a line", () => {
  const { share, ...found } = searched(minutes, MINUTES - 1, MINUTES, 0, "");
  expect(found).toEqual(FOUND);
  expect(share).toBeLessThan(0.08);
});

test("a log without stamps, and a small one, are read whole", () => {
  const bare = Array.from({ length: 40_000 }, (_, i) => `line ${i} of a dump that nobody dates`);
  expect(searched(bare, 0, 10)).toMatchObject({ share: 1, sorted: false });
  expect(searched(minutes.slice(0, 1440), 0, 10)).toMatchObject({ share: 1, sorted: true });
});
