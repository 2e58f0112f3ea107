// SQLite behind one file: the package that brings it for every supported Node, else the one that the Node brings. The
// interface is the same (https://nodejs.org/api/sqlite.html). It is loaded when a state is opened and not before:
// who reads another machine's logs need not wait for it.
import type * as Package from "@photostructure/sqlite";
import { Exit, ReportError, reasonOf } from "../errors.ts";

type Value = string | number | null | Uint8Array;

/** What is used of it. `Row` is what the statement's columns are: the tables are STRICT, so that SQLite sees to it. */
interface Statement<Row> {
  run(...values: readonly Value[]): void;
  get(...values: readonly Value[]): Row | undefined;
  all(...values: readonly Value[]): Row[];
}
export interface Database {
  exec(sql: string): void;
  prepare<Row>(sql: string): Statement<Row>;
  close(): void;
}
export interface Sqlite {
  readonly DatabaseSync: new (
    location: string,
    options: NonNullable<ConstructorParameters<typeof Package.DatabaseSync>[1]>,
  ) => Database;
}

/** Node's own comes second: up to Node 25 it prints a warning, which cron would send as a mail. */
const MODULES = ["@photostructure/sqlite", "node:sqlite"];

/** @throws ReportError when this system has neither */
export async function loadSqlite(load: (name: string) => Promise<unknown> = (name) => import(name)): Promise<Sqlite> {
  const reasons: string[] = [];
  for (const name of MODULES) {
    try {
      return (await load(name)) as Sqlite;
    } catch (thrown) {
      reasons.push(`${name}: ${reasonOf(thrown)}`);
    }
  }
  throw new ReportError(
    Exit.CannotWrite,
    `SQLite, which keeps the state, does not load (install logdigest again, or run it with Node 22.13 or later): ${reasons.join("; ")}`,
  );
}

/** Runs `work` as one transaction that has the right to write from its first statement on. */
export function transaction<T>(db: Database, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (thrown) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // A full disk and an input/output error have rolled back already; the first error is the one to tell.
    }
    throw thrown;
  }
}
