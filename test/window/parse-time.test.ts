import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { parseDay, parseTime } from "../../src/window/parse-time.ts";

const iso = (instant: number) => new Date(instant).toISOString();

describe("a time", () => {
  test.each([
    ["2026-11-19", "2026-11-18T23:00:00.000Z"],
    ["2026-11-19T08:00", "2026-11-19T07:00:00.000Z"],
    ["2026-11-19 08:00", "2026-11-19T07:00:00.000Z"],
    ["2026-11-19t08:00z", "2026-11-19T08:00:00.000Z"],
    ["2026-11-19T08:00:07", "2026-11-19T07:00:07.000Z"],
    ["2026-11-19T08:00:08.29", "2026-11-19T07:00:08.290Z"],
    ["2026-11-19T08:00:08,2999", "2026-11-19T07:00:08.299Z"],
    ["2026-11-19T08:00Z", "2026-11-19T08:00:00.000Z"],
    ["2026-11-19 08:00:00.5+02:00", "2026-11-19T06:00:00.500Z"],
    ["2026-11-19T08:00-0330", "2026-11-19T11:30:00.000Z"],
    ["2026-11-19T08:00+02", "2026-11-19T06:00:00.000Z"],
    ["2026-07-01T08:00", "2026-07-01T06:00:00.000Z"],
    ["2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
    ["2026-03-29T02:30", "2026-03-29T01:30:00.000Z"],
    ["2026-11-19T24:00", "2026-11-19T23:00:00.000Z"],
  ])("%s in Rome", (text, instant) => {
    expect(iso(parseTime(text, "Europe/Rome", "--since"))).toBe(instant);
  });

  test.each([
    "",
    "today",
    "2026-02-30",
    "2026-02-30T08:00",
    "2026-11-19T",
    "2026-11-19T8:00",
    "2026-11-19  08:00",
    "2026-11-19T25:00",
    "2026-11-19T08:60",
    "2026-11-19T08:00.5.5",
    "2026-11-19T08:00+25:00",
    "2026-11-19T08:00 Europe/Rome",
    "19.11.2026",
    "1763535600",
    "2026-W47",
  ])("refuses %j and says what to write", (text) => {
    const read = () => parseTime(text, "Europe/Rome", "--until");
    expect(read).toThrow(ReportError);
    expect(read).toThrow(
      expect.objectContaining({
        exit: Exit.Usage,
        message: `--until: cannot read ${JSON.stringify(text)} as a time (write 2026-11-19, 2026-11-19T08:00 or 2026-11-19T08:00+02:00)`,
      }),
    );
  });

  test("refuses a midnight of a day that the zone left out", () => {
    expect(() => parseTime("2011-12-30", "Pacific/Apia", "--since")).toThrow("does not exist in Pacific/Apia");
  });

  test("reads back every instant that was printed with Z", () => {
    const instants = fc.date({ min: new Date(0), max: new Date(Date.UTC(2100, 0)), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (at) => {
        expect(parseTime(at.toISOString(), "Asia/Tokyo", "--now")).toBe(at.getTime());
      }),
    );
  });

  test("refuses, and nothing else, whatever is written", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-0-9T: .+Z]{0,30}$/)), (text) => {
        try {
          expect(parseTime(text, "Europe/Rome", "--since")).not.toBeNaN();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ReportError);
        }
      }),
    );
  });
});

describe("a day", () => {
  // 00:30 on the 20th in Rome, still the 19th in UTC.
  const now = Date.parse("2026-11-19T23:30Z");
  test.each([
    ["2026-11-01", "2026-11-01"],
    ["today", "2026-11-20"],
    ["yesterday", "2026-11-19"],
    ["-1d", "2026-11-19"],
    ["-20d", "2026-10-31"],
    ["-0d", "2026-11-20"],
  ])("%s", (text, day) => {
    expect(parseDay(text, now, "Europe/Rome")).toBe(day);
  });

  test.each(["", "tomorrow", "1d", "-d", "-1w", "-1.5d", "-999999d", "2026-02-30", "2026-11-19T08:00", "Yesterday "])(
    "refuses %j and says what to write",
    (text) => {
      const read = () => parseDay(text, now, "Europe/Rome");
      expect(read).toThrow(
        expect.objectContaining({
          exit: Exit.Usage,
          message: `--date: cannot read ${JSON.stringify(text)} as a day (write 2026-11-19, today, yesterday or -1d)`,
        }),
      );
    },
  );
});
