// Whose state it is: a disk image or a backup that comes to another machine must not send the first one's mail, nor
// take its place in the logs for its own.
import { createHmac } from "node:crypto";
import type { Database } from "./sqlite.ts";

/** The id itself is nobody's business (machine-id(5)): what is stored is a digest of it that serves here only. */
export function machineMark(id: string | undefined): string | undefined {
  const trimmed = id?.trim();
  // systemd writes the word on an image's first boot, before there is an id.
  const known = trimmed !== undefined && trimmed !== "" && trimmed !== "uninitialized";
  return known ? createHmac("sha256", "logdigest state").update(trimmed).digest("hex") : undefined;
}

/** Whether a database was begun on another machine. An id that is unknown, then or now, says nothing. */
export function isForeign(db: Database, mark: string | undefined): boolean {
  const stored = db.prepare<{ machine: string | null }>("SELECT machine FROM state").get()?.machine;
  return typeof stored === "string" && mark !== undefined && stored !== mark;
}

export function adopt(db: Database, mark: string | undefined): void {
  db.prepare("UPDATE state SET machine = coalesce(machine, ?)").run(mark ?? null);
}
