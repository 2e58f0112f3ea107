// Evidence names lines by their numbers. Of a long log only a part is read, and numbered from its own beginning: what
// stands before it is counted when a finding names a line of it.
import type { Found } from "../digest/finding-rule.ts";
import { reasonOf } from "../errors.ts";
import { type Ledger, worsen } from "../sources/source.ts";

/** Returns the findings with the true numbers of their lines. */
export async function numberLines(findings: readonly Found[], ledgers: readonly Ledger[]): Promise<readonly Found[]> {
  const named = new Set(findings.flatMap(({ evidence }) => evidence.map(({ source }) => source)));
  const before = new Map<string, number>();
  for (const ledger of ledgers) {
    for (const [file, leftOut] of ledger.leftOut) {
      if (!named.has(file) || before.has(file)) continue;
      try {
        before.set(file, await leftOut.countLines());
      } catch (error) {
        worsen(ledger, "damaged", `${file}: what stands before the window cannot be read: ${reasonOf(error)}`);
      }
    }
  }
  if (before.size === 0) return findings;
  return findings.map((finding) => ({
    ...finding,
    evidence: finding.evidence.map((one) => ({ ...one, line: one.line + (before.get(one.source) ?? 0) })),
  }));
}
