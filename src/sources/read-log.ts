// Reads the text of a log that was looked at, plain or compressed.
import { closeSync, fstatSync, readSync } from "node:fs";
import type { ByteReader } from "./lines.ts";
import { type OpenLog, openAgain } from "./open.ts";
import { decompressedReader, type ReadOutcome } from "./packed/decompress.ts";
import type { Part } from "./part.ts";

/** What is only counted is read in larger blocks: it becomes no string. */
const COUNTED = 256 * 1024;

/** What becomes of a last line that has no line end: the writer may be in the middle of it. */
export type LastLine = "read" | "left";

/** Opens the bytes of a log's text, or of a part of a plain one. @throws CannotOpen, Moved */
export function openBytes(
  log: OpenLog,
  outcome: ReadOutcome,
  lastLine: LastLine = "read",
  part?: Pick<Part, "from" | "to">,
): ByteReader {
  const fd = openAgain(log);
  return log.compression === "plain"
    ? plainReader(fd, log, outcome, lastLine, part)
    : decompressedReader(fd, log, outcome);
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

/**
 * Reads what the file holds now; what is appended meanwhile is for the next run, so a growing log has an end. A file
 * that is truncated under our hands, perhaps to grow again, begins otherwise: what was read since is not handed out.
 */
function plainReader(
  fd: number,
  log: OpenLog,
  outcome: ReadOutcome,
  lastLine: LastLine,
  { from, to }: Pick<Part, "from" | "to"> = { from: 0, to: undefined },
): ByteReader {
  const { size } = fstatSync(fd);
  const end = to ?? (lastLine === "left" ? endOfLines(fd, size) : size);
  let position = from;
  let users = from === 0 ? 1 : 2;
  const close = () => {
    if (--users === 0) closeSync(fd);
  };
  return {
    leftOut: from === 0 ? undefined : { countLines: () => countLines(fd, from), close },
    read(into, at, length) {
      const wanted = Math.min(length, end - position);
      try {
        const read = wanted > 0 ? readSync(fd, into, at, wanted, position) : 0;
        if (beginsWith(fd, log.head) && (read > 0 || wanted <= 0)) {
          position += read;
          return read;
        }
        outcome.shrank = true;
      } catch (error) {
        outcome.damage = `cannot be read past byte ${position}: ${(error as NodeJS.ErrnoException).code}`;
      }
      return 0;
    },
    get brokeOff() {
      return outcome.shrank;
    },
    close,
  };
}

/** Counts the line ends of the first bytes of a file. */
async function countLines(fd: number, end: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(end, COUNTED));
  let lines = 0;
  for (let at = 0, blocks = 1; at < end; blocks++) {
    // Let timers and signals have their turn now and then.
    if (blocks % 64 === 0) await new Promise(setImmediate);
    const block = buffer.subarray(0, readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at));
    if (block.length === 0) break;
    for (let newline = block.indexOf(10); newline >= 0; newline = block.indexOf(10, newline + 1)) lines++;
    at += block.length;
  }
  return lines;
}

/** Returns where the last whole line of a file of `size` bytes ends. */
function endOfLines(fd: number, size: number): number {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - buffer.length);
    let read: number;
    try {
      read = readSync(fd, buffer, 0, end - from, from);
    } catch {
      // A bad block: reading comes to it and says so.
      return size;
    }
    const newline = buffer.subarray(0, read).lastIndexOf(10);
    if (newline >= 0) return from + newline + 1;
    end = from;
  }
  return 0;
}

function beginsWith(fd: number, head: Buffer): boolean {
  const found = Buffer.allocUnsafe(head.length);
  return readSync(fd, found, 0, found.length, 0) === head.length && found.equals(head);
}
