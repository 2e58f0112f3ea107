// Delivery through the sendmail program of this machine: exim, Postfix, OpenSMTPD, msmtp, dma and sendmail itself
// all bring one. It takes the message on standard input and answers with an exit status of sysexits.h.

import { type ChildProcess, spawn } from "node:child_process";
import { reasonOf } from "../errors.ts";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { withUnixLineEnds } from "./line-ends.ts";
import { oneLine } from "./one-line.ts";

export interface SendmailOptions {
  /** The program, for example `/usr/sbin/sendmail`. */
  readonly path: string;
  /** How long the program may take; default 60 s. */
  readonly timeoutMs?: number | undefined;
}

/** "Temporary failure; the user is invited to retry", sysexits.h. */
const EX_TEMPFAIL = 75;

/** How long a program that was asked to end may take before it is killed. */
const GRACE_MS = 2_000;

type Outcome = Pick<Receipt, "result" | "text">;

/** Returns a deliverer that runs the program once for all recipients, without a shell. */
export function sendmailDeliverer({ path, timeoutMs = 60_000 }: SendmailOptions): Deliverer {
  return {
    channel: "sendmail",
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      const outcome = optionLike(message) ?? (await run(path, message, timeoutMs, signal));
      return message.to.map((to) => ({ to, ...outcome }));
    },
  };
}

/** `--` ends the options for every getopt and for exim; an address that looks like one is refused before that matters. */
function optionLike({ from, to }: Message): Outcome | undefined {
  const address = [from, ...to].find((each) => each.startsWith("-"));
  if (address === undefined) return undefined;
  return { result: "refused", text: `${oneLine(address)} begins with a dash (correct mail.from or mail.to)` };
}

/** What was seen of the program when it ended. */
interface End {
  readonly code: number | null;
  readonly complaint: string;
  /** The whole message was written and the input closed, so the program may have queued it. */
  readonly fed: boolean;
}

async function run(path: string, message: Message, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return { result: "later", text: "stopped before the message was sent" };
  // `-i`: a line with a single dot does not end the message.
  const child = spawn(path, ["-i", "-f", message.from, "--", ...message.to], { stdio: ["pipe", "ignore", "pipe"] });
  let stopped = false;
  const stop = () => {
    stopped = true;
    end(child);
  };
  const timer = setTimeout(stop, timeoutMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return judge(path, await feed(child, withUnixLineEnds(message.raw)), stopped);
  } catch (thrown) {
    return judgeStart(path, thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Asks the program to end, then makes it. Its children may hold standard error open: nobody waits for them. */
function end(child: ChildProcess): void {
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  child.once("exit", () => clearTimeout(force));
  child.stderr?.destroy();
}

/** Writes the message and waits for the program. Rejects when it could not be started. */
function feed(child: ChildProcess, content: Buffer): Promise<End> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    let fed = false;
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code !== 0) return;
      // A mailer that delivers in the background may keep standard error open, and this process with it.
      child.stderr?.destroy();
      resolve({ code, complaint, fed });
    });
    child.once("close", (code) => resolve({ code, complaint, fed }));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // Enough for the first line; the rest is read and dropped, so that the program does not wait.
      if (complaint.length < 4096) complaint += text;
    });
    // EPIPE: it ended without reading all; what it says then is in its exit status.
    child.stdin?.on("error", () => undefined);
    child.stdin?.once("finish", () => {
      fed = true;
    });
    child.stdin?.end(content);
  });
}

function judge(path: string, { code, complaint, fed }: End, stopped: boolean): Outcome {
  const firstLine = complaint.split("\n").find((line) => line.trim() !== "");
  const said = firstLine === undefined ? "" : `: ${oneLine(firstLine)}`;
  if (code === 0 && fed) return { result: "accepted", text: `${path} took the message` };
  if (code === 0) return { result: "unknown", text: `${path} ended well but did not read the whole message` };
  if (code === EX_TEMPFAIL) return { result: "later", text: `${path} cannot send now (exit status 75)${said}` };
  if (code !== null) return { result: "refused", text: `${path} refused the message (exit status ${code})${said}` };
  const why = stopped ? "was stopped" : "was killed";
  if (fed) return { result: "unknown", text: `${path} ${why} after it had the message, which may have left${said}` };
  return { result: "later", text: `${path} ${why} before it had the whole message${said}` };
}

function judgeStart(path: string, thrown: unknown): Outcome {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "ENOENT") {
    return { result: "refused", text: `${path} does not exist (install a mail server, or set mail.transport)` };
  }
  if (code === "EACCES") {
    return { result: "refused", text: `${path} may not be run (make it executable, or set mail.transport)` };
  }
  return { result: "later", text: `cannot run ${path}: ${oneLine(reasonOf(thrown))}` };
}
