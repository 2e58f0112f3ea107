// Sends what waits: a message leaves when every recipient has accepted it, and is tried again until then.
import { setTimeout as delay } from "node:timers/promises";
import type { Message, Receipt } from "../deliver/deliverer.ts";
import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import type { Io } from "../run.ts";
import { type NewEntry, type OutboxEntry, type State, waitingRecipients } from "../state/state.ts";
import type { Channel } from "./channels.ts";

/** How long a run waits before it tries again; what still waits then is for the next run. */
const PAUSES: readonly number[] = [2_000, 8_000];
/** A message that took this long once is not tried again in the same run. */
const PATIENCE = 60_000;

/** What became of one message in this run. */
export interface Sending {
  /** In the outbox; undefined where there is none. */
  readonly id: number | undefined;
  readonly channel: string;
  readonly subject: string;
  readonly receipts: readonly Receipt[];
  /** A secret that cannot be read, a setting that cannot be right: the message stays. */
  readonly problem: ReportError | undefined;
}

/** What a few tries came to. */
export type Tries = Pick<Sending, "receipts" | "problem">;

/** What passes while a run sends. */
type Clock = Pick<Io, "now" | "elapsed" | "signal">;

/**
 * Sends every message of the outbox that is due. Channels do not wait for each other.
 *
 * @param only just these messages, due or not
 * @param again also to recipients that refused them
 * @returns what became of each, in the order of the outbox
 */
export async function sendWaiting(
  state: State,
  channels: readonly Channel[],
  clock: Clock,
  only?: (entry: OutboxEntry) => boolean,
  again = false,
): Promise<readonly Sending[]> {
  const queues = new Map<string, Waiting[]>();
  for (const entry of state.outbox()) {
    const to = again ? unreached(entry) : waitingRecipients(entry);
    const isWanted = only === undefined ? isDue(entry, nowOf(clock)) : only(entry);
    if (to.length === 0 || !isWanted) continue;
    queues.set(entry.channel, [...(queues.get(entry.channel) ?? []), { entry, to }]);
  }
  const sent = await allOf([...queues.values()].map((queue) => sendQueue(state, queue, channels, clock)));
  return sent.flat().sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

/** Sends without an outbox to fall back on. */
export async function sendNow(
  entries: readonly NewEntry[],
  channels: readonly Channel[],
  clock: Clock,
): Promise<readonly Sending[]> {
  return allOf(
    entries.map(async ({ messageId, channel, ...message }) => {
      const tries = await sendPatiently({ ...message, id: messageId }, channel, channels, clock);
      return { id: undefined, channel, subject: message.subject, ...tries };
    }),
  );
}

/** Waits for all, also when one throws: none may go on when the state is closed. */
async function allOf<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** A clock that was set back keeps nothing from being tried that no server has asked to wait with. */
function isDue({ attempts, createdAt, nextTryAt }: OutboxEntry, now: Instant): boolean {
  return attempts === 0 || nextTryAt <= Math.max(now, createdAt);
}

function unreached({ recipients }: OutboxEntry): readonly string[] {
  return recipients.filter(({ state }) => state !== "accepted").map(({ to }) => to);
}

/** An entry, and who has not accepted it. */
interface Waiting {
  readonly entry: OutboxEntry;
  readonly to: readonly string[];
}

/**
 * Sends what waits for one channel. What was tried least goes first, so that a message that a server chokes on never
 * keeps the others from leaving. After a failure the others get one try each, and when that takes long, none.
 */
async function sendQueue(
  state: State,
  queue: readonly Waiting[],
  channels: readonly Channel[],
  clock: Clock,
): Promise<readonly Sending[]> {
  const sendings: Sending[] = [];
  const began = clock.elapsed();
  let pauses = PAUSES;
  for (const { entry, to } of queue.toSorted((a, b) => a.entry.attempts - b.entry.attempts)) {
    const { id, channel, subject } = entry;
    const isLate = pauses.length === 0 && clock.elapsed() - began > PATIENCE;
    const tries =
      sendings.length > 0 && (clock.signal.aborted || isLate)
        ? leftOver(to)
        : await sendEntry(state, entry, to, channels, clock, pauses);
    sendings.push({ id, channel, subject, ...tries });
    if (tries.receipts.some(({ result }) => result === "later" || result === "unknown")) pauses = [];
  }
  return sendings;
}

function leftOver(to: readonly string[]): Tries {
  const text = "left to the next run, because this one was stopped or had waited long enough";
  return { receipts: unsent({ to }, text), problem: undefined };
}

async function sendEntry(
  state: State,
  entry: OutboxEntry,
  to: readonly string[],
  channels: readonly Channel[],
  clock: Clock,
  pauses: readonly number[],
): Promise<Tries> {
  const { id, messageId, from, subject } = entry;
  const raw = state.bodyOf(id);
  if (raw === undefined) throw new Error(`message ${id} has left the outbox of a run that holds the lock`);
  let unwritten: ReportError | undefined;
  const record = (receipts: readonly Receipt[]) => {
    try {
      state.recordReceipts(id, receipts, nowOf(clock), nextTry(receipts, nowOf(clock)) ?? entry.createdAt);
    } catch (thrown) {
      // What was accepted will be sent once more, with the same Message-ID; the other messages need not wait.
      if (!(thrown instanceof ReportError)) throw thrown;
      unwritten = thrown;
    }
  };
  const message = { id: messageId, from, to, subject, raw };
  const { receipts, problem } = await sendPatiently(message, entry.channel, channels, clock, pauses, record);
  return { receipts, problem: unwritten ?? problem };
}

/**
 * Sends one message, again after each of `pauses` (milliseconds; longer when the server asks for it), to those who have
 * not accepted it.
 */
export async function sendPatiently(
  message: Message,
  channelName: string,
  channels: readonly Channel[],
  clock: Clock,
  pauses: readonly number[] = PAUSES,
  record: (receipts: readonly Receipt[]) => void = () => undefined,
): Promise<Tries> {
  const settled = new Map<string, Receipt>();
  const all = () => message.to.map((to) => settled.get(to) as Receipt);
  const began = clock.elapsed();
  let asked = 0;
  for (const pause of [0, ...pauses]) {
    const wait = Math.max(pause, asked);
    if (wait > 0) await delay(wait, undefined, { signal: clock.signal }).catch(() => undefined);
    if (clock.signal.aborted && settled.size > 0) break;
    const to = message.to.filter((recipient) => (settled.get(recipient)?.result ?? "later") === "later");
    const { receipts, problem } = await sendOnce({ ...message, to }, channelName, channels, clock.signal);
    for (const receipt of receipts) settled.set(receipt.to, receipt);
    record(receipts);
    if (problem !== undefined) return { receipts: all(), problem };
    asked = Math.max(0, ...receipts.map(({ retryAfterMs }) => retryAfterMs ?? 0));
    const isWorthwhile = receipts.some(({ result }) => result === "later") && asked <= PATIENCE;
    if (!isWorthwhile || clock.signal.aborted || clock.elapsed() - began > PATIENCE) break;
  }
  return { receipts: all(), problem: undefined };
}

/** Tries once, within the channel's deadline: a server that drips bytes is never silent, and never done. */
async function sendOnce(
  message: Message,
  name: string,
  channels: readonly Channel[],
  signal: AbortSignal,
): Promise<Tries> {
  const within = new AbortController();
  const stop = () => within.abort();
  const channel = channels.find((one) => one.name === name);
  const timer = setTimeout(stop, channel?.deadlineMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (channel === undefined) {
      const advice = `logdigest outbox drop forgets what was meant for it`;
      throw new ReportError(Exit.Config, `the config has no channel "${name}" any more (${advice})`);
    }
    if (signal.aborted) stop();
    const deliverer = await Promise.race([channel.deliverer(), aborted(within.signal)]);
    if (deliverer === undefined)
      return { receipts: unsent(message, "stopped before the message was sent"), problem: undefined };
    const receipts = await deliverer.deliver(message, within.signal);
    if (signal.aborted || !within.signal.aborted) return { receipts, problem: undefined };
    const text = `was not done within ${channel.deadlineMs / 1000} s`;
    const told = receipts.map((receipt) => (receipt.result === "later" ? { ...receipt, text } : receipt));
    return { receipts: told, problem: undefined };
  } catch (thrown) {
    if (!(thrown instanceof ReportError) || thrown.exit !== Exit.Config) throw thrown;
    return { receipts: unsent(message, thrown.message), problem: thrown };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function unsent({ to }: Pick<Message, "to">, text: string): readonly Receipt[] {
  return to.map((one) => ({ to: one, result: "later", text }));
}

/** A program that prints a secret may never end. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function nowOf({ now, elapsed }: Clock): Instant {
  return now + elapsed();
}

function nextTry(receipts: readonly Receipt[], now: Instant): Instant | undefined {
  const pauses = receipts.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  const longest = Math.max(0, ...pauses);
  return longest > 0 ? now + longest : undefined;
}
