// Which logs a system has, by what exists: the first column is looked for on every system, because a Mac may run
// MacPorts' fail2ban and a Linux machine may keep everything in one file.
import { lstatSync } from "node:fs";
import { basename, join } from "node:path";

/** A log that was found or named. */
export interface FoundLog {
  readonly path: string;
  /** Holds login messages. */
  readonly login: boolean;
}

/** Logs that hold login messages and little else. */
const LOGIN_LOGS = ["/var/log/auth.log", "/var/log/secure", "/var/log/secure.log"];
/** Logs that hold everything, login messages too where the logs above do not exist (10.8 to 10.11, Alpine, SUSE). */
const GENERAL_LOGS = ["/var/log/system.log", "/var/log/syslog", "/var/log/messages"];
const OTHER_LOGS = [
  "/var/log/fail2ban.log",
  "/Library/Logs/fail2ban.log",
  "/usr/local/var/log/fail2ban.log",
  "/opt/homebrew/var/log/fail2ban.log",
  "/opt/local/var/log/fail2ban.log",
  "/var/log/kern.log",
  "/var/log/ufw.log",
  "/var/log/ipfw.log",
  "/var/log/appfirewall.log",
  "/var/log/filter.log",
  "/var/log/crowdsec.log",
  "/var/log/denyhosts",
];
/** By name these hold no logins; any other log that a user names may. */
const NO_LOGINS = /^(?:fail2ban|ufw|kern|ipfw|appfirewall|firewalld|filter|crowdsec|denyhosts|pf)\b/;

/** Returns the logs below `root` ("/" for this machine), by what exists. */
export function discoverLogs(root: string): readonly FoundLog[] {
  const existing = (paths: readonly string[]) => paths.map((path) => join(root, path)).filter(isThere);
  const login = existing(LOGIN_LOGS);
  return [
    ...login.map((path) => ({ path, login: true })),
    ...existing(GENERAL_LOGS).map((path) => ({ path, login: login.length === 0 })),
    ...existing(OTHER_LOGS).map((path) => ({ path, login: false })),
  ];
}

/** True when a log that somebody named may hold login messages, by its name. */
export function mayHoldLogins(path: string): boolean {
  return !NO_LOGINS.test(basename(path));
}

/** A broken symbolic link is there too, and so may be what a closed folder holds: it is told, not passed over. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOTDIR";
  }
}
