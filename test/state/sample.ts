// Small states in folders of their own, and what runs leave in them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, afterEach } from "vitest";
import type { SourceMemory } from "../../src/sources/memory.ts";
import { openState } from "../../src/state/open.ts";
import type { CompletedRun, NewEntry, State, StateOptions } from "../../src/state/state.ts";

const scratch = mkdtempSync(join(tmpdir(), "logdigest-state-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder for a state, which is not there yet. */
export const stateDir = () => join(mkdtempSync(join(scratch, "test-")), "state");

export const DAY = 24 * 3_600_000;
export const GIVE_UP_AFTER = 14 * DAY;
export const NOW = Date.UTC(2026, 10, 19, 22, 55, 20);
const TICK = Date.UTC(2026, 10, 19, 22, 55);

const opened = new Set<State>();
afterEach(() => {
  for (const state of opened) state.close();
  opened.clear();
});

/** Opens a state that is closed when the test has ended, unless the test does it. */
export async function open(dir: string, options: Partial<StateOptions> = {}): Promise<State> {
  const usual = { machineId: "0123456789abcdef0123456789abcdef", now: NOW, giveUpAfterMs: GIVE_UP_AFTER };
  const state = await openState({ dir, ...usual, ...options });
  opened.add(state);
  return state;
}

export function close(state: State): void {
  opened.delete(state);
  state.close();
}

/** The nth night's run, with nothing to tell. */
export function quietNight(n = 0, more: Partial<CompletedRun> = {}): CompletedRun {
  const to = TICK + n * DAY;
  return {
    window: { from: to - DAY, to, timeZone: "Europe/Rome", label: `night ${n}` },
    totals: { logins: n, failures: 0 },
    empty: true,
    sources: new Map([["/var/log/auth.log", memory({ end: to })]]),
    outbox: [],
    learned: [],
    ...more,
  };
}

export function memory(more: Partial<SourceMemory> = {}): SourceMemory {
  return {
    end: TICK,
    position: { identity: "65024:2253193", offset: 4096, check: "ab".repeat(32) },
    counts: [120, 98],
    toldAt: undefined,
    toldShapes: undefined,
    found: true,
    lastStamp: TICK - 1_000,
    ...more,
  };
}

export function entry(id: string, more: Partial<NewEntry> = {}): NewEntry {
  return {
    channel: "mail",
    messageId: `<${id}@mini.example.org>`,
    from: "logdigest@example.org",
    to: ["admin@example.org"],
    subject: `[mini] ${id}`,
    raw: Buffer.from(`Subject: [mini] ${id}\r\n\r\n\0\xff bytes as they are\r\n`, "latin1"),
    window: { from: TICK - DAY, to: TICK },
    ...more,
  };
}

/** Looks into a database, or changes it behind the program's back. */
export function sql<Row = unknown>(path: string, ...statements: readonly string[]): Row[] {
  const db = new DatabaseSync(path);
  try {
    return statements.flatMap((statement) =>
      db
        .prepare(statement)
        .all()
        .map((row) => ({ ...row }) as Row),
    );
  } finally {
    db.close();
  }
}
