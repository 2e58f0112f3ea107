import { expect, test } from "vitest";
import { machinesOf, rememberMachines, silentMachines } from "../../src/sources/machines.ts";
import type { SourceMemory } from "../../src/sources/memory.ts";
import { type Ledger, newLedger } from "../../src/sources/source.ts";

const DAY = 86_400_000;
const night = (day: number) => ({ from: day * DAY, to: (day + 1) * DAY });

/** One log whose lines name these machines, each with as many lines. */
function logOf(lines: Readonly<Record<string, number>>, facts: Partial<Ledger> = {}) {
  const ledger = Object.assign(newLedger("/var/log/all.log", true), facts);
  for (const [host, count] of Object.entries(lines)) ledger.hosts.set(host, count);
  return { ledger, host: undefined };
}

type Log = Parameters<typeof machinesOf>[0][number];

/** What is remembered after these nights, each with its logs. */
function after(nights: readonly (readonly Log[])[], window = night) {
  let memories: ReadonlyMap<string, SourceMemory> = new Map();
  for (const [day, logs] of nights.entries()) {
    memories = new Map(rememberMachines(machinesOf(logs), memories, window(day)));
  }
  return memories;
}

const week = (log: () => Log) => Array.from({ length: 7 }, () => [log()]);
const told = (log: Log, memories: ReadonlyMap<string, SourceMemory>) =>
  silentMachines(machinesOf([log]), memories, night(7)).map(({ source, status, notes }) => [source, status, ...notes]);

test("names the machine, its log and what is usual", () => {
  const memories = after(week(() => logOf({ web1: 30, web2: 40 })));
  expect(told(logOf({ web1: 1 }), memories)).toEqual([
    [
      "web2 in /var/log/all.log",
      "stale",
      "sent no line of this window, and usually sends about 40: is it up, and does it still send?",
    ],
  ]);
});

test.each([
  { name: "it was heard six nights", memories: after(week(() => logOf({ web2: 40 })).slice(1)), log: logOf({}) },
  { name: "it said little every night", memories: after(week(() => logOf({ web2: 19 }))), log: logOf({}) },
  { name: "one line came", memories: after(week(() => logOf({ web2: 40 }))), log: logOf({ web2: 1 }) },
  {
    name: "the log could not be read",
    memories: after(week(() => logOf({ web2: 40 }))),
    log: logOf({}, { status: "missing" }),
  },
  {
    name: "the log itself is silent",
    memories: after(week(() => logOf({ web2: 40 }))),
    log: logOf({}, { status: "stale" }),
  },
  {
    name: "another log has the machine",
    memories: after(
      week(() => ({ ...logOf({ web2: 40 }), ledger: Object.assign(logOf({ web2: 40 }).ledger, { source: "/b" }) })),
    ),
    log: logOf({}),
  },
  {
    name: "nights are hours",
    memories: after(
      week(() => logOf({ web2: 40 })),
      (i) => ({ from: i, to: i + 1 }),
    ),
    log: logOf({}),
  },
])("is quiet when $name", ({ memories, log }) => {
  expect(told(log, memories)).toEqual([]);
});

test("a night whose log could not be read does not count", () => {
  const busy = week(() => logOf({ web2: 40 }));
  const memories = after([...busy, [logOf({}, { status: "unreadable" })]]);
  expect(told(logOf({}), memories)).toHaveLength(1);
});

test("a machine that is silent is told once, and forgotten after a week", () => {
  const busy = week(() => logOf({ web2: 40 }));
  expect(told(logOf({}), after([...busy, [logOf({})]]))).toEqual([]);
  expect(after([...busy, ...week(() => logOf({}))]).size).toBe(0);
});

test("a folder of machines counts all files of each", () => {
  const file = (host: string, day: number, inWindow: number): Log => ({
    ledger: Object.assign(newLedger(`/remote/${day}/${host}.log`, true), { inWindow }),
    host,
    folder: "/remote",
  });
  const memories = after(Array.from({ length: 7 }, (_, day) => [file("web1", day, 15), file("web1", day + 100, 15)]));
  expect(silentMachines(machinesOf([file("web2", 7, 30)]), memories, night(7)).map(({ source }) => source)).toEqual([
    "web1 in /remote",
  ]);
});

test("a flood of machines is told in a few rows, and remembered within bounds", () => {
  const many = (count: number) => logOf(Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 30])));
  const memories = after(week(() => many(500)));
  const rows = told(logOf({}), memories);
  expect(rows).toHaveLength(21);
  expect(rows.at(-1)).toEqual(["480 more machines in /var/log/all.log", "stale", "sent no line of this window"]);
  const flood = many(10_000);
  expect(rememberMachines(machinesOf([flood]), memories, night(7))).toHaveLength(10_000);
  // Who is missing among as many as are counted at most is not known.
  expect(told(flood, memories)).toEqual([]);
});
