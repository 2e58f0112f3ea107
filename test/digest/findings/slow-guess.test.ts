// A few tries a night are nothing in any night, and something in a week.
import { describe, expect, test } from "vitest";
import { nightsOf, same, toldIn } from "../nights.ts";

const SLOW = "203.0.113.9";

let pids = 100;

/** So many tries of an address, each a connection. */
function tries(count: number, ip = SLOW, host = "mini"): string[] {
  return Array.from({ length: count }, (_, i) => {
    const minute = String(i % 60).padStart(2, "0");
    return `0${Math.floor(i / 60)}:${minute}:00 @${host} sshd[${++pids}]: Failed password for root from ${ip} port 40000 ssh2`;
  });
}
const ban = `05:00:00 fail2ban.actions[812]: NOTICE [sshd] Ban ${SLOW}`;
const quiet: string[] = [];
const slow = (...found: string[][]) => found.map((night) => night.filter((one) => one.includes("slow-guess")));

test("is a warning in the fifth of seven nights, and then a notice", async () => {
  const nights = [tries(3), tries(1), quiet, tries(20), tries(2), tries(4), tries(3), quiet, tries(3)];
  expect(slow(...(await toldIn(nights)))).toEqual([
    ...same(5, []),
    [`warning slow-guess: ${SLOW} guesses slowly: a few tries a night, in 5 of the last 7 nights`],
    [`notice slow-guess: ${SLOW} guesses slowly: a few tries a night, in 6 of the last 7 nights`],
    [],
    [`notice slow-guess: ${SLOW} guesses slowly: a few tries a night, in 5 of the last 7 nights`],
  ]);
});

test("is told with its numbers, the three most patient by name", async () => {
  const addresses = [1, 2, 3, 4, 5].map((n) => `203.0.113.${n}`);
  const night = addresses.flatMap((ip, i) => tries(i + 1, ip));
  const [last] = (await nightsOf(same(5, night))).slice(-1);
  expect(last?.findings).toMatchObject([
    {
      severity: "warning",
      title: "5 addresses guess slowly: a few tries a night, night after night",
      detail:
        "203.0.113.5 tried in 5 of the last 7 nights, 5 times in this one; 203.0.113.4 tried in 5 of the last 7 nights, " +
        "4 times in this one; 203.0.113.3 tried in 5 of the last 7 nights, 3 times in this one, and 2 more addresses do " +
        "alike; never more than 20 tries a night, and no ban in this one. Who has patience stays below every limit of a " +
        "jail. Ban the address by hand, or give fail2ban a longer findtime and a bantime that grows.",
    },
  ]);
});

test("is seen through nights that were reported together", async () => {
  const digests = await nightsOf(same(6, tries(2)), { missed: [1, 2, 4] });
  expect(digests.map(({ findings }) => findings.map(({ id }) => id))).toEqual([[], [], ["slow-guess"]]);
});

test("is found behind a flood of addresses that come once", async () => {
  const flood = (night: number) =>
    Array.from({ length: 1_500 }, (_, i) => tries(3, `10.${night}.${Math.floor(i / 250)}.${i % 250}`)).flat();
  const nights = Array.from({ length: 5 }, (_, night) => [...tries(1), ...(night === 0 ? [] : flood(night))]);
  expect(slow(...(await toldIn(nights))).at(-1)).toEqual([expect.stringContaining(`warning slow-guess: ${SLOW} `)]);
});

describe("is not", () => {
  test.each<[string, readonly string[][]]>([
    ["four nights of seven", [...same(3, tries(3)), quiet, quiet, quiet, tries(3)]],
    ["five nights of eight", [...same(2, tries(3)), ...same(3, quiet), ...same(3, tries(3))]],
    ["more than twenty tries a night", same(7, tries(21))],
    ["an address that is banned", same(7, [...tries(5), ban])],
    ["another address of the range each night", [1, 2, 3, 4, 5, 6, 7].map((n) => tries(3, `203.0.113.${n}`))],
    [
      "somebody who mistypes and gets in",
      same(7, [...tries(2), `09:00:00 sshd[77]: Accepted password for root from ${SLOW} port 40000 ssh2`]),
    ],
    [
      "somebody who mistypes, and got in before",
      [[`09:00:00 sshd[77]: Accepted password for root from ${SLOW} port 40000 ssh2`], ...same(7, tries(2))],
    ],
    ["one address that goes from machine to machine", ["a", "b", "c", "d", "e"].map((host) => tries(3, SLOW, host))],
  ])("%s", async (_, nights) => {
    expect(slow(...(await toldIn(nights))).flat()).toEqual([]);
  });
});
