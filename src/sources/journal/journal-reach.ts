// Which journal a system has, and which period it covers: from the headers of its files, no program is started for it.
import { basename } from "node:path";
import type { Reach } from "../choose.ts";
import { locate } from "../tree.ts";
import { type JournalFolders, journalFiles } from "./journal-files.ts";

/** Storage=persistent, and volatile. */
const FOLDERS = ["/var/log/journal", "/run/log/journal"];

export interface FoundJournal {
  /** Where its files lie; undefined for this machine's own, which journalctl finds by itself. */
  readonly directories: readonly (string | undefined)[];
  /** undefined when it has no record that can be read. */
  readonly reach: Reach | undefined;
}

/** Returns the journal of the system below `root`; undefined when it keeps none. */
export function findJournal(root: string, isThisMachine: boolean): FoundJournal | undefined {
  const folders = isThisMachine
    ? [{ directory: undefined, ...journalFiles(undefined, root) }]
    : FOLDERS.map((path) => locate(root, path))
        .filter(({ state }) => state === "there")
        .map(({ path: directory }) => ({ directory, ...journalFiles(directory) }));
  const filled = folders.filter(({ files, refused }) => files.length + refused.length > 0);
  return filled.length === 0
    ? undefined
    : { directories: filled.map(({ directory }) => directory), reach: reachOf(filled.flatMap(({ files }) => files)) };
}

/** Users' own journals tell nothing of sshd, so they do not tell how far back it is known either. */
function reachOf(files: JournalFolders["files"]): Reach | undefined {
  const headers = files.flatMap(({ path, header }) =>
    header === undefined || header.records === 0 || basename(path).startsWith("user-") ? [] : [header],
  );
  if (headers.length === 0) return undefined;
  return {
    from: headers.reduce((from, { first }) => Math.min(from, first), Number.POSITIVE_INFINITY),
    to: headers.reduce((to, { last }) => Math.max(to, last), Number.NEGATIVE_INFINITY),
  };
}
