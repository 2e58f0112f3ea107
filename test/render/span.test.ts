import { describe, expect, test } from "vitest";
import { clockOf } from "../../src/render/clock.ts";
import { spanOf } from "../../src/render/span.ts";
import { rome } from "./sample.ts";

const span = (from: string, to: string, label: string) =>
  spanOf({ from: rome(from), to: rome(to), timeZone: "Europe/Rome", label });

describe("the window in words", () => {
  test.each([
    [
      "a night",
      "2026-11-18 23:55",
      "2026-11-19 23:55",
      "2026-11-19",
      "Thu 19 Nov",
      "Thu 19 Nov 2026",
      "18 Nov 23:55 – 19 Nov 23:55",
    ],
    [
      "an hour",
      "2026-11-19 08:00",
      "2026-11-19 09:00",
      "2026-11-19 08:00-09:00",
      "Thu 19 Nov 08:00-09:00",
      "Thu 19 Nov 2026",
      "08:00–09:00",
    ],
    [
      "days of a month",
      "2026-11-16 23:55",
      "2026-11-19 23:55",
      "2026-11-17 to 2026-11-19",
      "17-19 Nov",
      "17–19 Nov 2026",
      "16 Nov 23:55 – 19 Nov 23:55",
    ],
    [
      "days of two months",
      "2026-10-29 23:55",
      "2026-11-02 23:55",
      "2026-10-30 to 2026-11-02",
      "30 Oct-2 Nov",
      "30 Oct–2 Nov 2026",
      "29 Oct 23:55 – 2 Nov 23:55",
    ],
    [
      "days of two years",
      "2025-12-29 23:55",
      "2026-01-02 23:55",
      "2025-12-30 to 2026-01-02",
      "30 Dec 2025-2 Jan 2026",
      "30 Dec 2025–2 Jan 2026",
      "29 Dec 23:55 – 2 Jan 23:55",
    ],
  ])("names %s", (_, from, to, label, subject, day, range) => {
    expect(span(from, to, label)).toMatchObject({ subject, day, range });
  });

  test("shows an unknown label harmlessly", () => {
    expect(span("2026-11-19 08:00", "2026-11-19 09:00", "all\r\nBcc: x").subject).toBe("all\\r\\nBcc: x");
  });
});

describe("times in rows", () => {
  const night = span("2026-11-18 23:55", "2026-11-19 23:55", "2026-11-19");
  const days = span("2026-11-16 23:55", "2026-11-19 23:55", "2026-11-17 to 2026-11-19");
  test.each([
    ["once", night, "2026-11-19 08:02", "2026-11-19 08:02", "08:02"],
    ["a range", night, "2026-11-19 08:02", "2026-11-19 19:31", "08:02–19:31"],
    ["a line that came late", night, "2026-11-18 20:00", "2026-11-19 19:31", "18 Nov 20:00 – 19 Nov 19:31"],
    ["once in a long window", days, "2026-11-18 08:02", "2026-11-18 08:02", "18 Nov 08:02"],
    ["a day of a long window", days, "2026-11-18 08:02", "2026-11-18 19:31", "18 Nov 08:02–19:31"],
    ["days of a long window", days, "2026-11-18 08:02", "2026-11-19 19:31", "18 Nov 08:02 – 19 Nov 19:31"],
  ])("%s", (_, span, first, last, expected) => {
    expect(span.when(rome(first), rome(last))).toBe(expected);
  });
});

describe("instants with the zone's offset", () => {
  test.each([
    ["Europe/Rome", "2026-11-19T22:55:00Z", "2026-11-19T23:55:00+01:00"],
    ["Europe/Rome", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"],
    ["Europe/Rome", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"],
    ["America/St_Johns", "2026-01-01T00:00:00Z", "2025-12-31T20:30:00-03:30"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T05:45:00+05:45"],
    ["UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"],
  ])("%s %s", (zone, instant, expected) => {
    expect(clockOf(zone).iso(Date.parse(instant))).toBe(expected);
  });
});
