// The outbox: messages as they were rendered, until every recipient has accepted them or a person drops them.
import type { Instant } from "../events/event.ts";
import type { Database } from "./sqlite.ts";
import {
  DELIVERIES_KEPT,
  type Delivery,
  isWaiting,
  type NewEntry,
  type OutboxEntry,
  type Recipient,
  type RecipientState,
  type StoredReceipt,
} from "./state.ts";

/** A server's answer is a line or two. */
const LONGEST_TEXT = 1_000;

export function addEntries(db: Database, entries: readonly NewEntry[], at: Instant): void {
  const putEntry = db.prepare<{ id: number }>(`
    INSERT INTO outbox (channel, message_id, sender, subject, raw, window_from, window_to, created_at, next_try_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, message_id) DO NOTHING RETURNING id
  `);
  const putRecipient = db.prepare("INSERT INTO recipients VALUES (?, ?, ?, 'waiting', NULL, '', ?)");
  for (const { channel, messageId, from, to, subject, raw, window } of entries) {
    if (to.length === 0) throw new RangeError(`${messageId} has no recipient`);
    const row = putEntry.get(channel, messageId, from, subject, raw, window.from, window.to, at, at);
    if (row === undefined) continue;
    for (const [i, address] of [...new Set(to)].entries()) putRecipient.run(row.id, i, address, at);
  }
}

const ENTRY = `
  SELECT id, channel, message_id AS messageId, sender AS "from", subject, window_from, window_to,
    created_at AS createdAt, attempts, next_try_at AS nextTryAt
  FROM outbox
`;

interface SpanColumns {
  readonly window_from: Instant;
  readonly window_to: Instant;
}
type EntryRow = Omit<OutboxEntry, "to" | "window" | "recipients"> & SpanColumns;
type RecipientRow = Omit<Recipient, "code"> & { readonly code: number | null };
type DeliveryRow = Omit<Delivery, "window" | "recipients"> & SpanColumns & { readonly recipients: string };

export function readOutbox(db: Database): readonly OutboxEntry[] {
  const recipients = recipientsOf(db);
  return db
    .prepare<EntryRow>(`${ENTRY} ORDER BY id`)
    .all()
    .map((row) => toEntry(row, recipients(row.id)));
}

function readEntry(db: Database, id: number): OutboxEntry | undefined {
  const row = db.prepare<EntryRow>(`${ENTRY} WHERE id = ?`).get(id);
  return row === undefined ? undefined : toEntry(row, recipientsOf(db)(id));
}

function toEntry({ window_from, window_to, ...row }: EntryRow, recipients: readonly Recipient[]): OutboxEntry {
  return {
    ...row,
    to: recipients.map(({ to }) => to),
    window: { from: window_from, to: window_to },
    recipients,
  };
}

function recipientsOf(db: Database): (id: number) => readonly Recipient[] {
  const rows = db.prepare<RecipientRow>(
    `SELECT address AS "to", state, code, text, at FROM recipients WHERE entry = ? ORDER BY position`,
  );
  return (id) => rows.all(id).map(({ code, ...row }) => ({ ...row, code: code ?? undefined }));
}

export function readBody(db: Database, id: number): Buffer | undefined {
  const raw = db.prepare<{ raw: Uint8Array }>("SELECT raw FROM outbox WHERE id = ?").get(id)?.raw;
  return raw === undefined ? undefined : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}

interface Try {
  readonly receipts: readonly StoredReceipt[];
  readonly now: Instant;
  readonly nextTryAt: Instant | undefined;
  readonly giveUpAfterMs: number;
}

export function writeReceipts(db: Database, id: number, { receipts, now, nextTryAt, giveUpAfterMs }: Try): void {
  const entry = readEntry(db, id);
  if (entry === undefined) return;
  const late = now - entry.createdAt >= giveUpAfterMs;
  const put = db.prepare(
    "UPDATE recipients SET state = ?, code = ?, text = ?, at = ? WHERE entry = ? AND address = ? AND state <> 'accepted'",
  );
  for (const { to, result, code, text } of receipts) {
    const state: RecipientState = result === "later" ? "waiting" : result;
    put.run(late && isWaiting(state) ? "given-up" : state, code ?? null, text.slice(0, LONGEST_TEXT), now, id, to);
  }
  db.prepare("UPDATE outbox SET attempts = attempts + 1, next_try_at = ? WHERE id = ?").run(nextTryAt ?? now, id);
  const isLeft = db.prepare("SELECT 1 FROM recipients WHERE entry = ? AND state <> 'accepted'").get(id) !== undefined;
  if (!isLeft) endDelivery(db, id, "accepted", now);
}

/** Moves an entry to the deliveries, without its body. @returns false when there is none */
export function endDelivery(db: Database, id: number, outcome: Delivery["outcome"], at: Instant): boolean {
  const entry = readEntry(db, id);
  if (entry === undefined) return false;
  const { channel, messageId, subject, window, createdAt, attempts, recipients } = entry;
  db.prepare("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
    id,
    channel,
    messageId,
    subject,
    window.from,
    window.to,
    createdAt,
    attempts,
    outcome,
    at,
    JSON.stringify(recipients),
  );
  db.prepare("DELETE FROM outbox WHERE id = ?").run(id);
  db.prepare(`
    DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries ORDER BY ended_at DESC, id DESC LIMIT -1 OFFSET ?)
  `).run(DELIVERIES_KEPT);
  return true;
}

export function readDeliveries(db: Database, limit: number): readonly Delivery[] {
  const rows = db.prepare<DeliveryRow>(`
    SELECT id, channel, message_id AS messageId, subject, window_from, window_to, created_at AS createdAt, attempts,
      outcome, ended_at AS endedAt, recipients
    FROM deliveries ORDER BY ended_at DESC, id DESC LIMIT ?
  `);
  return rows.all(limit).map(({ window_from, window_to, recipients, ...row }) => ({
    ...row,
    window: { from: window_from, to: window_to },
    recipients: JSON.parse(recipients).map((one: Recipient) => ({ ...one, code: one.code ?? undefined })),
  }));
}

/** A server asks for minutes, at most for hours. */
const LONGEST_PAUSE = 24 * 3_600_000;

/** Brings back what a clock that ran ahead, and was set back since, would keep from being tried for years. */
export function setClockRight(db: Database, now: Instant): void {
  db.prepare("UPDATE outbox SET created_at = ? WHERE created_at > ?").run(now, now);
  db.prepare("UPDATE outbox SET next_try_at = ? WHERE next_try_at > ?").run(now, now + LONGEST_PAUSE);
}

/** Makes room when too many entries have failed for good. @returns those that had to leave, oldest first */
export function clearFailed(db: Database, at: Instant, keep: number): readonly OutboxEntry[] {
  const failed = readOutbox(db).filter(({ recipients }) => !recipients.some(({ state }) => isWaiting(state)));
  const leaving = failed.slice(0, Math.max(0, failed.length - keep));
  for (const { id } of leaving) endDelivery(db, id, "failed", at);
  return leaving;
}
