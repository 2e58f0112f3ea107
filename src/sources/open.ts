// Opens a log for reading: only regular files, never blocking on a pipe or a device, plain or gzip by the first bytes.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
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

/** Archives without times give their files 1970 or 1980. */
const EARLIEST_TIME = Date.UTC(2000, 0);

/** No log compresses this well: what does is made to fill memory or time (a "bomb"). */
const BOMB_RATIO = 250;
const BOMB_BYTES = 1024 * 1024 * 1024;

/** A regular file as it was when it was looked at. */
export interface OpenLog {
  readonly path: string;
  readonly compression: Compression;
  readonly size: number;
  /** Time of its last change; infinite when an archive or a copy lost it. */
  readonly modifiedAt: number;
  /** When it came to be, where the file system says it; else 0. */
  readonly bornAt: number;
  /** When its name or rights changed last, or its text. */
  readonly changedAt: number;
  /** Device and inode: the same file under two names is one file. */
  readonly identity: string;
}

/** Why a log cannot be read: `missing` when there is no such file, else `unreadable`. The message says what to do. */
export class CannotOpen extends Error {
  readonly status: "missing" | "unreadable";
  constructor(status: "missing" | "unreadable", note: string) {
    super(note);
    this.status = status;
  }
}

/** Another file has taken the name of one that was looked at: a rotation is under way. */
export class Moved extends Error {}

/** Looks at a file without keeping it open. @throws CannotOpen */
export function inspectLog(path: string): OpenLog {
  const fd = openRegular(path);
  try {
    const stat = fstatSync(fd);
    const head = Buffer.alloc(6);
    const length = readSync(fd, head, 0, head.length, 0);
    const compression = MAGIC.find(([, magic]) => magic.every((byte, i) => i < length && head[i] === byte))?.[0];
    return {
      path,
      compression: compression ?? "plain",
      size: stat.size,
      modifiedAt: timeOf(stat),
      bornAt: stat.birthtimeMs,
      changedAt: stat.ctimeMs,
      identity: identityOf(fd),
    };
  } catch (error) {
    throw new CannotOpen("unreadable", `cannot be read: ${codeOf(error)}`);
  } finally {
    closeSync(fd);
  }
}

function timeOf({ mtimeMs }: Stats): number {
  return mtimeMs < EARLIEST_TIME ? Number.POSITIVE_INFINITY : mtimeMs;
}

function openRegular(path: string): number {
  try {
    // Looked at first: to open a pipe wakes its writer, to open a device may do anything.
    const stat = statSync(path);
    if (!stat.isFile()) throw notRegular(stat);
    // O_NONBLOCK: a pipe that took the name meanwhile would be waited for, for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const opened = fstatSync(fd);
    if (opened.isFile()) return fd;
    closeSync(fd);
    throw notRegular(opened);
  } catch (error) {
    throw error instanceof CannotOpen ? error : explain(error);
  }
}

function notRegular(stat: Stats): CannotOpen {
  const what = stat.isDirectory() ? "a directory" : stat.isFIFO() ? "a named pipe" : "a device or socket";
  return new CannotOpen("unreadable", `is ${what}, not a log file`);
}

function explain(error: unknown): CannotOpen {
  const code = codeOf(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CannotOpen("missing", "does not exist");
    case "EACCES":
    case "EPERM":
      return new CannotOpen("unreadable", "permission denied (run as root, or as a member of adm, or admin on macOS)");
    case "ELOOP":
      return new CannotOpen("unreadable", "is a loop of symbolic links");
    default:
      return new CannotOpen("unreadable", `cannot be opened: ${code}`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Whole numbers of 64 bits: the inodes of some file systems do not fit into a double. */
function identityOf(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}

/** Opens the file that was looked at. @throws CannotOpen, Moved */
function openAgain(log: OpenLog): number {
  const fd = openRegular(log.path);
  if (identityOf(fd) === log.identity) return fd;
  closeSync(fd);
  throw new Moved();
}

/** What `reader` learned about its file once it came to its end. */
export interface ReadOutcome {
  /** Set when the file is cut or corrupt; what came before was delivered. */
  damage?: string;
  /** Set when the file became shorter while it was read. */
  shrank?: true;
}

/** Returns when something that is no log, or cannot be read, was changed last; undefined for a folder, which is none. */
export function changeOf(path: string): number | undefined {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return undefined;
    return timeOf(stat);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Returns the length that a gzip file says its text has: that of its last member, modulo 4 GiB; 0 when unknown. */
export function uncompressedSize(log: OpenLog): number {
  const length = Buffer.alloc(4);
  try {
    const fd = openAgain(log);
    try {
      readSync(fd, length, 0, 4, Math.max(0, log.size - 4));
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
  return length.readUInt32LE();
}

/** Opens the bytes of a plain or gzip log. @throws CannotOpen, Moved */
export function openBytes(log: OpenLog, outcome: ReadOutcome): ByteReader {
  const fd = openAgain(log);
  return log.compression === "gzip" ? gunzipReader(fd, log, outcome) : plainReader(fd, outcome);
}

/**
 * Lets `use` look at parts of a plain log: `part(from, length)` is latin1 text, shorter at the end, of 64 KiB at most.
 *
 * @throws CannotOpen, Moved
 */
export function readParts<T>(log: OpenLog, use: (part: (from: number, length: number) => string) => T): T {
  const fd = openAgain(log);
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const part = (from: number, length: number) => {
    try {
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, Math.min(length, buffer.length), from));
    } catch {
      // A bad block: whoever reads the whole file comes to it and says so.
      return "";
    }
  };
  try {
    return use(part);
  } finally {
    closeSync(fd);
  }
}

/** Reads what the file holds now; what is appended meanwhile is for the next run, so a growing log has an end. */
function plainReader(fd: number, outcome: ReadOutcome): ByteReader {
  const { size } = fstatSync(fd);
  let position = 0;
  return {
    read(into, at, length) {
      const wanted = Math.min(length, size - position);
      if (wanted <= 0) return 0;
      let read: number;
      try {
        read = readSync(fd, into, at, wanted, position);
      } catch (error) {
        outcome.damage = `cannot be read past byte ${position}: ${codeOf(error)}`;
        return 0;
      }
      if (read === 0) outcome.shrank = true;
      position += read;
      return read;
    },
    close: () => closeSync(fd),
  };
}

/** Streams a gzip file of any number of members. */
function gunzipReader(fd: number, log: OpenLog, outcome: ReadOutcome): ByteReader {
  const pieces = inflate(fd, log, outcome);
  let started = false;
  let piece: Buffer | undefined;
  let used = 0;
  return {
    async read(into, at, length) {
      while (piece === undefined || used === piece.length) {
        started = true;
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
      // A generator that never ran does not run its `finally` either.
      if (started) void pieces.return(undefined);
      else closeSync(fd);
    },
  };
}

/**
 * Compressed bytes at a time. zlib keeps to itself what it made of the piece with an error in it, and the lines before
 * the error are good: so the file is read again, with smaller pieces from that one on, down to the very byte.
 */
const PIECES = [256 * 1024, 4096, 64, 1] as const;

async function* inflate(fd: number, log: OpenLog, outcome: ReadOutcome): AsyncGenerator<Buffer, undefined> {
  let delivered = 0;
  let sound = Number.POSITIVE_INFINITY;
  try {
    for (const piece of PIECES) {
      const input = Readable.from(piecesOf(fd, sound, piece), { objectMode: true, highWaterMark: 1 });
      const gunzip = createGunzip({ chunkSize: 1024 * 1024 });
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
        // zlib takes NULs behind the last member for padding, and stops there.
        if (hasMore(fd, gunzip.bytesWritten)) {
          outcome.damage = "holds something else behind its compressed part: that was not read";
        }
        return;
      } catch (error) {
        outcome.damage = describeDamage(error as NodeJS.ErrnoException);
        sound = gunzip.bytesWritten;
      } finally {
        input.destroy();
        gunzip.destroy();
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** The largest pieces up to byte `sound`, pieces of `size` from there on. */
function* piecesOf(fd: number, sound: number, size: number): Generator<Buffer> {
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(position < sound ? Math.min(PIECES[0], sound - position) : size);
    const read = readSync(fd, chunk, 0, chunk.length, position);
    if (read === 0) return;
    position += read;
    yield chunk.subarray(0, read);
  }
}

/** True when a byte other than NUL stands at `position` or behind it. */
function hasMore(fd: number, position: number): boolean {
  const chunk = Buffer.allocUnsafe(PIECES[0]);
  for (;;) {
    const read = readSync(fd, chunk, 0, chunk.length, position);
    if (read === 0) return false;
    if (chunk.subarray(0, read).some((byte) => byte !== 0)) return true;
    position += read;
  }
}

function describeDamage(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "Z_BUF_ERROR":
      return "the compressed file is cut: what could be read is used";
    case "Z_DATA_ERROR":
      return "the compressed file is damaged (checksum or data error): what could be read is used";
    default:
      return `cannot be read to its end: ${codeOf(error)}`;
  }
}
