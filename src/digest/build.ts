// Makes the digest out of what was counted: sections, reasons, findings, coverage.
import type { Instant } from "../events/event.ts";
import type { Ledger } from "../sources/source.ts";
import { daysOf } from "../window/label.ts";
import type { Window } from "../window/window.ts";
import type { Coverage, Digest, Finding, History, Severity, Totals } from "./digest.ts";
import type { Found } from "./finding-rule.ts";
import { fail2banSilent } from "./findings/fail2ban-silent.ts";
import { sourceProblems } from "./findings/source-problem.ts";
import { unusualTotals } from "./findings/unusual-total.ts";
import { maskSecrets } from "./mask.ts";
import { type NonEmptyOn, reasonsOf } from "./reasons.ts";
import { sectionsOf } from "./sections.ts";
import { type SilenceRule, silence } from "./silence.ts";
import type { Tally } from "./tally.ts";
import type { Thresholds } from "./thresholds.ts";
import { emptyTotals } from "./totals.ts";

export interface BuildOptions {
  readonly window: Window;
  readonly tally: Tally;
  readonly ledgers: readonly Ledger[];
  /** Of the rules; those about sources are added here. */
  readonly findings: readonly Found[];
  /** What nobody wants to hear of, as of `now`. */
  readonly silences?: readonly SilenceRule[];
  readonly now?: Instant;
  readonly thresholds?: Thresholds;
  /** Of the nights before, where somebody remembers them. */
  readonly history?: History | undefined;
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
  const stopped = options.findings.some(({ id }) => id === "fail2ban-stopped");
  const found: readonly Found[] = [
    ...sourceProblems(coverage),
    ...(stopped ? [] : fail2banSilent(tally, coverage, options.thresholds)),
    ...options.findings,
    ...unusualTotals(totals, options.history, options.thresholds),
  ];
  const { kept, silenced } = silence(found, options.silences ?? [], options.now ?? window.to);
  const findings = kept
    .map((finding) => toFinding(finding, tally))
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const reasons = reasonsOf(tally, findings, coverage, options.on);
  const dates = daysOf(window);
  const { expected } = tally.logins;
  const digest: Digest = {
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
    silenced: silenced.map(({ finding, rule }) => ({ id: finding.id, reason: rule.reason })),
    triesByHour,
    sections: sectionsOf(tally, options.groups, coverage),
    coverage,
    history: options.history,
  };
  return maskSecrets(
    digest,
    // Also of those that are not told.
    found.flatMap(({ masked = [] }) => masked),
  );
}

/** A finding names its machine only where there are several, and never what is masked. */
function toFinding({ masked, host, ...finding }: Found, { hosts }: Tally): Finding {
  return host === undefined || hosts.size <= 1 ? finding : { ...finding, host };
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
