// What templates see of a digest: plain strings, numbers and lists, already in words, in the zone of the window. All
// log text has passed `visible` here, once. Its names are a contract with the templates that users write.
import type { Digest } from "../digest/digest.ts";
import { clockOf } from "./clock.ts";
import { type DaysView, daysView } from "./days.ts";
import { type FindingView, findingViews, moreFindings } from "./findings.ts";
import { type HoursView, hoursView } from "./hours.ts";
import { limitsFor } from "./limits.ts";
import { type SectionView, sectionViews } from "./sections.ts";
import { alertLine, type SourcesView, sourcesView } from "./sources.ts";
import { spanOf } from "./span.ts";
import { hostLabel, subjectParts } from "./subject.ts";
import { emptyWords, type SummaryView, summaryView } from "./summary.ts";
import { visible, visibleName } from "./visible.ts";
import { names } from "./words.ts";

export interface View {
  /** The host's label, or `3 hosts`. */
  readonly host: string;
  /** `web1, web2 and db1` when the digest speaks of several, else empty. */
  readonly hosts: string;
  /** `Thu 19 Nov 2026` */
  readonly day: string;
  /** `18 Nov 23:55 – 19 Nov 23:55` */
  readonly window: string;
  readonly timeZone: string;
  readonly onRequest: boolean;
  /** One line for the list of mails: the first finding, or what is wrong with a source, or the totals. */
  readonly preheader: string;
  /** What is wrong with the sources, empty when all is in order. Belongs into the first line. */
  readonly alert: string;
  /** Set when there is nothing to report: says so, and what that rests on. */
  readonly empty: string;
  readonly findings: readonly FindingView[];
  readonly moreFindings: string;
  readonly summary: SummaryView;
  readonly hours: HoursView | null;
  readonly days: DaysView | null;
  readonly sections: readonly SectionView[];
  readonly sources: SourcesView;
  /** The command that prints everything, when something was cut from a scheduled digest; else empty. */
  readonly everything: string;
}

const HOSTS_NAMED = 5;

/** @param groups rows a section; other lists follow it (`limitsFor`) */
export function viewOf(digest: Digest, groups: number): View {
  const limits = limitsFor(groups);
  const span = spanOf(digest.window);
  const findings = findingViews(digest.findings, limits.findings);
  const alert = alertLine(digest.coverage);
  const sections = sectionViews(digest, limits.groups, span);
  const view: View = {
    host: hostLabel(digest.hosts),
    hosts: digest.hosts.length > 1 ? names(digest.hosts.map(visibleName), HOSTS_NAMED) : "",
    day: span.day,
    window: span.range,
    timeZone: visible(digest.window.timeZone),
    onRequest: digest.onRequest,
    preheader: findings[0]?.title ?? (alert || subjectParts(digest).join(", ") || "Nothing to report"),
    alert,
    empty: emptyWords(digest),
    findings,
    moreFindings: moreFindings(digest.findings, limits.findings),
    summary: summaryView(digest),
    hours: hoursView(digest),
    days: daysView(digest, limits.days),
    sections,
    sources: sourcesView(digest.coverage, limits.sources),
    everything: "",
  };
  const cut = view.moreFindings !== "" || sections.some(({ more }) => more !== "");
  return cut && !digest.onRequest ? { ...view, everything: commandFor(digest) } : view;
}

function commandFor({ window }: Digest): string {
  const { iso } = clockOf(window.timeZone);
  return `logdigest report --since ${iso(window.from)} --until ${iso(window.to)} --stdout --format json`;
}
