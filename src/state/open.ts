// The state as a run has it: locked, brought up to date, and ready to be written before anything is read for it.

import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { noteConfig } from "./configs.ts";
import { isThere, openForWriting, refuseCut, refuseDamaged } from "./connection.ts";
import {
  keepPrivate,
  makeFolder,
  makePrivate,
  type Paths,
  pathsIn,
  putInPlace,
  removeBegun,
  setAside,
} from "./files.ts";
import { forget, learn } from "./known.ts";
import { takeLock } from "./lock.ts";
import { adopt, isForeign, machineMark } from "./machine.ts";
import { readLastEnd, readSources, writeLastEnd, writeSources } from "./memory.ts";
import { addNight } from "./nights.ts";
import { addNotice, clearNotices, readNotices } from "./notices.ts";
import { addEntries, clearFailed, endDelivery, readOutbox, setClockRight, writeReceipts } from "./outbox.ts";
import { about, refuseFolder } from "./problem.ts";
import { migrate, schemaAge } from "./schema.ts";
import { type Database, loadSqlite, type Sqlite, transaction } from "./sqlite.ts";
import { FAILED_KEPT, type OutboxEntry, type State, type StateOptions } from "./state.ts";
import { type Read, viewOver } from "./view.ts";

/**
 * Opens the state for a run, which has it alone until it closes it. What is there is never deleted: a state of another
 * machine is renamed, and a damaged one is left as it is.
 *
 * @throws ReportError Exit.Later when another run holds the lock; Exit.CannotWrite when the state is damaged, of a
 *   later version, or cannot be written
 */
export async function openState(options: StateOptions): Promise<State> {
  const sqlite = await loadSqlite();
  const paths = pathsIn(options.dir);
  about(paths.dir, () => makeFolder(paths.dir));
  about(paths.lock, () => makePrivate(paths.lock));
  about(paths.lock, () => refuseFolder(paths.lock));
  const lock = takeLock(sqlite, paths.lock);
  try {
    return about(paths.database, () => openLocked(sqlite, paths, options, lock));
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

function openLocked(sqlite: Sqlite, paths: Paths, options: StateOptions, lock: { release(): void }): State {
  const mark = machineMark(options.machineId);
  const notices: string[] = [];
  let db: Database | undefined;
  try {
    if (isThere(paths.database)) {
      db = openExisting(sqlite, paths.database);
      if (isForeign(db, mark)) {
        notices.push(setForeignAside(db, paths.database, options.now));
        db = undefined;
      }
    }
    db ??= begin(sqlite, paths, options.now, notices);
    const rival = prepare(db, mark, options, notices);
    keepPrivate(paths.database);
    return stateOver(db, { path: paths.database, options, lock, rival });
  } catch (thrown) {
    db?.close();
    throw thrown;
  }
}

function openExisting(sqlite: Sqlite, path: string): Database {
  refuseCut(path);
  keepPrivate(path);
  const db = openForWriting(sqlite, path);
  try {
    const age = schemaAge(db, path);
    refuseDamaged(db, path);
    db.exec("PRAGMA journal_mode = WAL");
    if (age === "older") migrate(db);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function setForeignAside(db: Database, path: string, now: Instant): string {
  const waiting = readOutbox(db).length;
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const aside = setAside(path, now);
  const mail =
    waiting === 0
      ? ""
      : `; ${waiting} waiting ${waiting === 1 ? "message" : "messages"} in it will not be sent from here`;
  return `the state in ${path} was begun on another machine: it was renamed to ${aside}, and this machine begins afresh${mail}`;
}

/** Makes a new database under another name first: one that is found under its own name is always whole. */
function begin(sqlite: Sqlite, { dir, database, begun }: Paths, now: Instant, notices: string[]): Database {
  // Changes of a database that is gone would be played into the new one.
  const orphan = setAside(database, now);
  if (orphan !== undefined) {
    notices.push(
      `${database} is gone, though changes to it were there: they were renamed to ${orphan}-wal, and the state begins afresh`,
    );
  }
  removeBegun(begun);
  makePrivate(begun);
  const db = openForWriting(sqlite, begun);
  try {
    migrate(db);
  } finally {
    db.close();
  }
  putInPlace(begun, database, dir);
  return openExisting(sqlite, database);
}

/**
 * Writes before anything else is done: a disk that is full or read-only shows now, not after hours of reading.
 *
 * @returns another config that takes turns with this one
 */
function prepare(
  db: Database,
  mark: string | undefined,
  { now, config }: StateOptions,
  notices: readonly string[],
): string | undefined {
  return transaction(db, () => {
    adopt(db, mark);
    setClockRight(db, now);
    const cleared = clearFailed(db, now, FAILED_KEPT);
    for (const notice of notices) addNotice(db, notice);
    if (cleared.length > 0) addNotice(db, tellCleared(cleared));
    return config === undefined ? undefined : noteConfig(db, config);
  });
}

function tellCleared(cleared: readonly OutboxEntry[]): string {
  const count = cleared.length === 1 ? "1 message" : `${cleared.length} messages`;
  return `${count} that could not be delivered left the outbox, which keeps the newest ${FAILED_KEPT} of them: ${cleared
    .slice(0, 3)
    .map(({ subject }) => `"${subject}"`)
    .join(", ")}${cleared.length > 3 ? " and more" : ""}`;
}

interface Held {
  readonly path: string;
  readonly options: StateOptions;
  readonly lock: { release(): void };
  readonly rival: string | undefined;
}

function stateOver(db: Database, { path, options, lock, rival }: Held): State {
  const { now, giveUpAfterMs } = options;
  const read: Read = (work) => about(path, () => work(db));
  const write = <T>(work: () => T): T => about(path, () => transaction(db, work));
  let lastEnd = read(readLastEnd);
  let sources = read(readSources);
  return {
    ...viewOver(read),
    rival,
    notices: read(readNotices),
    get lastEnd() {
      return lastEnd;
    },
    get sources() {
      return sources;
    },
    complete(run) {
      write(() => {
        // The lock forbids it, but a lock can be lost: somebody removes its file, a file system only pretends.
        if (readLastEnd(db) !== lastEnd) {
          throw new ReportError(Exit.Later, `another run has completed in ${path} meanwhile (run again)`);
        }
        const night = addNight(db, run, now);
        writeLastEnd(db, run.window.to);
        writeSources(db, run.sources);
        addEntries(db, run.outbox, now);
        learn(db, run.learned, night);
        forget(db, now);
        clearNotices(db);
      });
      lastEnd = run.window.to;
      sources = read(readSources);
    },
    keep: (entries) => write(() => addEntries(db, entries, now)),
    recordReceipts: (id, receipts, at, nextTryAt) =>
      write(() => writeReceipts(db, id, { receipts, now: at, nextTryAt, giveUpAfterMs })),
    dropFromOutbox: (id) => write(() => endDelivery(db, id, "dropped", now)),
    close() {
      try {
        // Whoever copies the one file has all of it then, and a preview needs nothing else.
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } catch {
        // On a full disk: what was committed stays where it is, and is as safe there.
      } finally {
        db.close();
        lock.release();
      }
    },
  };
}
