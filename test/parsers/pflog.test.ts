import { expect, test } from "vitest";
import { dispatch } from "../../src/parsers/index.ts";
import { parseLines } from "../../src/parsers/parse-lines.ts";
import { readLines } from "../../src/sources/lines.ts";
import { newLedger } from "../../src/sources/source.ts";
import { lineClock } from "../../src/window/line-clock.ts";
import { zoneClock } from "../../src/window/zone.ts";

const DAY = { leadIn: Date.UTC(2026, 10, 18), from: Date.UTC(2026, 10, 19), to: Date.UTC(2026, 10, 20) };
const BLOCK = "rule 0/0(match): block in on em0: 203.0.113.9.4242 > 192.0.2.1.22: Flags [S], length 0";

/** Reads a pflog as a digest of 19 November does. */
async function digesting(line: string) {
  const bytes = Buffer.from(`${line}\n`.repeat(3));
  let position = 0;
  const reader = {
    read(into: Buffer, at: number, length: number) {
      const copied = bytes.copy(into, at, position, position + length);
      position += copied;
      return copied;
    },
    close: () => undefined,
  };
  const ledger = newLedger("pflog", false);
  const clock = lineClock(zoneClock("UTC"), DAY.to);
  const batches = readLines(reader, "pflog", clock, { bytes: 0, lines: 0, overlong: 0 });
  let events = 0;
  for await (const batch of parseLines(batches, { dispatch, span: DAY, ledger, host: undefined }))
    events += batch.length;
  return { events, undated: ledger.undated };
}

test.each([
  ["-tttt", `2026-11-19 10:00:00.000000 ${BLOCK}`, { events: 3, undated: 0 }],
  ["-tt", `1795082400.000000 ${BLOCK}`, { events: 3, undated: 0 }],
  ["OpenBSD", `Nov 19 10:00:00.000000 ${BLOCK}`, { events: 3, undated: 0 }],
  ["-tt, of another day", `1795168800.000000 ${BLOCK}`, { events: 0, undated: 0 }],
  ["no option", `10:00:00.000000 ${BLOCK}`, { events: 0, undated: 3 }],
  ["-ttt", ` 00:00:00.000145 ${BLOCK}`, { events: 0, undated: 3 }],
  ["-ttt, of old", `000145 ${BLOCK}`, { events: 0, undated: 3 }],
  ["-t", BLOCK, { events: 0, undated: 3 }],
])("a packet that tcpdump printed with %s is in its day or undated, never guessed", async (_, line, told) => {
  expect(await digesting(line)).toEqual(told);
});
