import { describe, expect, test } from "vitest";
import { compareWithNights, remember, type SourceMemory } from "../../src/sources/memory.ts";
import { type Ledger, newLedger } from "../../src/sources/source.ts";

const DAY = 86_400_000;
const NIGHT = { from: 100 * DAY, to: 101 * DAY };
const HOUR = { from: 101 * DAY - 3_600_000, to: 101 * DAY };
const POSITION = { identity: "1:2", offset: 9, check: "ab" };

const memoryOf = (counts: readonly number[], more: Partial<SourceMemory> = {}): SourceMemory => ({
  end: NIGHT.from,
  position: undefined,
  counts,
  toldAt: undefined,
  toldShapes: undefined,
  found: true,
  lastStamp: undefined,
  ...more,
});
const BUSY = [40, 30, 20, 50, 60, 70, 80];

function ledgerOf(facts: Partial<Ledger>): Ledger {
  return Object.assign(newLedger("/var/log/auth.log", true), facts);
}

describe("a source without a line of the window", () => {
  test.each([
    ["after seven busy nights", memoryOf(BUSY), NIGHT, true, 0, "stale"],
    ["of which nobody expects any", memoryOf(BUSY), NIGHT, false, 0, "ok"],
    ["that has a line after all", memoryOf(BUSY), NIGHT, true, 1, "ok"],
    ["after six nights", memoryOf(BUSY.slice(1)), NIGHT, true, 0, "ok"],
    ["after a week with a quiet night", memoryOf([19, ...BUSY.slice(1)]), NIGHT, true, 0, "ok"],
    ["in a window of an hour", memoryOf(BUSY), HOUR, true, 0, "ok"],
    ["on its first night", undefined, NIGHT, true, 0, "ok"],
  ])("%s is stale or not", (_, memory, window, expectsLines, inWindow, status) => {
    const ledger = ledgerOf({ inWindow });
    compareWithNights(ledger, memory, window, expectsLines);
    expect(ledger.status).toBe(status);
  });

  test.each(["missing", "unreadable"] as const)("is not called silent when it is %s", (status) => {
    const ledger = ledgerOf({ status, notes: ["why"] });
    compareWithNights(ledger, memoryOf(BUSY), NIGHT, true);
    expect(ledger).toMatchObject({ status, notes: ["why"] });
  });

  test("says what is usual", () => {
    const ledger = ledgerOf({ inWindow: 0 });
    compareWithNights(ledger, memoryOf(BUSY), NIGHT, true);
    expect(ledger.notes).toEqual(["has no line of this window, and usually has about 50: is it still written to?"]);
  });
});

describe("lines that nothing recognises", () => {
  const shapes = ["sshd: new words"];
  test.each([
    ["are told the first time", memoryOf(BUSY), "unrecognised"],
    ["were told last night", memoryOf(BUSY, { toldAt: NIGHT.from, toldShapes: "sshd: new words" }), "ok"],
    ["have another form now", memoryOf(BUSY, { toldAt: NIGHT.from, toldShapes: "sshd: old words" }), "unrecognised"],
    [
      "were told last night, with others beside them",
      memoryOf(BUSY, { toldAt: NIGHT.from, toldShapes: "sshd: new words\nsshd: old words" }),
      "ok",
    ],
    [
      "were told a week ago",
      memoryOf(BUSY, { toldAt: NIGHT.to - 7 * DAY, toldShapes: "sshd: new words" }),
      "unrecognised",
    ],
  ])("%s", (_, memory, status) => {
    const ledger = ledgerOf({ status: "unrecognised", shapes, inWindow: 30 });
    compareWithNights(ledger, memory, NIGHT, true);
    expect(ledger.status).toBe(status);
  });
});

describe("what is kept", () => {
  test("of a source that was read: the window's end, its place, the lines of seven nights", () => {
    const ledger = ledgerOf({ inWindow: 90, position: POSITION, last: NIGHT.to - 1 });
    expect(remember(ledger, memoryOf(BUSY), NIGHT)).toEqual({
      end: NIGHT.to,
      position: POSITION,
      counts: [90, ...BUSY.slice(0, 6)],
      toldAt: undefined,
      toldShapes: undefined,
      found: true,
      lastStamp: NIGHT.to - 1,
    });
  });

  test("of a short window: no night is counted", () => {
    expect(remember(ledgerOf({ inWindow: 2 }), memoryOf(BUSY), HOUR)).toMatchObject({ end: HOUR.to, counts: BUSY });
  });

  test.each(["missing", "unreadable"] as const)(
    "of a source that is %s: all that was known, its own end too",
    (status) => {
      const memory = memoryOf(BUSY, { end: NIGHT.from - 3 * DAY, position: POSITION });
      expect(remember(ledgerOf({ status }), memory, NIGHT)).toEqual(memory);
      expect(remember(ledgerOf({ status }), undefined, NIGHT)).toMatchObject({ end: NIGHT.from, counts: [] });
    },
  );

  test("of a source that was never there: nothing that would be missed", () => {
    expect(remember(ledgerOf({ status: "missing" }), undefined, NIGHT).found).toBe(false);
  });

  test("of what was told: when, and which forms", () => {
    const ledger = ledgerOf({ status: "unrecognised", shapes: ["b", "a"], inWindow: 30 });
    expect(remember(ledger, memoryOf([]), NIGHT)).toMatchObject({ toldAt: NIGHT.to, toldShapes: "a\nb" });
  });
});
