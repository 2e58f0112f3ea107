import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { Exit, ReportError } from "../errors.ts";
import { fileReason } from "./text-file.ts";

/** A password is one short line; anything longer was named by mistake. */
const MAX_SECRET_BYTES = 4096;

/**
 * Reads the SMTP password. To be called when mail is about to be sent, so that previews and `parse` need no secret.
 *
 * @returns undefined when the config names neither a file nor a variable
 * @throws ReportError Exit.Config, never with the secret in its text
 */
export function readSecret(
  where: { readonly passwordFile?: string | undefined; readonly passwordEnv?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (where.passwordFile !== undefined) return secretFromFile(where.passwordFile);
  if (where.passwordEnv === undefined) return undefined;
  const origin = `environment variable ${where.passwordEnv}`;
  const value = env[where.passwordEnv];
  if (value === undefined) throw problem(`${origin} is not set (mail.smtp.password_env names it)`);
  return oneLine(value, origin);
}

function secretFromFile(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw problem(`cannot read ${path}: ${fileReason(error)} (mail.smtp.password_file names it)`);
  }
  try {
    // The open file is asked, not its name, which could stand for another file a moment later.
    const status = fstatSync(fd);
    if (!status.isFile()) throw problem(`${path} is no regular file (mail.smtp.password_file names it)`);
    if ((status.mode & 0o077) !== 0) throw problem(`${path} can be read by others (run: chmod 600 ${path})`);
    if (status.size > MAX_SECRET_BYTES) throw problem(`${path} is too large for a password (write one line)`);
    return oneLine(readFileSync(fd, "utf8"), path);
  } finally {
    closeSync(fd);
  }
}

function oneLine(text: string, origin: string): string {
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw problem(`${origin} is empty (put the SMTP password there)`);
  if (/[\r\n\0]/.test(secret)) throw problem(`${origin} has more than one line (write only the password)`);
  return secret;
}

function problem(message: string): ReportError {
  return new ReportError(Exit.Config, message);
}
