// Programs that hand out a log on their standard output: journalctl, log. They are started without a shell, their
// output is read no faster than it is used, and none of them outlives the reading.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { reasonOf } from "../errors.ts";
import { type ByteReader, streamReader } from "./lines.ts";

export interface Command {
  /** A path, or a name that is looked up in `env.PATH`. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long it may say nothing while its output is waited for. */
  readonly silenceMs: number;
}

/** What was seen of a program when it ended. */
export interface CommandEnd {
  /** Exit status; null when a signal ended it or it never ran. */
  readonly code: number | null;
  /** The lines of its standard error, printable and bounded; blank ones left out. */
  readonly complaints: readonly string[];
  /** Why it could not be started. */
  readonly failure?: { readonly missing: boolean; readonly reason: string };
  /** Why it was stopped: it said nothing for too long, or nobody wanted the rest. */
  readonly stopped?: "silent" | "unwanted";
}

export interface RunningCommand {
  /** Its standard output. Closing it before its end stops the program. */
  readonly output: ByteReader;
  /** Resolves when the program is gone; asked for after its output was read or closed. Never rejects. */
  ended(): Promise<CommandEnd>;
}

/** Where the programs of a system lie, for a caller without PATH. */
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
/** How long a program that was asked to end may take before it is killed. */
const GRACE_MS = 2_000;
/** How long standard error is waited for when the program is gone: a child of it may hold it open. */
const LAST_WORDS_MS = 250;
/** More of what it complains about is read and dropped. */
const COMPLAINTS = 8192;
const LONGEST_COMPLAINT = 200;

/** Starts a program. `signal` ends it. */
export function startCommand({ path, args, env, silenceMs }: Command, signal: AbortSignal): RunningCommand {
  // Only what it needs: a variable of the caller may not change what it prints (SYSTEMD_COLORS, JOURNAL_STREAM, ...).
  const child = spawn(path, args, {
    env: { LC_ALL: "C", TZ: "UTC", PATH: env.PATH ?? SYSTEM_PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stopped: CommandEnd["stopped"];
  let isRead = false;
  const stop = (why: "silent" | "unwanted") => {
    if (stopped !== undefined) return;
    stopped = why;
    end(child);
  };
  const abort = () => stop("unwanted");
  const gone = seeOff(child).then((seen) => {
    signal.removeEventListener("abort", abort);
    return seen;
  });
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });

  const bytes = streamReader(child.stdout);
  return {
    output: {
      async read(into, at, length) {
        const timer = setTimeout(stop, silenceMs, "silent");
        try {
          const read = stopped === undefined ? await bytes.read(into, at, length) : 0;
          isRead ||= read === 0;
          return read;
        } catch {
          // The pipe was closed by `stop`, or the program never ran: its end says which.
          isRead = true;
          return 0;
        } finally {
          clearTimeout(timer);
        }
      },
      close() {
        if (!isRead) stop("unwanted");
        bytes.close();
      },
    },
    async ended() {
      const timer = setTimeout(stop, silenceMs, "silent");
      const seen = await gone;
      clearTimeout(timer);
      return stopped === undefined ? seen : { ...seen, stopped };
    },
  };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Asks the program to end, then makes it. Its own children may hold the pipes open: nobody waits for them. */
function end(child: Child): void {
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  const calm = () => clearTimeout(force);
  child.once("exit", calm).once("error", calm);
  child.stdout.destroy();
  child.stderr.destroy();
}

function seeOff(child: Child): Promise<CommandEnd> {
  return new Promise((resolve) => {
    let text = "";
    let code: number | null = null;
    const tell = () => resolve({ code, complaints: complaintsIn(text) });
    child.once("error", (error: NodeJS.ErrnoException) => {
      // A program that runs can fail to be killed, too: then its exit is still to come.
      if (child.pid !== undefined) return;
      const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
      resolve({ code: null, complaints: [], failure: { missing, reason: reasonOf(error) } });
    });
    child.once("exit", (status) => {
      code = status;
      const timer = setTimeout(() => {
        child.stderr.destroy();
        tell();
      }, LAST_WORDS_MS);
      child.stderr.once("close", () => {
        clearTimeout(timer);
        tell();
      });
      if (child.stderr.closed) {
        clearTimeout(timer);
        tell();
      }
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      if (text.length < COMPLAINTS) text += part.slice(0, COMPLAINTS - text.length);
    });
  });
}

/** What moves a cursor or ends a line: a program repeats names of files, and of whatever it found in them. */
const UNPRINTABLE = /[\s\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

function complaintsIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(UNPRINTABLE, " ").trim())
    .filter((line) => line !== "")
    .map((line) => (line.length <= LONGEST_COMPLAINT ? line : `${line.slice(0, LONGEST_COMPLAINT - 1)}\u2026`));
}

/** Reads a program's whole output, at most `limit` bytes of it. */
export async function runCommand(
  command: Command,
  signal: AbortSignal,
  limit: number,
): Promise<CommandEnd & { readonly text: string }> {
  const { output, ended } = startCommand(command, signal);
  const into = Buffer.alloc(limit);
  let held = 0;
  while (held < limit) {
    const read = await output.read(into, held, limit - held);
    if (read === 0) break;
    held += read;
  }
  output.close();
  return { ...(await ended()), text: into.toString("utf8", 0, held) };
}
