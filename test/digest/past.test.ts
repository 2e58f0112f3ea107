// What counts as known, and for how many nights.
import { expect, test } from "vitest";
import { type Fact, type Memory, pastOf } from "../../src/digest/past.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 19, 22, 55);

const memoryOf = (fact: Fact): Memory => ({
  nights: () => [],
  known: (_, __, keys) => new Map([...keys].map((key) => [key, fact])),
});
const seen = (daysAgo: number, nights: number) => ({ firstSeen: NOW - daysAgo * DAY, lastSeen: NOW - 1, nights });

test.each([
  { what: "read every night for a week", fact: seen(7, 7), nights: 7 },
  { what: "read every night of a week whose clocks were put forward", fact: seen(7 - 1 / 24, 7), nights: 7 },
  { what: "read every night of a week whose clocks were put back", fact: seen(7 + 1 / 24, 7), nights: 7 },
  { what: "read every five minutes for three days", fact: seen(3, 864), nights: 3 },
  { what: "read twice, long ago and last night", fact: seen(60, 2), nights: 2 },
  { what: "read every night of a year, of which a quarter is remembered", fact: seen(365, 365), nights: 90 },
])("the nights of a machine that was $what are $nights", ({ fact, nights }) => {
  expect(pastOf(memoryOf(fact), NOW).nightsOf("mini")).toBe(nights);
});

test("a machine that nobody read has none", () => {
  expect(pastOf({ nights: () => [], known: () => new Map() }, NOW).nightsOf("mini")).toBe(0);
});

test("what a window saw first is not known to it, when it is reported again", () => {
  const past = (before: number) => pastOf(memoryOf(seen(0, 1)), before).known("user", "mini", ["alice"]).size;
  expect({ itself: past(NOW), next: past(NOW + 1) }).toEqual({ itself: 0, next: 1 });
});
