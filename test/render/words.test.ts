import { expect, test } from "vitest";
import { duration } from "../../src/render/words.ts";

test.each([
  [0, "0 s"],
  [45, "45 s"],
  [60, "1 min"],
  [89, "1 min"],
  [3_599, "59 min"],
  [3_600, "1 h"],
  [7_803, "2 h 10 min"],
  [86_400, "1 d"],
  [100_800, "1 d 4 h"],
  [100_000_000, "1,157 d 9 h"],
])("%i seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
