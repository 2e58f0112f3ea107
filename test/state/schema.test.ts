import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { MIGRATIONS, migrate, schemaAge } from "../../src/state/schema.ts";
import { loadSqlite } from "../../src/state/sqlite.ts";
import { sql, stateDir } from "./sample.ts";

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");

const STEPS = [
  "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);",
  "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'new';",
  "CREATE TABLE b (z INTEGER) STRICT; INSERT INTO b SELECT x + 1 FROM a;",
];

function database(steps: readonly string[]) {
  const dir = dirname(stateDir());
  mkdirSync(dir, { recursive: true });
  const path = join(dir, "state.db");
  const db = new DatabaseSync(path);
  migrate(db, steps);
  return { path, db };
}

test.each([0, 1, 2, 3])("a database of version %i becomes one of the last, and keeps what it holds", (version) => {
  const { path, db } = database(STEPS.slice(0, version));
  expect(schemaAge(db, path, STEPS)).toBe(version === 3 ? "current" : "older");
  migrate(db, STEPS);
  expect(schemaAge(db, path, STEPS)).toBe("current");
  db.close();
  expect(sql(path, "SELECT * FROM a", "SELECT * FROM b", "PRAGMA user_version")).toEqual([
    { x: 1, y: "new" },
    { z: 2 },
    { user_version: 3 },
  ]);
});

test("a step that fails leaves the database as it was", () => {
  const { path, db } = database(STEPS.slice(0, 1));
  expect(() => migrate(db, [...STEPS, "INSERT INTO nowhere VALUES (1);"])).toThrow("no such table: nowhere");
  db.close();
  expect(sql(path, "SELECT * FROM a", "PRAGMA user_version", "SELECT name FROM sqlite_schema")).toEqual([
    { x: 1 },
    { user_version: 1 },
    { name: "a" },
  ]);
});

test("every table is STRICT, and docs/state.md says what is in it", () => {
  const { path, db } = database(MIGRATIONS);
  db.close();
  const tables = sql<{ name: string; strict: number }>(
    path,
    "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'",
  );
  expect(tables).toHaveLength(8);
  expect(tables.filter(({ strict }) => strict !== 1)).toEqual([]);
  const rows = [...read("docs/state.md").matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) \|/gm)].map(([, names]) => names);
  expect(tables.filter(({ name }) => !rows.join().includes(`\`${name}\``))).toEqual([]);
});

test("where the package does not load, Node's own SQLite is used, and where there is none a person is told", async () => {
  const own = { DatabaseSync };
  const tried: string[] = [];
  const load = (works: string) => async (name: string) => {
    tried.push(name);
    if (name !== works) throw new Error(`no ${name}`);
    return own;
  };
  expect(await loadSqlite(load("node:sqlite"))).toBe(own);
  expect(tried).toEqual(["@photostructure/sqlite", "node:sqlite"]);
  const failure = await loadSqlite(load("")).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ReportError);
  expect(failure).toMatchObject({
    exit: Exit.CannotWrite,
    message:
      "SQLite, which keeps the state, does not load (install logdigest again, or run it with Node 22.13 or later): @photostructure/sqlite: no @photostructure/sqlite; node:sqlite: no node:sqlite",
  });
});
