// What was read and what was not. Silence is proof only when every source was read to its end, so trouble here stands
// in the first line of the mail, and good order takes one line at its end.
import type { Coverage, SourceStatus } from "../digest/digest.ts";
import { alignRows } from "./columns.ts";
import { MESSAGE_LENGTH, PATH_LENGTH, visible } from "./visible.ts";
import { bytes, count, names, thousands } from "./words.ts";

export interface SourcesView {
  /** `5 logs read to their end (31 MB, 102,418 lines, 0 unrecognised)`; empty when none was. */
  readonly line: string;
  /** The sources that are not in order, worst first. */
  readonly problems: readonly SourceRow[];
  /** `and 2 more logs in trouble`, or empty. */
  readonly moreProblems: string;
  /** Remarks about sources that are in order. */
  readonly notes: readonly SourceRow[];
  /** `and 2 more remarks`, or empty. */
  readonly moreNotes: string;
}

interface SourceRow {
  /** `/var/log/auth.log` */
  readonly source: string;
  /** `missing`, `unreadable`, `damaged`, `partial`, `stale`, `unrecognised`, `ok` */
  readonly status: string;
  /** What is wrong, or a remark; may be empty. */
  readonly note: string;
  /** All of it as a line of text. */
  readonly line: string;
}

const COLUMNS = [
  { align: "left", widest: 40 },
  { align: "left", widest: 20 },
  { align: "left", widest: MESSAGE_LENGTH },
] as const;

const LOGS_NAMED = 3;
const WORST_FIRST = ["missing", "unreadable", "damaged", "partial", "stale", "unrecognised"] as const;

/** In a sentence: what is wrong with a log of this status. */
const TROUBLE: Readonly<Record<Exclude<SourceStatus, "ok">, "not read" | "incomplete" | "silent" | "not understood">> =
  {
    missing: "not read",
    unreadable: "not read",
    damaged: "incomplete",
    partial: "incomplete",
    stale: "silent",
    unrecognised: "not understood",
  };

export function sourcesView(coverage: readonly Coverage[], shown: number): SourcesView {
  const problems = troubled(coverage);
  const notes = coverage.filter(({ status, note }) => status === "ok" && note !== "");
  const cut = (rows: readonly Coverage[], one: string, many: string) =>
    rows.length > shown ? `and ${count(rows.length - shown, one, many)}` : "";
  return {
    line: orderLine(coverage),
    problems: rowsOf(problems.slice(0, shown)),
    moreProblems: cut(problems, "more log in trouble", "more logs in trouble"),
    notes: rowsOf(notes.slice(0, shown)),
    moreNotes: cut(notes, "more remark", "more remarks"),
  };
}

/** `["1 log not read", "2 logs incomplete"]`: our own words only, for the subject. */
export function troubleCounts(coverage: readonly Coverage[]): string[] {
  return troubles(coverage).map(([trouble, logs]) => `${count(logs.length, "log")} ${trouble}`);
}

/** `1 log not read: /var/log/auth.log (missing)`, empty when all is in order: the first line of a mail. */
export function alertLine(coverage: readonly Coverage[]): string {
  return troubles(coverage)
    .map(([trouble, logs]) => {
      const named = logs
        .slice(0, LOGS_NAMED)
        .map(({ source, status }) => `${visible(source, PATH_LENGTH)} (${status})`);
      return `${count(logs.length, "log")} ${trouble}: ${names(named, LOGS_NAMED, logs.length)}`;
    })
    .join("; ");
}

function troubles(coverage: readonly Coverage[]): [string, Coverage[]][] {
  const groups = new Map<string, Coverage[]>();
  for (const source of troubled(coverage)) {
    if (source.status === "ok") continue;
    const trouble = TROUBLE[source.status];
    groups.set(trouble, [...(groups.get(trouble) ?? []), source]);
  }
  return [...groups];
}

function troubled(coverage: readonly Coverage[]): Coverage[] {
  return WORST_FIRST.flatMap((status) => coverage.filter((source) => source.status === status));
}

function orderLine(coverage: readonly Coverage[]): string {
  if (coverage.length === 0) return "no log was read";
  const read = coverage.filter(({ status }) => status === "ok");
  if (read.length === 0) return "";
  const sum = (of: (source: Coverage) => number) => read.reduce((total, source) => total + of(source), 0);
  const facts = [
    bytes(sum((source) => source.bytes)),
    count(
      sum((source) => source.lines),
      "line",
    ),
    `${thousands(sum((source) => source.unrecognised))} unrecognised`,
    ...undatedWords(sum((source) => source.undated)),
  ];
  const others = read.length < coverage.length ? "other " : "";
  return `${count(read.length, `${others}log`)} read to ${read.length === 1 ? "its" : "their"} end (${facts.join(", ")})`;
}

function undatedWords(lines: number): string[] {
  return lines === 0 ? [] : [`${thousands(lines)} without a readable time`];
}

function rowsOf(coverage: readonly Coverage[]): SourceRow[] {
  const cells = coverage.map(({ source, status, note }) => ({
    source: visible(source, PATH_LENGTH),
    status,
    note: visible(note, MESSAGE_LENGTH),
  }));
  const lines = alignRows(
    cells.map(({ source, status, note }) => [source, status === "ok" ? "" : status, note]),
    COLUMNS,
  );
  return cells.map((cell, i) => ({ ...cell, line: lines[i] ?? "" }));
}
