// Which sources a run reads: those that the config names, or what the system has.

import { existsSync, statSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import type { Config, FileConfig, SourceConfig } from "../config/config.ts";
import type { Instant } from "../events/event.ts";
import { parsers } from "../parsers/index.ts";
import { LATEST_LINE } from "../parsers/read-event.ts";
import { discoverSources, type FoundSource, mayHoldLogins, type Problem } from "../sources/discover.ts";
import { type FileOptions, fileSource } from "../sources/file.ts";
import { expandFolder } from "../sources/folder.ts";
import { journalSource } from "../sources/journal/journald.ts";
import type { SourceMemory } from "../sources/memory.ts";
import { type Ledger, newLedger, type Source, worsen } from "../sources/source.ts";
import { unifiedLogSource } from "../sources/unified-log.ts";

/** What stands for a log of logins where there is none. */
const LOGIN_MESSAGES = "login messages";
/** At midnight a rotation takes a log away for a moment. */
const ROTATION_PATIENCE = 5_000;
/** What sshd, sudo and their like call themselves in a journal. */
const IDENTIFIERS = parsers.flatMap(({ appNames }) => appNames);

/** Where the logs are. */
export type Place =
  | { readonly kind: "machine" }
  | { readonly kind: "root"; readonly dir: string }
  | { readonly kind: "files"; readonly paths: readonly string[] };

export interface PlaceOptions {
  readonly config: Config;
  readonly place: Place;
  readonly timeZone: string;
  /** No line of the logs is later; undefined for another machine's logs, whose clock is not ours. */
  readonly newest: Instant | undefined;
  /** undefined: all that there is. */
  readonly window: { readonly from: Instant; readonly to: Instant } | undefined;
  /** What earlier runs know of each source, if this one goes on where the last one ended. */
  readonly memories: ReadonlyMap<string, SourceMemory> | undefined;
  /** What the digest calls this machine. */
  readonly host: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly release: string;
  /** The time of the run is what somebody said (`--now`): times of files have nothing to do with it. */
  readonly isClockTold: boolean;
  /** Of the running user. */
  readonly home: string | undefined;
}

/** A source with what is known of it. */
export interface Placed {
  readonly source: Source;
  /** What the digest calls its machine; undefined where its lines say it. */
  readonly host: string | undefined;
  /** The folder that it was found in, which holds logs of several machines. */
  readonly folder?: string | undefined;
  /** A night without a line is a problem. */
  readonly expectsLines: boolean;
}

export interface Places {
  /** In the order in which the digest names them. */
  readonly placed: readonly Placed[];
  /** What is known without reading: logs that are out of reach, and those that are left to a better source. */
  readonly told: readonly Ledger[];
}

/** Returns the sources of a run. */
export async function openSources(options: PlaceOptions): Promise<Places> {
  const { config, place, timeZone, newest, window, host, env } = options;
  const files = {
    timeZone,
    newest: newest ?? Number.MAX_SAFE_INTEGER,
    // Neither is their time when the time of the run is made up.
    yearHint: place.kind === "machine" && !options.isClockTold ? undefined : window?.to,
    rotated: place.kind !== "files",
    resumed: options.memories !== undefined,
    patienceMs: place.kind === "machine" ? ROTATION_PATIENCE : 0,
    // Another machine's logs are called what they are called there.
    nameOf: place.kind === "root" ? (path: string) => `/${relative(place.dir, path)}` : undefined,
  };
  const file = (path: string, login: boolean): Placed => ({
    source: fileSource({ ...files, path, login }),
    host,
    // Nobody need have logged in.
    expectsLines: login && !path.endsWith(".ssh_logins"),
  });
  if (place.kind === "files") return { placed: place.paths.map((path) => file(path, mayHoldLogins(path))), told: [] };
  if (place.kind === "machine" && config.sources !== undefined) return configuredPlaces(config.sources, files, options);

  const isMachine = place.kind === "machine";
  const { platform, release, home } = options;
  const found = await discoverSources(isMachine ? "/" : place.dir, {
    machine: isMachine ? { platform, release, home } : undefined,
    searchPath: env.PATH,
    window,
    timeZone,
    newest: files.newest,
  });
  const open = (source: FoundSource): Placed =>
    source.kind === "file"
      ? file(source.path, source.login)
      : { source: openEngine(source, options), host, expectsLines: source.login };
  const placed = found.sources.map(open);
  const leftOut = found.leftOut.map(({ source, because }) => ({ name: open(source).source.name, because }));
  const known = new Set([...placed.map(({ source }) => source.name), ...leftOut.map(({ name }) => name)]);
  // What was there once is missed when it is gone.
  const gone = isMachine ? rememberedBut(known, options).map((path) => file(path, mayHoldLogins(path))) : [];
  // That auth.log or secure is gone says why there is none.
  const isSaid = gone.some(({ source }) => /^(?:auth|secure)/.test(basename(source.name)));
  const problems = found.problems.filter(({ source }) => !isSaid || source !== LOGIN_MESSAGES);
  return { placed: [...placed, ...gone], told: [...problems.map(ledgerOf), ...leftOut.map(leftLedger)] };
}

type FileDefaults = Omit<FileOptions, "path" | "login">;

function configuredPlaces(sources: readonly SourceConfig[], files: FileDefaults, options: PlaceOptions): Places {
  const placed: Placed[] = [];
  const told: Ledger[] = [];
  let hasLogins = false;
  for (const source of sources) {
    const { optional, expectLines } = source;
    if (source.kind !== "file") {
      const host = source.hosts === "lines" ? undefined : options.host;
      placed.push({ source: openEngine({ ...source, login: true }, options), host, expectsLines: true });
      hasLogins = true;
    } else if (isFolder(source.path)) {
      const { logs, problems } = folderPlaces(source, files, options);
      placed.push(...logs);
      told.push(...problems.map(ledgerOf));
      hasLogins ||= [...logs.map(({ source }) => source), ...problems].some(({ login }) => login);
    } else {
      const { path, timeZone = files.timeZone } = source;
      const login = mayHoldLogins(path);
      const patienceMs = optional ? 0 : files.patienceMs;
      const host = { config: options.host, lines: undefined, path: basename(dirname(path)) }[source.hosts];
      const opened = fileSource({ ...files, timeZone, path, login, optional, patienceMs });
      placed.push({ source: opened, host, expectsLines: expectLines || login });
      hasLogins ||= login && (!optional || existsSync(path));
    }
  }
  // Without them no digest can say that nobody got in.
  if (!hasLogins) {
    const note = "login source not read: no log that holds them was named (name it under [[sources]] in the config)";
    told.push(ledgerOf({ source: LOGIN_MESSAGES, status: "missing", login: true, note }));
  }
  return { placed, told };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The logs of a central syslog server, each with its machine. */
function folderPlaces(source: FileConfig, files: FileDefaults, options: PlaceOptions) {
  const { path: folder, timeZone = files.timeZone, hosts, optional, expectLines } = source;
  const { logs, problems } = expandFolder(folder, options.window && options.window.from - LATEST_LINE);
  const open = (path: string, host: string, login: boolean, mayBeAbsent: boolean): Placed => ({
    source: fileSource({ ...files, timeZone, path, login, optional: optional || mayBeAbsent }),
    host: { config: options.host, lines: undefined, path: host }[hosts],
    folder: hosts === "config" ? undefined : folder,
    expectsLines: expectLines || login,
  });
  const found = logs.map((log) => open(log.path, log.host, log.login, log.optional));
  // A machine that has sent nothing for days is not among them; one that used to speak every night is missed.
  const silent = rememberedBut(new Set(logs.map(({ path }) => path)), options)
    .filter((path) => path.startsWith(`${folder}/`) && (options.memories?.get(path)?.counts.length ?? 0) >= 7)
    .map((path) => open(path, machineIn(path, folder), mayHoldLogins(path), false));
  return { logs: [...found, ...silent], problems };
}

/** `HOST/auth.log` and `HOST.log` are of HOST. */
function machineIn(path: string, folder: string): string {
  return (relative(folder, path).split("/", 1)[0] as string).replace(/\.log$/, "");
}

/** Log files that were there in an earlier run. */
function rememberedBut(known: ReadonlySet<string>, { memories }: PlaceOptions): readonly string[] {
  return [...(memories ?? [])].flatMap(([name, { found }]) =>
    found && name.startsWith("/") && !known.has(name) ? [name] : [],
  );
}

function openEngine(
  source: Exclude<FoundSource, { kind: "file" }> & { optional?: boolean },
  { env }: PlaceOptions,
): Source {
  const { login, optional } = source;
  if (source.kind === "unified-log") return unifiedLogSource({ login, archive: source.archive, optional, env });
  return journalSource({ login, directory: source.directory, optional, env, identifiers: IDENTIFIERS });
}

function ledgerOf({ source, status, login, note }: Problem): Ledger {
  const ledger = newLedger(source, login);
  worsen(ledger, status, note);
  return ledger;
}

function leftLedger({ name, because }: { readonly name: string; readonly because: string }): Ledger {
  const ledger = newLedger(name, false);
  ledger.notes.push(`not read: ${because}`);
  return ledger;
}
