// logdigest report: which window, which logs, and where the digest goes.
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { Digest } from "../digest/digest.ts";
import { Exit, type ExitCode, ReportError, reasonOf, worstExit } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { digestToJson } from "../render/json.ts";
import {
  type Delivery,
  exitOfDelivery,
  exitOfSources,
  type Io,
  makeDigest,
  type Place,
  renderDigest,
  sendDigest,
} from "../run.ts";
import { newestTick, settle, tickBefore } from "../schedule/ticks.ts";
import { requestedDay, requestedRange, scheduledWindow } from "../window/build.ts";
import { parseTime } from "../window/parse-time.ts";
import type { Window } from "../window/window.ts";
import { assertZone, zoneClock } from "../window/zone.ts";
import type { Surroundings } from "./io.ts";
import { showProgress } from "./progress.ts";

interface ReportOptions {
  readonly date?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly stdout?: true | undefined;
  readonly format?: "text" | "html" | "json" | undefined;
  readonly output?: string | undefined;
  readonly root?: string | undefined;
  readonly log?: readonly string[] | undefined;
  readonly send?: true | undefined;
  readonly config?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly now?: string | undefined;
  readonly all?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
}

/** Runs `logdigest report`. @throws ReportError */
export async function reportCommand(options: ReportOptions, surroundings: Surroundings): Promise<ExitCode> {
  refuseContradictions(options);
  const { terminal, home, uid } = surroundings;
  const { config } = loadConfig({ path: options.config, env: surroundings.io.env, home, uid });
  const timeZone = options.timeZone ?? config.timeZone ?? surroundings.timeZone;
  assertZone(timeZone, Exit.Usage, "--time-zone");
  const io = {
    ...surroundings.io,
    now: options.now === undefined ? surroundings.io.now : parseTime(options.now, timeZone, "--now"),
  };
  const place = placeOf(options);
  const isMachine = place.kind === "machine";
  const prints = options.stdout === true || options.output !== undefined || (!isMachine && options.send !== true);
  const requested = options.date !== undefined || options.since !== undefined;

  let window: Window | undefined;
  if (requested) window = requestedWindow(options, io.now, timeZone, isMachine);
  else if (isMachine && prints) window = previewWindow(config, io.now, timeZone);
  else if (isMachine) {
    window = await dueWindow(config, io.now, timeZone, options.now === undefined ? surroundings : undefined);
  }

  const digest = await showProgress(terminal, options.quiet === true, (watch) =>
    makeDigest(
      {
        config,
        place,
        window,
        timeZone,
        // Another machine's clock is not ours, unless we are told what time it was there.
        newest: isMachine || options.now !== undefined ? io.now : undefined,
        useAllowlist: options.all !== true,
        onRequest: requested || !isMachine,
        watch,
      },
      io,
    ),
  );

  if (window !== undefined && window.from > io.now && digest.coverage.every(({ inWindow }) => inWindow === 0)) {
    throw new ReportError(Exit.Usage, `${window.label} has not begun, and no line of the logs is that late`);
  }

  if (prints) {
    const text = await formatDigest(digest, options.format ?? "text", config);
    if (options.output !== undefined) {
      writeOutput(options.output, text);
      if (options.verbose) terminal.say(`wrote ${options.output}`);
    }
    if (options.output === undefined || options.stdout) await terminal.print(text);
    return worstExit(exitOfSources(digest));
  }
  return send(digest, config, io, options, surroundings);
}

async function send(
  digest: Digest,
  config: Config,
  io: Io,
  options: ReportOptions,
  { terminal }: Surroundings,
): Promise<ExitCode> {
  const say = (line: string) => {
    if (!options.quiet && (terminal.attended || options.verbose)) terminal.say(line);
  };
  const codes = [...exitOfSources(digest)];
  if (digest.empty) {
    const logs = digest.coverage.length === 1 ? "1 log" : `${digest.coverage.length} logs`;
    say(`nothing to report for ${digest.window.label}: no mail was sent (${logs} read)`);
    return worstExit(codes);
  }
  const delivery = await sendDigest(digest, config, io);
  codes.push(...exitOfDelivery(delivery));
  // A folder that nobody named is never counted as delivered.
  if (config.mail === undefined) codes.push(Exit.Config);
  const failed = delivery.receipts.filter(({ result }) => result !== "accepted");
  if (failed.length > 0) {
    terminal.say(`logdigest: not sent to ${failed.map(({ to, text }) => `${to}: ${text}`).join("; ")}`);
  } else if (config.mail === undefined) {
    terminal.say(
      `logdigest: no [mail] in the config: the digest lies in ${whereOf(delivery)} (write [mail] into /etc/logdigest/config.toml)`,
    );
  } else {
    say(`sent "${delivery.message.subject}" to ${delivery.message.to.join(", ")}: ${whereOf(delivery)}`);
  }
  return worstExit(codes);
}

function whereOf({ receipts }: Delivery): string {
  return [...new Set(receipts.map(({ text }) => text))].join(", ");
}

function refuseContradictions(options: ReportOptions): void {
  const { date, since, until, stdout, output, root, log, send: sends, format } = options;
  const refuse = (problem: string) => {
    throw new ReportError(Exit.Usage, `${problem} (logdigest report --help)`);
  };
  if (date !== undefined && (since ?? until) !== undefined) refuse("--date with --since or --until: choose one");
  if (until !== undefined && since === undefined) refuse("--until needs --since");
  if (sends && (stdout || output !== undefined)) refuse("--send with --stdout or --output: choose one");
  if (root !== undefined && log !== undefined) refuse("--root with --log: choose one");
  const prints = stdout || output !== undefined || ((root !== undefined || log !== undefined) && !sends);
  if (format !== undefined && !prints) refuse("--format needs --stdout or --output");
}

function placeOf({ root, log }: ReportOptions): Place {
  if (root !== undefined) return { kind: "root", dir: resolve(root) };
  return log !== undefined ? { kind: "files", paths: log.map((path) => resolve(path)) } : { kind: "machine" };
}

/** `--date`, `--since`, `--until`: on this machine up to now at most, of another's logs as written. */
function requestedWindow(options: ReportOptions, now: Instant, zone: string, isMachine: boolean): Window {
  const { date, since, until } = options;
  const asWritten = !isMachine && options.now === undefined && endsLater(options, now, zone);
  const limit = asWritten ? Number.MAX_SAFE_INTEGER : now;
  if (date !== undefined) return requestedDay({ date, now: limit, zone });
  return requestedRange({ since: since as string, until, now: limit, zone });
}

/** A written end that lies in the future of this machine's clock. */
function endsLater({ date, until }: ReportOptions, now: Instant, zone: string): boolean {
  if (date !== undefined) return /^\d{4}-/.test(date) && parseTime(date, zone, "--date") + 86_400_000 > now;
  return until !== undefined && parseTime(until, zone, "--until") > now;
}

/** From the end of the last scheduled window but one tick to now: what the next mail would hold, and a night before it. */
function previewWindow({ schedule }: Config, now: Instant, zone: string): Window {
  const clock = zoneClock(zone);
  const start = tickBefore(schedule, clock, newestTick(schedule, clock, now));
  return scheduledWindow({ start, end: now, zone }) as Window;
}

/** The window that is due. Lines written late are given a moment; a run just before its tick waits for it. */
async function dueWindow(
  { schedule }: Config,
  now: Instant,
  zone: string,
  waits: Surroundings | undefined,
): Promise<Window> {
  const clock = zoneClock(zone);
  const settled =
    waits === undefined ? { tick: newestTick(schedule, clock, now), readAt: now } : settle(schedule, clock, now);
  await waits?.waitUntil(settled.readAt);
  return scheduledWindow({ start: tickBefore(schedule, clock, settled.tick), end: settled.tick, zone }) as Window;
}

async function formatDigest(digest: Digest, format: "text" | "html" | "json", config: Config): Promise<string> {
  if (format === "json") return digestToJson(digest);
  const { text, html } = await renderDigest(digest, config);
  return format === "html" ? html : text;
}

/** Writes the whole file or nothing: a reader never sees half a digest. */
function writeOutput(path: string, text: string): void {
  try {
    // A link is followed, and a device such as /dev/null is written to, never replaced.
    const target = existsSync(path) ? realpathSync(path) : path;
    const old = statSync(target, { throwIfNoEntry: false });
    if (old?.isFile() === false) writeFileSync(target, text);
    else replaceFile(target, text, old === undefined ? 0o600 : old.mode & 0o777);
  } catch (error) {
    // `ENOTDIR: not a directory, open '/tmp/x.part'`: the name of the part says nothing to anybody.
    const reason = reasonOf(error).replace(/, \w+ '.*$/, "");
    throw new ReportError(Exit.CannotWrite, `cannot write ${path}: ${reason} (name another file)`, { cause: error });
  }
}

function replaceFile(path: string, text: string, mode: number): void {
  const part = `${path}.${randomUUID()}.part`;
  const file = openSync(part, "wx", mode);
  try {
    writeFileSync(file, text);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
