// The history: one row a completed run, whether it had something to tell or not.
import type { Instant } from "../events/event.ts";
import type { Database } from "./sqlite.ts";
import { type CompletedRun, NIGHTS_KEPT, type Night, type NightWindow } from "./state.ts";

interface Row extends NightWindow {
  readonly totals: string;
  readonly empty: number;
  readonly completedAt: Instant;
}

export function readNights(db: Database, limit: number): readonly Night[] {
  const rows = db.prepare<Row>(`
    SELECT window_from AS "from", window_to AS "to", time_zone AS timeZone, label, totals, empty,
      completed_at AS completedAt
    FROM nights ORDER BY id DESC LIMIT ?
  `);
  return rows.all(limit).map(({ from, to, timeZone, label, totals, empty, completedAt }) => ({
    window: { from, to, timeZone, label },
    totals: JSON.parse(totals),
    empty: empty === 1,
    completedAt,
  }));
}

/** @returns the number of this night, which is never given to another */
export function addNight(
  db: Database,
  { window: { from, to, timeZone, label }, totals, empty }: CompletedRun,
  at: Instant,
): number {
  const night = db
    .prepare<{ id: number }>(`
      INSERT INTO nights (window_from, window_to, time_zone, label, totals, empty, completed_at)
      VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
    `)
    .get(from, to, timeZone, label, JSON.stringify(totals), empty ? 1 : 0, at);
  // INSERT ... RETURNING gives its one row, or throws.
  const { id } = night as { id: number };
  db.prepare("DELETE FROM nights WHERE id <= ?").run(id - NIGHTS_KEPT);
  return id;
}
