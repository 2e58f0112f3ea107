// Writes what was asked for into a file.
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Exit, ReportError, reasonOf } from "../errors.ts";

/** Writes the whole file or nothing: a reader never sees half a digest. */
export function writeOutput(path: string, text: string): void {
  try {
    // A link is followed, and a device such as /dev/null is written to, never replaced.
    const target = existsSync(path) ? realpathSync(path) : path;
    const old = statSync(target, { throwIfNoEntry: false });
    if (old?.isFile() === false) writeFileSync(target, text);
    else replaceFile(target, text, old === undefined ? 0o600 : old.mode & 0o777);
  } catch (error) {
    // `ENOTDIR: not a directory, open '/tmp/x.part'`: the name of the part says nothing to anybody.
    const reason = reasonOf(error).replace(/, \w+ '.*$/, "");
    throw new ReportError(Exit.CannotWrite, `cannot write ${path}: ${reason} (name another file)`, { cause: error });
  }
}

function replaceFile(path: string, text: string, mode: number): void {
  const part = `${path}.${randomUUID()}.part`;
  const file = openSync(part, "wx", mode);
  try {
    writeFileSync(file, text);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
