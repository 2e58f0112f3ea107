// The scheduled run: what is due is read, told and remembered, and nothing of it is lost on the way.
import type { Config } from "../config/config.ts";
import type { Digest, Finding } from "../digest/digest.ts";
import {
  nightsMissed,
  sharedState,
  stateTroubles,
  type Undelivered,
  undelivered,
} from "../digest/findings/own-troubles.ts";
import { Exit, type ExitCode, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import type { Rendered } from "../render/render.ts";
import { exitOfSources, type Io, makeDigest, type Night, type Request, renderDigest } from "../run.ts";
import { tickBefore } from "../schedule/ticks.ts";
import { openState } from "../state/open.ts";
import { isWaiting, type NewEntry, NIGHTS_KEPT, type OutboxEntry, type State } from "../state/state.ts";
import { dueWindow } from "../window/due.ts";
import { zoneClock } from "../window/zone.ts";
import { composeAllQuiet } from "./all-quiet.ts";
import { writeArchive } from "./archive.ts";
import { type Channel, channelsOf } from "./channels.ts";
import { allOf, type Sending, sendPatiently, sendWaiting } from "./outbox.ts";

/** A clock that was wrong by more than this is not waited for in silence. */
const CLOCK_ERROR = 2 * 86_400_000;

export interface Outcome {
  /** undefined: nothing was due. */
  readonly digest: Digest | undefined;
  /** What was sent, also what earlier runs had left. */
  readonly sendings: readonly Sending[];
  readonly codes: readonly ExitCode[];
  /** What must be said, whoever looks: one line each. */
  readonly complaints: readonly string[];
}

export interface Order extends Pick<Request, "config" | "timeZone" | "useAllowlist" | "remark" | "watch"> {
  /** The file that the config came from; undefined: the defaults. */
  readonly configPath: string | undefined;
  /** The newest tick of the schedule, once the lines before it are written. */
  readonly dueTick: () => Promise<Instant>;
}

/**
 * Runs what is due, from the end of the last completed window to the newest tick. The digest is stored with the
 * window's end before it is sent. Without a state it is told all the same: the window of the last tick.
 *
 * @throws ReportError Exit.Later when another run is under way; Exit.Config
 */
export async function runScheduled(order: Order, io: Io): Promise<Outcome> {
  const { config, timeZone } = order;
  const channels = channelsOf(config, io);
  const { state, problem } = await openOrTell(config, io, order.configPath ?? "the defaults");
  try {
    const shared = state?.rival === undefined ? [] : [refuseRival(state.rival, order)];
    const tick = await order.dueTick();
    const before = tickBefore(config.schedule, zoneClock(timeZone), tick);
    const lastEnd = state?.lastEnd;
    const { window, skipped } = dueWindow({ tick, before, lastEnd, catchUpDays: config.catchUpDays, timeZone });
    if (window === undefined) return await sendOnly(state as State, lastEnd as Instant, config, channels, io, shared);

    const findings: Finding[] = [
      ...(skipped === undefined ? [] : [nightsMissed(skipped, timeZone)]),
      ...stateTroubles(asList(problem?.message), "warning"),
      ...stateTroubles(state?.notices ?? [], "notice"),
      ...shared.map(({ message }) => sharedState(message)),
      ...undelivered(failedOf(state?.outbox() ?? [], lastEnd)),
    ];
    const night = await makeDigest(
      {
        ...order,
        place: { kind: "machine" },
        window,
        newest: io.now,
        onRequest: false,
        memories: state?.sources,
        memory: state,
        findings,
      },
      io,
    );
    const { entries, problems, rendered } = await composeAll(night, channels, config);
    const quiet = await composeAllQuiet(night.digest, state, config, io);
    state?.complete({
      window,
      totals: { ...night.digest.totals },
      empty: night.digest.empty,
      sources: night.memories,
      outbox: quiet === undefined ? entries : [...entries, quiet],
      learned: night.learned,
    });
    const unkept = archiveOrTell(night.digest, rendered, state, config);
    const sendings =
      state === undefined ? await sendNow(entries, channels, io) : await sendWaiting(state, channels, io);
    return outcomeOf(night.digest, sendings, [...asList(problem), ...shared, ...problems, ...unkept], config);
  } finally {
    state?.close();
  }
}

/** The mail does not depend on the archive. */
function archiveOrTell(
  digest: Digest,
  rendered: Rendered | undefined,
  state: State | undefined,
  { archive }: Config,
): readonly ReportError[] {
  if (archive === undefined) return [];
  try {
    writeArchive(archive, digest, digest.empty ? undefined : rendered, state?.nights(NIGHTS_KEPT) ?? []);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ReportError)) throw thrown;
    return [thrown];
  }
}

/** Sends a digest that was asked for. What cannot leave now waits in the outbox; nothing else of the state moves. */
export async function sendOnRequest(night: Night, config: Config, io: Io, hasState: boolean): Promise<Outcome> {
  const channels = channelsOf(config, io);
  const { entries, problems } = await composeAll(night, channels, config);
  const { state, problem } = entries.length > 0 && hasState ? await openOrTell(config, io) : {};
  try {
    const isOurs = (one: OutboxEntry) => entries.some((entry) => isSame(entry, one));
    if (state !== undefined) keepRequested(state, entries);
    // Asked for once more, it also goes to those who refused it.
    const sendings =
      state === undefined ? await sendNow(entries, channels, io) : await sendWaiting(state, channels, io, isOurs, true);
    return outcomeOf(night.digest, sendings, [...asList(problem), ...problems], config);
  } finally {
    state?.close();
  }
}

/** Nobody said where a digest goes. */
export function isUnsaid({ mail, channels }: Config): boolean {
  return mail === undefined && channels.length === 0;
}

/** A folder that nobody named is never counted as delivered. */
function exitOfFolder(sendings: readonly Sending[], config: Config): readonly ExitCode[] {
  return sendings.length > 0 && isUnsaid(config) ? [Exit.Config] : [];
}

/** The statuses a run ends with for what could not be sent. */
export function exitOfSendings(sendings: readonly Sending[]): readonly ExitCode[] {
  return sendings.flatMap(({ receipts, problem }): ExitCode[] => {
    const exits = receipts.flatMap(({ result }): ExitCode[] => {
      if (result === "accepted") return [];
      return [result === "refused" ? Exit.Refused : Exit.Later];
    });
    return problem === undefined ? exits : [...exits, problem.exit];
  });
}

/** A state that cannot be used is told, and the night is reported without it. */
async function openOrTell(
  config: Config,
  io: Io,
  configPath?: string,
): Promise<{ readonly state?: State; readonly problem?: ReportError }> {
  try {
    const { dir } = config.state;
    const { now, machineId } = io;
    return {
      state: await openState({ dir, machineId, now, giveUpAfterMs: config.outbox.maxAgeMs, config: configPath }),
    };
  } catch (thrown) {
    if (!(thrown instanceof ReportError) || thrown.exit !== Exit.CannotWrite) throw thrown;
    return { problem: thrown };
  }
}

/** Each run begins where the last one ended, whichever config that had. */
function refuseRival(rival: string, { config, configPath = "the defaults" }: Order): ReportError {
  return new ReportError(
    Exit.Config,
    `${configPath} and ${rival} take turns with the state in ${config.state.dir}, so that each reports only what the other has left (give each a state.dir of its own)`,
  );
}

/** @param problems in the order in which they are said */
function outcomeOf(
  digest: Digest | undefined,
  sendings: readonly Sending[],
  problems: readonly ReportError[],
  config: Config,
): Outcome {
  return {
    digest,
    sendings,
    codes: [
      ...problems.map(({ exit }) => exit),
      ...(digest === undefined ? [] : exitOfSources(digest)),
      ...exitOfSendings(sendings),
      ...exitOfFolder(sendings, config),
    ],
    complaints: problems.map(({ message }) => message),
  };
}

function asList<T>(one: T | undefined): readonly T[] {
  return one === undefined ? [] : [one];
}

/** Nothing is due: this end was reported, or the clock was set back. What waits is sent. */
async function sendOnly(
  state: State,
  lastEnd: Instant,
  config: Config,
  channels: readonly Channel[],
  io: Io,
  problems: readonly ReportError[],
): Promise<Outcome> {
  const sendings = await sendWaiting(state, channels, io);
  const isAhead = lastEnd > io.now + CLOCK_ERROR;
  return outcomeOf(undefined, sendings, isAhead ? [...problems, clockAhead(lastEnd)] : problems, config);
}

function clockAhead(lastEnd: Instant): ReportError {
  const end = new Date(lastEnd).toISOString();
  const advice =
    "correct the clock; if it is right and was ahead that day, move state.db away, and the next run begins afresh";
  return new ReportError(
    Exit.Later,
    `the last window ended ${end}, which this machine's clock has not reached: nothing is reported until then (${advice})`,
  );
}

interface Composed {
  readonly entries: readonly NewEntry[];
  /** Of channels that cannot be told as the config says: the others are told all the same. */
  readonly problems: readonly ReportError[];
  /** undefined: there was nothing to tell. */
  readonly rendered: Rendered | undefined;
}

/** @throws ReportError Exit.Config when nobody could be told: the night stays due then */
async function composeAll(night: Night, channels: readonly Channel[], config: Config): Promise<Composed> {
  const { digest, reasons } = night;
  if (digest.empty && reasons.length === 0) return { entries: [], problems: [], rendered: undefined };
  const rendered = await renderDigest(digest, config);
  const { from, to } = digest.window;
  const entries: NewEntry[] = [];
  const problems: ReportError[] = [];
  for (const channel of channels) {
    try {
      const message = await channel.compose({ digest, reasons, rendered });
      if (message === undefined) continue;
      entries.push({ ...message, messageId: message.id, channel: channel.name, window: { from, to } });
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown;
      problems.push(thrown);
    }
  }
  const [problem] = problems;
  if (problem !== undefined && entries.length === 0) throw problem;
  return { entries, problems, rendered };
}

function isSame(a: Pick<NewEntry, "channel" | "messageId">, b: Pick<NewEntry, "channel" | "messageId">): boolean {
  return a.channel === b.channel && a.messageId === b.messageId;
}

/** Stores what was asked for. What waits of an earlier request is replaced when it was meant for others. */
function keepRequested(state: State, entries: readonly NewEntry[]): void {
  const waiting = state.outbox();
  for (const entry of entries) {
    const old = waiting.find((one) => isSame(entry, one));
    if (old !== undefined && old.to.join() !== [...new Set(entry.to)].join()) state.dropFromOutbox(old.id);
  }
  state.keep(entries);
}

/** Sends without an outbox to fall back on. */
async function sendNow(
  entries: readonly NewEntry[],
  channels: readonly Channel[],
  io: Io,
): Promise<readonly Sending[]> {
  return allOf(
    entries.map(async ({ messageId, channel, ...message }) => {
      const tries = await sendPatiently({ ...message, id: messageId }, channel, channels, io);
      return { id: undefined, channel, subject: message.subject, ...tries };
    }),
  );
}

function failedOf(entries: readonly OutboxEntry[], lastEnd: Instant | undefined): readonly Undelivered[] {
  return entries.flatMap(({ id, channel, subject, recipients }) => {
    const failed = recipients.filter(({ state }) => state === "refused" || state === "given-up");
    if (failed.length === 0 || recipients.some(({ state }) => isWaiting(state))) return [];
    const isNew = failed.some(({ at }) => at >= (lastEnd ?? 0));
    return [{ id, channel, subject, to: failed.map(({ to }) => to), text: failed[0]?.text ?? "", isNew }];
  });
}
