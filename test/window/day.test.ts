import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { dayWindow } from "../../src/window/day.ts";

const HOUR = 3_600_000;
const iso = (instant: number) => new Date(instant).toISOString();

test.each([
  ["a common day", "2026-11-19", "Europe/Rome", "2026-11-18T23:00:00.000Z", 24],
  ["a zone without summer time", "2026-11-19", "Asia/Kolkata", "2026-11-18T18:30:00.000Z", 24],
  ["clocks put forward", "2026-03-29", "Europe/Rome", "2026-03-28T23:00:00.000Z", 23],
  ["clocks put back", "2026-10-25", "Europe/Rome", "2026-10-24T22:00:00.000Z", 25],
  ["clocks put back by half an hour", "2026-04-05", "Australia/Lord_Howe", "2026-04-04T13:00:00.000Z", 24.5],
  ["clocks put forward by half an hour", "2026-10-04", "Australia/Lord_Howe", "2026-10-03T13:30:00.000Z", 23.5],
  ["midnight comes twice", "2026-11-01", "America/Havana", "2026-11-01T04:00:00.000Z", 25],
  ["midnight in a gap, Santiago", "2026-09-06", "America/Santiago", "2026-09-06T04:00:00.000Z", 23],
  ["midnight in a gap, Cairo", "2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00.000Z", 23],
  ["midnight in a gap, Beirut", "2026-03-29", "Asia/Beirut", "2026-03-28T22:00:00.000Z", 23],
  ["midnight in a gap, Sao Paulo", "2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z", 23],
  ["the last hour comes twice, Santiago", "2026-04-04", "America/Santiago", "2026-04-04T03:00:00.000Z", 25],
  ["the last hour comes twice, Nuuk", "2026-10-24", "America/Nuuk", "2026-10-24T01:00:00.000Z", 25],
  ["the day after, Nuuk", "2026-10-25", "America/Nuuk", "2026-10-25T02:00:00.000Z", 24],
  ["midnight comes twice, Azores", "2026-10-25", "Atlantic/Azores", "2026-10-25T00:00:00.000Z", 25],
  ["the last day before the one left out", "2011-12-29", "Pacific/Apia", "2011-12-29T10:00:00.000Z", 24],
  ["the first day after the one left out", "2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00.000Z", 24],
])("%s: %s in %s", (_, day, zone, from, hours) => {
  const window = dayWindow(day, zone);
  expect({ ...window, from: iso(window.from), hours: (window.to - window.from) / HOUR }).toEqual({
    from,
    to: window.to,
    timeZone: zone,
    label: day,
    hours,
  });
});

test.each([
  ["2026-02-30", "Europe/Rome", "2026-02-30 is not a date of the calendar"],
  ["2026-02-29", "Europe/Rome", "not a date of the calendar"],
  ["2026-13-01", "Europe/Rome", "not a date of the calendar"],
  ["2026-1-1", "Europe/Rome", "not a date of the calendar"],
  ["", "Europe/Rome", "not a date of the calendar"],
  ["2011-12-30", "Pacific/Apia", "2011-12-30 does not exist in Pacific/Apia"],
])("refuses %j in %s", (day, zone, message) => {
  const read = () => dayWindow(day, zone);
  expect(read).toThrow(ReportError);
  expect(read).toThrow(expect.objectContaining({ exit: Exit.Usage, message: expect.stringContaining(message) }));
});

describe("every zone, every day that changes the offset in 2018, 2025 and 2026", () => {
  let folder = "";
  const program = () => join(folder, "transition-days.mjs");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "logdigest-days-"));
    await build({
      entryPoints: [join(import.meta.dirname, "transition-days.ts")],
      outfile: program(),
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // startOfDay(new TZDate(...)) is wrong in 6 to 17 of these, and which ones depends on the zone of the process.
  test.concurrent.each(["UTC", "America/New_York", "Asia/Tokyo", "Europe/London"])(
    "in a process that lives in %s",
    async (TZ) => {
      const { stdout } = await promisify(execFile)(process.execPath, [program()], { env: { ...process.env, TZ } });
      expect(JSON.parse(stdout)).toEqual({
        cases: expect.toSatisfy((cases) => cases > 1_600),
        differences: [],
        hours: expect.arrayContaining([23, 23.5, 24, 24.5, 25]),
      });
    },
    60_000,
  );
});
