// bzip2, block by block: a block of at most 900,000 bytes is decoded, its checksum compared, and handed out, so reading
// may stop between two blocks, which take some 30 ms each, and memory stays bounded. Format: bzip2 1.0.8 decompress.c, and "bzip2: Format
// Specification" by Joe Tsai. Multi-stream files (pbzip2, lbzip2, `cat a.bz2 b.bz2`) are read to their end.
import { DAMAGED, Damage, type PackedInput, TRAILING } from "./packed-input.ts";

const BLOCK_BEGINS = 0x314159265359;
const STREAM_ENDS = 0x177245385090;
const LONGEST_CODE = 20;
/** Symbols that one table is used for, before the next selector. */
const GROUP = 50;
const RUN_B = 1;
const LONGEST_RUN = 255;
/** A block of text that does not repeat itself fits. */
const LARGEST_PIECE = 2 * 1024 * 1024;

/** Yields the text of a bzip2 file. @throws Damage */
export function* bunzip2(input: PackedInput): Generator<Buffer, undefined> {
  do {
    yield* readStream(input);
    if (input.isAtEnd()) return;
  } while (input.peek() === 0x42);
  throw new Damage(TRAILING);
}

function* readStream(input: PackedInput): Generator<Buffer, undefined> {
  const magic = input.take(4);
  const level = (magic[3] as number) - 48;
  if (magic.toString("latin1", 0, 3) !== "BZh" || level < 1 || level > 9) throw new Damage(TRAILING);
  const bits = new Bits(input);
  const block = new Uint32Array(level * 100_000);
  let combined = 0;
  for (;;) {
    const begins = bits.read(24) * 0x1000000 + bits.read(24);
    const check = bits.read(16) * 0x10000 + bits.read(16);
    if (begins === STREAM_ENDS) {
      if (check !== combined) throw new Damage(DAMAGED);
      return;
    }
    if (begins !== BLOCK_BEGINS) throw new Damage(DAMAGED);
    combined = (((combined << 1) | (combined >>> 31)) ^ check) >>> 0;
    yield* undoRuns(block, readBlock(bits, block), check);
  }
}

/** Where a decoded block begins in the order of its text, and how long it is. */
interface Decoded {
  readonly origin: number;
  readonly length: number;
}

/** Reads a block: codes, move to front, runs of zero; leaves each byte with the place of the next in `block`. */
function readBlock(bits: Bits, block: Uint32Array): Decoded {
  if (bits.read(1) === 1) throw new Damage("was made by bzip2 before 0.9.5, which is not read");
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const tables = bits.read(3);
  const selectors = readSelectors(bits, tables);
  const codes = Array.from({ length: tables }, () => readCode(bits, symbols.length + 2));
  const end = symbols.length + 1;
  const counts = new Uint32Array(256);
  let length = 0;
  let run = 0;
  let weight = 1;
  let left = 0;
  let selector = 0;
  let code = codes[0] as Code;
  for (;;) {
    if (left-- === 0) {
      if (selector >= selectors.length) throw new Damage(DAMAGED);
      code = codes[selectors[selector++] as number] as Code;
      left = GROUP - 1;
    }
    const symbol = readSymbol(bits, code);
    if (symbol <= RUN_B) {
      run += weight << symbol;
      weight <<= 1;
      if (run > block.length) throw new Damage(DAMAGED);
      continue;
    }
    if (run > 0) {
      const byte = symbols[0] as number;
      if (length + run > block.length) throw new Damage(DAMAGED);
      block.fill(byte, length, length + run);
      counts[byte] = (counts[byte] as number) + run;
      length += run;
      run = 0;
      weight = 1;
    }
    if (symbol === end) break;
    if (length === block.length) throw new Damage(DAMAGED);
    const place = symbol - 1;
    const byte = symbols[place] as number;
    symbols.copyWithin(1, 0, place);
    symbols[0] = byte;
    counts[byte] = (counts[byte] as number) + 1;
    block[length++] = byte;
  }
  if (origin >= length) throw new Damage(DAMAGED);
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    counts[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) {
    const byte = (block[i] as number) & 0xff;
    const place = counts[byte] as number;
    counts[byte] = place + 1;
    block[place] = (block[place] as number) | (i << 8);
  }
  return { origin, length };
}

/** The bytes that occur in a block, in order. */
function readSymbols(bits: Bits): Uint8Array {
  const ranges = bits.read(16);
  const symbols: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const used = bits.read(16);
    for (let i = 0; i < 16; i++) if ((used & (0x8000 >> i)) !== 0) symbols.push(range * 16 + i);
  }
  if (symbols.length === 0) throw new Damage(DAMAGED);
  return Uint8Array.from(symbols);
}

/** Which table is used for each group of symbols. */
function readSelectors(bits: Bits, tables: number): Uint8Array {
  const selectors = new Uint8Array(bits.read(15));
  if (tables < 2 || tables > 6 || selectors.length === 0) throw new Damage(DAMAGED);
  const recent = Array.from({ length: tables }, (_, i) => i);
  for (let i = 0; i < selectors.length; i++) {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tables) throw new Damage(DAMAGED);
    const [table] = recent.splice(place, 1) as [number];
    recent.unshift(table);
    selectors[i] = table;
  }
  return selectors;
}

/** A canonical Huffman code: of each length the largest code, and what to take off to find the symbol. */
interface Code {
  readonly shortest: number;
  readonly longest: number;
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: Uint16Array;
}

function readCode(bits: Bits, count: number): Code {
  const lengths = new Uint8Array(count);
  let length = bits.read(5);
  for (let i = 0; i < count; i++) {
    while (bits.read(1) === 1) {
      length += bits.read(1) === 0 ? 1 : -1;
      if (length < 1 || length > LONGEST_CODE) throw new Damage(DAMAGED);
    }
    if (length < 1 || length > LONGEST_CODE) throw new Damage(DAMAGED);
    lengths[i] = length;
  }
  const limit = new Int32Array(LONGEST_CODE + 1);
  const base = new Int32Array(LONGEST_CODE + 1);
  const symbols = new Uint16Array(count);
  let placed = 0;
  let next = 0;
  for (let l = 1; l <= LONGEST_CODE; l++) {
    base[l] = next - placed;
    for (let symbol = 0; symbol < count; symbol++) {
      if (lengths[symbol] !== l) continue;
      symbols[placed++] = symbol;
      next++;
    }
    limit[l] = next - 1;
    next <<= 1;
  }
  return { shortest: Math.min(...lengths), longest: Math.max(...lengths), limit, base, symbols };
}

function readSymbol(bits: Bits, { shortest, longest, limit, base, symbols }: Code): number {
  let length = shortest;
  let code = bits.read(length);
  while (code > (limit[length] as number)) {
    if (++length > longest) throw new Damage(DAMAGED);
    code = (code << 1) | bits.read(1);
  }
  const symbol = symbols[code - (base[length] as number)];
  if (symbol === undefined) throw new Damage(DAMAGED);
  return symbol;
}

/**
 * Follows a block from its origin on, and repeats what stands four times in a row as often as the byte behind says.
 * Nothing of a block whose checksum is wrong comes out, unless it is one of those that grow to fifty times their size.
 */
function* undoRuns(block: Uint32Array, { origin, length }: Decoded, check: number): Generator<Buffer, undefined> {
  let text = Buffer.allocUnsafe(Math.min(length * 2 + LONGEST_RUN, LARGEST_PIECE));
  let filled = 0;
  let crc = 0xffffffff;
  let entry = block[(block[origin] as number) >>> 8] as number;
  let same = 0;
  let last = -1;
  for (let i = 0; i < length; i++) {
    const byte = entry & 0xff;
    entry = block[entry >>> 8] as number;
    const isCount = same === 4;
    const value = isCount ? last : byte;
    same = isCount ? 0 : byte === last ? same + 1 : 1;
    // A run that was counted is over: the same byte behind it begins another.
    last = isCount ? -1 : byte;
    if (filled + LONGEST_RUN > text.length) {
      yield text.subarray(0, filled);
      text = Buffer.allocUnsafe(LARGEST_PIECE);
      filled = 0;
    }
    for (let times = isCount ? byte : 1; times > 0; times--) {
      text[filled++] = value;
      crc = (crc << 8) ^ (CRC[(crc >>> 24) ^ value] as number);
    }
  }
  if (~crc >>> 0 !== check) throw new Damage(DAMAGED);
  yield text.subarray(0, filled);
}

const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** Bits of a stream, the highest of each byte first. */
class Bits {
  private readonly input: PackedInput;
  private held = 0;
  private count = 0;

  constructor(input: PackedInput) {
    this.input = input;
  }

  /** Reads up to 24 bits. @throws Damage at the end of the file */
  read(wanted: number): number {
    while (this.count < wanted) {
      this.held = (this.held << 8) | this.input.byte();
      this.count += 8;
    }
    this.count -= wanted;
    return (this.held >>> this.count) & ((1 << wanted) - 1);
  }
}
