// The files of systemd's journal: which there are, and what their headers say. journalctl itself passes over a file
// that it may not read without a word. Format: systemd.io/JOURNAL_FILE_FORMAT. Seen: systemd 252.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Instant } from "../../events/event.ts";
import { DISORDER } from "../source.ts";

/** What the header of a file says. */
export interface JournalHeader {
  /** All files of one numbering have it: those that one file was rotated into, and those of users beside them. */
  readonly sequence: string;
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly records: number;
}

export interface JournalFile {
  readonly path: string;
  readonly modifiedAt: Instant;
  /** Why it cannot be read. */
  readonly refused?: "permission denied" | "gone" | undefined;
  /** undefined of a file that cannot be read, is cut or is no journal. */
  readonly header?: JournalHeader | undefined;
}

export interface JournalFolders {
  readonly files: readonly JournalFile[];
  /** Folders that cannot be listed. */
  readonly refused: readonly string[];
}

/** The header as far as all versions have it. */
const HEADER = 208;

/**
 * Lists the files that journalctl reads: of this machine, or of `directory`.
 *
 * @param root where this machine's file system begins
 */
export function journalFiles(directory: string | undefined, root = "/"): JournalFolders {
  const files: JournalFile[] = [];
  const refused: string[] = [];
  for (const folder of directory === undefined ? ownFolders(root, refused) : foldersOf(directory, refused)) {
    for (const name of namesIn(folder, refused)) {
      // Ending in ~: what journald found damaged, or open after a crash. journalctl reads it, too.
      if (/\.journal~?$/.test(name)) files.push(lookAt(join(folder, name)));
    }
  }
  return { files: files.filter((file) => file.refused !== "gone"), refused };
}

/** journalctl reads the folder that is named like the machine, on disk and in memory. */
function ownFolders(root: string, refused: string[]): string[] {
  const roots = [join(root, "var/log/journal"), join(root, "run/log/journal")];
  try {
    const id = readFileSync(join(root, "etc/machine-id"), "utf8").trim();
    if (MACHINE_ID.test(id)) return roots.map((each) => join(each, id));
  } catch {
    // A system without one: whatever is there.
  }
  return roots.flatMap((each) => foldersOf(each, refused));
}

const MACHINE_ID = /^[0-9a-f]{32}$/;

function foldersOf(directory: string, refused: string[]): string[] {
  const names = namesIn(directory, refused).filter((name) => MACHINE_ID.test(name));
  return [directory, ...names.map((name) => join(directory, name))];
}

function namesIn(folder: string, refused: string[]): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isRefusal(error) && !refused.includes(folder)) refused.push(folder);
    return [];
  }
}

function lookAt(path: string): JournalFile {
  let modifiedAt = 0;
  try {
    const stats = statSync(path);
    modifiedAt = stats.mtimeMs;
    return { path, modifiedAt, header: stats.isFile() ? readJournalHeader(path) : undefined };
  } catch (error) {
    return { path, modifiedAt, refused: isRefusal(error) ? "permission denied" : "gone" };
  }
}

function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EACCES" || code === "EPERM";
}

/** Reads the header; undefined when there is none. Throws what the system says when the file cannot be read. */
export function readJournalHeader(path: string): JournalHeader | undefined {
  const bytes = Buffer.alloc(HEADER);
  const handle = openSync(path, "r");
  try {
    if (readSync(handle, bytes, 0, HEADER, 0) < HEADER) return undefined;
  } finally {
    closeSync(handle);
  }
  if (bytes.toString("latin1", 0, 8) !== "LPKSHHRH") return undefined;
  const number = (at: number) => Number(bytes.readBigUInt64LE(at));
  const [first, last] = [Math.floor(number(184) / 1000), Math.floor(number(192) / 1000)];
  if (first > last) return undefined;
  return {
    sequence: bytes.toString("hex", 72, 88),
    firstNumber: number(168),
    lastNumber: number(160),
    first,
    last,
    records: number(152),
  };
}

/** Says whether a file may hold records of a period. One without a header is told by its last change. */
export function mayHold({ header, modifiedAt }: JournalFile, from: Instant, to: Instant): boolean {
  if (header === undefined) return modifiedAt >= from - DISORDER;
  return header.records > 0 && header.first < to && header.last >= from;
}

/** Files of users are numbered with those of the system: theirs begin anywhere. */
export function isUsers({ path }: JournalFile): boolean {
  return basename(path).startsWith("user-");
}
