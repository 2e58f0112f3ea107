// The reading half of a state, over any way of getting at the database.
import { readKnown } from "./known.ts";
import { readNights } from "./nights.ts";
import { readBody, readDeliveries, readOutbox } from "./outbox.ts";
import type { Database } from "./sqlite.ts";
import type { StateView } from "./state.ts";

/** Does one piece of reading. @throws ReportError */
export type Read = <T>(work: (db: Database) => T) => T;

export function viewOver(read: Read): Pick<StateView, "nights" | "outbox" | "bodyOf" | "deliveries" | "known"> {
  return {
    nights: (limit) => read((db) => readNights(db, limit)),
    outbox: () => read(readOutbox),
    bodyOf: (id) => read((db) => readBody(db, id)),
    deliveries: (limit) => read((db) => readDeliveries(db, limit)),
    known: (kind, host, keys) => read((db) => readKnown(db, kind, host, keys)),
  };
}

/** Of a state that cannot be used, and says why. */
export function emptyView(notices: readonly string[]): StateView {
  return {
    lastEnd: undefined,
    sources: new Map(),
    notices,
    nights: () => [],
    outbox: () => [],
    bodyOf: () => undefined,
    deliveries: () => [],
    known: () => new Map(),
  };
}
