// Makes the digest out of what was counted: sections, reasons, findings, coverage.
import type { Ledger } from "../sources/source.ts";
import { daysOf } from "../window/label.ts";
import type { Window } from "../window/window.ts";
import type { Coverage, Digest, Finding, Reason, Section, Severity, Totals } from "./digest.ts";
import { sourceProblems } from "./findings/source-problem.ts";
import { emptyTotals, type MessageRow, type Tally } from "./tally.ts";
import type { Counted, Table } from "./table.ts";

/** What makes a digest non-empty: `event` anything, `finding` findings and sources, `login` logins beside these. */
export type NonEmptyOn = "event" | "finding" | "login";

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

export function buildDigest(options: BuildOptions): Digest {
  const { window, tally, ledgers } = options;
  const coverage = ledgers.map(coverageOf);
  const findings = [...sourceProblems(coverage), ...options.findings].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const reasons = reasonsOf(tally, findings, coverage, options.on);
  const days = daysOf(window);
  const hosts = [...new Set([options.host, ...tally.hosts])];
  return {
    window:
      days.length > 0
        ? { ...window, days: days.map(({ date }) => ({ date, totals: tally.days.get(date) ?? emptyTotals() })) }
        : window,
    hosts: tally.hosts.size > 0 ? [...tally.hosts].sort() : hosts,
    onRequest: options.onRequest,
    empty: reasons.length === 0,
    reasons,
    totals: tally.totals,
    atLeast: lowerBounds(tally, ledgers),
    allowlisted: {
      logins: tally.allowlisted.logins,
      probes: tally.allowlisted.probes,
      users: tally.allowlisted.users.entries().map(([user, count]) => ({ user, count })),
      addresses: tally.allowlisted.addresses.entries().map(([ip, count]) => ({ ip, count })),
    },
    findings,
    triesByHour: tally.triesByHour,
    sections: sectionsOf(tally, options.groups, coverage, tally.hosts.size > 1),
    coverage,
  };
}

const SEVERITIES: readonly Severity[] = ["critical", "warning", "notice"];

function reasonsOf(
  tally: Tally,
  findings: readonly Finding[],
  coverage: readonly Coverage[],
  on: NonEmptyOn,
): readonly Reason[] {
  const { totals } = tally;
  const holds: readonly (readonly [Reason, boolean])[] = [
    ["logins", totals.logins > 0 && on !== "finding"],
    ["failures", totals.failures > 0 && on === "event"],
    ["bans", totals.bans > 0 && on === "event"],
    ["firewall", tally.unicastBlocks > 0 && on === "event"],
    ["accounts", totals.accounts > 0 && on === "event"],
    ["privilegeFailures", totals.privilegeFailures > 0 && on === "event"],
    ["services", (tally.serviceProblems > 0 || tally.stoppedService) && on === "event"],
    ["finding", findings.some((finding) => finding.id !== "source-problem" && finding.severity !== "notice")],
    ["source", coverage.some((row) => row.status !== "ok")],
  ];
  return holds.filter(([, held]) => held).map(([reason]) => reason);
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

/** Totals that a cap or an admitted rate limit made lower bounds. */
function lowerBounds(tally: Tally, ledgers: readonly Ledger[]): readonly (keyof Totals)[] {
  const names = new Set<keyof Totals>();
  if (!tally.bannedAddresses.complete) names.add("bannedAddresses");
  for (const { dropped } of ledgers) {
    if (dropped.has("login") || dropped.has("all")) for (const name of LOGIN_TOTALS) names.add(name);
    if (dropped.has("firewall") || dropped.has("all")) for (const name of FIREWALL_TOTALS) names.add(name);
  }
  return [...names];
}

const LOGIN_TOTALS: readonly (keyof Totals)[] = ["logins", "failures", "invalidUsers", "denied", "probes", "sessions"];
const FIREWALL_TOTALS: readonly (keyof Totals)[] = ["firewallBlocks", "firewallAllows"];

function sectionsOf(tally: Tally, most: number, coverage: readonly Coverage[], named: boolean): readonly Section[] {
  const { totals } = tally;
  const cut = <Row extends Counted & { host: string }, Group>(table: Table<Row>, group: (row: Row) => Group) => ({
    groups: table
      .sorted()
      .slice(0, most)
      .map((row) => ({
        ...group(row),
        count: row.count,
        first: row.first,
        last: row.last,
        ...(named && { host: row.host }),
      })),
    more: Math.max(0, table.size - most),
  });
  const messages = (table: Table<MessageRow>) => cut(table, ({ tool, state, message }) => ({ tool, state, message }));
  const bansOf = new Map<string, number>();
  for (const ban of tally.bans.sorted()) {
    if (ban.ip !== null) bansOf.set(ban.ip, (bansOf.get(ban.ip) ?? 0) + ban.count);
  }
  return [
    {
      id: "logins",
      title: "Logins",
      total: totals.logins,
      ...cut(tally.logins, ({ user, ip, method, service }) => ({ user, ip, method, service })),
    },
    {
      id: "failures",
      title: "Failures",
      total: totals.failures,
      ...cut(tally.failures, ({ ip, users }) => ({
        ip,
        users: users.top(10),
        userCount: users.size,
        bans: ip === null ? 0 : (bansOf.get(ip) ?? 0),
      })),
    },
    {
      id: "bans",
      title: "Bans",
      total: totals.bans,
      ...cut(tally.bans, ({ ip, jail, tool, unbanned }) => ({ ip, jail, tool, unbanned })),
    },
    {
      id: "firewall",
      title: "Firewall",
      total: totals.firewallBlocks,
      ...cut(tally.firewall, ({ destinationPort, protocol, sources }) => ({
        destinationPort,
        protocol,
        sources: sources.size,
      })),
    },
    {
      id: "privileges",
      title: "Privileges",
      total: totals.privileges + totals.privilegeFailures,
      ...cut(tally.privileges, ({ user, target, service, outcome, command }) => ({
        user,
        target,
        service,
        outcome,
        command,
      })),
    },
    {
      id: "sessions",
      title: "Sessions",
      total: totals.sessions,
      ...cut(tally.sessions, ({ user, service }) => ({ user, service })),
    },
    {
      id: "sftp",
      title: "File transfers",
      total: totals.sftp,
      ...cut(tally.sftp, ({ user, ip, command }) => ({ user, ip, command })),
    },
    { id: "accounts", title: "Accounts", total: totals.accounts, ...messages(tally.accounts) },
    { id: "services", title: "Services", total: totals.services, ...messages(tally.services) },
    { id: "sources", title: "Sources", total: coverage.length, groups: coverage, more: 0 },
  ];
}
