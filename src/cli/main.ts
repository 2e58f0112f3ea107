// The program: arguments in, an exit status out.
import { hostname, homedir, release } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { Exit, type ExitCode, ReportError } from "../errors.ts";
import type { Surroundings, Terminal } from "./io.ts";
import { runCommand } from "./program.ts";

/** A reader that closed its end, as `head` does. */
let outputClosed = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  outputClosed = true;
});

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop.abort(signal));

const terminal: Terminal = {
  async print(text) {
    if (outputClosed || process.stdout.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        process.stdout.off("drain", done).off("close", done).off("error", done);
        resolve();
      };
      process.stdout.on("drain", done).on("close", done).on("error", done);
    });
  },
  say: (line) => void process.stderr.write(`${line}\n`),
  progress: process.stderr.isTTY ? (text) => void process.stderr.write(`\r\x1b[K${text}`) : undefined,
  attended: Boolean(process.stdout.isTTY || process.stderr.isTTY),
  stdin: process.stdin,
};

const surroundings: Surroundings = {
  io: {
    now: Date.now(),
    env: process.env,
    hostname: hostname(),
    pid: process.pid,
    platform: process.platform,
    release: release(),
    signal: stop.signal,
  },
  terminal,
  home: homedir(),
  uid: process.getuid?.(),
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  async waitUntil(at) {
    const ms = at - Date.now();
    if (ms > 0) await delay(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  },
};

process.exitCode = await finish();

/** Turns what was thrown into one line and a status: a known error into its own, anything else into a bug's. */
async function finish(): Promise<ExitCode> {
  try {
    return await runCommand(process.argv.slice(2), surroundings);
  } catch (thrown) {
    if (thrown instanceof ReportError) {
      terminal.say(`logdigest: ${thrown.message}`);
      return thrown.exit;
    }
    terminal.say(`logdigest: this is a bug, please report it: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    return Exit.Bug;
  }
}
