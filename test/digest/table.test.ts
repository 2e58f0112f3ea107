// design §5: bounded tables; what is given up is the smallest, and the rest says "at least".
import { expect, test } from "vitest";
import { type Counted, Table } from "../../src/digest/table.ts";

interface Row extends Counted {
  readonly name: string;
}

/** Counts each name as often as it says, one a millisecond. */
function counted(cap: number, names: readonly (readonly [name: string, count: number])[]) {
  const givenUp: string[] = [];
  const table = new Table<Row>(cap, ({ name }) => givenUp.push(name));
  for (const [at, [name, count]] of names.entries()) table.add(name, count, at, () => ({ name }));
  return { table, givenUp };
}

test("up to the cap every group is exact", () => {
  const { table } = counted(4, [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["c", 1],
  ]);
  expect([table.exact, table.size]).toEqual([true, 3]);
  expect(table.sorted()).toEqual([
    { name: "a", count: 4, first: 0, last: 2 },
    { name: "b", count: 2, first: 1, last: 1 },
    { name: "c", count: 1, first: 3, last: 3 },
  ]);
});

test.each([
  [
    "the smallest go",
    [
      ["a", 5],
      ["b", 1],
      ["c", 2],
      ["d", 9],
    ],
    ["b", "c"],
  ],
  [
    "of equals the oldest go",
    [
      ["a", 1],
      ["b", 1],
      ["c", 1],
      ["d", 1],
    ],
    ["a", "b"],
  ],
  [
    "of equals among larger ones the oldest go",
    [
      ["a", 1],
      ["b", 7],
      ["c", 1],
      ["d", 1],
    ],
    ["a", "c"],
  ],
  [
    "one that came back lately stays",
    [
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 2],
      ["a", 1],
    ],
    ["b", "c"],
  ],
] as const)("beyond the cap the half is given up: %s", (_, names, gone) => {
  const { table, givenUp } = counted(4, [...names, ["new", 1]]);
  expect(givenUp).toEqual(gone);
  expect([table.exact, table.size]).toEqual([false, 5]);
});

test("groups of one size and one moment: the half stays all the same", () => {
  const table = new Table<Row>(4);
  for (const name of ["a", "b", "c", "d", "e"]) table.add(name, 1, 0, () => ({ name }));
  expect(table.sorted().map(({ name }) => name)).toEqual(["a", "b", "e"]);
});

test("a name that comes back is the same group, not one more", () => {
  const { table } = counted(2, [
    ["a", 1],
    ["b", 1],
    ["c", 1],
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
  expect(table.size).toBe(3);
});
