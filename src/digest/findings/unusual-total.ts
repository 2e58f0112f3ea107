// A night far above what is usual here: a flood that no single address shows.
import type { History, Totals } from "../digest.ts";
import type { Found } from "../finding-rule.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { thousands } from "./words.ts";

const COMPARED = [
  ["failures", "tries"],
  ["denied", "connections that policy refused"],
  ["probes", "connections without a login"],
  ["bans", "bans"],
  ["firewallBlocks", "blocked packets"],
] as const satisfies readonly (readonly [keyof Totals, string])[];

export function unusualTotals(
  totals: Totals,
  history: History | undefined,
  { unusualLeast, unusualTimes } = THRESHOLDS,
): readonly Found[] {
  const unusual = COMPARED.flatMap(([name, what]) => {
    const usual = history?.medians[name];
    const total = totals[name];
    if (usual === undefined || total <= unusualLeast || total <= unusualTimes * usual) return [];
    return [{ what, total, usual }];
  });
  const [first] = unusual;
  if (first === undefined || history === undefined) return [];
  const each = unusual.map(
    ({ what, total, usual }) => `${thousands(total)} ${what}, where ${thousands(usual)} are usual`,
  );
  return [
    {
      id: "unusual-total",
      severity: "notice",
      title: `far more than usual: ${thousands(first.total)} ${first.what}, usually ${thousands(first.usual)}`,
      detail:
        `${each.join("; ")} (the median of the last ${history.nights} nights). See in the sections below who did that, and ` +
        "whether bans keep up with it.",
      evidence: [],
    },
  ];
}
