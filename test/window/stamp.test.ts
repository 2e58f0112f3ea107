import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyStamp, readStamp, type Stamp } from "../../src/window/stamp.ts";

const HOUR = 3_600_000;

/** Reads the stamp at the start of a line, the whole line being given. */
function stampOf(line: string, from = 0, to = line.length): Stamp | undefined {
  const stamp = emptyStamp();
  return readStamp(line, from, to, stamp) ? stamp : undefined;
}

const timeOfDay = (hour: number, minute: number, second: number, ms = 0) =>
  hour * HOUR + minute * 60_000 + second * 1000 + ms;

const NIGHT = { month: 11, day: 9, ofDay: timeOfDay(3, 14, 7), offset: undefined };
const bsd = { ...NIGHT, shape: "bsd", year: -1 } as const;
const iso = { ...NIGHT, shape: "iso", year: 2026 } as const;
const python = { ...iso, shape: "python", ofDay: NIGHT.ofDay + 123 } as const;

describe("what daemons write", () => {
  test.each<{ name: string; text: string; stamp: Omit<Stamp, "end"> }>([
    { name: "RFC 3164", text: "Nov  9 03:14:07", stamp: bsd },
    { name: "one blank before the day", text: "Nov 9 03:14:07", stamp: bsd },
    { name: "a zero before the day", text: "Nov 09 03:14:07", stamp: bsd },
    { name: "two digits for the day", text: "Nov 19 03:14:07", stamp: { ...bsd, day: 19 } },
    { name: "a fraction after RFC 3164", text: "Nov  9 03:14:07.250", stamp: { ...bsd, ofDay: bsd.ofDay + 250 } },
    { name: "a year after the day", text: "Nov  9 2026 03:14:07", stamp: { ...bsd, year: 2026 } },
    { name: "a year before the month", text: "2026 Nov  9 03:14:07", stamp: { ...bsd, year: 2026 } },
    { name: "ISO 8601 without offset", text: "2026-11-09T03:14:07", stamp: iso },
    { name: "ISO 8601 with a blank", text: "2026-11-09 03:14:07", stamp: iso },
    { name: "ISO 8601 in UTC", text: "2026-11-09T03:14:07Z", stamp: { ...iso, offset: 0 } },
    { name: "an offset with a colon", text: "2026-11-09T03:14:07+01:00", stamp: { ...iso, offset: HOUR } },
    { name: "an offset of half an hour", text: "2026-11-09T03:14:07+01:30", stamp: { ...iso, offset: 1.5 * HOUR } },
    { name: "an offset without a colon", text: "2026-11-09 03:14:07-0800", stamp: { ...iso, offset: -8 * HOUR } },
    { name: "an offset of zero", text: "2026-11-09T03:14:07+00:00", stamp: { ...iso, offset: 0 } },
    {
      name: "microseconds and an offset",
      text: "2026-11-09T03:14:07.123456+01:00",
      stamp: { ...iso, ofDay: iso.ofDay + 123, offset: HOUR },
    },
    {
      name: "a tenth of a second",
      text: "2026-11-09T03:14:07.1Z",
      stamp: { ...iso, ofDay: iso.ofDay + 100, offset: 0 },
    },
    {
      name: "nanoseconds",
      text: "2026-11-09T03:14:07.999999999Z",
      stamp: { ...iso, ofDay: iso.ofDay + 999, offset: 0 },
    },
    { name: "the comma of Python's logging", text: "2026-11-09 03:14:07,123", stamp: python },
    {
      name: "the comma of ISO 8601 after a T",
      text: "2026-11-09T03:14:07,123",
      stamp: { ...iso, ofDay: iso.ofDay + 123 },
    },
    {
      name: "a comma and an offset",
      text: "2026-11-09 03:14:07,123+0100",
      stamp: { ...iso, ofDay: iso.ofDay + 123, offset: HOUR },
    },
    {
      name: "a leap second is the second after it",
      text: "Dec 31 23:59:60",
      stamp: { ...bsd, month: 12, day: 31, ofDay: 24 * HOUR },
    },
    { name: "a leap day without a year", text: "Feb 29 00:00:00", stamp: { ...bsd, month: 2, day: 29, ofDay: 0 } },
    {
      name: "a leap day of a leap year",
      text: "2028-02-29T00:00:00",
      stamp: { ...iso, year: 2028, month: 2, day: 29, ofDay: 0 },
    },
  ])("$name: $text", ({ text, stamp }) => {
    for (const rest of ["", " mini sshd[1]: message"]) {
      expect(stampOf(text + rest)).toEqual({ ...stamp, end: text.length });
    }
    expect(stampOf(`<38>${text} mini sshd[1]: 2025`, 4)).toEqual({ ...stamp, end: text.length + 4 });
  });
});

describe("what no calendar has is no time", () => {
  test.each([
    "Nov 31 03:14:07",
    "Feb 30 03:14:07",
    "Feb 29 2027 03:14:07",
    "2027 Feb 29 03:14:07",
    "2027-02-29T03:14:07Z",
    "2100-02-29T03:14:07Z",
    "Nov  0 03:14:07",
    "Nov 32 03:14:07",
    "Nov  9 25:00:00",
    "Nov  9 24:00:00",
    "Nov  9 03:60:07",
    "Nov  9 03:14:61",
    "2026-13-09T03:14:07Z",
    "2026-00-09T03:14:07Z",
    "2026-11-00T03:14:07Z",
    "0026-11-09T03:14:07Z",
    "2026-11-09T03:14:07+24:00",
    "2026-11-09T03:14:07+01:60",
  ])("%s", (text) => {
    expect(stampOf(`${text} mini sshd[1]: message`)).toBeUndefined();
  });
});

describe("other text is no time", () => {
  test.each([
    "",
    "nov  9 03:14:07",
    "août 9 03:14:07",
    "Nov   9 03:14:07",
    "Nov9 03:14:07",
    "Nov  9 3:14:07",
    "Nov  9 03-14-07",
    "Nov  9 03:14:07. mini",
    "Nov  9  2026 03:14:07",
    "2026 Nov  9 2026 03:14:07",
    "2026/11/09 03:14:07",
    "2026-11-09x03:14:07",
    "2026-11-09T03:14:07+1:00 mini",
    "2026-11-09T03:14:07, mini",
    "1795226047 mini sshd[1]: message",
    "\tat sshd (auth.c:14)",
  ])("%j", (text) => {
    expect(stampOf(text)).toBeUndefined();
  });
});

const someStamp = fc.constantFrom(
  "Nov  9 03:14:07",
  "Nov 9 2026 03:14:07.5",
  "2026 Nov 19 13:40:01",
  "2026-11-09T03:14:07.123456+01:00",
  "2026-11-09 03:14:07.12-0800",
  "2026-11-09T03:14:07Z",
  "2026-11-09 03:14:07,123",
);

test("what stands behind the end of a line changes nothing, wherever the line is cut", () => {
  fc.assert(
    fc.property(
      someStamp,
      fc.nat(40),
      fc.string({ maxLength: 12, unit: "binary-ascii" }),
      fc.nat(5),
      (text, cut, behind, before) => {
        const line = `${"x".repeat(before)}${text}`;
        const to = Math.min(line.length, before + cut);
        const alone = stampOf(line.slice(0, to), before, to);
        expect(stampOf(line.slice(0, to) + line.slice(to) + behind, before, to)).toEqual(alone);
        expect(stampOf(line.slice(0, to) + behind, before, to)).toEqual(alone);
        if (alone !== undefined) expect(alone.end).toBeLessThanOrEqual(to);
      },
    ),
    { numRuns: 3000 },
  );
});

test("no bytes make it throw, and what it reads exists in a calendar", () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString("latin1"));
  const damaged = fc.tuple(someStamp, fc.nat(30), fc.nat(255)).map(([text, at, code]) => {
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
  });
  fc.assert(
    fc.property(fc.oneof(bytes, damaged), fc.nat(8), (text, from) => {
      const stamp = stampOf(text, from);
      if (stamp === undefined) return;
      const { year, month, day, ofDay } = stamp;
      const date = new Date(Date.UTC(year < 0 ? 2028 : year, month - 1, day));
      expect([date.getUTCMonth() + 1, date.getUTCDate()]).toEqual([month, day]);
      expect(ofDay).toBeGreaterThanOrEqual(0);
      expect(ofDay).toBeLessThan(24 * HOUR + 1000);
      expect(Number.isInteger(ofDay)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
