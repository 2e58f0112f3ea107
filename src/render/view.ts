// What templates see of a digest: plain strings, numbers and lists, already in words, in the zone of the window. All
// log text has passed `visible` here, once. Its names are a contract with the templates that users write.
import type { Digest } from "../digest/digest.ts";
import { clockOf } from "./clock.ts";
import { type DaysView, daysView } from "./days.ts";
import { attachmentName } from "./file-name.ts";
import { type FindingView, findingViews, moreFindings, silencedWords } from "./findings.ts";
import { type TrendView, trendView } from "./history.ts";
import { type HoursView, hoursView } from "./hours.ts";
import type { Limits } from "./limits.ts";
import { preheaderOf } from "./preheader.ts";
import { type SectionView, sectionViews } from "./sections.ts";
import { alertLine, type SourcesView, sourcesView } from "./sources.ts";
import { spanOf } from "./span.ts";
import { hostLabel } from "./subject.ts";
import { emptyWords, type SummaryView, summaryView } from "./summary.ts";
import { visible, visibleName } from "./visible.ts";
import { count, names } from "./words.ts";

export interface View {
  /** The host's label, or `3 hosts`. */
  readonly host: string;
  /** `web1, web2 and db1` when the digest speaks of several, else empty. */
  readonly hosts: string;
  /** `Thu 19 Nov 2026` */
  readonly day: string;
  /** `18 Nov 23:55 – 19 Nov 23:55` */
  readonly window: string;
  /** `Europe/Rome` */
  readonly timeZone: string;
  /** Asked for by hand, and not by the schedule. */
  readonly onRequest: boolean;
  /** One line for the list of mails: the worst finding, or what is wrong with a source, or who got in and how many tried. */
  readonly preheader: string;
  /** What is wrong with the sources, empty when all is in order. Belongs into the first line. */
  readonly alert: string;
  /** Set when there is nothing to report: says so, and what that rests on. */
  readonly empty: string;
  /** Worst first. */
  readonly findings: readonly FindingView[];
  /** `and 12 more findings (3 warnings, 9 notices)`, or empty. */
  readonly moreFindings: string;
  /** `1 finding silenced by the config: never-banned (the jump host)`, or empty. */
  readonly silenced: string;
  readonly summary: SummaryView;
  /** Tries by hour, in windows of half a day and more. */
  readonly hours: HoursView | null;
  /** The nights before, where they are known. */
  readonly trend: TrendView | null;
  /** The days of a window that has several. */
  readonly days: DaysView | null;
  /** The tables that have something to show; logins come first and in full. */
  readonly sections: readonly SectionView[];
  /** What was read, and what could not be. */
  readonly sources: SourcesView;
  /** What the file and the command below hold: `Everything`, or `Up to 1,000 rows of each table`. */
  readonly held: string;
  /** The name of the file that goes with the mail, when something was cut; else empty. */
  readonly attachment: string;
  /** The command that prints the same, when something was cut from a scheduled digest; else empty. */
  readonly everything: string;
}

const HOSTS_NAMED = 5;

/** Returns what the templates see of `digest` within `limits`. */
export function viewOf(digest: Digest, limits: Limits): View {
  const span = spanOf(digest.window);
  const findings = findingViews(digest.findings, limits.findings);
  const alert = alertLine(digest.coverage);
  const sections = sectionViews(digest, limits, span);
  const view: View = {
    host: hostLabel(digest.hosts),
    hosts: digest.hosts.length > 1 ? names(digest.hosts.map(visibleName), HOSTS_NAMED) : "",
    day: span.day,
    window: span.range,
    timeZone: visible(digest.window.timeZone),
    onRequest: digest.onRequest,
    preheader: preheaderOf(digest, { findings, alert, sections }),
    alert,
    empty: emptyWords(digest),
    findings,
    moreFindings: moreFindings(digest.findings, limits.findings),
    silenced: silencedWords(digest.silenced),
    summary: summaryView(digest),
    hours: hoursView(digest),
    trend: trendView(digest),
    days: daysView(digest, limits.days),
    sections,
    sources: sourcesView(digest.coverage, limits.sources),
    held: heldWords(digest),
    attachment: "",
    everything: "",
  };
  const { moreProblems, moreNotes } = view.sources;
  const cuts = [view.moreFindings, moreProblems, moreNotes, view.days?.more ?? "", ...sections.map(({ more }) => more)];
  if (cuts.every((more) => more === "")) return view;
  return { ...view, attachment: attachmentName(digest), everything: digest.onRequest ? "" : commandFor(digest) };
}

/** A night of more addresses than are kept has no file of all of them. */
function heldWords({ sections }: Digest): string {
  const cut = sections.filter(({ more }) => more > 0).map(({ groups }) => groups.length);
  return cut.length === 0 ? "Everything" : `Up to ${count(Math.max(...cut), "row")} of each table`;
}

function commandFor({ window }: Digest): string {
  const { iso } = clockOf(window.timeZone);
  return `logdigest report --since ${iso(window.from)} --until ${iso(window.to)} --stdout --format json`;
}
