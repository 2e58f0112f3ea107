import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Attempt, Attempts, triesOf, usersOf } from "../../../src/digest/findings/attempts.ts";
import { rangeOf } from "../../../src/digest/findings/range.ts";
import { networkOf } from "../../../src/digest/network.ts";
import { parseAddress } from "../../../src/events/address.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A try of `192.0.2.7` for `user`. */
function attempt(at: number, user = "root", count = 1, peer = "192.0.2.7"): Attempt {
  return { at, count, peer, user, file: "auth.log", line: at };
}

/** As the tally tells it. */
function told({ at, count, peer, user, file, line }: Attempt): Parameters<Attempts["add"]>[0] {
  const ip = parseAddress(peer);
  const head = { file, line, at, hostname: "mini", appName: "sshd", procId: "7" };
  const event = { head, kind: "login.failure", service: "sshd", basis: "verdict", repeat: count, user } as const;
  return ip === undefined ? { at, count, event: { ...event, host: peer }, ip, user } : { at, count, event, ip, user };
}

function attemptsOf(all: readonly Attempt[]): Attempts {
  const attempts = new Attempts();
  for (const one of all) attempts.add(told(one));
  return attempts;
}

describe("the tries of an address", () => {
  test.each([
    { name: "few are all there, the oldest first", tries: 3, most: 3, total: 3 },
    { name: "a hundred are all there", tries: 100, most: 100, total: 100 },
    { name: "of more the last hundred are there, and count for all", tries: 101, most: 100, total: 101 },
    { name: "however many there were", tries: 1_234, most: 100, total: 1_234 },
  ])("$name", ({ tries, most, total }) => {
    const all = Array.from({ length: tries }, (_, i) => attempt(i * 1_000));

    const known = attemptsOf(all).of("192.0.2.7", tries * 1_000);

    const kept = all.slice(-most);
    const [first, ...rest] = kept as [Attempt, ...Attempt[]];
    expect(known).toEqual([{ ...first, count: total - rest.length }, ...rest]);
  });

  test("of more than a day ago count no more, also those that made room", () => {
    const old = Array.from({ length: 150 }, (_, i) => attempt(i));
    const late = Array.from({ length: 100 }, (_, i) => attempt(2 * DAY + i * MINUTE));

    const known = attemptsOf([...old, ...late]).of("192.0.2.7", 2 * DAY + 100 * MINUTE);

    expect(known).toEqual(late);
  });

  test("after the moment that is asked about do not count", () => {
    const attempts = attemptsOf([attempt(0), attempt(MINUTE), attempt(2 * MINUTE)]);

    expect(attempts.of("192.0.2.7", MINUTE)).toEqual([attempt(0), attempt(MINUTE)]);
  });

  test("for one name can be forgotten, and the others stay with what they stand for", () => {
    const others = Array.from({ length: 120 }, (_, i) => attempt(i, i % 2 === 0 ? "root" : "oracle"));
    const attempts = attemptsOf(others);

    attempts.forget("192.0.2.7", "oracle");
    const left = attempts.of("192.0.2.7", 120);

    // The oldest that is known is one for root, and stands for the twenty before it too.
    expect([triesOf(left), usersOf(left), left.length]).toEqual([70, ["root"], 50]);
    for (let i = 120; i < 180; i++) attempts.add(told(attempt(i, "admin")));
    expect(triesOf(attempts.of("192.0.2.7", 200))).toBe(130);
  });
});

test("a range has as many tries as its addresses, however many those are", () => {
  const all = Array.from({ length: 5_000 }, (_, i) => attempt(i, "root", 1, `2001:db8::${(i + 1).toString(16)}`));
  const attempts = attemptsOf(all);
  const known = attempts.ofRange("2001:db8::/64", 5_000);
  expect([triesOf(known), known.length, known.at(-1)]).toEqual([5_000, 100, all.at(-1)]);
  expect(attempts.isRangeAbove("2001:db8::/64", "2001:db8::ffff", 5, 5_000)).toBe(true);
});

describe("columns of numbers tell the same as a list", () => {
  const PEERS = ["192.0.2.7", "192.0.2.8", "192.0.2.200", "192.0.3.7", "2001:db8::1", "2001:db8::2", "192.0.2.example"];
  const tries = fc.array(
    fc.record({
      // Seconds since the try before; now and then it was told late, or a day went by.
      wait: fc.oneof({ weight: 40, arbitrary: fc.integer({ min: 0, max: 60 }) }, fc.constantFrom(-90, 7_200, 90_000)),
      peer: fc.constantFrom(...PEERS),
      user: fc.constantFrom("root", "admin", "alice", ""),
      count: fc.integer({ min: 1, max: 3 }),
      // Alice got in, and her typos are forgotten.
      forgets: fc.nat(50).map((n) => n === 0),
    }),
    { maxLength: 600, size: "max" },
  );

  test("of an address's tries, the hundred last one by one, and of its range's", () => {
    fc.assert(
      fc.property(tries, (all) => {
        const attempts = new Attempts();
        const lists = new Map<string, Attempt[]>(PEERS.map((peer) => [peer, []]));
        let now = 0;
        for (const [line, { wait, peer, user, count, forgets }] of all.entries()) {
          now += wait * 1_000;
          const one = { at: now, count, peer, user, file: "auth.log", line };
          attempts.add(told(one));
          lists.set(peer, lastHundred([...(lists.get(peer) ?? []), one], now));
          if (!forgets) continue;
          attempts.forget(peer, "alice");
          lists.set(
            peer,
            (lists.get(peer) ?? []).filter((other) => other.user !== "alice"),
          );
        }
        const ofDay = (peers: readonly string[]) =>
          peers.flatMap((peer) => lists.get(peer) ?? []).filter(({ at }) => at >= now - DAY && at <= now);

        for (const peer of PEERS) expect(attempts.of(peer, now)).toEqual(ofDay([peer]));
        for (const [range, peers] of [
          ["192.0.2.0/24", PEERS.slice(0, 3)],
          ["192.0.3.0/24", PEERS.slice(3, 4)],
          ["2001:db8::/64", PEERS.slice(4, 6)],
        ] as const) {
          const known = ofDay(peers).sort((a, b) => a.line - b.line);
          expect(attempts.ofRange(range, now)).toEqual(addedUp(known));
          const isBeside = known.some(({ peer }) => peer !== peers[0]) && triesOf(known) >= 5;
          expect(attempts.isRangeAbove(range, peers[0] as string, 5, now)).toBe(isBeside);
        }
      }),
      { numRuns: 200 },
    );
  });

  /** Without the oldest of more than a hundred; it counts to the next one when it is of the day before `now`. */
  function lastHundred([oldest, next, ...rest]: Attempt[], now: number): Attempt[] {
    if (oldest === undefined || next === undefined || rest.length < 99) return [oldest, next, ...rest].filter(isThere);
    return [{ ...next, count: next.count + (oldest.at >= now - DAY ? oldest.count : 0) }, ...rest];
  }

  /** The last hundred; the oldest stands for all before it too. */
  function addedUp(all: readonly Attempt[]): Attempt[] {
    const [first, ...others] = all.slice(-100);
    return first === undefined ? [] : [{ ...first, count: triesOf(all) - triesOf(others) }, ...others];
  }

  function isThere<T>(one: T | undefined): one is T {
    return one !== undefined;
  }
});

test("an address that goes on is known however many others try, and one that is silent is forgotten", () => {
  const attempts = new Attempts();
  attempts.add(told(attempt(0, "root", 1, "192.0.2.9")));
  for (let i = 0; i < 300_000; i++) {
    const peer = i % 50_000 === 0 ? "192.0.2.7" : `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    attempts.add(told(attempt(i, "root", 1, peer)));
  }
  expect([attempts.of("192.0.2.7", DAY), attempts.of("192.0.2.9", DAY)].map(triesOf)).toEqual([6, 0]);
  expect(attempts.ofRange("192.0.2.0/24", DAY)).toHaveLength(6);
  expect(triesOf(attempts.ofRange("10.4.0.0/24", DAY))).toBe(256);
});

test("the range of an address is its network", () => {
  const words = fc.array(fc.constantFrom("0", "0", "1", "db8", "ffff"), { minLength: 8, maxLength: 8 });
  const addresses = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    words.map((all) => all.join(":")),
  );
  fc.assert(
    fc.property(addresses, (text) => {
      const ip = parseAddress(text);
      if (ip !== undefined) expect(rangeOf(ip)).toBe(networkOf(ip, ip.includes(":") ? 64 : 24));
    }),
  );
  expect([rangeOf("::1"), rangeOf("fe80::1%eth0")]).toEqual(["::/64", "fe80::/64"]);
});
