// The tables, and how a database of an earlier version becomes one of this. Instants are UTC epoch milliseconds.
import { Exit, ReportError } from "../errors.ts";
import { damaged } from "./problem.ts";
import { type Database, transaction } from "./sqlite.ts";

/** "logd": says that a database is ours (`PRAGMA application_id`). */
const APPLICATION = 0x6c6f6764;

/** Step n leads from version n to n + 1. A step that was released is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    machine TEXT,
    last_end INTEGER
  ) STRICT;
  INSERT INTO state (id) VALUES (1);

  CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
  ) STRICT;

  CREATE TABLE nights (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL CHECK (window_to >= window_from),
    time_zone TEXT NOT NULL,
    label TEXT NOT NULL,
    totals TEXT NOT NULL CHECK (json_valid(totals)),
    empty INTEGER NOT NULL CHECK (empty IN (0, 1)),
    completed_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    "end" INTEGER NOT NULL,
    identity TEXT,
    "offset" INTEGER,
    "check" TEXT,
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    told_at INTEGER,
    told_shapes TEXT,
    found INTEGER NOT NULL CHECK (found IN (0, 1)),
    last_stamp INTEGER,
    CHECK ((identity IS NULL) = ("offset" IS NULL) AND (identity IS NULL) = ("check" IS NULL))
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    raw BLOB NOT NULL,
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL,
    UNIQUE (channel, message_id)
  ) STRICT;

  CREATE TABLE recipients (
    entry INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused', 'unknown', 'given-up')),
    code INTEGER,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (entry, address)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'dropped', 'failed')),
    ended_at INTEGER NOT NULL,
    recipients TEXT NOT NULL CHECK (json_valid(recipients))
  ) STRICT;

  CREATE TABLE known (
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    "key" TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    nights INTEGER NOT NULL,
    last_night INTEGER NOT NULL,
    PRIMARY KEY (kind, host, "key")
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX known_by_age ON known (last_seen);
  `,
  "ALTER TABLE state ADD COLUMN configs TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(configs));",
];

/** How the tables of a database compare with those that this program knows. */
export type Age = "current" | "older";

/**
 * Looks whose database this is, and of which version.
 *
 * @throws ReportError when it is not ours, damaged, or of a later version than this program knows
 */
export function schemaAge(db: Database, path: string, migrations = MIGRATIONS): Age {
  if (pragma(db, "application_id") !== APPLICATION) throw damaged(path, "this is no state of logdigest");
  const version = pragma(db, "user_version");
  if (version > migrations.length) {
    throw new ReportError(
      Exit.CannotWrite,
      `the state in ${path} was written by a later version of logdigest (its schema is ${version}, this version knows ${migrations.length}): install that version again, or set state.dir elsewhere`,
    );
  }
  return version === migrations.length ? "current" : "older";
}

/** Takes a database, or a new one without anything in it, to the last version: all steps or none. */
export function migrate(db: Database, migrations = MIGRATIONS): void {
  transaction(db, () => {
    for (const step of migrations.slice(pragma(db, "user_version"))) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${migrations.length}`);
  });
}

function pragma(db: Database, name: string): number {
  return db.prepare<Record<string, number>>(`PRAGMA ${name}`).get()?.[name] ?? 0;
}
