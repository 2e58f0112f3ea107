// Where secrets come from: a file, an environment variable, a credential that systemd hands over, a program. Never the
// config itself, which gets shown around.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Exit, ReportError } from "../errors.ts";
import type { SecretConfig } from "./config.ts";
import { errorCode, fileReason } from "./text-file.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A password is one short line; anything longer was named by mistake. */
const MAX_SECRET_BYTES = 4096;

/** A keychain or a password store answers at once, or asks a person who is not there at night. */
const COMMAND_MS = 10_000;

/**
 * Reads a secret. To be called when it is about to be used, so that previews and `parse` need none.
 *
 * @param purpose the config's key without its ending: of `mail.smtp.password_file` and `mail.smtp.password_command` it
 * is `mail.smtp.password`
 * @throws ReportError Exit.Config, never with the secret in its text
 */
export async function resolveSecret(
  where: SecretConfig,
  env: Env,
  purpose: string,
  commandMs = COMMAND_MS,
): Promise<string> {
  switch (where.kind) {
    case "file":
      return fromFile(where.path, env, `${purpose}_file`);
    case "env":
      return fromVariable(where.name, env, `${purpose}_env`);
    case "credential":
      return fromCredential(where.name, env, `${purpose}_credential`);
    case "command":
      return fromCommand(where.argv, env, `${purpose}_command`, commandMs);
  }
}

function fromVariable(name: string, env: Env, key: string): string {
  const value = env[name];
  if (value === undefined) throw problem(`environment variable ${name} is not set (${key} names it)`);
  return oneSecret(value, `environment variable ${name}`);
}

function fromCredential(name: string, env: Env, key: string): string {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw problem(`${key} is no name of a credential (write the one that LoadCredential= gives it in the unit)`);
  }
  const folder = env.CREDENTIALS_DIRECTORY;
  if (!folder) {
    throw problem(
      `${key}: no credentials here (add LoadCredential=${name}:/its/path to the systemd unit that runs this)`,
    );
  }
  return fromFile(join(folder, name), env, key);
}

function fromFile(path: string, env: Env, key: string): string {
  let fd: number;
  try {
    // Opened without waiting, because opening a named pipe that nobody writes to would never return.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw problem(`cannot read ${path}: ${fileReason(error)} (${key} names it)`);
  }
  try {
    // The open file is asked, not its name, which could stand for another file a moment later.
    const status = fstatSync(fd);
    if (!status.isFile()) throw problem(`${path} is no regular file (${key} names it)`);
    // systemd makes its credentials 0400 or 0440, in a folder that only the unit's user can enter.
    const mayBeOpenTo = dirname(path) === env.CREDENTIALS_DIRECTORY?.replace(/\/+$/, "") ? 0o040 : 0;
    if ((status.mode & 0o077 & ~mayBeOpenTo) !== 0) {
      throw problem(`${path} can be read by others (run: chmod 600 ${path})`);
    }
    // Its size is not asked: some file systems say 0.
    const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    return oneSecret(buffer.subarray(0, length), path);
  } finally {
    closeSync(fd);
  }
}

async function fromCommand(command: readonly string[], env: Env, key: string, limitMs: number): Promise<string> {
  const [program, ...args] = command;
  if (!program) throw problem(`${key} is empty (write the program and its arguments)`);
  // The arguments are not shown: one of them may be a secret. Nor is what it says on standard error, for the same reason.
  const what = `${key}: ${basename(program)}`;
  let child: ChildProcess;
  try {
    child = spawn(program, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    throw problem(`${what} cannot be run with these arguments (remove control characters)`);
  }
  const end = await run(child, limitMs);
  switch (end.kind) {
    case "not started":
      throw problem(`${what} cannot be run: ${end.reason} (write its whole path, and let this user run it)`);
    case "too long":
      throw problem(`${what} did not end within ${limitMs / 1000} s (run it by hand: it may be asking something)`);
    case "ended": {
      const status = end.code === null ? "was killed" : `ended with status ${end.code}`;
      if (end.code !== 0) throw problem(`${what} ${status} (run it by hand, as the same user, to see why)`);
      return oneSecret(end.output, `the output of ${basename(program)} (${key})`);
    }
  }
}

type End =
  | { readonly kind: "not started"; readonly reason: string }
  | { readonly kind: "too long" }
  | { readonly kind: "ended"; readonly code: number | null; readonly output: Buffer };

function run(child: ChildProcess, limitMs: number): Promise<End> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // A child of its own may hold the output open: nobody waits for that.
      child.stdout?.destroy();
      resolve({ kind: "too long" });
    }, limitMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({
        kind: "not started",
        reason: errorCode(error) === "ENOENT" ? "there is no such program" : fileReason(error),
      });
    });
    child.stdout?.on("data", (chunk: Buffer) => {
      // One byte too many says that it is too long; the rest is read and dropped, so that the program can end.
      if (size <= MAX_SECRET_BYTES) chunks.push(chunk);
      size += chunk.length;
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ kind: "ended", code, output: Buffer.concat(chunks) });
    });
  });
}

/** Takes one line end away, no blanks: those may belong to a password. */
function oneSecret(value: string | Buffer, origin: string): string {
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES)
    throw problem(`${origin} is too large for a secret (write one line)`);
  const secret = value.toString("utf8").replace(/\r?\n$/, "");
  if (secret === "") throw problem(`${origin} is empty (put the secret there)`);
  if (/[\r\n\0]/.test(secret)) throw problem(`${origin} has more than one line (write only the secret)`);
  return secret;
}

function problem(message: string): ReportError {
  return new ReportError(Exit.Config, message);
}
