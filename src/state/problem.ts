// What can be wrong with the state, said as what, where, and what to do.
// Codes: https://www.sqlite.org/rescode.html
import { statSync } from "node:fs";
import { Exit, ReportError, reasonOf } from "../errors.ts";

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: "permission denied (let the user that runs logdigest own the folder and everything in it)",
  EPERM: "operation not permitted (let the user that runs logdigest own the folder and everything in it)",
  EROFS: "the file system is read-only (mount it writable, or set state.dir elsewhere)",
  ENOSPC: "no space left on the device (make room there, then run again)",
  EDQUOT: "the disk quota is used up (make room there, then run again)",
  EFBIG: "the file may not grow further (raise the limit on file size, then run again)",
  ENOTDIR: "a part of the path is a file (set state.dir to a folder)",
  EEXIST: "it is a file (set state.dir to a folder)",
  ENOENT: "its symbolic link leads nowhere (mount what it leads to, or set state.dir elsewhere)",
  ELOOP: "its symbolic links lead in a circle (correct state.dir)",
  ENAMETOOLONG: "the path is too long (set state.dir to a shorter one)",
  EIO: "an input/output error (look for messages of the disk in the system's log)",
};

/** What SQLite's primary result code means for the file; `undefined` for codes that only a bug can cause. */
const SQLITE: Readonly<Record<number, string>> = {
  3: SYSTEM.EACCES as string,
  8: "it cannot be written (let the user that runs logdigest own the folder and everything in it, and mount it writable)",
  10: "an input/output error (look for messages of the disk in the system's log, check its free space, then run again)",
  13: SYSTEM.ENOSPC as string,
  14: "it cannot be opened (let the user that runs logdigest own the folder and everything in it)",
  15: "the file system does not lock files as a database needs it (set state.dir to a folder on a local disk)",
};

/** Turns what was thrown about `path` into an error for a person; what only a bug can cause comes back as it is. */
export function problemWith(path: string, thrown: unknown): unknown {
  if (thrown instanceof ReportError || !(thrown instanceof Error)) return thrown;
  const { code, errcode, syscall } = thrown as { code?: unknown; errcode?: unknown; syscall?: unknown };
  const told = typeof code === "string" ? SYSTEM[code] : undefined;
  if (told !== undefined) return cannotWrite(path, told, thrown);
  // ESTALE, EMFILE, ENOLCK: file systems and limits have more ways to fail than there are words here.
  if (typeof syscall === "string") return cannotWrite(path, reasonOf(thrown), thrown);
  if (typeof errcode !== "number") return thrown;
  // The lower byte is the primary code; the rest says more than a person can use.
  const primary = errcode & 0xff;
  if (primary === 5 || primary === 6) {
    return new ReportError(Exit.Later, `${path} is in use by another program (run again when it has ended)`, {
      cause: thrown,
    });
  }
  // A table that is not there: somebody changed the file, because a schema's number was checked before.
  const strange = primary === 1 && /^no such (?:table|column)/.test(thrown.message);
  if (primary === 11 || primary === 26 || strange) return damaged(path, reasonOf(thrown), thrown);
  const reason = SQLITE[primary];
  return reason === undefined ? thrown : cannotWrite(path, reason, thrown);
}

/** Does `work`, which is about `path`. */
export function about<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw problemWith(path, thrown);
  }
}

/** Refuses a folder, which SQLite would only call unusable. */
export function refuseFolder(path: string): void {
  if (statSync(path).isDirectory()) throw cannotWrite(path, "it is a folder where a file belongs (move it away)");
}

function cannotWrite(path: string, reason: string, cause?: unknown): ReportError {
  return new ReportError(Exit.CannotWrite, `cannot use the state in ${path}: ${reason}`, { cause });
}

export function damaged(path: string, reason: string, cause?: unknown): ReportError {
  return new ReportError(
    Exit.CannotWrite,
    `the state in ${path} is damaged: ${reason} (restore it from a backup, or move it away: the next run then begins afresh, and mail that waits in it is not sent)`,
    { cause },
  );
}
