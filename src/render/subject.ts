// The subject: answers "must I act?" in a list of mails. Numbers, severities and our own words; never log text.
import type { Digest } from "../digest/digest.ts";
import { severityCounts } from "./findings.ts";
import { headlineOf } from "./headline.ts";
import { atLeast } from "./sections.ts";
import { troubleCounts } from "./sources.ts";
import { spanOf } from "./span.ts";
import { visible } from "./visible.ts";
import { count, thousands } from "./words.ts";

const HOST_LENGTH = 60;

export interface SubjectView {
  /** The host's label, or `3 hosts`: names of several hosts come from log lines. */
  readonly host: string;
  /** `1 critical, login after failures, 2 findings, 12 logins, 1,341 failures, 16 bans`, or `nothing to report`. */
  readonly summary: string;
  /** `Thu 19 Nov`, `17-19 Nov`, `Thu 19 Nov 08:00-09:00` */
  readonly window: string;
  /** Asked for by hand, and not by the schedule. */
  readonly onRequest: boolean;
}

export function subjectView(digest: Digest): SubjectView {
  const parts = [...findingParts(digest), ...subjectParts(digest)];
  return {
    host: hostLabel(digest.hosts),
    summary: parts.length === 0 ? "nothing to report" : parts.join(", "),
    window: spanOf(digest.window).subject,
    onRequest: digest.onRequest,
  };
}

export function hostLabel(hosts: readonly string[]): string {
  const [host = "logdigest"] = hosts;
  return hosts.length > 1 ? `${thousands(hosts.length)} hosts` : visible(host, HOST_LENGTH);
}

/** The worst severity, the worst finding in few words, and how many there are where that is more. */
export function findingParts({ findings }: Digest): string[] {
  const worth = findings.filter(({ severity }) => severity !== "notice");
  const [worst] = severityCounts(worth);
  if (worst === undefined) return [];
  const headline = headlineOf(worth);
  const others = worth.some(({ severity }) => severity !== worth[0]?.severity);
  return [worst, ...(headline === "" ? [] : [headline]), ...(others ? [count(worth.length, "finding")] : [])];
}

/** What the night was like in numbers, and the logs in trouble before them; empty when there is nothing. */
export function subjectParts(digest: Digest): string[] {
  const { totals, findings, coverage, sections } = digest;
  const number = (name: "logins" | "failures" | "bans" | "firewallBlocks", one: string) =>
    totals[name] === 0 ? [] : [atLeast(digest, [name]) + count(totals[name], one)];
  const told = [
    ...troubleCounts(coverage),
    ...number("logins", "login"),
    ...number("failures", "failure"),
    ...number("bans", "ban"),
    ...(totals.accounts === 0 ? [] : [count(totals.accounts, "account change")]),
    ...(totals.privilegeFailures === 0 ? [] : [count(totals.privilegeFailures, "privilege failure")]),
  ];
  if (told.length > 0 || findings.some(({ severity }) => severity !== "notice")) return told;
  // Noise of every night, named only where it is all there is.
  const problems = sections
    .flatMap((section) => (section.id === "services" ? section.groups : []))
    .reduce((sum, group) => sum + (group.state === "problem" ? group.count : 0), 0);
  return [
    ...number("firewallBlocks", "blocked packet"),
    ...(problems === 0 ? [] : [count(problems, "service problem")]),
  ];
}
