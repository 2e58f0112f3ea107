// A digest in a few lines, for what rings in a pocket.
import type { Digest } from "../digest/digest.ts";
import { alertLine } from "./sources.ts";
import { findingParts, subjectParts } from "./subject.ts";
import { MESSAGE_LENGTH, visible } from "./visible.ts";

/** Findings that are named. */
const MOST = 10;

/** Returns the titles of the findings, worst first, and the counts; what is wrong with a source before them. */
export function noticeLines(digest: Digest): readonly string[] {
  const alert = alertLine(digest.coverage);
  const findings = digest.findings.filter(({ id }) => id !== "source-problem");
  const titles = findings.slice(0, MOST).map(({ title }) => visible(title, MESSAGE_LENGTH));
  const more = findings.length > MOST ? [`and ${findings.length - MOST} more findings`] : [];
  return [
    ...(alert === "" ? [] : [alert]),
    ...titles,
    ...more,
    [...findingParts(digest), ...subjectParts(digest)].join(", "),
  ].filter((line) => line !== "");
}
