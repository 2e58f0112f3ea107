// Log lines are the attacker's to write: whatever they hold, reading them neither throws nor invents an address.
// FUZZ_RUNS=1000000 vitest run test/parsers/hostile.test.ts   looks harder.
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress } from "../../src/events/address.ts";
import { parsers } from "../../src/parsers/index.ts";
import { eventsOf, fixtureReads, fixtures } from "./fixtures.ts";

const numRuns = Number(process.env.FUZZ_RUNS ?? 2_000);
const timeout = 30_000 + numRuns * 20;

const lines = fixtures.flatMap(({ bytes }) => linesOf(bytes));
const starts = [
  ...new Set((await fixtureReads()).flatMap(({ program }) => program.rules.map((rule) => rule.starts))),
  "",
];
const appNames = [...parsers.flatMap((parser) => parser.appNames), "login", "cron"].map((name) =>
  name.replace("*", ""),
);

/** Words that the rules look for, so that chance finds their insides. */
const word = fc.constantFrom(
  " from ",
  " port ",
  " port 22",
  " ssh2",
  " ssh2: ",
  " for ",
  "invalid user ",
  " user=",
  " rhost=",
  ": ",
  " : ",
  " [preauth]",
  "[",
  "]",
  "(",
  ")",
  '"',
  "'",
  " by ",
  " on ",
  "=",
  " ",
  "203.0.113.7",
  "2001:db8::7",
  "::ffff:192.0.2.1",
  "256.1.1.1",
  "1.2.3",
  "99999999999",
  "\\033",
  "é",
  "\u0000",
  "__proto__",
);
const text = fc
  .array(fc.oneof(word, fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom(...starts)), { maxLength: 24 })
  .map((parts) => parts.join("").replaceAll("\n", " "));

test("arbitrary text under any program's name is read without an error", { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...appNames), fc.constantFrom(...starts), text, async (appName, start, rest) => {
      await readSafely(Buffer.from(`Nov 20 10:00:00 host ${appName}[7]: ${start}${rest}\n`));
      await readSafely(Buffer.from(`2026-11-20 10:00:00,123 ${appName}: ${start}${rest}\n`));
    }),
    { numRuns },
  );
});

test("lines with bytes flipped, deleted or repeated are read without an error", { timeout }, async () => {
  const change = fc.record({
    how: fc.constantFrom("flip", "delete", "repeat", "insert"),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    byte: fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 10),
    word,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lines),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (line, changes) => {
        let bytes = line;
        for (const { how, at, length, byte, word } of changes) {
          const from = Math.floor(at * bytes.length);
          const [head, part, tail] = [
            bytes.subarray(0, from),
            bytes.subarray(from, from + length),
            bytes.subarray(from + length),
          ];
          if (how === "flip") bytes = Buffer.concat([head, Buffer.of(byte), bytes.subarray(from + 1)]);
          else if (how === "delete") bytes = Buffer.concat([head, tail]);
          else if (how === "repeat") bytes = Buffer.concat([head, part, part, part, tail]);
          else bytes = Buffer.concat([head, Buffer.from(word), part, tail]);
        }
        await readSafely(bytes);
      },
    ),
    { numRuns },
  );
});

async function readSafely(bytes: Buffer): Promise<void> {
  const input = bytes.toString("utf8");
  for (const event of await eventsOf(bytes, "-")) {
    const { ip, host, destinationIp } = event as { ip?: string; host?: string; destinationIp?: string };
    for (const address of [ip, destinationIp]) if (address !== undefined) expect(input).toSatisfy(holds(address));
    if (host !== undefined) expect(input).toContain(host);
    expect(event.repeat).toBeGreaterThanOrEqual(0);
  }
}

/** True of a text in which `address` stands, in whatever spelling. A range is its address. */
function holds(address: string): (input: string) => boolean {
  const bare = address.split("/", 1)[0] ?? address;
  return (input) => {
    if (input.includes(bare)) return true;
    for (const [run] of input.matchAll(/[0-9a-fA-F:.]{2,}(?:%[\w.-]+)?/g)) {
      for (let from = 0; from < run.length; from++) {
        for (let to = from + 2; to <= Math.min(run.length, from + 64); to++) {
          if (parseAddress(run.slice(from, to)) === bare) return true;
        }
      }
    }
    return false;
  };
}

function linesOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    if (to > from) found.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return found;
}
