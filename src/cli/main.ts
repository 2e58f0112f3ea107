// The program: arguments in, an exit status out.
import { homedir, hostname, release } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { Exit, type ExitCode, ReportError, reasonOf } from "../errors.ts";
import { boundHeap } from "./heap.ts";
import type { Surroundings, Terminal } from "./io.ts";
import { machineId } from "./machine-id.ts";
import { runCommand } from "./program.ts";

boundHeap();

// What went wrong with an output is told where it was written; here it only must not end the process.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

/** Whoever stops a run waits no longer: systemd, launchd and a shutdown kill what goes on for too long. */
const STOP_MS = 4_000;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    stop.abort(signal);
    // A program that was asked for a password may still run. What was stored is whole at any time.
    setTimeout(() => process.exit(process.exitCode ?? Exit.Later), STOP_MS).unref();
  });
}

const terminal: Terminal = {
  async print(text) {
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((written) => {
      process.stdout.write(text, written);
    });
    if (!error) return true;
    if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return false;
    throw new ReportError(Exit.CannotWrite, `cannot write to standard output: ${reasonOf(error)}`, { cause: error });
  },
  say: (line) => void process.stderr.write(`${line}\n`),
  progress: process.stderr.isTTY ? (text) => void process.stderr.write(`\r\x1b[K${text}`) : undefined,
  isTerminal: process.stdout.isTTY === true,
  attended: Boolean(process.stdout.isTTY || process.stderr.isTTY),
  stdin: process.stdin,
};

// Not performance.now(): what it needs takes some milliseconds to load.
const began = process.uptime();
const surroundings: Surroundings = {
  io: {
    now: Date.now(),
    isClockTold: false,
    elapsed: () => Math.floor((process.uptime() - began) * 1000),
    get machineId() {
      return machineId();
    },
    env: process.env,
    hostname: hostname(),
    pid: process.pid,
    platform: process.platform,
    release: release(),
    home: homeFolder(),
    signal: stop.signal,
  },
  terminal,
  uid: process.getuid?.(),
  // Ten milliseconds, and ioreg on macOS: a command that asks for neither does not wait for them.
  get timeZone() {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  },
  async waitUntil(at) {
    const ms = at - Date.now();
    if (ms > 0) await delay(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  },
};

let finished = false;
// Node ends when nothing is left that could wake it, also while something is awaited: with 13, and without a word.
process.on("exit", (code) => {
  if (finished || code !== Exit.Ok) return;
  terminal.say("logdigest: this is a bug, please report it: the run stopped in the middle");
  process.exitCode = Exit.Bug;
});
process.exitCode = await finish();
finished = true;

/** A user that no list of users knows, as in a container, has none; nothing lies there then. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return "/nonexistent";
  }
}

/** Turns what was thrown into one line and a status: a known error into its own, anything else into a bug's. */
async function finish(): Promise<ExitCode> {
  try {
    return await runCommand(process.argv.slice(2), surroundings);
  } catch (thrown) {
    if (thrown instanceof ReportError) {
      terminal.say(`logdigest: ${thrown.message}`);
      return thrown.exit;
    }
    // On one line too: cron mails it, and a log keeps it together.
    const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    terminal.say(`logdigest: this is a bug, please report it: ${trace.replace(/\s*\n\s*/g, " | ")}`);
    return Exit.Bug;
  }
}
