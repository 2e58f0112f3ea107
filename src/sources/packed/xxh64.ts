// XXH64 with seed 0, the checksum of Zstandard's frames. Format: xxHash's doc/xxhash_spec.md.
// A number of 64 bits is two of 32: BigInt is some twenty times slower.

const P1 = [0x9e3779b1, 0x85ebca87] as const;
const P2 = [0xc2b2ae3d, 0x27d4eb4f] as const;
const P3 = [0x165667b1, 0x9e3779f9] as const;
const P4 = [0x85ebca77, 0xc2b2ae63] as const;
const P5 = [0x27d4eb2f, 0x165667c5] as const;

/** High and low half of what was calculated last. */
let high = 0;
let low = 0;

function multiply(aHigh: number, aLow: number, [bHigh, bLow]: readonly [number, number]): void {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const p00 = a0 * b0;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  high =
    (a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
  low = (middle << 16) | (p00 & 0xffff);
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  low = sum | 0;
}

/** Rotates left by fewer than 32 bits. */
function rotate(by: number): void {
  const h = high;
  high = (h << by) | (low >>> (32 - by));
  low = (low << by) | (h >>> (32 - by));
}

/** accumulator + input * P2, rotated by 31, times P1. */
function round(accHigh: number, accLow: number, inputHigh: number, inputLow: number): void {
  multiply(inputHigh, inputLow, P2);
  add(accHigh, accLow, high, low);
  rotate(31);
  multiply(high, low, P1);
}

function xorShift(by: number): void {
  const h = high;
  if (by >= 32) low ^= h >>> (by - 32);
  else {
    high = h ^ (h >>> by);
    low ^= (low >>> by) | (h << (32 - by));
  }
}

/** Takes the bytes of a frame and returns the lower half of their hash. */
export class Xxh64 {
  /** Four accumulators, high and low. */
  private readonly lanes = new Int32Array([0, 0, ...P2, 0, 0, 0, 0]);
  private readonly stripe = Buffer.alloc(32);
  private held = 0;
  private length = 0;

  constructor() {
    const { lanes } = this;
    add(P1[0], P1[1], P2[0], P2[1]);
    lanes[0] = high;
    lanes[1] = low;
    // 0 - P1
    add(~P1[0], ~P1[1], 0, 1);
    lanes[6] = high;
    lanes[7] = low;
  }

  update(bytes: Uint8Array): void {
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length += input.length;
    let at = 0;
    if (this.held > 0) {
      at = input.copy(this.stripe, this.held, 0, 32 - this.held);
      this.held += at;
      if (this.held < 32) return;
      this.consume(this.stripe, 0);
    }
    for (; at + 32 <= input.length; at += 32) this.consume(input, at);
    this.held = input.copy(this.stripe, 0, at);
  }

  private consume(input: Buffer, at: number): void {
    const { lanes } = this;
    for (let lane = 0; lane < 8; lane += 2) {
      const from = at + lane * 4;
      round(lanes[lane] as number, lanes[lane + 1] as number, int32(input, from + 4), int32(input, from));
      lanes[lane] = high;
      lanes[lane + 1] = low;
    }
  }

  digestLow(): number {
    const { lanes, stripe, held, length } = this;
    if (length < 32) [high, low] = P5;
    else {
      let sumHigh = 0;
      let sumLow = 0;
      for (const [lane, by] of [1, 7, 12, 18].entries()) {
        high = lanes[lane * 2] as number;
        low = lanes[lane * 2 + 1] as number;
        rotate(by);
        add(sumHigh, sumLow, high, low);
        sumHigh = high;
        sumLow = low;
      }
      for (let lane = 0; lane < 8; lane += 2) {
        const [h, l] = [sumHigh, sumLow];
        round(0, 0, lanes[lane] as number, lanes[lane + 1] as number);
        multiply(high ^ h, low ^ l, P1);
        add(high, low, P4[0], P4[1]);
        sumHigh = high;
        sumLow = low;
      }
    }
    add(high, low, Math.floor(length / 2 ** 32), length | 0);
    let at = 0;
    for (; at + 8 <= held; at += 8) {
      const [h, l] = [high, low];
      round(0, 0, int32(stripe, at + 4), int32(stripe, at));
      high ^= h;
      low ^= l;
      rotate(27);
      multiply(high, low, P1);
      add(high, low, P4[0], P4[1]);
    }
    if (at + 4 <= held) {
      const [h, l] = [high, low];
      multiply(0, int32(stripe, at), P1);
      high ^= h;
      low ^= l;
      rotate(23);
      multiply(high, low, P2);
      add(high, low, P3[0], P3[1]);
      at += 4;
    }
    for (; at < held; at++) {
      const [h, l] = [high, low];
      multiply(0, stripe[at] as number, P5);
      high ^= h;
      low ^= l;
      rotate(11);
      multiply(high, low, P1);
    }
    xorShift(33);
    multiply(high, low, P2);
    xorShift(29);
    multiply(high, low, P3);
    xorShift(32);
    return low >>> 0;
  }
}

function int32(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
