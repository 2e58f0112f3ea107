// The text of a compressed log, whatever it is compressed with, bounded in what it may grow to.
import { closeSync } from "node:fs";
import type { ByteReader } from "../lines.ts";
import { bunzip2 } from "./bunzip2.ts";
import type { Compression } from "./compression.ts";
import { gunzip } from "./gunzip.ts";
import { Damage, PackedInput } from "./packed-input.ts";
import { unxz } from "./unxz.ts";
import { unzstd } from "./unzstd.ts";

/** No log compresses this well: what does is made to fill memory or time (a "bomb"). */
const BOMB_RATIO = 250;
const BOMB_BYTES = 1024 * 1024 * 1024;

/** What a reader learned about its file once it came to its end. */
export interface ReadOutcome {
  /** Set when the file is cut or corrupt; what came before was delivered. */
  damage?: string;
  /** Set when the file became shorter, or another text, while it was read. */
  shrank?: true;
}

/** Returns a reader of the text; it owns `fd`. Nothing is decompressed before the first read. */
export function decompressedReader(
  fd: number,
  { compression, size }: { readonly compression: Compression; readonly size: number },
  outcome: ReadOutcome,
): ByteReader {
  const pieces = bounded(fd, compression, size, outcome);
  let started = false;
  let piece = new Uint8Array();
  let used = 0;
  return {
    async read(into, at, length) {
      while (used === piece.length) {
        started = true;
        const next = await pieces.next();
        if (next.done === true) return 0;
        piece = next.value as Uint8Array<ArrayBuffer>;
        used = 0;
      }
      const part = piece.subarray(used, used + length);
      into.set(part, at);
      used += part.length;
      return part.length;
    },
    close() {
      // A generator that never ran does not run its `finally` either.
      if (started) void pieces.return(undefined);
      else closeSync(fd);
    },
  };
}

async function* bounded(
  fd: number,
  compression: Compression,
  size: number,
  outcome: ReadOutcome,
): AsyncGenerator<Uint8Array, undefined> {
  let delivered = 0;
  try {
    for await (const piece of textOf(fd, compression)) {
      delivered += piece.length;
      if (delivered > BOMB_BYTES && delivered > BOMB_RATIO * size) {
        outcome.damage = `grows to more than ${BOMB_RATIO} times its size: reading was stopped`;
        return;
      }
      yield piece;
    }
  } catch (error) {
    outcome.damage = error instanceof Damage ? error.message : `cannot be read to its end: ${codeOf(error)}`;
  } finally {
    closeSync(fd);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function textOf(fd: number, compression: Compression): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  switch (compression) {
    case "bzip2":
      return bunzip2(new PackedInput(fd));
    case "xz":
      return unxz(fd);
    case "zstd":
      return unzstd(new PackedInput(fd));
    default:
      return gunzip(fd);
  }
}
