// A folder that a central syslog server writes, one file or one folder a machine. rsyslog's usual templates:
//   /var/log/remote/%HOSTNAME%.log
//   /var/log/remote/%HOSTNAME%/%PROGRAMNAME%.log              syslog-ng: /var/log/hosts/$HOST/$FACILITY
//   /var/log/remote/%HOSTNAME%/%$year%/%$month%/%$day%/auth.log
//   /var/log/remote/%$year%-%$month%-%$day%/%HOSTNAME%.log
// Machines name themselves: names are what anybody sent.
import { type BigIntStats, type Dirent, readdirSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { basename, dirname, join } from "node:path";
import type { Instant } from "../events/event.ts";
import { mayHoldLogins, type Problem } from "./discover.ts";
import { COMPRESSED } from "./packed/compression.ts";
import { extendedLogOf, FOLDERS } from "./rotation.ts";

/** Machines times logs. */
const MOST_LOGS = 10_000;
/** Names that are looked at: rotated files are many to a log. */
const MOST_NAMES = 500_000;
/** HOST/year/month/day, and one more. */
const DEEPEST = 5;
/** What rotations append: .1, .2.gz, -20261119.gz, .old. */
const ROTATED = /(?:[.-]\d{8}(?:[T-]?\d{2,10})?|[.-]\d{4}-\d{2}-\d{2}(?:[T_-]?\d{2,6})?|\.\d{1,5}|\.(?:old|bak))$/;
/** `2026`, `11`, `2026-11-19`, `20261119`, `2026-11`. */
const DATE = /^(?:\d{2}|\d{4}(?:-?\d{2}){0,2})$/;
/** A name's date, `web1-2026-11-19.log`. */
const DATE_AT_END = /[-_.]?\d{4}-?\d{2}-?\d{2}$/;

export interface HostLog {
  /** The live file; its rotated files come along. */
  readonly path: string;
  /** The machine, as the path names it. */
  readonly host: string;
  readonly login: boolean;
  /** Only rotated files are there: the machine has sent nothing since. */
  readonly optional: boolean;
}

export interface ExpandedFolder {
  readonly logs: readonly HostLog[];
  readonly problems: readonly Problem[];
}

/**
 * Returns the logs below a folder, one entry a machine and log, 10,000 at most, by their paths. Links are followed, and
 * what they lead to is taken once. Files that were last written before `since` are left out.
 */
export function expandFolder(folder: string, since: Instant = Number.NEGATIVE_INFINITY): ExpandedFolder {
  const walk = new Walk(since);
  const stat = walk.look(folder);
  if (stat?.isDirectory()) walk.enter(folder, []);
  else if (stat !== undefined) walk.tell(folder, "unreadable", "is no folder");
  const { problems } = walk;
  const logs = [...walk.logs.values()]
    .filter(({ path }) => !walk.comesAlong(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  if (logs.length > MOST_LOGS) {
    const rest = `${logs.length - MOST_LOGS} of ${logs.length} logs are not read: name its folders one by one`;
    problems.push({ source: folder, status: "unreadable", login: true, note: rest });
  }
  return { logs: logs.slice(0, MOST_LOGS), problems };
}

class Walk {
  readonly logs = new Map<string, HostLog>();
  readonly problems: Problem[] = [];
  private readonly seen = new Set<string>();
  private names = 0;
  private readonly since: Instant;

  constructor(since: Instant) {
    this.since = since;
  }

  enter(folder: string, above: readonly string[]): void {
    const entries = this.list(folder);
    // What is there under its own name goes before links to it.
    for (const entry of entries.toSorted(linksLast)) {
      if (++this.names > MOST_NAMES) {
        this.tell(folder, "unreadable", `has more than ${MOST_NAMES} files below it: the rest is not read`);
        return;
      }
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      const stat = this.look(path);
      if (stat === undefined) continue;
      if (stat.isDirectory() && above.length < DEEPEST) this.enter(path, [...above, entry.name]);
      else if (stat.isFile()) this.take(folder, entry.name, above, stat);
      else this.tell(path, "unreadable", stat.isDirectory() ? "lies too deep" : "is no file");
    }
  }

  private list(folder: string): readonly Dirent[] {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      this.tell(folder, "unreadable", `cannot be listed: ${reasonOf(error)}`);
      return [];
    }
  }

  /** undefined for what was seen already, and for what cannot be told from here. */
  look(path: string): BigIntStats | undefined {
    try {
      const stat = statSync(path, { bigint: true });
      const identity = `${stat.dev}:${stat.ino}`;
      if (this.seen.has(identity)) return undefined;
      this.seen.add(identity);
      return stat;
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (isMissing) this.tell(path, "missing", "does not exist, or is a link that leads nowhere");
      else this.tell(path, "unreadable", `cannot be read: ${reasonOf(error)}`);
      return undefined;
    }
  }

  private take(folder: string, name: string, above: readonly string[], stat: BigIntStats): void {
    if (stat.mtimeMs < this.since) return;
    const live = liveNameOf(name);
    if (live !== name && FOLDERS.includes(above.at(-1) ?? "")) {
      this.take(dirname(folder), name, above.slice(0, -1), stat);
      return;
    }
    const path = join(folder, live);
    const known = this.logs.get(path);
    const optional = name !== live && known?.optional !== false;
    const host = above.find((part) => !DATE.test(part)) ?? hostOfFile(live);
    this.logs.set(path, { path, host, login: mayHoldLogins(path), optional });
  }

  /** It was rotated from a log that is there, which brings it along. */
  comesAlong(path: string): boolean {
    const live = extendedLogOf(basename(path));
    return live !== undefined && this.logs.has(join(dirname(path), live));
  }

  tell(source: string, status: Problem["status"], note: string): void {
    // A folder full of broken links is one problem, not ten thousand.
    if (this.problems.length < 100) this.problems.push({ source, status, login: mayHoldLogins(source), note });
  }
}

function reasonOf(error: unknown): string {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return { EACCES: "permission denied", ELOOP: "a loop of symbolic links" }[code] ?? code;
}

function linksLast(one: Dirent, other: Dirent): number {
  return Number(one.isSymbolicLink()) - Number(other.isSymbolicLink()) || (one.name < other.name ? -1 : 1);
}

/** The name that a file had before it was rotated. */
function liveNameOf(name: string): string {
  const plain = name.replace(COMPRESSED, "");
  if (isIP(plain) !== 0) return plain;
  const live = plain.replace(ROTATED, "");
  // `2026-11-19.log` and `20261119` are names, not suffixes.
  return live === "" ? plain : live;
}

/** `web1.log` is of web1, `web1-2026-11-19.log` too. */
function hostOfFile(live: string): string {
  const stem = basename(live).replace(/\.(?:log|txt)$/, "");
  return stem.replace(DATE_AT_END, "") || stem;
}
