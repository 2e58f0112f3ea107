// The whole run, from the window to the mail: window -> sources -> parsers -> events -> digest -> render -> deliver.
import { basename } from "node:path";
import { namingOf } from "./addresses/naming.ts";
import { ALLOW_NONE, compileAllowlist } from "./config/allowlist.ts";
import type { Config } from "./config/config.ts";
import { buildDigest } from "./digest/build.ts";
import type { Digest, Finding, Reason } from "./digest/digest.ts";
import type { Found } from "./digest/finding-rule.ts";
import { historyOf } from "./digest/history.ts";
import { type Learned, Learning } from "./digest/learning.ts";
import { merge } from "./digest/merge.ts";
import { type Memory, pastOf } from "./digest/past.ts";
import { type Naming, nameAddresses, rollUp } from "./digest/places.ts";
import { reasonsOf } from "./digest/reasons.ts";
import { selectReasons, selectSections } from "./digest/selection.ts";
import { Tally } from "./digest/tally.ts";
import { THRESHOLDS } from "./digest/thresholds.ts";
import { Exit, type ExitCode, ReportError } from "./errors.ts";
import type { Instant } from "./events/event.ts";
import { dispatch } from "./parsers/index.ts";
import { parseLines } from "./parsers/parse-lines.ts";
import { type Rendered, render } from "./render/render.ts";
import { loadTemplates } from "./render/templates.ts";
import { numberLines } from "./run/line-numbers.ts";
import { openSources, type Place } from "./run/places.ts";
import { startRules } from "./run/rules.ts";
import { noteBeginnings } from "./sources/gaps.ts";
import { machinesOf, rememberMachines, silentMachines } from "./sources/machines.ts";
import { compareWithNights, remember, type SourceMemory } from "./sources/memory.ts";
import { type Ledger, newLedger, type SourceStatus } from "./sources/source.ts";
import { labelOf } from "./window/label.ts";
import { parseTime } from "./window/parse-time.ts";
import type { Window } from "./window/window.ts";

/** A login is judged by the day before it, and connections that began before the window are known by then. */
const LEAD_IN = 24 * 3_600_000;

/** What the surroundings give a run; the only place where the clock and the system come in. */
export interface Io {
  /** When the run began. */
  readonly now: Instant;
  /** Somebody said so (`--now`). */
  readonly isClockTold: boolean;
  /** Milliseconds since then. */
  readonly elapsed: () => number;
  /** What the system calls this machine; undefined where nobody knows. */
  readonly machineId: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This machine's name. */
  readonly hostname: string;
  readonly pid: number;
  readonly platform: string;
  /** The kernel's release: 16 and later on darwin is macOS 10.12 and later. */
  readonly release: string;
  /** Of the running user. */
  readonly home: string;
  readonly signal: AbortSignal;
}

export interface Request {
  readonly config: Config;
  readonly place: Place;
  /** undefined: all that the files hold. */
  readonly window: Window | undefined;
  readonly timeZone: string;
  /** No line of the logs is later; undefined for another machine's logs, whose clock is not ours. */
  readonly newest: Instant | undefined;
  readonly useAllowlist: boolean;
  readonly onRequest: boolean;
  /** What earlier runs know of each source; undefined where that means nothing for this window. */
  readonly memories?: ReadonlyMap<string, SourceMemory> | undefined;
  /** What earlier nights saw; undefined where there was none, as for another machine's logs. */
  readonly memory?: Memory | undefined;
  /** What must be told beside what the logs say. */
  readonly findings?: readonly Finding[];
  /** Told what is worth a word and no mail. */
  readonly remark: (line: string) => void;
  /** Called with the ledger while sources are read, for a progress line. */
  readonly watch?: (ledgers: readonly Ledger[]) => void;
}

/** A window, read and counted. */
export interface Night {
  readonly digest: Digest;
  /** Why it is worth telling, whatever `mail.on` leaves out. */
  readonly reasons: readonly Reason[];
  /** What is to be remembered of each source. */
  readonly memories: ReadonlyMap<string, SourceMemory>;
  /** What later nights may ask for. */
  readonly learned: readonly Learned[];
}

/** Reads and counts: from the window to the digest. */
export async function makeDigest(request: Request, io: Io): Promise<Night> {
  const { config, place, memories } = request;
  const host = config.host ?? (place.kind === "root" ? basename(place.dir) : io.hostname);
  const window = request.window ?? everything(request.timeZone);

  const { placed: sources, told } = await openSources({ ...io, ...request, memories, host });
  const ledgers = sources.map(({ source }) => newLedger(source.name, source.login));
  request.watch?.(ledgers);
  const streams = sources.map(({ source, host }, i) => {
    const ledger = ledgers[i] as Ledger;
    const memory = memories?.get(source.name);
    const span = spanOf(window, memory, config.catchUpDays);
    const batches = source.read({ ...span, after: memory?.position }, ledger, io.signal);
    return parseLines(batches, { dispatch, span, ledger, host });
  });

  const allowlist = request.useAllowlist ? compileAllowlist(config.allowlist) : ALLOW_NONE;
  const past = request.memory && pastOf(request.memory, window.from);
  const learning = past && new Learning(window, allowlist, past);
  const thresholds = { ...THRESHOLDS, ...config.thresholds };
  const naming = namingOf(config.addresses, request.remark);
  const rules = startRules(window, thresholds, past, learning);
  const tally = new Tally(window, allowlist, rules, config.limits.keys);
  let found: readonly Found[];
  try {
    for await (const batch of merge(streams)) tally.add(batch);
    tally.conclude();
    if (io.signal.aborted) throw new ReportError(Exit.Later, "stopped before all logs were read: nothing was sent");
    if (config.addresses.databases.length > 0) learning?.locate(await naming.places(learning.addresses()));
    found = await numberLines(
      rules.flatMap((rule) => rule.conclude()),
      ledgers,
    );
  } finally {
    for (const { leftOut } of ledgers) for (const beginning of leftOut.values()) beginning.close();
  }

  for (const [i, { source, expectsLines }] of sources.entries()) {
    compareWithNights(ledgers[i] as Ledger, memories?.get(source.name), window, expectsLines);
  }
  if (memories === undefined && request.window !== undefined) noteBeginnings(ledgers, window);
  const machines = machinesOf(sources.map((placed, i) => ({ ...placed, ledger: ledgers[i] as Ledger })));
  const digest = buildDigest({
    window: request.window ?? covered(ledgers, request.timeZone, io.now),
    tally,
    ledgers: [...ledgers, ...silentMachines(machines, memories, window), ...told],
    findings: [...(request.findings ?? []), ...found],
    host,
    on: config.mail?.on ?? "event",
    onRequest: request.onRequest,
    groups: config.limits.groups,
    history: past && historyOf(past, window),
    thresholds,
    silences: config.silences.map((rule) => ({
      ...rule,
      until: rule.until === undefined ? undefined : parseTime(rule.until, request.timeZone, "silence.until"),
    })),
    now: io.now,
  });
  const reasons = reasonsOf(tally, digest.findings, digest.coverage, "event");
  return {
    digest: await named(selectSections(digest, config.sections), config, naming),
    reasons: selectReasons(reasons, config.sections),
    memories: new Map([
      ...remembered(ledgers, told, memories, window),
      ...rememberMachines(machines, memories, window),
    ]),
    learned: learning?.learned(digest.hosts) ?? [],
  };
}

/** Countries, networks and names, where the config wants them and there is something to tell. */
async function named(digest: Digest, { addresses }: Config, naming: Naming): Promise<Digest> {
  const isWanted = addresses.reverseDns || addresses.databases.length > 0;
  return isWanted && !digest.empty ? nameAddresses(digest, naming) : rollUp(digest);
}

/** Renders a digest once, as the mail that is sent and the files that are kept. */
export async function renderDigest(digest: Digest, config: Config): Promise<Rendered> {
  return render(digest, await loadTemplates(config.templates.dir), { textGroups: config.limits.textGroups });
}

/** The statuses a run ends with for what could not be read. */
export function exitOfSources(digest: Digest): readonly ExitCode[] {
  const exitOf = (status: SourceStatus): readonly ExitCode[] => {
    if (status === "missing" || status === "unreadable") return [Exit.SourceMissing];
    return status === "ok" ? [] : [Exit.SourceDamaged];
  };
  return digest.coverage.flatMap(({ status }) => exitOf(status));
}

/** A source that was away is read from where it was left. */
function spanOf({ from, to }: Window, memory: SourceMemory | undefined, catchUpDays: number) {
  const own = Math.min(from, Math.max(memory?.end ?? from, to - catchUpDays * 86_400_000));
  return { leadIn: own - LEAD_IN, from: own, to };
}

/** A log that is left to a better source is not missed, and not read again from where it was left. */
function remembered(
  read: readonly Ledger[],
  told: readonly Ledger[],
  memories: ReadonlyMap<string, SourceMemory> | undefined,
  window: Window,
): ReadonlyMap<string, SourceMemory> {
  const left = told.filter(({ status, source }) => status === "ok" && memories?.has(source));
  return new Map(
    [...read, ...left].map((ledger) => [ledger.source, remember(ledger, memories?.get(ledger.source), window)]),
  );
}

function everything(timeZone: string): Window {
  return { from: Number.MIN_SAFE_INTEGER / 2, to: Number.MAX_SAFE_INTEGER / 2, timeZone, label: "" };
}

/** The window of all that was read: from the first stamp to just after the last. */
function covered(ledgers: readonly Ledger[], timeZone: string, now: Instant): Window {
  const stamps = ledgers.flatMap(({ first, last }) => (first === null || last === null ? [] : [first, last]));
  const from = stamps.length === 0 ? now : Math.min(...stamps);
  const to = stamps.length === 0 ? now : Math.max(...stamps) + 1;
  return { from, to, timeZone, label: labelOf({ from, to, timeZone }) };
}
