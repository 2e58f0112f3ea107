// Rotations while the log is read; test/integration/rotation-race.test.ts has many more of them.
import { expect, test } from "vitest";
import { DOUBTS, race } from "./races.ts";

test.each(["rename", "copytruncate"] as const)("every line comes once while %s goes on", async (how) => {
  const { written, seen, told } = await race(how, 4);
  expect(seen).toEqual(Array.from({ length: written }, (_, i) => i + 1));
  expect(told.filter((note) => !DOUBTS.includes(note))).toEqual([]);
});
