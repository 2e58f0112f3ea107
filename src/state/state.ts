// What a run remembers for the next one, in the words of the rest of the program: plain data in, plain data out.
import type { Instant } from "../events/event.ts";
import type { SourceMemory } from "../sources/memory.ts";

export interface StateOptions {
  /** The state folder; made when it is not there, its parents too. */
  readonly dir: string;
  /** What the system calls this machine (`/etc/machine-id`, `IOPlatformUUID`); undefined where that is unknown. */
  readonly machineId: string | undefined;
  readonly now: Instant;
  /** How long mail that cannot leave is tried again. */
  readonly giveUpAfterMs: number;
  /** The file that the settings came from; undefined where it moves no window. */
  readonly config?: string | undefined;
}

/** What can be read without the lock. Every call reads what is there now; nothing is written. */
export interface StateView {
  /** Where the last completed run's window ended. It may be later than now: a clock can be set back. */
  readonly lastEnd: Instant | undefined;
  /** By the source's name, as the last completed run left them. */
  readonly sources: ReadonlyMap<string, SourceMemory>;
  /** What a person should hear about the state itself, one sentence each; until a run has completed. */
  readonly notices: readonly string[];
  /** The last completed runs, newest first; at most `NIGHTS_KEPT` are kept. */
  nights(limit: number): readonly Night[];
  /** All mail that has not left, oldest first, without its bodies. */
  outbox(): readonly OutboxEntry[];
  /** The message of an entry as it was rendered; undefined when there is no such entry. */
  bodyOf(id: number): Buffer | undefined;
  /** What became of the mail that has left the outbox, newest first; at most `DELIVERIES_KEPT` are kept. */
  deliveries(limit: number): readonly Delivery[];
  /** Of these keys, those that an earlier run has learned, by the key as it was asked for. */
  known(kind: string, host: string, keys: Iterable<string>): ReadonlyMap<string, Known>;
}

/** Every method: @throws ReportError when the state cannot be read or written. */
export interface State extends StateView {
  /** Another config that takes turns with this one, so that each tells what is left of the other's windows. */
  readonly rival: string | undefined;
  /**
   * Stores all that a scheduled run leaves behind, in one transaction: after a crash all of it is there, or nothing.
   * An entry whose channel and Message-ID wait already is not stored twice.
   *
   * @throws ReportError Exit.Later when another run has completed since this state was opened
   */
  complete(run: CompletedRun): void;
  /** Stores mail of a run on request that could not leave; moves nothing else. */
  keep(entries: readonly NewEntry[]): void;
  /**
   * Writes down one try of an entry. A recipient without a receipt stays as it was; one that has accepted stays so.
   * When all have accepted, the entry leaves the outbox. One that is still worth a try after `giveUpAfterMs` is
   * `given-up` from now on.
   *
   * @param nextTryAt when the recipients that wait are due again; undefined: in the next run
   */
  recordReceipts(id: number, receipts: readonly StoredReceipt[], now: Instant, nextTryAt: Instant | undefined): void;
  /** Takes an entry out of the outbox, whatever became of it; false when there is none of this id. */
  dropFromOutbox(id: number): boolean;
  /** Gives the lock back. */
  close(): void;
}

export const COUNTS_KEPT = 7;
export const NIGHTS_KEPT = 400;
export const DELIVERIES_KEPT = 1_000;
/** Entries that no further try can help: beyond this, the oldest become deliveries, and the next run says so. */
export const FAILED_KEPT = 200;

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

export interface NightWindow extends Span {
  readonly timeZone: string;
  readonly label: string;
}

/** What a scheduled run leaves behind. */
export interface CompletedRun {
  /** Half-open; its end is where the next run begins. */
  readonly window: NightWindow;
  readonly totals: Readonly<Record<string, number>>;
  /** There was nothing to tell. */
  readonly empty: boolean;
  /** All that are to be remembered: one that is missing here is forgotten. */
  readonly sources: ReadonlyMap<string, SourceMemory>;
  readonly outbox: readonly NewEntry[];
  /** What later findings ask for; see `known`. */
  readonly learned: Iterable<Learned>;
}

export interface Night {
  readonly window: NightWindow;
  readonly totals: Readonly<Record<string, number>>;
  readonly empty: boolean;
  readonly completedAt: Instant;
}

/** A rendered message that is to be sent. */
export interface NewEntry {
  readonly channel: string;
  readonly messageId: string;
  readonly from: string;
  /** At least one; a name that stands twice is one recipient. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly raw: Buffer;
  readonly window: Span;
}

export interface OutboxEntry extends Omit<NewEntry, "raw"> {
  /** Never used twice, also after the entry has left. */
  readonly id: number;
  readonly createdAt: Instant;
  readonly attempts: number;
  /** In the order of `to`. */
  readonly recipients: readonly Recipient[];
  readonly nextTryAt: Instant;
}

/** `unknown` may have arrived; it is tried again, like `waiting`. */
export type RecipientState = "waiting" | "accepted" | "refused" | "unknown" | "given-up";

export interface Recipient {
  readonly to: string;
  readonly state: RecipientState;
  readonly code: number | undefined;
  /** What the server said last; empty before the first try. */
  readonly text: string;
  /** When it came into this state. */
  readonly at: Instant;
}

/** What a try came to for one recipient; `later` is worth another one. */
export interface StoredReceipt {
  readonly to: string;
  readonly result: "accepted" | "later" | "refused" | "unknown";
  readonly code?: number | undefined;
  readonly text: string;
}

export interface Delivery extends Omit<OutboxEntry, "from" | "to" | "nextTryAt"> {
  /** `failed`: nobody dropped it, there was no room for more of them. */
  readonly outcome: "accepted" | "dropped" | "failed";
  readonly endedAt: Instant;
}

/** A thing that was seen: an address that logged in, a key, a user with a method. */
export interface Learned {
  readonly kind: string;
  readonly host: string;
  readonly key: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
}

export interface Known {
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** In how many completed runs. */
  readonly nights: number;
}

/** Recipients that another try may reach. */
export function waitingRecipients(entry: OutboxEntry): readonly string[] {
  return entry.recipients.filter(({ state }) => isWaiting(state)).map(({ to }) => to);
}

export function isWaiting(state: RecipientState): boolean {
  return state === "waiting" || state === "unknown";
}
