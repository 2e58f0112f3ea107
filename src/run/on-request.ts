// Sends what somebody asked for: beside the schedule, whose windows it does not touch.
import type { Config } from "../config/config.ts";
import type { Io, Night } from "../run.ts";
import type { NewEntry, OutboxEntry, State } from "../state/state.ts";
import { channelsOf } from "./channels.ts";
import { composeAll } from "./compose.ts";
import { openOrTell } from "./open-state.ts";
import { sendNow, sendWaiting } from "./outbox.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

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
    return outcomeOf(night.digest, sendings, problem === undefined ? problems : [problem, ...problems], config);
  } finally {
    state?.close();
  }
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
