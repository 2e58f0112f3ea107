// Delivery into a Maildir: one file a message, read by mutt, Dovecot and any mail program that knows folders on disk.
// Format and naming: https://cr.yp.to/proto/maildir.html

import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { reasonOf } from "../errors.ts";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { withUnixLineEnds } from "./line-ends.ts";
import { oneLine } from "./one-line.ts";

export interface MaildirOptions {
  /** The folder that holds (or will hold) `tmp`, `new` and `cur`. */
  readonly path: string;
  /** Name of this machine, part of the file's name. */
  readonly host: string;
  /** This process and the time, which make the file's name unique; UTC epoch milliseconds. */
  readonly pid: number;
  readonly now: number;
}

type Outcome = Pick<Receipt, "result" | "text">;

/**
 * Returns a deliverer that puts one file into the Maildir, readable by its owner only, whatever the number of
 * recipients. The text of an accepted receipt is the path of that file.
 */
export function maildirDeliverer(options: MaildirOptions): Deliverer {
  // Absolute, because a receipt outlives the working directory of the run.
  const root = resolve(options.path);
  let count = 0;
  return {
    channel: "maildir",
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      count += 1;
      const outcome = await store(root, uniqueName(options, count), withUnixLineEnds(message.raw), signal);
      return message.to.map((to) => ({ to, ...outcome }));
    },
  };
}

/** `SECONDS.R<random>P<pid>Q<count>.HOST`; slash and colon have a meaning in the name, so they are written in octal. */
function uniqueName({ host, pid, now }: MaildirOptions, count: number): string {
  const name = oneLine(host).replaceAll("/", "\\057").replaceAll(":", "\\072");
  return `${Math.floor(now / 1000)}.R${randomBytes(8).toString("hex")}P${pid}Q${count}.${name}`;
}

/** A reader sees a message in `new` whole or not at all, and after a power cut it is still there. */
async function store(root: string, name: string, content: Buffer, signal: AbortSignal): Promise<Outcome> {
  const written = join(root, "tmp", name);
  const delivered = join(root, "new", name);
  try {
    signal.throwIfAborted();
    for (const folder of ["tmp", "new", "cur"]) await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    const file = await open(written, "wx", 0o600);
    try {
      await file.writeFile(content, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(written, delivered);
  } catch (thrown) {
    await rm(written, { force: true }).catch(() => undefined);
    if (signal.aborted) return { result: "later", text: `stopped before the message was written to ${root}` };
    return { result: "later", text: `cannot write to ${root}: ${explain(thrown)}` };
  }
  try {
    await syncFolder(join(root, "new"));
  } catch (thrown) {
    return { result: "unknown", text: `wrote ${delivered}, but it may be lost in a power cut: ${explain(thrown)}` };
  }
  return { result: "accepted", text: delivered };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (thrown) {
    // Some network file systems cannot sync a folder; they have their own order of writing.
    if (!["EINVAL", "ENOTSUP"].includes(codeOf(thrown))) throw thrown;
  } finally {
    await folder.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on the device (make room there)",
  EDQUOT: "the disk quota is used up (make room there or raise the quota)",
  EACCES: "permission denied (let the user that runs logdigest write there)",
  EPERM: "operation not permitted (let the user that runs logdigest write there)",
  EROFS: "the file system is read-only (mount it writable, or set mail.maildir.path elsewhere)",
  ENOTDIR: "a part of the path is a file (correct mail.maildir.path)",
  EEXIST: "a part of the path is a file (correct mail.maildir.path)",
  EXDEV: "its folders tmp and new are on different file systems (put them on one)",
};

function explain(thrown: unknown): string {
  return REASONS[codeOf(thrown)] ?? oneLine(reasonOf(thrown));
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
