// What tells a line from all others: 64 bits of hash over its message, second, process id, program and host.
import type { Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";

/** FNV-1a's multiplier and one of Murmur3's. */
const ONE = 0x01000193;
const OTHER = 0x85ebca6b;

/** A hash that is worked out piece by piece. */
export class LineKey {
  one = 0;
  other = 0;

  begin(): void {
    this.one = 0;
    this.other = 0;
  }

  /** Two daemons write the same line with the same second; its fraction may be another. */
  mixHead({ at, procId, appName, hostname }: Head): void {
    this.mixNumber(Math.floor((at ?? 0) / 1000));
    this.mix(procId);
    this.mix(appName);
    this.mix(hostname);
  }

  private mixNumber(number: number): void {
    this.one = Math.imul(this.one ^ number, ONE);
    this.other = Math.imul(((this.other << 13) | (this.other >>> 19)) ^ number, OTHER);
  }

  /** Mixes the bytes [from, to) in, and the fact that they end there. @returns false when they are more than ASCII */
  mixBytes({ view }: Bytes, from: number, to: number): boolean {
    let { one, other } = this;
    let all = 0;
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const codes = view.getInt32(i, true);
      all |= codes;
      one = Math.imul(one ^ codes, ONE);
      one ^= one >>> 15;
      other = Math.imul(((other << 13) | (other >>> 19)) ^ codes, OTHER);
    }
    for (; i < to; i++) {
      const code = view.getUint8(i);
      all |= code;
      one = Math.imul(one ^ code, ONE);
      other = Math.imul(((other << 13) | (other >>> 19)) ^ code, OTHER);
    }
    this.one = one;
    this.other = other;
    this.mixNumber(to - from);
    return (all & 0x80808080) === 0;
  }

  /** The same for a text. */
  mix(text: string): void {
    let { one, other } = this;
    const to = text.length;
    let i = 0;
    for (; i + 4 <= to; i += 4) {
      const first = text.charCodeAt(i);
      const second = text.charCodeAt(i + 1);
      const third = text.charCodeAt(i + 2);
      const fourth = text.charCodeAt(i + 3);
      // Wider characters overlap in one word: one by one they do not.
      if ((first | second | third | fourth) > 0xff) break;
      const codes = first | (second << 8) | (third << 16) | (fourth << 24);
      one = Math.imul(one ^ codes, ONE);
      one ^= one >>> 15;
      other = Math.imul(((other << 13) | (other >>> 19)) ^ codes, OTHER);
    }
    for (; i < to; i++) {
      const code = text.charCodeAt(i);
      one = Math.imul(one ^ code, ONE);
      other = Math.imul(((other << 13) | (other >>> 19)) ^ code, OTHER);
    }
    this.one = one;
    this.other = other;
    this.mixNumber(to);
  }
}
