// What was seen before: addresses, keys, users. A finding asks for it in bulk, a completed run adds to it.
import { createHash } from "node:crypto";
import type { Instant } from "../events/event.ts";
import type { Database } from "./sqlite.ts";
import type { Known, Learned } from "./state.ts";

const FORGET_AFTER = 90 * 24 * 3_600_000;
const KNOWN_KEPT = 200_000;
/** Names in logs are as long as an attacker likes. */
const LONGEST_KEY = 256;

export function readKnown(
  db: Database,
  kind: string,
  host: string,
  keys: Iterable<string>,
): ReadonlyMap<string, Known> {
  const find = db.prepare<Known>(`
    SELECT first_seen AS firstSeen, last_seen AS lastSeen, nights
    FROM known WHERE kind = ? AND host = ? AND "key" = ?
  `);
  const found = new Map<string, Known>();
  for (const key of keys) {
    const row = find.get(kind, bounded(host), bounded(key));
    if (row !== undefined) found.set(key, { ...row });
  }
  return found;
}

/** @param night number of the completed run: a thing that it names twice was seen in one run */
export function learn(db: Database, learned: Iterable<Learned>, night: number): void {
  const put = db.prepare(`
    INSERT INTO known (kind, host, "key", first_seen, last_seen, nights, last_night) VALUES (?, ?, ?, ?, ?, 1, ?)
    ON CONFLICT DO UPDATE SET
      first_seen = min(first_seen, excluded.first_seen),
      last_seen = max(last_seen, excluded.last_seen),
      nights = nights + (last_night <> excluded.last_night),
      last_night = excluded.last_night
  `);
  for (const { kind, host, key, firstSeen, lastSeen } of learned) {
    put.run(kind, bounded(host), bounded(key), firstSeen, lastSeen, night);
  }
}

/** Forgets what was not seen for long before `at`, and what is older than the newest `keep`. */
export function forget(db: Database, at: Instant, keep = KNOWN_KEPT): void {
  db.prepare("DELETE FROM known WHERE last_seen < ?").run(at - FORGET_AFTER);
  const n = db.prepare<{ n: number }>("SELECT count(*) AS n FROM known").get()?.n ?? 0;
  if (n <= keep) return;
  db.prepare(`
    DELETE FROM known WHERE (kind, host, "key") IN (
      SELECT kind, host, "key" FROM known ORDER BY last_seen, kind, host, "key" LIMIT ?
    )
  `).run(n - keep);
}

function bounded(key: string): string {
  return key.length <= LONGEST_KEY ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
