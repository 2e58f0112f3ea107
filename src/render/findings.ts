// What a person must act on: the first thing in the mail.
import type { Digest, Evidence, Finding, Severity } from "../digest/digest.ts";
import { MESSAGE_LENGTH, PATH_LENGTH, visible, visibleName } from "./visible.ts";
import { count, names, thousands } from "./words.ts";

/** A finding explains itself in a few sentences, longer than any message of a log. */
const DETAIL_LENGTH = 900;
const LOGS_NAMED = 3;
const RULES_NAMED = 3;
const REASON_LENGTH = 80;

export interface FindingView {
  /** `critical`, `warning`, `notice` */
  readonly severity: Severity;
  /** One of these is true; templates choose colours by it, because data never goes into a style. */
  readonly critical: boolean;
  readonly warning: boolean;
  readonly notice: boolean;
  /** `alice logged in after 14 failures from the same address` */
  readonly title: string;
  /** A few sentences: what happened, and what to do. */
  readonly detail: string;
  /** `on web1` where the digest speaks of several hosts, else empty. */
  readonly host: string;
  /** `/var/log/auth.log lines 10,412–10,688`, empty without evidence. */
  readonly evidence: string;
}

export function findingViews(findings: readonly Finding[], shown: number): FindingView[] {
  return findings.slice(0, shown).map((finding) => ({
    severity: finding.severity,
    critical: finding.severity === "critical",
    warning: finding.severity === "warning",
    notice: finding.severity === "notice",
    title: visible(finding.title, MESSAGE_LENGTH),
    detail: visible(finding.detail, DETAIL_LENGTH),
    host: finding.host === undefined ? "" : `on ${visibleName(finding.host)}`,
    evidence: evidenceWords(finding.evidence),
  }));
}

/** `and 12 more findings (3 warnings, 9 notices)`, empty when all are shown. */
export function moreFindings(findings: readonly Finding[], shown: number): string {
  const left = findings.slice(shown);
  if (left.length === 0) return "";
  return `and ${count(left.length, "more finding", "more findings")} (${severityCounts(left).join(", ")})`;
}

/** `1 finding silenced by the config: never-banned (the jump host)`, empty when there is none. */
export function silencedWords(silenced: Digest["silenced"]): string {
  if (silenced.length === 0) return "";
  const told = [...new Set(silenced.map(({ id, reason }) => `${id} (${visible(reason, REASON_LENGTH)})`))];
  return `${count(silenced.length, "finding")} silenced by the config: ${names(told, RULES_NAMED)}`;
}

/** `["1 critical", "2 warnings"]`, worst first, without the severities that nothing has. */
export function severityCounts(findings: readonly Finding[]): string[] {
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const [critical, warnings, notices] = [of("critical"), of("warning"), of("notice")];
  return [
    ...(critical > 0 ? [`${thousands(critical)} critical`] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
    ...(notices > 0 ? [count(notices, "notice")] : []),
  ];
}

/** Where to look: a log and the lines from first to last. What each line says is in the JSON. */
function evidenceWords(evidence: readonly Evidence[]): string {
  const lines = new Map<string, { first: number; last: number }>();
  for (const { source, line } of evidence) {
    const seen = lines.get(source);
    if (seen === undefined) lines.set(source, { first: line, last: line });
    else lines.set(source, { first: Math.min(seen.first, line), last: Math.max(seen.last, line) });
  }
  const places = [...lines].slice(0, LOGS_NAMED).map(([source, { first, last }]) => {
    const range = first === last ? `line ${thousands(first)}` : `lines ${thousands(first)}–${thousands(last)}`;
    return `${visible(source, PATH_LENGTH)} ${range}`;
  });
  return names(places, LOGS_NAMED, lines.size);
}
