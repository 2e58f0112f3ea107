import { describe, expect, test } from "vitest";
import { type Attempt, Attempts, triesOf, usersOf } from "../../../src/digest/findings/attempts.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A try of `192.0.2.7` for `user`. */
function attempt(at: number, user = "root", count = 1, peer = "192.0.2.7"): Attempt {
  return { at, count, peer, user, file: "auth.log", line: at };
}

function attemptsOf(all: readonly Attempt[]): Attempts {
  const attempts = new Attempts();
  for (const one of all) attempts.add(one.peer, one);
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

    attempts.forget("192.0.2.7", "192.0.2.7", "oracle");
    const left = attempts.of("192.0.2.7", 120);

    // The oldest that is known is one for root, and stands for the twenty before it too.
    expect([triesOf(left), usersOf(left), left.length]).toEqual([70, ["root"], 50]);
    for (let i = 120; i < 180; i++) attempts.add("192.0.2.7", attempt(i, "admin"));
    expect(triesOf(attempts.of("192.0.2.7", 200))).toBe(130);
  });
});
