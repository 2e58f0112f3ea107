import { expect, test } from "vitest";
import type { Found } from "../../src/digest/finding-rule.ts";
import { numberLines } from "../../src/run/line-numbers.ts";
import { newLedger } from "../../src/sources/source.ts";

const found = (source: string, ...lines: readonly number[]): Found => ({
  id: "x",
  severity: "notice",
  title: "x",
  detail: "x",
  evidence: lines.map((line) => ({ source, line, at: 0, what: "x" })),
});

function ledgerOf(file: string, countLines: () => Promise<number>) {
  const ledger = newLedger(file, true);
  ledger.leftOut.set(file, { countLines, close: () => undefined });
  return ledger;
}

test("lines of a part get the numbers that they have in their file", async () => {
  const ledgers = [ledgerOf("/a.log", async () => 1000), newLedger("/b.log", false)];
  const numbered = await numberLines([found("/a.log", 1, 7), found("/b.log", 3)], ledgers);
  expect(numbered).toEqual([found("/a.log", 1001, 1007), found("/b.log", 3)]);
});

test("a beginning that no finding needs is not read", async () => {
  const ledger = ledgerOf("/a.log", () => Promise.reject(new Error("was read")));
  expect(await numberLines([found("/b.log", 3)], [ledger])).toEqual([found("/b.log", 3)]);
  expect(ledger.status).toBe("ok");
});

test("a beginning that cannot be read is told", async () => {
  const ledger = ledgerOf("/a.log", () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })));
  expect(await numberLines([found("/a.log", 3)], [ledger])).toEqual([found("/a.log", 3)]);
  expect(ledger.status).toBe("damaged");
});
