// Where the last completed run ended, and what it knew of each source.
import type { Instant } from "../events/event.ts";
import type { SourceMemory } from "../sources/memory.ts";
import type { Database } from "./sqlite.ts";
import { COUNTS_KEPT } from "./state.ts";

interface Row {
  readonly name: string;
  readonly end: Instant;
  readonly identity: string | null;
  readonly offset: number | null;
  readonly check: string | null;
  readonly counts: string;
  readonly toldAt: Instant | null;
  readonly toldShapes: string | null;
  readonly found: number;
  readonly lastStamp: Instant | null;
}

export function readLastEnd(db: Database): Instant | undefined {
  return db.prepare<{ lastEnd: Instant | null }>("SELECT last_end AS lastEnd FROM state").get()?.lastEnd ?? undefined;
}

export function writeLastEnd(db: Database, end: Instant): void {
  db.prepare("UPDATE state SET last_end = ?").run(end);
}

export function readSources(db: Database): ReadonlyMap<string, SourceMemory> {
  const rows = db.prepare<Row>(`
    SELECT name, "end", identity, "offset", "check", counts, told_at AS toldAt, told_shapes AS toldShapes, found,
      last_stamp AS lastStamp
    FROM sources ORDER BY name
  `);
  return new Map(
    rows.all().map(({ name, end, identity, offset, check, counts, toldAt, toldShapes, found, lastStamp }) => [
      name,
      {
        end,
        position: identity === null || offset === null || check === null ? undefined : { identity, offset, check },
        counts: JSON.parse(counts),
        toldAt: toldAt ?? undefined,
        toldShapes: toldShapes ?? undefined,
        found: found === 1,
        lastStamp: lastStamp ?? undefined,
      },
    ]),
  );
}

/** These are all: a source that is missing here is forgotten. */
export function writeSources(db: Database, sources: ReadonlyMap<string, SourceMemory>): void {
  db.exec("DELETE FROM sources");
  const put = db.prepare("INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const [name, { end, position, counts, toldAt, toldShapes, found, lastStamp }] of sources) {
    put.run(
      name,
      end,
      position?.identity ?? null,
      position?.offset ?? null,
      position?.check ?? null,
      JSON.stringify(counts.slice(0, COUNTS_KEPT)),
      toldAt ?? null,
      toldShapes ?? null,
      found ? 1 : 0,
      lastStamp ?? null,
    );
  }
}
