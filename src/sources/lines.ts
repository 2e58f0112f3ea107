// Cuts a stream of bytes into batches of whole lines, in constant memory.
import type { LineClock } from "../window/line-clock.ts";
import type { Batch } from "./source.ts";

/** 64 KiB reads are the fastest here: larger strings go to the large-object space and cost page faults. */
export const CHUNK = 64 * 1024;
/** A longer line is skipped and counted: no daemon whose lines matter writes one, and memory stays bounded. */
export const LONGEST_LINE = 64 * 1024;

/** Bytes of one file, decompressed. Fills `into` from `at` on and returns how many bytes came; 0 at the end. */
export interface ByteReader {
  read(into: Buffer, at: number, length: number): number | Promise<number>;
  close(): void;
}

/** Reads what comes through a pipe. */
export function streamReader(stream: NodeJS.ReadableStream): ByteReader {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let chunk = Buffer.alloc(0);
  return {
    async read(into, at, length) {
      while (chunk.length === 0) {
        const next = await chunks.next();
        if (next.done) return 0;
        chunk = next.value as Buffer<ArrayBuffer>;
      }
      const copied = chunk.copy(into, at, 0, length);
      chunk = chunk.subarray(copied);
      return copied;
    },
    close: () => void chunks.return?.(),
  };
}

export interface LineCounts {
  bytes: number;
  lines: number;
  overlong: number;
}

/** Yields the lines of `reader` in batches; closes it at the end, also when the consumer stops early. */
export async function* readLines(
  reader: ByteReader,
  file: string,
  clock: LineClock,
  counts: LineCounts,
): AsyncGenerator<Batch> {
  const work = Buffer.allocUnsafe(LONGEST_LINE + CHUNK);
  const starts = new Uint32Array(work.length + 1);
  const ends = new Uint32Array(work.length + 1);
  let held = 0;
  let skipping = false;
  let line = 1;
  let sinceBreath = 0;
  try {
    for (;;) {
      const read = await reader.read(work, held, CHUNK);
      counts.bytes += read;
      sinceBreath += read;
      const filled = held + read;
      const lastNewline = read === 0 ? filled - 1 : work.lastIndexOf(10, filled - 1);
      if (lastNewline < 0) {
        if (read === 0) return;
        // No line ends here yet: keep the beginning, unless it is a hole of NULs or longer than any line may be.
        held = skipping ? 0 : dropLeadingNuls(work, filled);
        if (held > LONGEST_LINE) {
          skipping = true;
          held = 0;
        }
        continue;
      }
      const text = work.toString("latin1", 0, lastNewline + 1);
      let count = 0;
      let position = 0;
      if (skipping) {
        skipping = false;
        counts.overlong++;
        counts.lines = line++;
        position = text.indexOf("\n") + 1;
        if (position === 0) return;
      }
      while (position < text.length) {
        const newline = text.indexOf("\n", position);
        let end = newline < 0 ? text.length : newline;
        const next = end + 1;
        // The hole that copytruncate leaves when the writer does not append.
        while (position < end && text.charCodeAt(position) === 0) position++;
        while (end > position && isLineTrash(text.charCodeAt(end - 1))) end--;
        if (end - position > LONGEST_LINE) {
          counts.overlong++;
          end = position;
        }
        starts[count] = position;
        ends[count++] = end;
        position = next;
      }
      const firstLine = line;
      line += count;
      counts.lines = line - 1;
      held = filled - (lastNewline + 1);
      if (held > 0) work.copyWithin(0, lastNewline + 1, filled);
      if (count > 0) yield { file, text, starts, ends, count, firstLine, clock };
      if (read === 0) return;
      if (sinceBreath > 4 * 1024 * 1024) {
        // Plain files are read synchronously: let timers and signals have their turn now and then.
        sinceBreath = 0;
        await new Promise(setImmediate);
      }
    }
  } finally {
    reader.close();
  }
}

/** CR of a CR LF line end, or the NULs that a crash leaves behind a line. */
function isLineTrash(code: number): boolean {
  return code === 13 || code === 0;
}

/** Removes the hole that copytruncate leaves before the next line; returns how many bytes remain. */
function dropLeadingNuls(work: Buffer, filled: number): number {
  if (work[0] !== 0) return filled;
  let at = 0;
  while (at < filled && work[at] === 0) at++;
  work.copyWithin(0, at, filled);
  return filled - at;
}
