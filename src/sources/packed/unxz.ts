// xz, through WebAssembly (xz-embedded inside xz-decompress). Format: https://tukaani.org/xz/xz-file-format.txt
import { readSync } from "node:fs";
import { CUT, DAMAGED, Damage, TRAILING } from "./packed-input.ts";

/** What the package gives to the decoder at a time, and how many of these it may hold when an error comes. */
const PIECE = 64 * 1024;
const AHEAD = 3;

/** Yields the text of an open xz file of any number of streams. @throws Damage */
export async function* unxz(fd: number): AsyncGenerator<Uint8Array, undefined> {
  const { XzReadableStream } = await load();
  // Its lock lets one file at a time be open, also while nobody reads on: two logs that are merged line by line would
  // wait for each other for ever.
  (XzReadableStream as unknown as { _contextMutex: object })._contextMutex = UNLOCKED;
  let delivered = 0;
  // The package keeps to itself what the piece with the error in it gave, and the lines before the error are good: so
  // the file is read again, with single bytes where the error must be.
  for (let sound = Number.POSITIVE_INFINITY, isAgain = false; ; isAgain = true) {
    let position = 0;
    const packed = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = Buffer.allocUnsafe(position < sound ? Math.min(PIECE, sound - position) : 1);
        const read = readSync(fd, piece, 0, piece.length, position);
        position += read;
        if (read === 0) controller.close();
        else controller.enqueue(piece.subarray(0, read));
      },
    });
    const text = new XzReadableStream(packed).getReader();
    let skip = delivered;
    try {
      for (;;) {
        const { done, value } = await text.read();
        if (done) return;
        const fresh = value.subarray(skip);
        skip -= value.length - fresh.length;
        delivered += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
    } catch (error) {
      const damage = describe(error);
      if (isAgain || damage.message === CUT || delivered === 0) throw damage;
      sound = Math.max(0, position - AHEAD * PIECE);
    } finally {
      await text.cancel().catch(() => undefined);
    }
  }
}

/** A bundle knows a CommonJS package by its default export alone; its types do not name that. */
async function load(): Promise<typeof import("xz-decompress")> {
  const loaded: typeof import("xz-decompress") & { readonly default?: typeof import("xz-decompress") } = await import(
    "xz-decompress"
  );
  return loaded.default ?? loaded;
}

const UNLOCKED = { acquire: () => Promise.resolve(), release: () => undefined };

/** By the numbers of xz-embedded's `enum xz_ret`; an empty file makes the package fail in its own way. */
function describe(error: unknown): Damage {
  const [code] = /\d+$/.exec(String((error as Error).message)) ?? [];
  switch (code) {
    case "2":
    case "6":
      return new Damage("is compressed with options that are not read (such as a SHA-256 checksum)");
    case "3":
    case "4":
      return new Damage("needs more memory than a log may: it was not read");
    case "5":
      return new Damage(TRAILING);
    case "7":
      return new Damage(DAMAGED);
    default:
      return new Damage(CUT);
  }
}
