// logdigest report: which window, which logs, and where the digest goes.
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { Digest } from "../digest/digest.ts";
import { Exit, type ExitCode, ReportError, worstExit } from "../errors.ts";
import type { Instant } from "../events/event.ts";
import { digestToJson } from "../render/json.ts";
import { renderHtml, renderText } from "../render/render.ts";
import { loadTemplate } from "../render/templates.ts";
import { beat } from "../run/heartbeat.ts";
import { sendOnRequest } from "../run/on-request.ts";
import { isUnsaid, type Outcome } from "../run/outcome.ts";
import type { Place } from "../run/places.ts";
import { runScheduled } from "../run/scheduled.ts";
import { exitOfSources, type Io, makeDigest, type Request } from "../run.ts";
import { newestTick, settle, tickBefore } from "../schedule/ticks.ts";
import { readState } from "../state/read.ts";
import type { StateView } from "../state/state.ts";
import { requestedDay, requestedRange, scheduledWindow } from "../window/build.ts";
import { parseTime } from "../window/parse-time.ts";
import type { Window } from "../window/window.ts";
import { assertZone, zoneClock } from "../window/zone.ts";
import type { Surroundings } from "./io.ts";
import { writeOutput } from "./output.ts";
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

/** What every kind of report needs. */
interface Job {
  readonly options: ReportOptions;
  readonly config: Config;
  readonly configPath: string | undefined;
  readonly timeZone: string;
  readonly io: Io;
  readonly surroundings: Surroundings;
}

/** Runs `logdigest report`. @throws ReportError */
export async function reportCommand(options: ReportOptions, surroundings: Surroundings): Promise<ExitCode> {
  refuseContradictions(options);
  const {
    io: { home },
    uid,
  } = surroundings;
  const { config, path: configPath } = loadConfig({ path: options.config, env: surroundings.io.env, home, uid });
  const timeZone = options.timeZone ?? config.timeZone ?? surroundings.timeZone;
  assertZone(timeZone, Exit.Usage, "--time-zone");
  const io = {
    ...surroundings.io,
    now: options.now === undefined ? surroundings.io.now : parseTime(options.now, timeZone, "--now"),
    isClockTold: options.now !== undefined,
  };
  const job = { options, config, configPath, timeZone, io, surroundings };
  const place = placeOf(options);
  const prints = options.stdout === true || options.output !== undefined;
  const requested = options.date !== undefined || options.since !== undefined;
  if (place.kind !== "machine") return reportOthers(job, place, prints || options.send !== true);
  if (requested || prints) return reportMachine(job, requested, prints);
  return reportNight(job);
}

/** The scheduled run, and its sign of life. */
async function reportNight(job: Job): Promise<ExitCode> {
  const { config, configPath, io, timeZone, options, surroundings } = job;
  const { terminal } = surroundings;
  let exit: ExitCode = Exit.Bug;
  let note = "";
  try {
    const waits = options.now === undefined ? surroundings : undefined;
    const outcome = await showProgress(terminal, options.quiet === true, (watch) =>
      runScheduled(
        {
          config,
          configPath,
          timeZone,
          useAllowlist: options.all !== true,
          remark: sayer(job),
          watch,
          dueTick: () => dueTick(config, io.now, timeZone, waits),
        },
        io,
      ),
    );
    exit = tell(outcome, job);
    note = outcome.complaints.join("; ");
    return exit;
  } catch (thrown) {
    if (thrown instanceof ReportError) {
      exit = thrown.exit;
      note = thrown.message;
    }
    throw thrown;
  } finally {
    const heard = await beat(config, exit, note, io);
    if (heard !== undefined && !heard.heard) sayer(job)(`heartbeat: ${heard.text}`);
  }
}

/** A day or a range that was asked for, or a preview of the next mail. */
async function reportMachine(job: Job, requested: boolean, prints: boolean): Promise<ExitCode> {
  const { config, io, timeZone, options } = job;
  const state = await stateOf(job);
  const window = requested
    ? requestedWindow(options, io.now, timeZone, true)
    : previewWindow(config, io.now, timeZone, state?.lastEnd);
  const night = await read(job, {
    place: { kind: "machine" },
    window,
    newest: io.now,
    onRequest: requested,
    // Of the nights before: a day that was asked for stands alone.
    memories: requested ? undefined : state?.sources,
    memory: state,
  });
  if (prints) return print(night.digest, job);
  return tell(await sendOnRequest(night, config, io, true), job);
}

/** A state that cannot be read is told; a preview does without. */
async function stateOf({ config, io, surroundings }: Job): Promise<StateView | undefined> {
  try {
    return await readState({ dir: config.state.dir, machineId: io.machineId });
  } catch (thrown) {
    if (!(thrown instanceof ReportError) || thrown.exit !== Exit.CannotWrite) throw thrown;
    surroundings.terminal.say(`logdigest: ${thrown.message}`);
    return undefined;
  }
}

/** Another machine's logs, or some files. */
async function reportOthers(job: Job, place: Place, prints: boolean): Promise<ExitCode> {
  const { config, io, timeZone, options } = job;
  const requested = options.date !== undefined || options.since !== undefined;
  const window = requested ? requestedWindow(options, io.now, timeZone, false) : undefined;
  // Another machine's clock is not ours, unless we are told what time it was there.
  const newest = options.now === undefined ? undefined : io.now;
  const night = await read(job, { place, window, newest, onRequest: true });
  if (window !== undefined && window.from > io.now && night.digest.coverage.every(({ inWindow }) => inWindow === 0)) {
    throw new ReportError(Exit.Usage, `${window.label} has not begun, and no line of the logs is that late`);
  }
  if (prints) return print(night.digest, job);
  return tell(await sendOnRequest(night, config, io, false), job);
}

function read(job: Job, request: Pick<Request, "place" | "window" | "newest" | "onRequest" | "memories" | "memory">) {
  const { config, timeZone, io, options, surroundings } = job;
  const useAllowlist = options.all !== true;
  return showProgress(surroundings.terminal, options.quiet === true, (watch) =>
    makeDigest({ ...request, config, timeZone, useAllowlist, remark: sayer(job), watch }, io),
  );
}

async function print(digest: Digest, { options, config, surroundings: { terminal } }: Job): Promise<ExitCode> {
  const text = await formatDigest(digest, options.format ?? "text", config);
  if (options.output !== undefined) {
    writeOutput(options.output, text);
    if (options.verbose) terminal.say(`wrote ${options.output}`);
  }
  if (options.output === undefined || options.stdout) await terminal.print(text);
  return worstExit(exitOfSources(digest));
}

/** Says how a run that sends ended: to whoever looks, and to everybody what went wrong, on one line. */
function tell({ digest, sendings, codes, complaints }: Outcome, job: Job): ExitCode {
  const { config, surroundings } = job;
  const say = sayer(job);
  if (digest === undefined) say("nothing is due: this window was reported already");
  else if (digest.empty && sendings.length === 0) {
    const logs = digest.coverage.length === 1 ? "1 log" : `${digest.coverage.length} logs`;
    say(`nothing to report for ${digest.window.label}: no mail was sent (${logs} read)`);
  }
  const wrong = [...complaints, ...unsentOf(sendings)];
  for (const { subject, receipts, problem } of sendings) {
    const said = [...new Set(receipts.map(({ text }) => text))].join(", ");
    if (receipts.some(({ result }) => result !== "accepted")) continue;
    if (problem !== undefined) {
      wrong.push(`"${subject}" was sent, and will be sent again, because that cannot be noted: ${problem.message}`);
    } else if (isUnsaid(config)) {
      const advice = "write [mail] into /etc/logdigest/config.toml";
      wrong.push(`no [mail] in the config: the digest lies in ${said} (${advice})`);
    } else say(`sent "${subject}" to ${receipts.map(({ to }) => to).join(", ")}: ${said}`);
  }
  if (wrong.length > 0) surroundings.terminal.say(`logdigest: ${wrong.join("; ")}`);
  return worstExit(codes);
}

/** So many different messages, and ids of messages that all say the same. */
const MOST_NAMED = 3;

/** What was not sent, and why: an outbox of thousands is a line, too. */
function unsentOf(sendings: Outcome["sendings"]): readonly string[] {
  const byReason = new Map<string, (number | undefined)[]>();
  for (const { id, receipts } of sendings) {
    const failed = receipts.filter(({ result }) => result !== "accepted");
    if (failed.length === 0) continue;
    const why = sentence(failed);
    byReason.set(why, [...(byReason.get(why) ?? []), id]);
  }
  const told = [...byReason].slice(0, MOST_NAMED).map(([why, ids]) => {
    const named = ids.slice(0, MOST_NAMED).join(", ");
    const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : "";
    return `not sent to ${why}${ids[0] === undefined ? "" : ` (kept as ${named}${more}: logdigest outbox list)`}`;
  });
  const others = byReason.size - told.length;
  return others > 0 ? [...told, `and ${others} more reasons (logdigest outbox list)`] : told;
}

/** `a@example.org, b@example.org: nothing listens there`: what a server said to several stands once. */
function sentence(receipts: Outcome["sendings"][number]["receipts"]): string {
  const texts = [...new Set(receipts.map(({ text }) => text))];
  return texts
    .map((text) => `${receipts.flatMap((one) => (one.text === text ? [one.to] : [])).join(", ")}: ${text}`)
    .join("; ");
}

function sayer({ options, surroundings: { terminal } }: Job): (line: string) => void {
  return (line) => {
    if (!options.quiet && (terminal.attended || options.verbose)) terminal.say(line);
  };
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

/** What the next mail would hold, from the end of the last one; without a state a night before that too. */
function previewWindow({ schedule }: Config, now: Instant, zone: string, lastEnd: Instant | undefined): Window {
  const clock = zoneClock(zone);
  const start = tickBefore(schedule, clock, newestTick(schedule, clock, now));
  const known = lastEnd !== undefined && lastEnd < now ? lastEnd : start;
  return scheduledWindow({ start: known, end: now, zone }) as Window;
}

/** The tick that is due. Lines written late are given a moment; a run just before its tick waits for it. */
async function dueTick(
  { schedule }: Config,
  now: Instant,
  zone: string,
  waits: Surroundings | undefined,
): Promise<Instant> {
  const clock = zoneClock(zone);
  if (waits === undefined) return newestTick(schedule, clock, now);
  const { tick, readAt } = settle(schedule, clock, now);
  await waits.waitUntil(readAt);
  return tick;
}

async function formatDigest(digest: Digest, format: "text" | "html" | "json", config: Config): Promise<string> {
  if (format === "json") return digestToJson(digest);
  const { dir } = config.templates;
  const options = { textGroups: config.limits.textGroups };
  return format === "html"
    ? renderHtml(digest, { html: await loadTemplate("html", dir) }, options)
    : renderText(digest, { text: await loadTemplate("text", dir) }, options);
}
