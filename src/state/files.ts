// The state folder and what lies in it. Everything is readable by its owner only, whatever the umask: mail waits here.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { Instant } from "../events/event.ts";

export interface Paths {
  readonly dir: string;
  readonly database: string;
  readonly lock: string;
  /** A database that is being made. */
  readonly begun: string;
}

export function pathsIn(dir: string): Paths {
  return { dir, database: join(dir, "state.db"), lock: join(dir, "lock"), begun: join(dir, "state.db-begun") };
}

/** What SQLite puts beside a database. They belong to it: another database would be damaged by them. */
const COMPANIONS = ["-wal", "-shm", "-journal"];
/** Those that can hold changes which are not in the database yet. */
const LOGS = ["-wal", "-journal"];

/** Makes the folder. One that exists keeps its mode: it may be another's, as /tmp is. */
export function makeFolder(dir: string): void {
  const first = mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (first !== undefined) chmodSync(dir, 0o700);
}

/** Makes an empty file of its owner's; one that exists keeps its content. Never opens it: closing would end its lock. */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (thrown) {
    if (!isCode(thrown, "EEXIST")) throw thrown;
  }
  keepPrivate(path);
}

/** Sets the modes of a database and its companions. SQLite gives new companions the mode of the database. */
export function keepPrivate(path: string): void {
  for (const name of [path, ...COMPANIONS.map((end) => path + end)]) {
    const mode = statSync(name, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o777) !== 0o600) chmodSync(name, 0o600);
  }
}

/** Puts a finished database in its place; a power cut leaves it there whole, or not at all. */
export function putInPlace(begun: string, database: string, dir: string): void {
  sync(begun);
  renameSync(begun, database);
  sync(dir);
}

/** Removes what a run left that died while it made the database: nothing that anybody had stored. */
export function removeBegun(begun: string): void {
  for (const end of ["", ...COMPANIONS]) rmSync(begun + end, { force: true });
}

/**
 * Renames a database and its companions to a dated name beside it, under which SQLite still opens it.
 *
 * @returns the new path; undefined when there was nothing to rename
 */
export function setAside(database: string, now: Instant): string | undefined {
  const present = ["", ...COMPANIONS].filter((end) => existsSync(database + end));
  if (present.length === 0) return undefined;
  const aside = freeName(database.replace(/\.db$/, ""), stampOf(now));
  for (const end of present) renameSync(database + end, aside + end);
  return aside;
}

/** Whether all of a database is in its one file. */
export function isAlone(database: string): boolean {
  return LOGS.every((end) => (statSync(database + end, { throwIfNoEntry: false })?.size ?? 0) === 0);
}

function freeName(stem: string, stamp: string): string {
  for (let n = 1; ; n += 1) {
    const name = `${stem}-${stamp}${n === 1 ? "" : `-${n}`}.db`;
    if (["", ...COMPANIONS].every((end) => !existsSync(name + end))) return name;
  }
}

/** `20261119T225500Z` */
function stampOf(now: Instant): string {
  return new Date(now).toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } catch (thrown) {
    // Some network file systems cannot sync a folder; they have their own order of writing.
    if (!isCode(thrown, "EINVAL", "ENOTSUP")) throw thrown;
  } finally {
    closeSync(file);
  }
}

export function isCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}
