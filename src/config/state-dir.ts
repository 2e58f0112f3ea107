import { join } from "node:path";

/** What of the machine decides where things lie; only the command line knows it. */
export interface Places {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Effective user id; undefined where there is none. 0 is root. */
  readonly uid: number | undefined;
}

/**
 * Returns where the state lies when no config says it: what systemd gave (`StateDirectory=`), the system's folder for
 * root, else the user's state folder of the XDG Base Directory Specification.
 */
export function defaultStateDir({ env, home, uid }: Places): string {
  // systemd separates several folders by colons; the first is the one that the unit names first.
  const given = env.STATE_DIRECTORY?.split(":")[0];
  if (given) return given;
  if (uid === 0) return "/var/lib/logdigest";
  const base = env.XDG_STATE_HOME;
  // The specification: a relative path is invalid and to be ignored.
  return join(base?.startsWith("/") ? base : join(home, ".local", "state"), "logdigest");
}
