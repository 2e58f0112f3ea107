import { expect, test } from "vitest";
import { DistinctCount } from "../../src/digest/distinct-count.ts";
import { Failures } from "../../src/digest/failures.ts";
import { Latest } from "../../src/digest/latest.ts";

test("of more keys than may be, those that were set first are forgotten", () => {
  const latest = new Latest<number>(3);
  for (let i = 0; i < 10; i++) latest.set(`k${i}`, i);
  expect([...latest.keys()]).toEqual(["k7", "k8", "k9"]);
});

test("a key that was deleted and set again is the latest", () => {
  const latest = new Latest<number>(3);
  for (const key of ["a", "b", "c", "d"]) latest.set(key, 1);
  latest.delete("b");
  latest.set("b", 2);
  latest.set("e", 3);
  expect([...latest.entries()]).toEqual([
    ["d", 1],
    ["b", 2],
    ["e", 3],
  ]);
  expect(latest.makeRoom()).toBe(1);
});

test("a flood of distinct keys costs the same for each", () => {
  const latest = new Latest<number>(20_000);
  for (let i = 0; i < 300_000; i++) latest.set(`k${i}`, i);
  expect([latest.size, latest.has("k279999"), latest.has("k280000")]).toEqual([20_000, false, true]);
});

test("distinct texts are counted up to the bound, and given back", () => {
  const room = { left: 5_000 };
  const count = new DistinctCount(1_000, room);
  for (let i = 0; i < 2_000; i++) count.add(`198.18.${i >> 8}.${i & 255}`);
  expect([count.size, count.complete, room.left]).toEqual([1_000, false, 4_000]);
  count.release();
  expect(room.left).toBe(5_000);
});

test("addresses beyond the cap are counted, and the largest stay with their names", () => {
  const failures = new Failures(1_500);
  for (let i = 0; i < 4_000; i++) {
    failures.add(`198.18.${i >> 8}.${i & 255}`, `user${i % 700}`, 1, i, "web1");
    if (i % 100 === 0) failures.add("192.0.2.1", i === 0 ? "root" : "admin", 1, i, "web1");
  }
  failures.add("192.0.2.1", "root", 1, 5_000, "web2");
  // Those that were given up are told by one bit each, and two may share one.
  expect(failures.size).toBeGreaterThan(3_995);
  expect(failures.size).toBeLessThanOrEqual(4_002);
  const rows = failures.sorted(2).map(({ users, ...row }) => ({ ...row, users: users.top(3) }));
  expect(rows).toEqual([
    { ip: "192.0.2.1", host: "web1", count: 40, first: 0, last: 3_900, users: ["admin", "root"] },
    { ip: "192.0.2.1", host: "web2", count: 1, first: 5_000, last: 5_000, users: ["root"] },
  ]);
});
