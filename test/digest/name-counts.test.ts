// Names that many groups see, kept once: what a group holds is bounded, and what it gives back is free again.
import { expect, test } from "vitest";
import { NameCounts, SharedNames } from "../../src/digest/name-counts.ts";

function groupOf(shared: SharedNames, names: readonly string[], cap = 10): NameCounts {
  const group = new NameCounts(shared, cap);
  for (const name of names) group.add(name, 1);
  return group;
}

test("the most frequent names come first, of equals the first seen", () => {
  const group = groupOf(new SharedNames(10), ["root", "admin", "test", "admin", "git"]);
  group.add("git", 2);
  expect([group.size, group.top(3)]).toEqual([4, ["git", "admin", "root"]]);
});

test("a group without names has none", () => {
  const group = groupOf(new SharedNames(10), []);
  expect([group.size, group.top(3)]).toEqual([0, []]);
});

test("beyond its bound a group remembers no further name, and goes on counting those it has", () => {
  const group = groupOf(new SharedNames(10), ["a", "b", "c", "b", "a", "b"], 2);
  expect([group.size, group.top(3)]).toEqual([2, ["b", "a"]]);
});

test("groups share their room, and a group that is released gives its own back", () => {
  const shared = new SharedNames(3);
  const one = groupOf(shared, ["root", "admin"]);
  const two = groupOf(shared, ["admin", "root", "git"]);
  expect([one.size, two.size]).toEqual([2, 1]);
  one.release();
  two.add("git", 3);
  two.add("oracle", 1);
  // What one group gave up keeps its place for the other that holds it, and a number that is free is used again.
  expect([two.size, two.top(3)]).toEqual([3, ["git", "admin", "oracle"]]);
});
