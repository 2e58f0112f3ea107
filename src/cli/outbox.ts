// logdigest outbox: what could not leave yet, or was refused.
import { loadConfig } from "../config/load.ts";
import { Exit, type ExitCode, ReportError, worstExit } from "../errors.ts";
import { alignRows } from "../render/columns.ts";
import { visible } from "../render/visible.ts";
import { channelsOf } from "../run/channels.ts";
import { sendWaiting } from "../run/outbox.ts";
import { exitOfSendings } from "../run/outcome.ts";
import { openState } from "../state/open.ts";
import { readState } from "../state/read.ts";
import type { OutboxEntry } from "../state/state.ts";
import { localMinute } from "../window/local-minute.ts";
import type { Surroundings } from "./io.ts";

interface OutboxOptions {
  readonly config?: string | undefined;
  readonly format?: "text" | "json" | undefined;
}

const COLUMNS = [
  { align: "right", widest: 6 },
  { align: "left", widest: 16 },
  { align: "left", widest: 20 },
  { align: "right", widest: 5 },
  { align: "left", widest: 40 },
  { align: "left", widest: 10 },
  { align: "left", widest: 200 },
] as const;

function settingsOf(options: OutboxOptions, { io, uid, timeZone }: Surroundings) {
  const { config } = loadConfig({ path: options.config, env: io.env, home: io.home, uid });
  const { now, machineId } = io;
  const state = { dir: config.state.dir, machineId, now, giveUpAfterMs: config.outbox.maxAgeMs };
  return { config, state, zone: config.timeZone ?? timeZone };
}

/** Runs `logdigest outbox list`. @throws ReportError */
export async function listOutbox(options: OutboxOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { state, zone } = settingsOf(options, surroundings);
  const { terminal } = surroundings;
  const entries = (await readState(state))?.outbox() ?? [];
  if (options.format === "json") {
    for (const entry of entries) await terminal.print(`${JSON.stringify(plain(entry))}\n`);
    return Exit.Ok;
  }
  if (entries.length === 0) {
    if (terminal.attended) terminal.say("nothing waits");
    return Exit.Ok;
  }
  const rows = entries.flatMap(({ id, createdAt, channel, attempts, subject, recipients }) =>
    recipients.map(({ to, state, text }) => [
      String(id),
      localMinute(zone, createdAt),
      visible(channel),
      String(attempts),
      visible(to),
      state,
      visible(text === "" ? subject : text, 300),
    ]),
  );
  const head = ["id", "since", "channel", "tries", "recipient", "state", "what was said"];
  await terminal.print(`${alignRows([head, ...rows], COLUMNS).join("\n")}\n`);
  return Exit.Ok;
}

function plain({ createdAt, nextTryAt, window, recipients, ...entry }: OutboxEntry) {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    ...entry,
    createdAt: iso(createdAt),
    nextTryAt: iso(nextTryAt),
    window: { from: iso(window.from), to: iso(window.to) },
    recipients: recipients.map(({ at, ...recipient }) => ({ ...recipient, at: iso(at) })),
  };
}

/** Runs `logdigest outbox send [ID...]`: those that wait, or these, refused ones too. @throws ReportError */
export async function sendOutbox(
  ids: readonly string[],
  options: OutboxOptions,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { config, state: settings } = settingsOf(options, surroundings);
  const { io, terminal } = surroundings;
  const wanted = ids.map(idOf);
  const state = await openState(settings);
  try {
    const known = state.outbox().map(({ id }) => id);
    const unknown = wanted.find((id) => !known.includes(id));
    if (unknown !== undefined) throw noSuch(unknown);
    const only = wanted.length === 0 ? () => true : ({ id }: OutboxEntry) => wanted.includes(id);
    const sendings = await sendWaiting(state, channelsOf(config, io), io, only, wanted.length > 0);
    for (const { id, receipts, problem } of sendings) {
      for (const { to, result, text } of receipts)
        terminal.say(`${id}  ${visible(to)}  ${result}  ${visible(text, 300)}`);
      const accepted = receipts.every(({ result }) => result === "accepted");
      if (problem !== undefined && accepted) terminal.say(`logdigest: that cannot be noted: ${problem.message}`);
    }
    return worstExit(exitOfSendings(sendings));
  } finally {
    state.close();
  }
}

/** Runs `logdigest outbox drop ID...`. @throws ReportError */
export async function dropOutbox(
  ids: readonly string[],
  options: OutboxOptions,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { state: settings } = settingsOf(options, surroundings);
  const wanted = ids.map(idOf);
  const state = await openState(settings);
  try {
    for (const id of wanted) if (!state.dropFromOutbox(id)) throw noSuch(id);
    return Exit.Ok;
  } finally {
    state.close();
  }
}

function idOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ReportError(Exit.Usage, `${visible(text)} is no id (logdigest outbox list)`);
  return Number(text);
}

function noSuch(id: number): ReportError {
  return new ReportError(Exit.Usage, `the outbox has no message ${id} (logdigest outbox list)`);
}
