import { describe, expect, test } from "vitest";
import { zoneShift } from "../../../src/digest/findings/zone-shift.ts";
import type { Event } from "../../../src/events/event.ts";
import { digestOf, fail2ban, type Line, sshd, windowOf } from "../events.ts";

const found = (...events: Event[]) =>
  digestOf(events, { rules: [zoneShift], window: windowOf("18 00:00", "20 00:00") }).findings;

const HOUR = 60;
const clock = (minutes: number) => {
  const day = 18 + Math.floor(minutes / (24 * HOUR));
  const time = new Date(((minutes % (24 * HOUR)) + 24 * HOUR) * 60_000).toISOString().slice(11, 19);
  return `${day} ${time}`;
};
/** Addresses that each guess five times within a minute, the first ones at noon of the 18th, then every 37 minutes. */
const attack = (count: number, seen: (ip: string, minute: number) => readonly Event[]): Event[] =>
  Array.from({ length: count }, (_, i) => {
    const ip = `203.0.113.${i + 1}`;
    const minute = 12 * HOUR + i * 37;
    const guess = sshd({ ip });
    const guesses = [0, 1, 2, 3, 4].map((n) => guess.failed(clock(minute + n / 6)));
    return [...guesses, ...seen(ip, minute + 5 / 6)];
  }).flat();

const says = (line: (tool: ReturnType<typeof fail2ban>) => Line, shift: number) => (ip: string, minute: number) => [
  line(fail2ban({ ip }))(clock(minute + shift)),
];
const bans = (shift: number) => says(({ ban }) => ban, shift);

describe("fail2ban's clock is another one", () => {
  test.each([
    { name: "5 h behind", seen: bans(-5 * HOUR), title: "5 h behind" },
    { name: "an hour behind, since the summer ended", seen: bans(-HOUR), title: "1 h behind" },
    { name: "5 h 30 min ahead", seen: bans(5.5 * HOUR), title: "5.5 h ahead of" },
    { name: "half an hour off, as on Lord Howe", seen: bans(0.5 * HOUR), title: "0.5 h ahead of" },
    { name: "told by what it found", seen: says(({ found }) => found, -5 * HOUR), title: "5 h behind" },
  ])("$name", ({ seen, title }) => {
    expect(found(...attack(4, seen))).toEqual([
      {
        id: "zone-shift",
        severity: "notice",
        title: `fail2ban's times are ${title} those of the log that it watches`,
        detail: expect.stringMatching(/^4 of 4 times when fail2ban saw an address lie .* set time_zone for it under/),
        evidence: [],
      },
    ]);
  });

  test("also where a few addresses tried again at the hour of their ban", () => {
    const events = attack(12, bans(-5 * HOUR));
    const again = sshd({ ip: "203.0.113.1" }).failed(clock(7 * HOUR + 1));
    expect(found(...events, again)).toHaveLength(1);
  });
});

describe("fail2ban's clock is right", () => {
  const steady = Array.from({ length: 96 }, (_, i) => sshd({ ip: "203.0.113.9" }).failed(clock(i * 30)));
  test.each<[string, Event[]]>([
    ["when it bans at once", attack(6, bans(0))],
    ["when its bans take a minute", attack(6, bans(0.9))],
    ["as far as two bans can tell", attack(2, bans(-5 * HOUR))],
    ["when its bans lie no whole half hours apart", attack(6, bans(-5 * HOUR + 15))],
    [
      "when each lies apart by another number of hours",
      attack(6, (ip, at) => bans(Math.round((at % 7) - 9) * HOUR)(ip, at)),
    ],
    ["when one ban in three is in time", attack(9, (ip, at) => bans(at % 3 < 1 ? 0 : -5 * HOUR)(ip, at))],
    [
      "when it is not fail2ban that bans",
      attack(6, (ip, at) => [fail2ban({ ip, tool: "sshguard" }).ban(clock(at - 5 * HOUR))]),
    ],
    [
      "when it lifts bans after five hours",
      attack(6, (ip, at) => [fail2ban({ ip }).ban(clock(at)), fail2ban({ ip }).unban(clock(at + 5 * HOUR))]),
    ],
    [
      "when it restores bans at a restart",
      attack(
        6,
        says(({ restored }) => restored, 5 * HOUR),
      ),
    ],
    [
      "when addresses that nobody heard are banned",
      [1, 2, 3, 4].map((n) => fail2ban({ ip: `192.0.2.${n}` }).ban(clock(n * HOUR))),
    ],
    [
      "when somebody guesses every half hour",
      [...steady, ...[1, 2, 3, 4].map((n) => fail2ban({ ip: "203.0.113.9" }).ban(clock(n * HOUR)))],
    ],
    ["when there is no fail2ban", attack(6, () => [])],
  ])("%s", (_, events) => {
    expect(found(...events)).toEqual([]);
  });
});

test("remembers a bounded number of addresses and times", () => {
  const flood = Array.from({ length: 3_000 }, (_, i) =>
    sshd({ ip: `2001:db8::${i.toString(16)}` }).failed(clock(i / 10)),
  );
  const late = attack(4, bans(-5 * HOUR));
  expect(found(...flood, ...late)).toEqual([]);
});
