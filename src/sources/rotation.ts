// The files that one log was rotated into, by logrotate (.1, .2.gz, -20261119.gz), newsyslog and Apple's syslogd
// (.0, .0.gz), savelog (.0), or a person (.old, .bak).
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const ROTATED = /^(?:\.\d{1,5}|[.-]\d{8}(?:[T-]?\d{2,10})?|[.-]\d{4}-\d{2}-\d{2}(?:[T_-]?\d{2,6})?|\.old|\.bak)$/;
const COMPRESSED = /\.(?:gz|bz2|xz|zst)$/;

/** Returns the paths of `path` and its rotated files, in no particular order. A folder that cannot be listed has none. */
export function rotationSet(path: string): readonly string[] {
  const name = basename(path);
  let entries: readonly string[];
  try {
    entries = readdirSync(dirname(path));
  } catch {
    return [path];
  }
  const rotated = entries.filter((entry) => {
    if (!entry.startsWith(name) || entry === name) return false;
    const suffix = entry.slice(name.length).replace(COMPRESSED, "");
    return suffix === "" || ROTATED.test(suffix);
  });
  return [path, ...rotated.map((entry) => join(dirname(path), entry))];
}

/** Returns the numbers that are missing from a sequence such as .1 .2.gz .4.gz; empty when files carry dates. */
export function missingNumbers(path: string, files: readonly string[]): readonly number[] {
  const numbers = files
    .map((file) => /^\.(\d{1,5})$/.exec(basename(file).slice(basename(path).length).replace(COMPRESSED, ""))?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const highest = numbers.at(-1);
  if (highest === undefined) return [];
  const present = new Set(numbers);
  const missing: number[] = [];
  // A sequence begins at 0 or at 1.
  for (let number = present.has(0) ? 0 : 1; number < highest && missing.length < 100; number++) {
    if (!present.has(number)) missing.push(number);
  }
  return missing;
}
