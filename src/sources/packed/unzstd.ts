// Zstandard, block by block through fzstd, which decodes blocks and leaves to us what a log needs besides: frames with
// huge windows are refused, checksums are compared, frames without text are passed over. Format: RFC 8878.
import { DAMAGED, Damage, type PackedInput, TRAILING } from "./packed-input.ts";
import { Xxh64 } from "./xxh64.ts";

const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** What the zstd program takes as well without being told to (`--memory`). */
const LARGEST_WINDOW = 128 * 1024 * 1024;
const LARGEST_BLOCK = 128 * 1024;
const RLE = 1;

/** Yields the text of a zstd file of any number of frames. @throws Damage */
export async function* unzstd(input: PackedInput): AsyncGenerator<Uint8Array, undefined> {
  const { Decompress } = await import("fzstd");
  for (let isFirst = true; isFirst || !input.isAtEnd(); isFirst = false) {
    const magic = input.take(4);
    const number = magic.readUInt32LE();
    if ((number & 0xfffffff0) >>> 0 === SKIPPABLE) {
      input.skip(input.take(4).readUInt32LE());
      continue;
    }
    if (number !== FRAME) throw new Damage(TRAILING);
    const { header, hasChecksum } = readHeader(input, magic);
    const checksum = new Xxh64();
    let pieces: Uint8Array[] = [];
    const decoder = new Decompress((piece) => pieces.push(piece));
    const push = (bytes: Uint8Array, isLast: boolean) => {
      try {
        decoder.push(bytes, isLast);
      } catch {
        throw new Damage(DAMAGED);
      }
    };
    push(header, false);
    for (let isLast = false; !isLast; ) {
      const block = readBlock(input);
      isLast = block.isLast;
      const stated = isLast && hasChecksum ? input.take(4) : undefined;
      push(stated === undefined ? block.bytes : Buffer.concat([block.bytes, stated]), isLast);
      for (const piece of pieces) {
        if (hasChecksum) checksum.update(piece);
        yield piece;
      }
      pieces = [];
      if (stated !== undefined && stated.readUInt32LE() !== checksum.digestLow()) throw new Damage(DAMAGED);
    }
  }
}

/** Reads what stands before the blocks of a frame (RFC 8878, 3.1.1.1). */
function readHeader(input: PackedInput, magic: Buffer) {
  const descriptor = input.byte();
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeLength = sizeFlag === 0 ? Number(isSingle) : 1 << sizeFlag;
  if ((descriptor & 3) !== 0) throw new Damage("needs a dictionary that it does not hold: it was not read");
  if ((descriptor & 8) !== 0) throw new Damage(DAMAGED);
  const rest = input.take((isSingle ? 0 : 1) + sizeLength);
  const exponent = rest[0] ?? 0;
  const size = sizeLength === 0 ? 0 : Number(littleEndian(rest.subarray(-sizeLength)));
  const window = isSingle ? size : 2 ** (10 + (exponent >> 3)) * (1 + (exponent & 7) / 8);
  if (window > LARGEST_WINDOW) throw new Damage("needs more than 128 MiB of memory: it was not read");
  return { header: Buffer.concat([magic, Uint8Array.of(descriptor), rest]), hasChecksum: (descriptor & 4) !== 0 };
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** Reads a whole block, so that the decoder never holds half of one. */
function readBlock(input: PackedInput): { readonly bytes: Buffer; readonly isLast: boolean } {
  const head = input.take(3);
  const fields = head.readUIntLE(0, 3);
  const size = fields >> 3;
  if (size > LARGEST_BLOCK) throw new Damage(DAMAGED);
  const length = ((fields >> 1) & 3) === RLE ? 1 : size;
  return { bytes: Buffer.concat([head, input.take(length)]), isLast: (fields & 1) === 1 };
}
