// The state as a preview sees it: no lock, no writing, and a run may complete meanwhile.
import { statSync } from "node:fs";
import { isThere, openForReading, refuseCut, refuseDamaged } from "./connection.ts";
import { pathsIn } from "./files.ts";
import { isForeign, machineMark } from "./machine.ts";
import { readLastEnd, readSources } from "./memory.ts";
import { readNotices } from "./notices.ts";
import { about } from "./problem.ts";
import { schemaAge } from "./schema.ts";
import { type Database, loadSqlite, type Sqlite } from "./sqlite.ts";
import type { StateOptions, StateView } from "./state.ts";
import { emptyView, type Read, viewOver } from "./view.ts";

/**
 * Reads the state without the lock and without writing. What a run would put right (another machine's state, one of an
 * earlier version) is left as it is: the view is empty then, and a notice says why.
 *
 * @returns undefined when there is none
 * @throws ReportError Exit.CannotWrite when it is damaged, of a later version, or may not be read
 */
export async function readState(options: Pick<StateOptions, "dir" | "machineId">): Promise<StateView | undefined> {
  const { database } = pathsIn(options.dir);
  if (!about(database, () => isThere(database))) return undefined;
  about(database, () => refuseCut(database));
  const read = reader(await loadSqlite(), database);
  return read((db) => {
    const age = schemaAge(db, database);
    refuseDamaged(db, database);
    if (age === "older") {
      return emptyView([
        `the state in ${database} is of an earlier version: the next scheduled run brings it up to date`,
      ]);
    }
    if (isForeign(db, machineMark(options.machineId))) {
      return emptyView([`the state in ${database} was begun on another machine: the next scheduled run sets it aside`]);
    }
    return { ...viewOver(read), lastEnd: readLastEnd(db), sources: readSources(db), notices: readNotices(db) };
  });
}

/** Opens the database for each piece of reading, and reads again what a run changed under it. */
function reader(sqlite: Sqlite, path: string): Read {
  return (work) =>
    about(path, () => {
      for (let tries = 1; ; tries += 1) {
        const before = stamp(path);
        const { db, alone } = openForReading(sqlite, path);
        const unchanged = () => !alone || tries === 5 || stamp(path) === before;
        try {
          const result = snapshot(db, work);
          if (unchanged()) return result;
        } catch (thrown) {
          if (unchanged()) throw thrown;
        } finally {
          db.close();
        }
      }
    });
}

/** All that `work` reads is of one moment. */
function snapshot<T>(db: Database, work: (db: Database) => T): T {
  db.exec("BEGIN");
  try {
    return work(db);
  } finally {
    db.exec("COMMIT");
  }
}

function stamp(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}
