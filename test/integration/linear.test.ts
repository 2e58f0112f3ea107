// A rule takes time in proportion to the line, whatever the line holds: names, banners and reasons are the attacker's.
// Worst cases are made of each rule's own samples, with the words that rules look for repeated inside them.
import { expect, test } from "vitest";
import type { Rule } from "../../src/parsers/parser.ts";
import { fixtureReads } from "../parsers/fixtures.ts";

const KIB = 1024;
/** Below this a clock measures its own noise; what takes less for 256 KiB costs nothing at the 64 KiB that are read. */
const NOISE_MS = 2;
const MOST_GROWTH = 2.5;
// biome-ignore format: a table of words
const PIECES = [
  " from ", " port 1", ": ", " port 1: ", "[", "]", "(", ")", '"', "'", "\\", " ", "1", "a", ":", " for ", " by ", " user=",
  " rhost=", " ; ", "=", " : ", "192.0.2.1 ", " ssh2: ", " (", "] ", " [preauth]",
];

interface Case {
  readonly program: string;
  readonly rule: Rule;
  readonly appName: string;
  readonly samples: readonly string[];
}

const cases = new Map<Rule, Case & { samples: string[] }>();
for (const { program, message, appName, rule: name } of await fixtureReads()) {
  const rule = program.rules.find((rule) => rule.name === name);
  if (rule === undefined) continue;
  let one = cases.get(rule);
  if (one === undefined) {
    one = { program: program.name, rule, appName, samples: [] };
    cases.set(rule, one);
  }
  // A few samples of different lengths are as good as all.
  if (one.samples.length < 3 && !one.samples.some(({ length }) => length === message.length)) one.samples.push(message);
}

test.each([...cases.values()])("$program: $rule.name reads long lines in linear time", { timeout: 120_000 }, (one) => {
  for (const sample of one.samples) {
    for (const piece of PIECES) {
      for (const at of placesIn(sample, one.rule.starts.length)) expectLinear(one, sample, piece, at);
    }
  }
});

/** Where an attacker's words may stand: behind the rule's own words, in the middle, before the end. */
function placesIn(sample: string, from: number): readonly number[] {
  const middle = sample.indexOf(" ", (from + sample.length) >> 1);
  return [...new Set([from, middle < 0 ? from : middle, sample.length])];
}

function expectLinear({ rule, appName, program }: Case, sample: string, piece: string, at: number): void {
  const time = (size: number, runs: number): number => {
    const line = sample.slice(0, at) + piece.repeat(size / piece.length) + sample.slice(at);
    // One flat string, as a line that was read is.
    const message = Buffer.from(line, "latin1").toString("latin1");
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < runs; i++) {
      const from = performance.now();
      rule.parse(message, appName);
      best = Math.min(best, performance.now() - from);
      if (best < NOISE_MS) break;
    }
    return best;
  };
  for (let size = 256 * KIB; size < 1024 * KIB; size *= 2) {
    let [small, large] = [time(size, 2), Number.POSITIVE_INFINITY];
    if (small < NOISE_MS) return;
    // The best of both: a machine that is busy with something else only ever adds time.
    for (let tries = 0; tries < 30 && large > MOST_GROWTH * Math.max(small, NOISE_MS); tries++) {
      small = Math.min(small, time(size, 3));
      large = Math.min(large, time(2 * size, 3));
    }
    expect(
      large / Math.max(small, NOISE_MS),
      `${program}: ${rule.name}, ${JSON.stringify(piece)} at ${at} of ${JSON.stringify(sample)}, ${size} bytes`,
    ).toBeLessThanOrEqual(MOST_GROWTH);
  }
}
