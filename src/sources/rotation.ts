// The files that one log was rotated into, by logrotate (.1, .2.gz, -20261119.gz), newsyslog and Apple's syslogd
// (.0, .0.gz), savelog (.0), or a person (.old, .bak). With logrotate's `extension .log` auth.log becomes auth.1.log.
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { COMPRESSED } from "./packed/compression.ts";

const NUMBER = /^\.(\d{1,5})$/;
/** A day, and what a `dateformat` may have behind it: a time, or seconds since 1970. */
const DATE = /^[._-](?:\d{8}|\d{4}-\d{2}-\d{2})(?:[T_-]?\d{2,10}(?:[.:_-]\d{2}){0,2})?$/;
const KEPT_BY_HAND = /^\.(?:old|bak)$/;
/** Folders beside a log that its rotated files are moved to: savelog's, and what is usual for logrotate's `olddir`. */
export const FOLDERS: readonly string[] = ["old", "OLD", "archive", "archived", "rotated"];
/** What `extension` may have kept at the end; a name of digits alone before it is an address, not a log and a number. */
const EXTENDED = /^(.*[A-Za-z].*)(\.[A-Za-z]{1,10})$/;

/**
 * Returns the paths of the rotated files of `path`, in no particular order; undefined when its folder cannot be listed.
 */
export function rotatedFiles(path: string): readonly string[] | undefined {
  const folder = dirname(path);
  const beside = rotatedIn(folder, basename(path));
  if (beside === undefined) return undefined;
  return [...beside, ...FOLDERS.flatMap((name) => rotatedIn(join(folder, name), basename(path)) ?? [])];
}

function rotatedIn(folder: string, name: string): readonly string[] | undefined {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return undefined;
  }
  return entries
    .filter((entry) => {
      if (entry === name) return false;
      const suffix = suffixOf(entry, name);
      if (suffix === undefined) return false;
      return suffix === "" || NUMBER.test(suffix) || DATE.test(suffix) || KEPT_BY_HAND.test(suffix);
    })
    .map((entry) => join(folder, entry));
}

/** Tells the files of a set and their names at this moment: another answer later, and a rotation came between. */
export function snapshot(path: string): string {
  return [path, ...(rotatedFiles(path) ?? [])]
    .map((file) => `${file}\0${identityOf(file)}`)
    .sort()
    .join("\0");
}

function identityOf(path: string): string {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** What a rotation added to the name of the log; undefined for a file of another one. */
function suffixOf(file: string, name: string): string | undefined {
  const plain = basename(file).replace(COMPRESSED, "");
  if (plain.startsWith(name)) return plain.slice(name.length);
  const [, stem, extension] = EXTENDED.exec(name) ?? [];
  if (stem === undefined || extension === undefined) return undefined;
  if (!plain.startsWith(stem) || !plain.endsWith(extension)) return undefined;
  return plain.slice(stem.length, -extension.length);
}

/** Returns the log that a file would be of which kept its extension: of `web1.1.log` and `web1-20261119.log` it is `web1.log`. */
export function extendedLogOf(name: string): string | undefined {
  const [, stem = "", added = "", extension = ""] =
    /^(.*[A-Za-z].*?)((?:\.\d{1,5}|[._-]\d{4}-?\d{2}-?\d{2}[\d.:T_-]{0,17}))(\.[A-Za-z]{1,10})$/.exec(name) ?? [];
  return NUMBER.test(added) || DATE.test(added) ? stem + extension : undefined;
}

function numberOf(file: string, path: string): number | undefined {
  const digits = NUMBER.exec(suffixOf(file, basename(path)) ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function dateOf(file: string, path: string): string | undefined {
  const suffix = suffixOf(file, basename(path)) ?? "";
  return DATE.test(suffix) ? suffix.replace(/\D/g, "") : undefined;
}

/**
 * Orders rotated files from the newest to the oldest: by their numbers or dates, which a copy keeps, and by their times
 * where names say nothing.
 */
export function newestFirst<File extends { readonly path: string; readonly modifiedAt: number }>(
  path: string,
  files: readonly File[],
): readonly File[] {
  const byTime = (a: File, b: File) => b.modifiedAt - a.modifiedAt || (a.path < b.path ? -1 : 1);
  const number = (file: File) => numberOf(file.path, path) ?? -1;
  const date = (file: File) => dateOf(file.path, path) ?? "";
  const numbered = files.filter((file) => number(file) >= 0).sort((a, b) => number(a) - number(b) || byTime(a, b));
  const dated = files
    .filter((file) => date(file) !== "")
    .sort((a, b) => (date(a) === date(b) ? byTime(a, b) : date(a) > date(b) ? -1 : 1));
  const others = files.filter((file) => number(file) < 0 && date(file) === "").sort(byTime);
  return mergeSorted(mergeSorted(numbered, dated, byTime), others, byTime);
}

function mergeSorted<T>(one: readonly T[], other: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length && j < other.length) {
    merged.push(compare(one[i] as T, other[j] as T) <= 0 ? (one[i++] as T) : (other[j++] as T));
  }
  return [...merged, ...one.slice(i), ...other.slice(j)];
}

/** Numbers that a sequence such as .1 .2.gz .5.gz lacks, and the files on both sides of them. */
interface Hole {
  readonly first: number;
  readonly last: number;
  /** The file with the next lower number; undefined when the hole lies right behind the log itself. */
  readonly newer: string | undefined;
  readonly older: string;
}

/** Returns what is missing from the numbered files of `path`; nothing when files carry dates. */
export function holesIn(path: string, files: readonly string[]): readonly Hole[] {
  const numbered = files
    .map((file) => ({ file, number: numberOf(file, path) ?? -1 }))
    .filter(({ number }) => number >= 0)
    .sort((a, b) => a.number - b.number);
  const holes: Hole[] = [];
  // A sequence begins at 0 or at 1.
  let expected = numbered[0]?.number === 0 ? 0 : 1;
  let newer: string | undefined;
  for (const { file, number } of numbered) {
    if (number > expected) holes.push({ first: expected, last: number - 1, newer, older: file });
    expected = number + 1;
    newer = file;
  }
  return holes;
}
