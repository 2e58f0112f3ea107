// The files that one log was rotated into, by logrotate (.1, .2.gz, -20261119.gz), newsyslog and Apple's syslogd
// (.0, .0.gz), savelog (.0), or a person (.old, .bak).
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { COMPRESSED } from "./compression.ts";

const NUMBER = /^\.(\d{1,5})$/;
const DATE = /^(?:[.-]\d{8}(?:[T-]?\d{2,10})?|[.-]\d{4}-\d{2}-\d{2}(?:[T_-]?\d{2,6})?)$/;
const KEPT_BY_HAND = /^\.(?:old|bak)$/;
/** Folders beside a log that its rotated files are moved to: savelog's, and what is usual for logrotate's `olddir`. */
const FOLDERS = ["old", "OLD", "archive"];

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
      if (!entry.startsWith(name) || entry === name) return false;
      const suffix = suffixOf(entry, name);
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

function suffixOf(file: string, name: string): string {
  return basename(file).slice(name.length).replace(COMPRESSED, "");
}

function numberOf(file: string, path: string): number | undefined {
  const digits = NUMBER.exec(suffixOf(file, basename(path)))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function dateOf(file: string, path: string): string | undefined {
  const suffix = suffixOf(file, basename(path));
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
