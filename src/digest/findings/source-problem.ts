// What could not be read: without it the rest of the digest cannot be trusted.
import type { Coverage, Finding } from "../digest.ts";

const WHAT: Record<Exclude<Coverage["status"], "ok">, string> = {
  missing: "is missing",
  unreadable: "cannot be read",
  damaged: "is damaged",
  partial: "does not cover the whole window",
  stale: "has had no line",
  unrecognised: "is not understood",
};

/** Returns one finding for every source that was not read as it should be. */
export function sourceProblems(coverage: readonly Coverage[]): readonly Finding[] {
  return coverage
    .filter((row) => row.status !== "ok")
    .map((row) => ({
      id: "source-problem",
      severity: row.status === "missing" || row.status === "unreadable" ? "critical" : "warning",
      title: titleOf(row),
      detail: `${row.source}: ${row.note || "nothing is known"}. What it would have told is not in this digest.`,
      evidence: [],
    }));
}

function titleOf({ source, status }: Coverage): string {
  // No log, but what is missing where there is none.
  if (source === "login messages") return "login messages are missing";
  return `${source} ${WHAT[status as Exclude<Coverage["status"], "ok">]}`;
}
