// logdigest check: what works, what does not, and what to do about it.
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { openMmdb } from "../addresses/mmdb.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { resolveSecret } from "../config/secret.ts";
import type { Digest, Finding as DigestFinding, SourceStatus } from "../digest/digest.ts";
import { Exit, type ExitCode, ReportError, reasonOf, worstExit } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { alignRows } from "../render/columns.ts";
import { checkTemplates } from "../render/demo.ts";
import type { Rendered } from "../render/render.ts";
import { loadTemplates } from "../render/templates.ts";
import { PATH_LENGTH, visible } from "../render/visible.ts";
import { bytes, count } from "../render/words.ts";
import { channelsOf } from "../run/channels.ts";
import { type Sending, sendPatiently } from "../run/outbox.ts";
import { exitOfSendings, isUnsaid } from "../run/outcome.ts";
import { exitOfSources, type Io, makeDigest, type Night, renderDigest } from "../run.ts";
import { newestTick, nextTick, tickBefore } from "../schedule/ticks.ts";
import { reachOfLog } from "../sources/log-reach.ts";
import { readState } from "../state/read.ts";
import type { StateView } from "../state/state.ts";
import { scheduledWindow } from "../window/build.ts";
import { localMinute } from "../window/local-minute.ts";
import type { Window } from "../window/window.ts";
import { zoneClock } from "../window/zone.ts";
import type { Surroundings } from "./io.ts";
import { showProgress } from "./progress.ts";

interface CheckOptions {
  readonly config?: string | undefined;
  readonly sendTest?: true | undefined;
}

/** One thing that was looked at. */
interface Finding {
  readonly what: string;
  readonly text: string;
  readonly exit: ExitCode;
}

const COLUMNS = [
  { align: "left", widest: 14 },
  { align: "left", widest: 60 },
  { align: "left", widest: 40 },
  { align: "right", widest: 20 },
  { align: "right", widest: 20 },
] as const;

/** Findings of the logs that say how they are read. */
const ABOUT_LOGS = ["zone-shift", "fail2ban-silent"];
/** Logs whose rotated files are looked at: a central log server has thousands. */
const MOST_REACHES = 500;
/** A run that has not begun by then was missed: machines are slow, and timers may wait a moment. */
const LATE = 15 * 60_000;
const MOST_MISSED = 400;

const TO_DO: Readonly<Record<Exclude<SourceStatus, "ok">, string>> = {
  missing:
    "put it back; or name under [[sources]] the logs that are there, with optional = true for one that may be absent",
  unreadable: "give the user of the schedule the right to read it",
  damaged: "restore the file, or wait until the rotation has removed it",
  partial: "see the rotation of the log (logrotate, newsyslog): its files must stay until they are read",
  stale: "see whether it is still written to (rsyslog, journald, syslogd), or name the log that is",
  unrecognised: "logdigest parse --explain FILE shows the lines that are not understood",
};

const ENDS: Readonly<Record<ExitCode, string>> = {
  [Exit.Ok]: "all is in order",
  [Exit.Usage]: "wrong arguments",
  [Exit.SourceDamaged]: "a log is damaged, incomplete, silent or not understood: every digest says so",
  [Exit.SourceMissing]: "a log is missing or cannot be read: every digest says so",
  [Exit.Refused]: "a message would be refused",
  [Exit.Bug]: "a fault of this program",
  [Exit.CannotWrite]: "the state cannot be written",
  [Exit.Later]: "a message could not be sent now",
  [Exit.Config]: "the config is not complete",
};

/** Runs `logdigest check`. @throws ReportError */
export async function checkCommand(options: CheckOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { io, terminal, uid } = surroundings;
  const { config, path } = loadConfig({ path: options.config, env: io.env, home: io.home, uid });
  const timeZone = config.timeZone ?? surroundings.timeZone;
  const found: Finding[] = [];
  const note = (what: string, text: string, exit: ExitCode = Exit.Ok) => found.push({ what, text, exit });

  note("config", path ?? "none: everything has its default (docs/config.md)");
  const state = await stateOf(config, io, note);
  const window = describeSchedule(config, io, timeZone, state, note);
  const night = await showProgress(terminal, false, (watch) =>
    makeDigest(
      {
        config,
        place: { kind: "machine" },
        window,
        timeZone,
        newest: io.now,
        useAllowlist: true,
        onRequest: true,
        remark: () => undefined,
        memories: state?.sources,
        memory: state,
        watch,
      },
      io,
    ),
  );
  await describeChannels(config, io, note);
  await describeHeartbeat(config, io, note);
  for (const path of config.addresses.databases) await describeDatabase(path, note);
  const test: Digest = { ...night.digest, empty: false, findings: [TEST, ...night.digest.findings] };
  const rendered = await renderOrTell(test, config, note);
  const sendings =
    options.sendTest === undefined || rendered === undefined ? [] : await sendTest(test, rendered, config, io, note);
  for (const { channel, receipts } of sendings) {
    for (const { to, result, text } of receipts) {
      note("test", `${channel}${to === channel ? "" : ` to ${to}`}: ${result}, ${text}`);
    }
  }

  const exit = worstExit([
    ...found.map(({ exit }) => exit),
    ...exitOfSources(night.digest),
    ...exitOfSendings(sendings),
  ]);
  const lines = [
    ...found.map(lineOf),
    "sources",
    ...(await sourceLines(night, timeZone, io.now)),
    ...night.digest.findings
      .filter(({ id }) => ABOUT_LOGS.includes(id))
      .map(({ title, detail }) => `  ${visible(title, 200)}\n  ${visible(detail, 400)}`),
    lineOf({ what: "result", text: exit === Exit.Ok ? ENDS[exit] : `${ENDS[exit]} (exit status ${exit})` }),
  ];
  await terminal.print(`${lines.join("\n")}\n`);
  return exit;
}

function lineOf({ what, text }: Pick<Finding, "what" | "text">): string {
  return `${visible(what, 20).padEnd(9)} ${visible(text, 400)}`;
}

type Note = (what: string, text: string, exit?: ExitCode) => void;

async function stateOf(config: Config, io: Io, note: Note): Promise<StateView | undefined> {
  const { dir } = config.state;
  try {
    const state = await readState({ dir, machineId: io.machineId });
    accessSync(nearestFolder(dir), constants.W_OK);
    for (const text of state?.notices ?? []) note("state", text);
    const nights = state?.nights(400).length ?? 0;
    const waiting = state?.outbox().length ?? 0;
    const kept = `${count(nights, "night")} kept, ${count(waiting, "message")} in the outbox`;
    note("state", state === undefined ? `${dir}: nothing yet, the first scheduled run makes it` : `${dir}: ${kept}`);
    return state;
  } catch (thrown) {
    const text =
      thrown instanceof ReportError
        ? thrown.message
        : `${dir} cannot be written: ${reasonOf(thrown)} (run as the user of the schedule, or set state.dir)`;
    note("state", text, Exit.CannotWrite);
    return undefined;
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function describeSchedule(
  { schedule }: Config,
  { now }: Io,
  timeZone: string,
  state: StateView | undefined,
  note: Note,
): Window {
  const clock = zoneClock(timeZone);
  const newest = newestTick(schedule, clock, now);
  const minute = (at: Instant) => localMinute(timeZone, at);
  const last = state?.lastEnd;
  note("schedule", `${schedule} (${timeZone}): next run ${minute(nextTick(schedule, clock, now))}`);
  if (last === undefined)
    note("schedule", "no run has completed yet (cron, launchd or systemd starts them: see the README)");
  else {
    let missed = now - newest >= LATE && last < newest ? 1 : 0;
    for (let tick = newest; missed <= MOST_MISSED; missed++) {
      tick = tickBefore(schedule, clock, tick);
      if (tick <= last) break;
    }
    const many =
      missed > MOST_MISSED ? `more than ${MOST_MISSED} runs were` : missed === 1 ? "1 run was" : `${missed} runs were`;
    const late = missed === 0 ? "" : `: ${many} missed, the next one catches up (see cron, launchd or the timer)`;
    note("schedule", `completed up to ${minute(last)}${late}`);
  }
  const start = tickBefore(schedule, clock, newest);
  return scheduledWindow({ start, end: now, zone: timeZone }) as Window;
}

async function describeChannels(config: Config, io: Io, note: Note): Promise<void> {
  if (isUnsaid(config)) {
    note("mail", "no [mail] in the config: nobody gets a digest (docs/config.md says what to write)", Exit.Config);
    return;
  }
  for (const channel of channelsOf(config, io)) {
    try {
      await channel.deliverer();
      note(channel.name, describe(config, channel.name));
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown;
      note(channel.name, thrown.message, thrown.exit);
    }
  }
  if (config.mail?.transport === "sendmail") {
    const { path } = config.mail.sendmail;
    if (!mayUse(path, constants.X_OK)) {
      note("mail", `${path} is not there or no program (install a mailer, or set mail.sendmail.path)`, Exit.Refused);
    }
  }
  if (config.mail?.transport === "maildir") {
    const folder = nearestFolder(config.mail.maildir.path);
    if (!mayUse(folder, constants.W_OK)) note("mail", `${folder} cannot be written`, Exit.CannotWrite);
  }
}

function mayUse(path: string, how: number): boolean {
  try {
    accessSync(path, how);
    return true;
  } catch {
    return false;
  }
}

async function describeDatabase(path: string, note: Note): Promise<void> {
  try {
    await openMmdb(path);
    note("addresses", path);
  } catch (thrown) {
    if (!(thrown instanceof ReportError)) throw thrown;
    note("addresses", thrown.message, thrown.exit);
  }
}

async function describeHeartbeat({ heartbeat: { url } }: Config, io: Io, note: Note): Promise<void> {
  if (url === undefined) return;
  try {
    const target = typeof url === "string" ? url : await resolveSecret(url, io.env, "heartbeat.url");
    // The rest of such an address is a password.
    note("heartbeat", URL.canParse(target) ? `${new URL(target).origin}/...` : "is no web address");
  } catch (thrown) {
    note("heartbeat", reasonOf(thrown));
  }
}

/** A template that cannot be rendered would keep every digest from leaving. */
async function renderOrTell(digest: Digest, config: Config, note: Note): Promise<Rendered | undefined> {
  try {
    checkTemplates(await loadTemplates(config.templates.dir));
    return await renderDigest(digest, config);
  } catch (thrown) {
    if (!(thrown instanceof ReportError)) throw thrown;
    note("templates", thrown.message, thrown.exit);
    return undefined;
  }
}

function describe({ mail, channels }: Config, name: string): string {
  const channel = channels.find((one) => one.name === name);
  if (channel !== undefined) return `${channel.kind}, on ${channel.on}`;
  if (mail === undefined) return "";
  const how = {
    smtp: () => (mail.transport === "smtp" ? `${mail.smtp.host}:${mail.smtp.port}, TLS ${mail.smtp.tls}` : ""),
    sendmail: () => (mail.transport === "sendmail" ? mail.sendmail.path : ""),
    maildir: () => (mail.transport === "maildir" ? mail.maildir.path : ""),
  }[mail.transport]();
  return `${mail.transport} ${how}, to ${mail.to.join(", ")} (logdigest check --send-test sends one)`;
}

/** The digest of the last night and today, to everybody, whatever it holds. */
async function sendTest(
  digest: Digest,
  rendered: Rendered,
  config: Config,
  io: Io,
  note: Note,
): Promise<readonly Sending[]> {
  if (isUnsaid(config)) {
    note("test", "not sent: no [mail] in the config");
    return [];
  }
  const told = {
    digest,
    reasons: ["source"],
    rendered: { ...rendered, subject: `test: ${rendered.subject}` },
  } as const;
  const channels = channelsOf(config, io);
  const sendings: Sending[] = [];
  for (const channel of channels) {
    try {
      const message = await channel.compose(told);
      if (message === undefined) continue;
      const tries = await sendPatiently(message, channel.name, channels, io);
      sendings.push({ id: undefined, channel: channel.name, subject: message.subject, ...tries });
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown;
      note("test", `${channel.name}: ${thrown.message}`, thrown.exit);
    }
  }
  return sendings;
}

/** Says so at the top of every form of the digest, JSON too. */
const TEST: DigestFinding = {
  id: "test",
  severity: "notice",
  title: "this is a test",
  detail: "Sent by logdigest check --send-test. What follows is what the logs say now.",
  evidence: [],
};

async function sourceLines({ digest }: Night, timeZone: string, newest: Instant): Promise<readonly string[]> {
  const minute = (at: Instant) => localMinute(timeZone, at);
  const look = { timeZone, newest, hint: undefined, enough: Number.NEGATIVE_INFINITY };
  const held: string[] = [];
  for (const [i, { source, from, to }] of digest.coverage.entries()) {
    const reach = source.startsWith("/") && i < MOST_REACHES ? await reachOfLog(source, look) : undefined;
    // What was read of it is the end of what it holds, with its rotated files.
    if (reach !== undefined && "from" in reach) held.push(`${minute(reach.from)} to ${minute(reach.to)}`);
    else held.push(from === null || to === null ? "" : `${minute(from)} to ${minute(to)}`);
  }
  const rows = digest.coverage.map(({ source, status, lines, events }, i) => [
    status,
    visible(source, PATH_LENGTH),
    held[i] ?? "",
    `${count(lines, "line")} read`,
    count(events, "event"),
  ]);
  const aligned = alignRows(rows, COLUMNS);
  const read = digest.coverage.reduce((sum, source) => sum + source.bytes, 0);
  const { from, to } = digest.window;
  return [
    ...digest.coverage.flatMap(({ note, status }, i) => [
      `  ${aligned[i]?.trim() ?? ""}`,
      ...(note === "" ? [] : [`      ${visible(note, 400)}`]),
      // Many a note ends with what to do, in brackets.
      ...(status === "ok" || note.endsWith(")") ? [] : [`      to do: ${TO_DO[status]}`]),
    ]),
    `  ${bytes(read)} read for ${minute(from)} to ${minute(to)}`,
  ];
}
