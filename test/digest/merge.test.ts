// design: the same line twice.
import { expect, test } from "vitest";
import { fail2ban, mergedOf, packet, sshd } from "./events.ts";

const shared = { procId: "", line: 0, file: "" };
const blocked = packet(shared);

/** The same line as each of several files has it. */
const copy = (time = "01:00:00") => [blocked(time), "[UFW BLOCK] IN=eth0 SRC=203.0.113.7"] as const;

test("a packet in three files is one", async () => {
  expect(await mergedOf([copy()], [copy()], [copy()])).toHaveLength(1);
});

test("two equal lines in one file are two", async () => {
  expect(await mergedOf([copy(), copy()])).toHaveLength(2);
  expect(await mergedOf([copy(), copy()], [])).toHaveLength(2);
});

test("the file that holds a line most often says how often: the maximum, not the sum", async () => {
  expect(await mergedOf([copy()], [copy(), copy(), copy()], [copy(), copy()])).toHaveLength(3);
});

test("fractions of a second do not matter: one file may have them and another not", async () => {
  expect(await mergedOf([copy("01:00:00.712")], [copy("01:00:00")])).toHaveLength(1);
});

test.each([
  ["second", [blocked("01:00:00"), "m"], [blocked("01:00:01"), "m"]],
  ["message", [blocked("01:00:00"), "m"], [blocked("01:00:00"), "n"]],
  ["process", [blocked("01:00:00"), "m"], [blocked("01:00:00", { procId: "7" }), "m"]],
  ["program", [blocked("01:00:00"), "m"], [blocked("01:00:00", { appName: "syslog" }), "m"]],
  ["machine", [blocked("01:00:00"), "m"], [blocked("01:00:00", { hostname: "web1" }), "m"]],
] as const)("lines of another %s are not the same", async (_, one, other) => {
  expect(await mergedOf([one], [other])).toHaveLength(2);
});

test("the same message of several programs and seconds keeps them apart", async () => {
  const lines = ["a", "b"].flatMap((appName) =>
    ["01:00:00", "01:00:01"].map((time) => [blocked(time, { appName }), "m"] as const),
  );
  const sorted = [...lines].sort(([a], [b]) => (a.head.at ?? 0) - (b.head.at ?? 0));
  expect(await mergedOf(sorted, sorted)).toHaveLength(4);
});

test("brings the sources into one order of time", async () => {
  const guess = sshd();
  const jail = fail2ban();
  const merged = await mergedOf(
    [
      [guess.failed("01:00:00"), "Failed"],
      [guess.closed("01:00:09"), "Connection closed"],
    ],
    [[jail.ban("01:00:05"), "[sshd] Ban"]],
  );
  expect(merged.map(({ kind }) => kind)).toEqual(["login.failure", "ban", "probe"]);
});

test("lines of one file that are slightly out of order stay in the order of the file", async () => {
  const merged = await mergedOf(
    [
      [blocked("01:00:05"), "a"],
      [blocked("01:00:03"), "b"],
      [blocked("01:00:09"), "c"],
    ],
    [[blocked("01:00:06"), "d"]],
  );
  expect(merged.map(({ head }) => new Date(head.at ?? 0).getUTCSeconds())).toEqual([5, 3, 6, 9]);
});

test("a copy that a slow logger wrote two minutes later in the file is still a copy", async () => {
  const others = Array.from({ length: 5 }, (_, i) => [blocked(`01:0${i}:30`), `other ${i}`] as const);
  const late = [...others.slice(0, 2), copy("01:00:00"), ...others.slice(2)];
  expect(await mergedOf([copy("01:00:00")], late)).toHaveLength(6);
});

test("no sources, and sources without lines, are nothing", async () => {
  expect(await mergedOf()).toEqual([]);
  expect(await mergedOf([], [])).toEqual([]);
});
