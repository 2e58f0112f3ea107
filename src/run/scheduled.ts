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
import { Exit, ReportError } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import type { Rendered } from "../render/render.ts";
import { type Io, makeDigest, type Request } from "../run.ts";
import { tickBefore } from "../schedule/ticks.ts";
import { isWaiting, NIGHTS_KEPT, type OutboxEntry, type State } from "../state/state.ts";
import { dueWindow } from "../window/due.ts";
import { zoneClock } from "../window/zone.ts";
import { composeAllQuiet } from "./all-quiet.ts";
import { writeArchive } from "./archive.ts";
import { type Channel, channelsOf } from "./channels.ts";
import { composeAll } from "./compose.ts";
import { openOrTell } from "./open-state.ts";
import { sendNow, sendWaiting } from "./outbox.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** A clock that was wrong by more than this is not waited for in silence. */
const CLOCK_ERROR = 2 * 86_400_000;

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

/** Each run begins where the last one ended, whichever config that had. */
function refuseRival(rival: string, { config, configPath = "the defaults" }: Order): ReportError {
  return new ReportError(
    Exit.Config,
    `${configPath} and ${rival} take turns with the state in ${config.state.dir}, so that each reports only what the other has left (give each a state.dir of its own)`,
  );
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

function failedOf(entries: readonly OutboxEntry[], lastEnd: Instant | undefined): readonly Undelivered[] {
  return entries.flatMap(({ id, channel, subject, recipients }) => {
    const failed = recipients.filter(({ state }) => state === "refused" || state === "given-up");
    if (failed.length === 0 || recipients.some(({ state }) => isWaiting(state))) return [];
    const isNew = failed.some(({ at }) => at >= (lastEnd ?? 0));
    return [{ id, channel, subject, to: failed.map(({ to }) => to), text: failed[0]?.text ?? "", isNew }];
  });
}
