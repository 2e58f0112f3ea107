// Which configs use a state. Each run begins where the last one ended, so two configs with one state tell each other's
// windows: a digest of the night holds the five minutes that the other one left.
import type { Database } from "./sqlite.ts";

/** The last changes from one config to another. */
const CHANGES_KEPT = 8;
/** A config is moved, and another is tried out and put back: that is no habit yet. */
const TURNS = 3;

/**
 * Notes that a run uses `config`.
 *
 * @returns another config that takes turns with it; undefined where each came and went once
 */
export function noteConfig(db: Database, config: string): string | undefined {
  const stored = db.prepare<{ configs: string }>("SELECT configs FROM state").get()?.configs ?? "[]";
  const before = JSON.parse(stored) as readonly string[];
  const configs = before.at(-1) === config ? before : [...before, config].slice(-CHANGES_KEPT);
  if (configs !== before) db.prepare("UPDATE state SET configs = ?").run(JSON.stringify(configs));
  const turns = configs.filter((each, i) => configs.indexOf(each) < i).length;
  return turns >= TURNS ? configs.findLast((each) => each !== config) : undefined;
}
