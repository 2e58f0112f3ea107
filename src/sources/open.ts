// Opens a log for reading: only regular files, never blocking on a pipe or a device, plain or gzip by the first bytes.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ByteReader } from "./lines.ts";

export type Compression = "plain" | "gzip" | "bzip2" | "xz" | "zstd";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/** No log compresses this well: what does is made to fill memory or time (a "bomb"). */
const BOMB_RATIO = 250;
const BOMB_BYTES = 1024 * 1024 * 1024;

/** A regular file as it was when it was opened. */
export interface OpenLog {
  readonly path: string;
  readonly compression: Compression;
  readonly size: number;
  readonly modifiedAt: number;
  /** Device and inode: the same file under two names is one file. */
  readonly identity: string;
}

/** Why a log cannot be read: `missing` when there is no such file, else `unreadable`. `note` says what to do. */
export class CannotOpen extends Error {
  readonly status: "missing" | "unreadable";
  constructor(status: "missing" | "unreadable", note: string) {
    super(note);
    this.status = status;
  }
}

/** Looks at a file without keeping it open. @throws CannotOpen */
export function inspectLog(path: string): OpenLog {
  const fd = openRegular(path);
  try {
    const stat = fstatSync(fd, { bigint: true });
    const head = Buffer.alloc(6);
    const length = readSync(fd, head, 0, head.length, 0);
    const compression = MAGIC.find(([, magic]) => magic.every((byte, i) => i < length && head[i] === byte))?.[0];
    return {
      path,
      compression: compression ?? "plain",
      size: Number(stat.size),
      modifiedAt: Number(stat.mtimeMs),
      identity: `${stat.dev}:${stat.ino}`,
    };
  } finally {
    closeSync(fd);
  }
}

function openRegular(path: string): number {
  let fd: number;
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer for ever.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException);
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return fd;
  closeSync(fd);
  const what = stat.isDirectory() ? "a directory" : stat.isFIFO() ? "a named pipe" : "a device or socket";
  throw new CannotOpen("unreadable", `is ${what}, not a log file`);
}

function explain(error: NodeJS.ErrnoException): CannotOpen {
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CannotOpen("missing", "does not exist");
    case "EACCES":
    case "EPERM":
      return new CannotOpen("unreadable", "permission denied (run as root, or as a member of adm, or admin on macOS)");
    case "ELOOP":
      return new CannotOpen("unreadable", "is a loop of symbolic links");
    default:
      return new CannotOpen("unreadable", `cannot be opened: ${error.code ?? error.message}`);
  }
}

/** What `reader` learned about its file once it came to its end. */
export interface ReadOutcome {
  /** Set when the file is cut or corrupt; what came before was delivered. */
  damage?: string;
  /** Set when the file became shorter while it was read. */
  shrank?: true;
}

/** Opens the bytes of a plain or gzip log. @throws CannotOpen */
export function openBytes(log: OpenLog, outcome: ReadOutcome): ByteReader {
  const fd = openRegular(log.path);
  return log.compression === "gzip" ? gunzipReader(fd, log, outcome) : plainReader(fd, outcome);
}

/** Lets `use` look at parts of a plain log: `part(from, length)` is latin1 text, shorter at the end. @throws CannotOpen */
export function readParts<T>(log: OpenLog, use: (part: (from: number, length: number) => string) => T): T {
  const fd = openRegular(log.path);
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    return use((from, length) => buffer.toString("latin1", 0, readSync(fd, buffer, 0, Math.min(length, buffer.length), from)));
  } finally {
    closeSync(fd);
  }
}

/** Reads what the file holds now; what is appended meanwhile is for the next run, so a growing log has an end. */
function plainReader(fd: number, outcome: ReadOutcome): ByteReader {
  const size = fstatSync(fd).size;
  let position = 0;
  return {
    read(into, at, length) {
      const wanted = Math.min(length, size - position);
      if (wanted <= 0) return 0;
      let read: number;
      try {
        read = readSync(fd, into, at, wanted, position);
      } catch (error) {
        outcome.damage = `cannot be read past byte ${position}: ${(error as NodeJS.ErrnoException).code ?? "I/O error"}`;
        return 0;
      }
      if (read === 0) outcome.shrank = true;
      position += read;
      return read;
    },
    close: () => closeSync(fd),
  };
}

/**
 * Streams a gzip file of any number of members. After an error the file is read once more from where delivery
 * stopped, in small pieces: zlib withholds the last part of a large output buffer when the data behind it is bad, and
 * those lines are good.
 */
function gunzipReader(fd: number, log: OpenLog, outcome: ReadOutcome): ByteReader {
  const pieces = inflate(fd, log, outcome);
  let piece: Buffer | undefined;
  let used = 0;
  return {
    async read(into, at, length) {
      while (piece === undefined || used === piece.length) {
        const next = await pieces.next();
        if (next.done === true) return 0;
        piece = next.value;
        used = 0;
      }
      const copied = piece.copy(into, at, used, Math.min(piece.length, used + length));
      used += copied;
      return copied;
    },
    close() {
      void pieces.return(undefined);
    },
  };
}

async function* inflate(fd: number, log: OpenLog, outcome: ReadOutcome): AsyncGenerator<Buffer, undefined> {
  let delivered = 0;
  try {
    for (const chunkSize of [1024 * 1024, 512]) {
      const input = Readable.from(chunksOf(fd), { objectMode: true });
      const gunzip = createGunzip({ chunkSize });
      input.on("error", (error) => gunzip.destroy(error));
      let skip = delivered;
      try {
        for await (const chunk of input.pipe(gunzip) as AsyncIterable<Buffer>) {
          const fresh = skip < chunk.length ? chunk.subarray(skip) : undefined;
          skip = Math.max(0, skip - chunk.length);
          if (fresh === undefined) continue;
          delivered += fresh.length;
          if (delivered > BOMB_BYTES && delivered > BOMB_RATIO * log.size) {
            outcome.damage = `grows to more than ${BOMB_RATIO} times its size: reading was stopped`;
            return;
          }
          yield fresh;
        }
        return;
      } catch (error) {
        outcome.damage = describeDamage(error as NodeJS.ErrnoException);
      } finally {
        input.destroy();
        gunzip.destroy();
      }
    }
  } finally {
    closeSync(fd);
  }
}

function* chunksOf(fd: number): Generator<Buffer> {
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(256 * 1024);
    const read = readSync(fd, chunk, 0, chunk.length, position);
    if (read === 0) return;
    position += read;
    yield chunk.subarray(0, read);
  }
}

function describeDamage(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "Z_BUF_ERROR":
      return "the compressed file is cut: what could be read is used";
    case "Z_DATA_ERROR":
      return "the compressed file is damaged (checksum or data error): what could be read is used";
    default:
      return `cannot be read to its end: ${error.code ?? error.message}`;
  }
}
