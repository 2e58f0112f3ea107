// Which sources a system has, by what exists below its root: a Mac may run MacPorts' fail2ban and a Linux machine may
// keep everything in one file, so every log is looked for on every system. What the system is says where its logins are.
import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import type { Instant } from "../events/event.ts";
import { localMinute } from "../window/local-minute.ts";
import { type Choice, chooseLogins, type LoginLog, type Reach } from "./choose.ts";
import { findJournal } from "./journal/journal-reach.ts";
import { reachOfLog } from "./log-reach.ts";
import { rotatedFiles } from "./rotation.ts";
import { sshLogins } from "./ssh-logins.ts";
import { type Kernel, readSystem, type System } from "./system.ts";
import { locate } from "./tree.ts";

export type FoundSource =
  | { readonly kind: "file"; readonly path: string; readonly login: boolean }
  | { readonly kind: "journald"; readonly directory?: string | undefined; readonly login: boolean }
  | { readonly kind: "unified-log"; readonly archive?: string | undefined; readonly login: boolean };

/** What the tree cannot say. */
export interface Facts {
  /** Set when the tree is the running system. */
  readonly machine: (Kernel & { readonly home: string | undefined }) | undefined;
  /** PATH, on which journalctl is looked for; undefined: where systems have their programs. */
  readonly searchPath: string | undefined;
  /** What is to be covered; undefined: all that there is. */
  readonly window: Reach | undefined;
  /** Zone of stamps that state none. */
  readonly timeZone: string;
  /** No line is later. */
  readonly newest: Instant;
}

export interface Discovery {
  readonly sources: readonly FoundSource[];
  /** There and not read, because another source has the same messages or because it is no text. */
  readonly leftOut: readonly { readonly source: FoundSource; readonly because: string }[];
  readonly problems: readonly Problem[];
}

/** What hides logs from us: a row of the coverage. */
export interface Problem {
  readonly source: string;
  readonly status: "missing" | "unreadable";
  readonly login: boolean;
  readonly note: string;
}

/** Logs that hold login messages and little else; OpenBSD, NetBSD and Solaris call it authlog. */
const LOGIN_LOGS = ["/var/log/auth.log", "/var/log/secure", "/var/log/secure.log", "/var/log/authlog"];
/** Logs that hold everything, login messages too where a system does not split them off. */
const GENERAL_LOGS = ["/var/log/system.log", "/var/log/syslog", "/var/log/messages"];
/** The kernel's packets, which the journal has too. */
const KERNEL_LOGS = ["/var/log/kern.log", "/var/log/ufw.log", "/var/log/firewall"];
/** Written by their programs themselves, or on systems without a journal. */
const OWN_LOGS = [
  "/var/log/fail2ban.log",
  "/Library/Logs/fail2ban.log",
  "/usr/local/var/log/fail2ban.log",
  "/opt/homebrew/var/log/fail2ban.log",
  "/opt/local/var/log/fail2ban.log",
  "/var/log/ipfw.log",
  "/var/log/appfirewall.log",
  "/var/log/filter.log",
  "/var/log/crowdsec.log",
  "/var/log/crowdsec/crowdsec.log",
  "/var/log/denyhosts",
  "/var/log/vsftpd.log",
  "/var/log/proftpd/proftpd.log",
];
/** FreeBSD's ipfw; elsewhere it is a folder. */
const FREEBSD_LOGS = ["/var/log/security"];
const PACKET_CAPTURE = "/var/log/pflog";
const NO_TEXT = "is a packet capture of pf (tcpdump -n -e -tttt -r pflog makes text of it)";
/** By name these hold no logins; any other log that a user names may. */
const NO_LOGINS = /^(?:fail2ban|ufw|kern|ipfw|appfirewall|firewall|firewalld|filter|crowdsec|denyhosts|pf)\b/;
const ONLY_FILES: Choice = { use: "files", because: "" };
const CLOSED = {
  status: "unreadable",
  note: "its logs cannot be looked up: permission denied (run as root, or as a member of adm, or admin on macOS)",
} as const;
const NOWHERE = { status: "missing", note: "is a link to a folder that does not exist" } as const;

/** A log of the tree. */
interface Log {
  /** As its own system calls it. */
  readonly name: string;
  readonly path: string;
}

/**
 * Returns what the system below `root` has ("/" for this machine). Which system and release that is is read from the
 * tree. Of log files and a journal, which hold the same messages, one is chosen for the window.
 */
export async function discoverSources(root: string, facts: Facts): Promise<Discovery> {
  const isThisMachine = facts.machine !== undefined;
  const system = readSystem(root, facts.machine);
  const problems: Problem[] = [];
  const existing = (names: readonly string[]) => findLogs(root, names, facts, problems);
  const dedicated = existing(LOGIN_LOGS);
  const general = existing(GENERAL_LOGS);
  const logins = loginLogs(system, dedicated, general);
  const fileOf = (log: Log): FoundSource => ({ kind: "file", path: log.path, login: logins.includes(log) });
  const own = existing([...OWN_LOGS, ...(system?.kind === "freebsd" ? FREEBSD_LOGS : [])]).map(fileOf);
  const files = [...dedicated, ...general].map(fileOf);
  const kernel = existing(KERNEL_LOGS).map(fileOf);

  const journal = system?.kind === "macos" ? undefined : findJournal(root, isThisMachine);
  const journals = (journal?.directories ?? []).map(
    (directory): FoundSource => ({ kind: "journald", ...(directory && { directory }), login: true }),
  );
  const { use, because } = journal === undefined ? ONLY_FILES : await choose(logins, general, journal.reach, facts);
  const read = [
    ...unifiedLogs(root, system, isThisMachine),
    ...(use === "files" ? [] : journals),
    ...(use === "journal" ? own : [...files, ...own, ...kernel]),
  ];
  const twins = use === "files" ? journals : use === "journal" ? [...files, ...kernel] : [];
  const users = sshLogins(root, facts.machine).map((path): FoundSource => ({ kind: "file", path, login: true }));
  const sources = [...read, ...users];
  return {
    sources,
    leftOut: [
      ...twins.map((source) => ({ source, because })),
      ...existing([PACKET_CAPTURE]).map((log) => ({ source: fileOf(log), because: NO_TEXT })),
    ],
    problems: [...problems, ...blindness(system, sources, read, problems, isThisMachine)],
  };
}

/** Returns the logs below `root` ("/" for this machine), by what exists. */
export function discoverLogs(root: string): readonly { readonly path: string; readonly login: boolean }[] {
  const existing = (names: readonly string[]) => names.map((name) => join(root, name)).filter(isThere);
  const login = existing(LOGIN_LOGS);
  return [
    ...login.map((path) => ({ path, login: true })),
    ...existing(GENERAL_LOGS).map((path) => ({ path, login: login.length === 0 })),
    ...existing([...OWN_LOGS, ...KERNEL_LOGS]).map((path) => ({ path, login: false })),
  ];
}

/** A broken symbolic link is there too, and so may be what a closed folder holds: it is told, not passed over. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOTDIR";
  }
}

/** True when a log that somebody named may hold login messages, by its name. */
export function mayHoldLogins(path: string): boolean {
  return !NO_LOGINS.test(basename(path));
}

/** Looks logs up. A folder that does not let us in, or a link that leads to none, is told once. */
function findLogs(root: string, names: readonly string[], { window }: Facts, problems: Problem[]): readonly Log[] {
  return names.flatMap((name): Log[] => {
    const { path, state } = locate(root, name);
    if (state === "there" || (state === "absent" && wasRotated(path, window))) return [{ name, path }];
    const folder = dirname(name);
    const problem = state === "closed" ? CLOSED : leadsNowhere(root, folder) ? NOWHERE : undefined;
    const isTold = problems.some(({ source }) => folder === source || folder.startsWith(`${source}/`));
    if (problem !== undefined && !isTold) {
      problems.push({ source: folder, login: folder === "/var/log", ...problem });
    }
    return [];
  });
}

/** At midnight a rotation takes a log away for a moment; and a log that was removed today is missing. */
function wasRotated(path: string, window: Reach | undefined): boolean {
  return (rotatedFiles(path) ?? []).some((rotated) => {
    const stat = statSync(rotated, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size > 0 && (window === undefined || stat.mtimeMs >= window.from);
  });
}

function leadsNowhere(root: string, folder: string): boolean {
  const { path, state } = locate(root, folder);
  return state === "there" && !existsSync(path);
}

/** The logs that hold the login messages of this system. */
function loginLogs(system: System | undefined, dedicated: readonly Log[], general: readonly Log[]): readonly Log[] {
  if (system?.logins === "unified log") return [];
  // An upgrade leaves the secure.log of 10.7 behind.
  if (system?.logins === "system.log" && general.length > 0) return general;
  if (dedicated.length > 0) return dedicated;
  return system?.generalHoldsLogins === false ? [] : general;
}

function unifiedLogs(root: string, system: System | undefined, isThisMachine: boolean): readonly FoundSource[] {
  if (isThisMachine) return system?.logins === "unified log" ? [{ kind: "unified-log", login: true }] : [];
  return namesIn(root)
    .filter((name) => name.endsWith(".logarchive"))
    .map((name) => ({ kind: "unified-log", archive: join(root, name), login: true }));
}

async function choose(
  logins: readonly Log[],
  general: readonly Log[],
  journal: Reach | undefined,
  { machine, window, timeZone, newest, searchPath }: Facts,
): Promise<Choice> {
  const hint = machine === undefined ? window?.to : undefined;
  const look = { timeZone, newest, hint, enough: window?.from ?? Number.NEGATIVE_INFINITY };
  const logs: LoginLog[] = [];
  for (const { name, path } of logins) logs.push({ name, reach: await reachOfLog(path, look) });
  let writerLived: Instant | undefined;
  for (const { path } of general) {
    const reach = await reachOfLog(path, { ...look, enough: Number.POSITIVE_INFINITY });
    if ("to" in reach) writerLived = Math.max(writerLived ?? reach.to, reach.to);
  }
  const candidates = { logs, writerLived, journal, hasJournalctl: isProgram("journalctl", searchPath) };
  return chooseLogins(candidates, window, (at) => localMinute(timeZone, at));
}

function isProgram(name: string, searchPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"): boolean {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** A digest that reads no login messages cannot say that nobody got in. */
function blindness(
  system: System | undefined,
  sources: readonly FoundSource[],
  read: readonly FoundSource[],
  problems: readonly Problem[],
  isThisMachine: boolean,
): readonly Problem[] {
  if (read.some(({ login }) => login) || problems.some(({ login }) => login)) return [];
  // Some logs of a machine, without the machine: what is there is read.
  if (!isThisMachine && system === undefined && sources.length > 0) return [];
  const where =
    system?.logins === "unified log"
      ? `${system.name} keeps them in the unified log, which only a Mac can read (there: log collect --output logs.logarchive; put that into the folder)`
      : `no log that holds them was found${system === undefined ? "" : ` on ${system.name}`} (name it under [[sources]] in the config)`;
  return [{ source: "login messages", status: "missing", login: true, note: `login source not read: ${where}` }];
}
