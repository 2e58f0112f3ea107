// gzip, streamed by zlib: any number of members (RFC 1952).
import { readSync } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CUT, DAMAGED, Damage, TRAILING } from "./packed-input.ts";

/**
 * Compressed bytes at a time. zlib keeps to itself what it made of the piece with an error in it, and the lines before
 * the error are good: so the file is read again, with smaller pieces from that one on, down to the very byte.
 */
const PIECES = [256 * 1024, 4096, 64, 1] as const;

/** Yields the text of an open gzip file. @throws Damage */
export async function* gunzip(fd: number): AsyncGenerator<Buffer, undefined> {
  let delivered = 0;
  let sound = Number.POSITIVE_INFINITY;
  let damage: Damage | undefined;
  for (const piece of PIECES) {
    const input = Readable.from(piecesOf(fd, sound, piece), { objectMode: true, highWaterMark: 1 });
    const text = createGunzip({ chunkSize: 128 * 1024 });
    input.on("error", (error) => text.destroy(error));
    let skip = delivered;
    try {
      for await (const chunk of input.pipe(text) as AsyncIterable<Buffer>) {
        const fresh = skip < chunk.length ? chunk.subarray(skip) : undefined;
        skip = Math.max(0, skip - chunk.length);
        if (fresh === undefined) continue;
        delivered += fresh.length;
        yield fresh;
      }
      // zlib takes NULs behind the last member for padding, and stops there.
      damage = hasMore(fd, text.bytesWritten) ? new Damage(TRAILING) : undefined;
      break;
    } catch (error) {
      damage = describeDamage(error as NodeJS.ErrnoException);
      sound = text.bytesWritten;
    } finally {
      input.destroy();
      text.destroy();
    }
  }
  if (damage !== undefined) throw damage;
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

function describeDamage(error: NodeJS.ErrnoException): Damage {
  switch (error.code) {
    case "Z_BUF_ERROR":
      return new Damage(CUT);
    case "Z_DATA_ERROR":
      return new Damage(DAMAGED);
    default:
      return new Damage(`cannot be read to its end: ${error.code ?? String(error)}`);
  }
}
