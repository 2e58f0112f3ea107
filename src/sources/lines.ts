// Cuts a stream of bytes into batches of whole lines, in constant memory.
import type { LineClock } from "../window/line-clock.ts";
import { bytesOf, LOOKAHEAD } from "./bytes.ts";
import type { Batch, LeftOut } from "./source.ts";

/** 64 KiB reads are the fastest here: larger strings go to the large-object space and cost page faults. */
export const CHUNK = 64 * 1024;
/** A longer line is skipped and counted: no daemon whose lines matter writes one, and memory stays bounded. */
export const LONGEST_LINE = 64 * 1024;

const BREATH = 512 * 1024;

/** Bytes of one file, decompressed. Fills `into` from `at` on and returns how many bytes came; 0 at the end. */
export interface ByteReader {
  read(into: Buffer, at: number, length: number): number | Promise<number>;
  /** What stands before its first byte, of a reader that does not begin at the beginning; to be closed too. */
  readonly leftOut?: LeftOut | undefined;
  /** The text was taken away before its end: a last line that is not whole is none. */
  readonly brokeOff?: true | undefined;
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

/** Of what was read. */
export interface LineCounts {
  bytes: number;
  lines: number;
  overlong: number;
  /** Lines whose beginning a hole of NULs cut off from what was written after it. */
  cut?: number;
}

/**
 * So many NULs in a row are a hole: what a crash leaves of blocks that were never written, or what copytruncate leaves
 * before a writer that does not append. No daemon writes a NUL.
 */
const HOLE = 64;
const HOLE_BYTES = Buffer.alloc(HOLE);
const HOLE_TEXT = "\0".repeat(HOLE);

/** Yields the lines of `reader` in batches; closes it at the end, also when the consumer stops early. */
export async function* readLines(
  reader: ByteReader,
  file: string,
  clock: LineClock,
  counts: LineCounts,
): AsyncGenerator<Batch> {
  const work = Buffer.allocUnsafe(LONGEST_LINE + HOLE + CHUNK + LOOKAHEAD);
  const bytes = bytesOf(work);
  const starts = new Uint32Array(work.length + 1);
  const ends = new Uint32Array(work.length + 1);
  let held = 0;
  let skipping = false;
  /** The line that is held has lost its beginning to a hole. */
  let cut = false;
  let line = 0;
  let sinceBreath = 0;
  const endCut = () => {
    if (cut) counts.cut = (counts.cut ?? 0) + 1;
    cut = false;
  };
  const endOverlong = () => {
    skipping = false;
    endCut();
    counts.overlong++;
    counts.lines = ++line;
  };
  try {
    for (;;) {
      if (sinceBreath > BREATH) {
        // Plain files are read synchronously: let timers and signals have their turn now and then.
        sinceBreath = 0;
        await new Promise(setImmediate);
      }
      const read = await reader.read(work, held, CHUNK);
      if (read === 0 && reader.brokeOff) return;
      counts.bytes += read;
      sinceBreath += read;
      const filled = held + read;
      const lastNewline = read === 0 ? filled - 1 : work.lastIndexOf(10, filled - 1);
      if (lastNewline < 0) {
        if (read === 0) {
          if (skipping) endOverlong();
          return;
        }
        // No line ends here yet: keep its beginning, unless it is longer than any line may be.
        const rest = withoutHoles(work, filled);
        cut ||= rest.cut || (rest.holed && skipping);
        skipping = (skipping && !rest.holed) || rest.length > LONGEST_LINE;
        // NULs may be the beginning of a hole: they are kept behind a line, also behind one that is not.
        if (skipping) work.fill(0, 0, rest.nuls);
        held = skipping ? rest.nuls : rest.length === 0 ? 0 : rest.length + rest.nuls;
        continue;
      }
      const text = work.toString("latin1", 0, lastNewline + 1);
      let count = 0;
      let position = 0;
      const holed = text.includes(HOLE_TEXT);
      if (skipping) {
        const newline = text.indexOf("\n");
        const rest = text.slice(0, withoutNulsBehind(text, 0, newline < 0 ? text.length : newline));
        const hole = holed ? rest.lastIndexOf(HOLE_TEXT) : -1;
        if (hole < 0) {
          endOverlong();
          position = newline < 0 ? text.length : newline + 1;
        } else {
          skipping = false;
          cut = true;
          position = hole;
        }
      }
      while (position < text.length) {
        const newline = text.indexOf("\n", position);
        const next = newline < 0 ? text.length : newline + 1;
        let end = withoutNulsBehind(text, position, newline < 0 ? text.length : newline);
        if (holed) {
          const before = text.slice(position, end).lastIndexOf(HOLE_TEXT);
          if (before >= 0) {
            // What stands before the hole is a line that was never finished.
            cut ||= /[^\0]/.test(text.slice(position, position + before));
            position += before + HOLE;
          }
        }
        while (position < end && text.charCodeAt(position) === 0) position++;
        // NULs that nothing follows are no line.
        if (newline < 0 && position === end) break;
        endCut();
        if (end - position > LONGEST_LINE) {
          counts.overlong++;
          end = position;
        }
        while (end > position && isLineTrash(text.charCodeAt(end - 1))) end--;
        starts[count] = position;
        ends[count++] = end;
        position = next;
      }
      const firstLine = line + 1;
      line += count;
      counts.lines = line;
      held = filled - (lastNewline + 1);
      if (count > 0) yield { file, text, bytes, starts, ends, count, firstLine, clock };
      if (held > 0) work.copyWithin(0, lastNewline + 1, filled);
      if (read === 0) return;
    }
  } finally {
    reader.close();
  }
}

function withoutNulsBehind(text: string, from: number, to: number): number {
  while (to > from && text.charCodeAt(to - 1) === 0) to--;
  return to;
}

/** CR of a CR LF line end, or the NULs that a crash leaves behind a line. */
function isLineTrash(code: number): boolean {
  return code === 13 || code === 0;
}

/**
 * Moves what may still become a line to the beginning of `work`: what stands before a hole goes, leading NULs go.
 *
 * @returns its length; how many of the NULs behind it are kept, a hole at most; whether a hole was found, and whether
 *   it cut something off
 */
function withoutHoles(work: Buffer, filled: number) {
  let end = filled;
  while (end > 0 && work[end - 1] === 0) end--;
  const hole = work.subarray(0, end).lastIndexOf(HOLE_BYTES);
  const holed = hole >= 0;
  const cut = holed && work.subarray(0, hole).some((byte) => byte !== 0);
  let start = holed ? hole + HOLE : 0;
  while (start < end && work[start] === 0) start++;
  const nuls = Math.min(filled - end, HOLE);
  work.copyWithin(0, start, end + nuls);
  return { length: end - start, nuls, holed, cut };
}
