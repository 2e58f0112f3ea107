// Log files and the journal hold the same messages: one of them is read.
import type { Instant } from "../events/event.ts";

const HOUR = 3_600_000;
/** A log that begins this much later than it should has only waited for its first line. */
const LATE_BEGINNING = HOUR;
/** The log of everything is never quiet for longer: cron and timers write. */
const QUIET_WRITER = 6 * HOUR;
/** A log of logins may be. */
const QUIET_LOGINS = 24 * HOUR;

/** From the oldest to the newest line. */
export interface Reach {
  readonly from: Instant;
  readonly to: Instant;
}

/** A log of logins, with its rotated files. */
export interface LoginLog {
  readonly name: string;
  /** Why it says nothing of itself: it is empty, or cannot be read. */
  readonly reach: Reach | { readonly problem: string };
}

export interface Candidates {
  readonly logs: readonly LoginLog[];
  /** The newest line of the logs that get every message, where there are such: then syslogd lived. */
  readonly writerLived?: Instant | undefined;
  /** undefined: its records cannot be read from here. */
  readonly journal: Reach | undefined;
  /** False where journalctl is not there. */
  readonly hasJournalctl: boolean;
}

export interface Choice {
  /** `both`: one ends before the other begins, so no message is in both. */
  readonly use: "files" | "journal" | "both";
  /** Why the other one is not read. */
  readonly because: string;
}

/**
 * Chooses between the log files and the journal of a system: what covers more of the window is read, and the files
 * where both cover the same. A file that ends while the journal goes on is one that nobody writes any more, as
 * auth.log after rsyslog was removed: its silence is no proof.
 *
 * @param window undefined: all that there is
 * @param minute how an instant is written
 */
export function chooseLogins(
  { logs, writerLived, journal, hasJournalctl }: Candidates,
  window: Reach | undefined,
  minute: (at: Instant) => string,
): Choice {
  if (logs.length === 0) return { use: "journal", because: "the journal holds the same messages" };
  if (journal === undefined) return { use: "files", because: "its records cannot be read (run as root)" };
  const known = logs.flatMap(({ name, reach }) => ("problem" in reach ? [] : [{ name, ...reach }]));
  if (known.length === 0) {
    const why = logs.flatMap(({ name, reach }) => ("problem" in reach ? [`${name} ${reach.problem}`] : []));
    if (hasJournalctl) return { use: "journal", because: `${why.join(", ")}; the journal is read` };
    return { use: "files", because: "journalctl is not installed" };
  }

  const files = {
    from: Math.min(...known.map(({ from }) => from)),
    to: Math.max(...known.map(({ to }) => to), writerLived ?? Number.NEGATIVE_INFINITY),
  };
  const span = window ?? { from: Math.min(journal.from, files.from), to: Math.max(journal.to, files.to) };
  const takeTurns = files.to < journal.from || journal.to < files.from;
  if (takeTurns && touches(files, span) && touches(journal, span)) return { use: "both", because: "" };

  const [log, inLog] = known
    .map((log) => [log, missingIn(log, lifeOf(log, writerLived, window), journal.to, span)] as const)
    .reduce((best, other) => (sum(other[1]) < sum(best[1]) ? other : best));
  const inJournal = missingIn(journal, { to: journal.to, quiet: QUIET_LOGINS }, files.to, span);
  const isDead = inLog.end > 0;
  // Of all that there is, the latest counts most.
  const latestDecides = window === undefined && isDead !== inJournal.end > 0;
  const journalIsBetter = latestDecides ? isDead : sum(inJournal) < sum(inLog);
  if (!journalIsBetter) {
    const isShorter = inJournal.beginning > inLog.beginning;
    const shorter = `it begins ${minute(journal.from)}, and ${log.name} ${minute(log.from)}`;
    return { use: "files", because: isShorter ? shorter : "the log files hold the same messages" };
  }
  // A log that lives is better than a journal that cannot be read; a dead one says nothing.
  if (!hasJournalctl && !isDead) return { use: "files", because: "journalctl is not installed" };
  const because = isDead
    ? `${log.name} ends ${minute(log.to)}, and the journal goes on`
    : `${log.name} begins ${minute(log.from)}, and the journal ${minute(journal.from)}`;
  return { use: "journal", because };
}

function touches({ from, to }: Reach, span: Reach): boolean {
  return to >= span.from && from < span.to;
}

/** How much of the window is not told of. */
interface Missing {
  readonly beginning: number;
  readonly end: number;
}

function sum({ beginning, end }: Missing): number {
  return beginning + end;
}

/** Up to when a log was written, and for how long it may be quiet after that. */
interface Life {
  readonly to: Instant;
  readonly quiet: number;
}

function lifeOf(log: Reach, writerLived: Instant | undefined, window: Reach | undefined): Life {
  if (writerLived !== undefined && writerLived - log.to <= QUIET_LOGINS) {
    return { to: Math.max(writerLived, log.to), quiet: QUIET_WRITER };
  }
  const hasLinesInWindow = window !== undefined && log.to >= window.from;
  return { to: log.to, quiet: hasLinesInWindow ? Number.POSITIVE_INFINITY : QUIET_LOGINS };
}

/** @param other up to when the other side tells of this system */
function missingIn({ from }: Reach, { to, quiet }: Life, other: Instant, span: Reach): Missing {
  const late = Math.min(from, span.to) - span.from;
  const silent = Math.min(span.to, other) - Math.max(span.from, to);
  return {
    beginning: late > LATE_BEGINNING ? late : 0,
    end: other - to > quiet ? Math.max(0, silent) : 0,
  };
}
