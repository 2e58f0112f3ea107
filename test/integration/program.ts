// Builds the program and runs it, for tests that need the machine as it is.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../..");

/** Returns the path of the program. */
export function buildProgram(): string {
  const { status, stderr } = spawnSync(process.execPath, ["build.mjs"], { cwd: repository, encoding: "utf8" });
  if (status !== 0) throw new Error(`the program cannot be built: ${stderr}`);
  return join(repository, "dist/logdigest.js");
}

/** How a run ended. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, with nothing of this user's environment. */
export function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const [file = "", ...args] = command;
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: "utf8",
    timeout: 120_000,
    env: { PATH: process.env.PATH, HOME: "/nonexistent", TZ: "UTC", ...env },
  });
  return { status, out: stdout, err: stderr };
}

const WAYS = [
  ["unshare", "--mount"],
  ["unshare", "--user", "--map-root-user", "--mount"],
  ["sudo", "-n", "unshare", "--mount"],
];
/** /var/log from somewhere else, and no journal in memory. */
const MOUNTS = `mount --bind "$0" /var/log && if [ -d /run/log ]; then mount -t tmpfs none /run/log; fi && exec "$@"`;

/**
 * Returns how to run a command on this machine with its /var/log replaced for that command alone, in a mount namespace
 * (util-linux's unshare, as root or where users may make namespaces); undefined where that is not allowed.
 */
export function withVarLog(): ((logs: string, command: readonly string[]) => Ended) | undefined {
  const way = WAYS.find((one) => run([...one, "mount", "-t", "tmpfs", "none", "/var/log"]).status === 0);
  return way && ((logs, command) => run([...way, "sh", "-c", MOUNTS, logs, ...command]));
}
