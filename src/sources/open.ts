// Opens files for reading: only regular ones, never blocking on a pipe or a device, and the one that was looked at.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type Compression, compressionOf } from "./packed/compression.ts";

/** Archives without times give their files 1970 or 1980. */
const EARLIEST_TIME = Date.UTC(2000, 0);

/** So much of a file's beginning tells whether it is still the same text, and so much before a place tells the place. */
export const CHECKED = 4096;

/** A regular file as it was when it was looked at. */
export interface OpenLog {
  readonly path: string;
  readonly compression: Compression;
  readonly size: number;
  /** Time of its last change; infinite when an archive or a copy lost it. */
  readonly modifiedAt: number;
  /** When it came to be, where the file system says it; else 0. */
  readonly bornAt: number;
  /** When its name or rights changed last, or its text. */
  readonly changedAt: number;
  /** Device and inode: the same file under two names is one file. */
  readonly identity: string;
  /** Its first bytes as they are, 4 KiB or all where there are fewer. */
  readonly head: Buffer;
}

/** Why a log cannot be read: `missing` when there is no such file, else `unreadable`. The message says what to do. */
export class CannotOpen extends Error {
  readonly status: "missing" | "unreadable";
  constructor(status: "missing" | "unreadable", note: string) {
    super(note);
    this.status = status;
  }
}

/** Another file, or text, has taken the name of one that was looked at: a rotation is under way. */
export class Moved extends Error {}

/** Looks at a file without keeping it open. @throws CannotOpen */
export function inspectLog(path: string): OpenLog {
  const fd = openRegular(path);
  try {
    const stat = fstatSync(fd);
    const buffer = Buffer.alloc(CHECKED);
    const head = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
    return {
      path,
      compression: compressionOf(head),
      size: stat.size,
      modifiedAt: timeOf(stat),
      bornAt: stat.birthtimeMs,
      changedAt: stat.ctimeMs,
      identity: identityOf(fd),
      head,
    };
  } catch (error) {
    throw new CannotOpen("unreadable", `cannot be read: ${codeOf(error)}`);
  } finally {
    closeSync(fd);
  }
}

function timeOf({ mtimeMs }: Stats): number {
  return mtimeMs < EARLIEST_TIME ? Number.POSITIVE_INFINITY : mtimeMs;
}

function openRegular(path: string): number {
  try {
    // Looked at first: to open a pipe wakes its writer, to open a device may do anything.
    const stat = statSync(path);
    if (!stat.isFile()) throw notRegular(stat);
    // O_NONBLOCK: a pipe that took the name meanwhile would be waited for, for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const opened = fstatSync(fd);
    if (opened.isFile()) return fd;
    closeSync(fd);
    throw notRegular(opened);
  } catch (error) {
    throw error instanceof CannotOpen ? error : explain(error);
  }
}

function notRegular(stat: Stats): CannotOpen {
  const what = stat.isDirectory() ? "a directory" : stat.isFIFO() ? "a named pipe" : "a device or socket";
  return new CannotOpen("unreadable", `is ${what}, not a log file`);
}

function explain(error: unknown): CannotOpen {
  const code = codeOf(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CannotOpen("missing", "does not exist");
    case "EACCES":
    case "EPERM":
      return new CannotOpen("unreadable", "permission denied (run as root, or as a member of adm, or admin on macOS)");
    case "ELOOP":
      return new CannotOpen("unreadable", "is a loop of symbolic links");
    default:
      return new CannotOpen("unreadable", `cannot be opened: ${code}`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Whole numbers of 64 bits: the inodes of some file systems do not fit into a double. */
function identityOf(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}

/** Opens the file that was looked at. @throws CannotOpen, Moved */
export function openAgain(log: OpenLog): number {
  const fd = openRegular(log.path);
  // A shorter one was copied and truncated meanwhile: its old text has another name by now.
  if (identityOf(fd) === log.identity && fstatSync(fd).size >= log.size) return fd;
  closeSync(fd);
  throw new Moved();
}

/** Returns when something that is no log, or cannot be read, was changed last; undefined for a folder, which is none. */
export function changeOf(path: string): number | undefined {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return undefined;
    return timeOf(stat);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
