import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { reasonOf } from "../errors.ts";

/** A config or an allowlist written by a person is far below this; a log named by mistake is not. */
const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * Reads a small UTF-8 text file.
 *
 * @throws the error of node:fs, with its `code`; an Error without a code when it is no regular file, larger than 1 MiB
 * or not UTF-8
 */
export function readTextFile(path: string): string {
  // Opened without waiting, because opening a named pipe that nobody writes to would never return.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Error("it is no regular file");
    const buffer = Buffer.alloc(MAX_TEXT_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_TEXT_BYTES) throw new Error("it is larger than 1 MiB");
    return decode(buffer.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}

/** Returns why a file could not be read, in words, from what node:fs or `readTextFile` threw. */
export function fileReason(thrown: unknown): string {
  switch (errorCode(thrown)) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return reasonOf(thrown);
  }
}

/** Returns the `code` of a system error, undefined for any other thrown value. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
