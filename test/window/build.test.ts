import { describe, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { requestedDay, requestedRange, scheduledWindow } from "../../src/window/build.ts";

const zone = "Europe/Rome";
const timeZone = zone;
const at = (text: string) => Date.parse(text);
const now = at("2026-11-20T08:00+01:00");
const usage = (message: string) => expect.objectContaining({ exit: Exit.Usage, message });

describe("--date", () => {
  test("a day that has passed is the whole day", () => {
    expect(requestedDay({ date: "yesterday", now, zone })).toEqual({
      from: at("2026-11-19T00:00+01:00"),
      to: at("2026-11-20T00:00+01:00"),
      timeZone,
      label: "2026-11-19",
    });
  });

  test("today ends now", () => {
    expect(requestedDay({ date: "today", now, zone })).toEqual({
      from: at("2026-11-20T00:00+01:00"),
      to: now,
      timeZone,
      label: "2026-11-20 00:00-08:00",
    });
  });

  test("a day that has not begun is refused", () => {
    expect(() => requestedDay({ date: "2026-11-21", now, zone })).toThrow(
      usage("--date 2026-11-21: that day has not begun (it is 2026-11-20 08:00 in Europe/Rome)"),
    );
  });
});

describe("--since, --until", () => {
  test("lasts until now", () => {
    expect(requestedRange({ since: "2026-11-20 06:30", now, zone })).toEqual({
      from: at("2026-11-20T06:30+01:00"),
      to: now,
      timeZone,
      label: "2026-11-20 06:30-08:00",
    });
  });

  test("ends at the given time, and at most now", () => {
    const from = at("2026-11-17T00:00+01:00");
    expect(requestedRange({ since: "2026-11-17", until: "2026-11-20", now, zone })).toEqual({
      from,
      to: at("2026-11-20T00:00+01:00"),
      timeZone,
      label: "2026-11-17 to 2026-11-19",
    });
    expect(requestedRange({ since: "2026-11-17", until: "2026-12-24", now, zone })).toEqual({
      from,
      to: now,
      timeZone,
      label: "2026-11-17 to 2026-11-20",
    });
  });

  test.each([
    [
      { since: "2026-11-20T08:00" },
      "--since 2026-11-20T08:00 lies in the future (it is 2026-11-20 08:00 in Europe/Rome)",
    ],
    [
      { since: "2026-11-19", until: "2026-11-19" },
      "--until 2026-11-19 must be later than --since 2026-11-19 (change one of them)",
    ],
    [
      { since: "2026-11-19", until: "2026-11-18" },
      "--until 2026-11-18 must be later than --since 2026-11-19 (change one of them)",
    ],
  ])("%j is refused", (request, message) => {
    expect(() => requestedRange({ ...request, now, zone })).toThrow(usage(message));
  });
});

describe("a scheduled window", () => {
  const start = at("2026-11-18T23:55+01:00");
  const end = at("2026-11-19T23:55+01:00");

  test("lasts from the last end to this one", () => {
    expect(scheduledWindow({ start, end, zone })).toEqual({ from: start, to: end, timeZone, label: "2026-11-19" });
  });

  test("is none when its end was reported already, or the clock was set back", () => {
    expect(scheduledWindow({ start: end, end, zone })).toBeUndefined();
    expect(scheduledWindow({ start: end, end: start, zone })).toBeUndefined();
  });
});
