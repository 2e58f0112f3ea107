// Hundreds of runs while another process writes and rotates the log: renamed or copied and truncated, then compressed.
import { expect, test } from "vitest";
import { DOUBTS, race } from "../sources/races.ts";

test.each(["rename", "copytruncate"] as const)(
  "every line comes once in 200 runs while %s goes on",
  async (how) => {
    const seen: number[] = [];
    const expected: number[] = [];
    const told: string[] = [];
    for (let runs = 0; runs < 200; ) {
      const next = await race(how, 12);
      runs += next.runs;
      seen.push(...next.seen);
      expected.push(...Array.from({ length: next.written }, (_, i) => i + 1));
      told.push(...next.told);
    }
    expect(seen).toEqual(expected);
    expect(told.filter((note) => !DOUBTS.includes(note))).toEqual([]);
  },
  60_000,
);
