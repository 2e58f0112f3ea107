// How the database is opened: for a run, which writes, and for a preview, which must not.
import { lstatSync, realpathSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isAlone, isCode } from "./files.ts";
import { damaged, refuseFolder } from "./problem.ts";
import type { Database, Sqlite } from "./sqlite.ts";

/** No database is smaller than its smallest page; SQLite takes a shorter file for a new one and writes over it. */
const SMALLEST = 512;
/** Looking through a database of this size takes a quarter of a second. */
const CHECKED_UP_TO = 256 * 1024 * 1024;

/** A reader that stands in the way of a write is done within this time. */
const BUSY_MS = 2_000;

export function openForWriting({ DatabaseSync }: Sqlite, path: string): Database {
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  // FULL: what is committed survives a power cut, on macOS too, where a plain fsync stops at the drive's cache.
  db.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
  `);
  return db;
}

/**
 * Opens a database to read it, without making a file beside it. While all of it is in the one file (`alone`), that is
 * read as one that does not change: who uses it must look afterwards whether that held.
 */
export function openForReading({ DatabaseSync }: Sqlite, path: string): { db: Database; alone: boolean } {
  // SQLite writes its log beside the file that a link leads to.
  const alone = isAlone(realpathSync(path));
  const location = alone ? `${pathToFileURL(path).href}?immutable=1` : path;
  return { db: new DatabaseSync(location, { readOnly: true, timeout: BUSY_MS }), alone };
}

/** @throws ReportError when the file cannot be a whole database */
export function refuseCut(path: string): void {
  refuseFolder(path);
  const { size } = statSync(path);
  if (size < SMALLEST) throw damaged(path, `it has only ${size} bytes`);
}

/** @throws ReportError when the tables do not hold together */
export function refuseDamaged(db: Database, path: string): void {
  if (statSync(path).size > CHECKED_UP_TO) return;
  const verdict = db.prepare<{ quick_check: string }>("PRAGMA quick_check(1)").get()?.quick_check;
  if (verdict !== "ok") throw damaged(path, String(verdict).replace("*** in database main ***", "").trim());
}

export function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (thrown) {
    // A link to a disk that is not mounted is no missing database: what it leads to may come back.
    if (isCode(thrown, "ENOENT") && lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
    throw thrown;
  }
}
