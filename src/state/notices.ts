// What a person should hear about the state itself. It is kept until a run has completed, and so has told it: one that
// dies before leaves it to the next.
import type { Database } from "./sqlite.ts";

/** A machine whose runs all die has heard enough. */
const NOTICES_KEPT = 20;

export function readNotices(db: Database): readonly string[] {
  return db
    .prepare<{ text: string }>("SELECT text FROM notices ORDER BY id")
    .all()
    .map(({ text }) => text);
}

export function addNotice(db: Database, text: string): void {
  db.prepare("INSERT INTO notices (text) VALUES (?)").run(text);
  db.prepare("DELETE FROM notices WHERE id <= (SELECT max(id) FROM notices) - ?").run(NOTICES_KEPT);
}

export function clearNotices(db: Database): void {
  db.exec("DELETE FROM notices");
}
