// Makes the digest out of what was counted: sections, reasons, findings, coverage.
import type { Ledger } from "../sources/source.ts";
import { daysOf } from "../window/label.ts";
import type { Window } from "../window/window.ts";
import type { Coverage, Digest, Finding, Severity, Totals } from "./digest.ts";
import { sourceProblems } from "./findings/source-problem.ts";
import { type NonEmptyOn, reasonsOf } from "./reasons.ts";
import { sectionsOf } from "./sections.ts";
import type { Tally } from "./tally.ts";
import { emptyTotals } from "./totals.ts";

export interface BuildOptions {
  readonly window: Window;
  readonly tally: Tally;
  readonly ledgers: readonly Ledger[];
  /** Of the rules; those about sources are added here. */
  readonly findings: readonly Finding[];
  readonly host: string;
  readonly on: NonEmptyOn;
  readonly onRequest: boolean;
  /** Most groups a section holds. */
  readonly groups: number;
}

const SEVERITIES: readonly Severity[] = ["critical", "warning", "notice"];

export function buildDigest(options: BuildOptions): Digest {
  const { window, tally, ledgers } = options;
  const { totals, days, triesByHour } = tally.counts;
  const coverage = ledgers.map(coverageOf);
  const findings = [...sourceProblems(coverage), ...options.findings.map((finding) => ofHost(finding, tally))].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const reasons = reasonsOf(tally, findings, coverage, options.on);
  const dates = daysOf(window);
  const { expected } = tally.logins;
  return {
    window:
      dates.length > 0
        ? { ...window, days: dates.map(({ date }) => ({ date, totals: days.get(date) ?? emptyTotals() })) }
        : window,
    hosts: tally.hosts.size > 0 ? [...tally.hosts].sort() : [options.host],
    onRequest: options.onRequest,
    empty: reasons.length === 0,
    reasons,
    totals,
    atLeast: lowerBounds(tally, ledgers),
    allowlisted: {
      logins: expected.count,
      probes: tally.tries.expectedProbes,
      users: expected.users.entries().map(([user, count]) => ({ user, count })),
      addresses: expected.addresses.entries().map(([ip, count]) => ({ ip, count })),
    },
    findings,
    triesByHour,
    sections: sectionsOf(tally, options.groups, coverage),
    coverage,
  };
}

/** A finding names its machine only where there are several. */
function ofHost(finding: Finding, { hosts }: Tally): Finding {
  if (finding.host === undefined || hosts.size > 1) return finding;
  const { host, ...rest } = finding;
  return rest;
}

function coverageOf(ledger: Ledger): Coverage {
  const { source, status, bytes, lines, inWindow, events, unrecognised, undated, notes, first, last } = ledger;
  return {
    source,
    status,
    from: first,
    to: last,
    bytes,
    lines,
    inWindow,
    events,
    unrecognised,
    undated,
    note: notes.join("; "),
  };
}

const OF_LOGINS: readonly (keyof Totals)[] = ["logins", "failures", "invalidUsers", "denied", "probes", "sessions"];
const OF_FIREWALL: readonly (keyof Totals)[] = ["firewallBlocks", "firewallAllows"];
const OF_ALL = Object.keys(emptyTotals()) as (keyof Totals)[];

/** Totals that a cap or an admitted rate limit made lower bounds. */
function lowerBounds(tally: Tally, ledgers: readonly Ledger[]): readonly (keyof Totals)[] {
  const dropped = new Set([...tally.services.dropped, ...ledgers.flatMap((ledger) => [...ledger.dropped])]);
  const names = new Set<keyof Totals>();
  if (!tally.bans.addresses.complete) names.add("bannedAddresses");
  if (dropped.has("login")) for (const name of OF_LOGINS) names.add(name);
  if (dropped.has("firewall")) for (const name of OF_FIREWALL) names.add(name);
  if (dropped.has("all")) for (const name of OF_ALL) names.add(name);
  return OF_ALL.filter((name) => names.has(name));
}
