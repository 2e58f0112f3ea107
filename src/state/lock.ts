// One run at a time. The lock is SQLite's own on an empty database beside the state: the kernel gives it back when the
// process ends, however it ends, so that nothing is left to tidy up. It is no lock on the state itself, which a preview
// may read meanwhile.
import { Exit, ReportError } from "../errors.ts";
import { problemWith } from "./problem.ts";
import type { Database, Sqlite } from "./sqlite.ts";

/** @throws ReportError Exit.Later at once, when another process or another part of this one has it */
export function takeLock({ DatabaseSync }: Sqlite, path: string): { release(): void } {
  let db: Database | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    // A journal in memory: the lock leaves no second file.
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (thrown) {
    db?.close();
    const problem = problemWith(path, thrown);
    if (!(problem instanceof ReportError) || problem.exit !== Exit.Later) throw problem;
    throw new ReportError(
      Exit.Later,
      `another run of logdigest holds ${path} (it gives it back when it ends; fuser ${path} names its process)`,
      { cause: thrown },
    );
  }
  const held = db;
  return { release: () => held.close() };
}
