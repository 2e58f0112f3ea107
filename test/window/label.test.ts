import { expect, test } from "vitest";
import { dayWindow } from "../../src/window/day.ts";
import { daysOf, labelOf } from "../../src/window/label.ts";
import { parseTime } from "../../src/window/parse-time.ts";

const period = (from: string, to: string, timeZone = "Europe/Rome") => ({
  from: parseTime(from, timeZone, "--since"),
  to: parseTime(to, timeZone, "--until"),
  timeZone,
});

test.each([
  ["a night that ends at 23:55", "2026-11-18 23:55", "2026-11-19 23:55", "2026-11-19"],
  ["a night that ends at midnight", "2026-11-19", "2026-11-20", "2026-11-19"],
  ["a night that ends in the morning", "2026-11-19 06:00", "2026-11-20 06:00", "2026-11-19"],
  ["a night that ends at noon", "2026-11-19 12:00", "2026-11-20 12:00", "2026-11-19"],
  ["a night that ends after noon", "2026-11-19 12:01", "2026-11-20 12:01", "2026-11-20"],
  ["23 hours", "2026-03-28 23:55", "2026-03-29 23:55", "2026-03-29"],
  ["25 hours", "2026-10-24 23:55", "2026-10-25 23:55", "2026-10-25"],
  ["12 hours", "2026-11-19 00:00", "2026-11-19 12:00", "2026-11-19"],
  ["the second 12 hours", "2026-11-19 12:00", "2026-11-20 00:00", "2026-11-19"],
  ["less than 12 hours", "2026-11-19 00:00", "2026-11-19 11:59", "2026-11-19 00:00-11:59"],
  ["five minutes", "2026-11-19 08:00", "2026-11-19 08:05", "2026-11-19 08:00-08:05"],
  ["an hour over midnight", "2026-11-19 23:30", "2026-11-20 00:30", "2026-11-19 23:30-00:30"],
  ["more than 25 hours", "2026-11-19 08:00", "2026-11-20 09:01", "2026-11-19 to 2026-11-20"],
  ["three days", "2026-11-17", "2026-11-20", "2026-11-17 to 2026-11-19"],
  ["three nights", "2026-11-16 23:55", "2026-11-19 23:55", "2026-11-16 to 2026-11-19"],
])("names %s", (_, from, to, label) => {
  expect(labelOf(period(from, to))).toBe(label);
});

test("names a night by its end also where clocks move by two hours", () => {
  const night = period("2026-10-24 23:55", "2026-10-25 23:55", "Antarctica/Troll");
  expect((night.to - night.from) / 3_600_000).toBe(26);
  expect(labelOf(night)).toBe("2026-10-25");
});

test("never names a night after a day that the zone left out", () => {
  expect(labelOf(period("2011-12-29 06:00", "2011-12-31 06:00", "Pacific/Apia"))).toBe("2011-12-29");
});

test("names a local day by itself on every day of a year", () => {
  for (const zone of ["America/Santiago", "America/Nuuk", "Africa/Cairo", "Australia/Lord_Howe", "Antarctica/Troll"]) {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 86_400_000) {
      const { from, to, timeZone, label } = dayWindow(new Date(at).toISOString().slice(0, 10), zone);
      expect(labelOf({ from, to, timeZone })).toBe(label);
    }
  }
});

test("splits a long window at local midnights, its ends cut", () => {
  const { from, to, timeZone } = period("2026-10-24 23:55", "2026-10-26 08:00");
  const sunday = dayWindow("2026-10-25", timeZone);
  expect(daysOf({ from, to, timeZone })).toEqual([
    { date: "2026-10-24", from, to: sunday.from },
    { date: "2026-10-25", from: sunday.from, to: sunday.to },
    { date: "2026-10-26", from: sunday.to, to },
  ]);
});

test("leaves out the day that the zone left out", () => {
  expect(daysOf(period("2011-12-28", "2012-01-01", "Pacific/Apia")).map(({ date }) => date)).toEqual([
    "2011-12-28",
    "2011-12-29",
    "2011-12-31",
  ]);
});

test("splits no window that a label names", () => {
  expect(daysOf(period("2026-11-18 23:55", "2026-11-19 23:55"))).toEqual([]);
  expect(daysOf(period("2026-11-19 23:55", "2026-11-20 00:05"))).toEqual([]);
});
