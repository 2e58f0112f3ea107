// The bytes of a compressed file, one after the other.
import { readSync } from "node:fs";

export const CUT = "the compressed file is cut: what could be read is used";
export const DAMAGED = "the compressed file is damaged (checksum or data error): what could be read is used";
export const TRAILING = "holds something else behind its compressed part: that was not read";

/** What is wrong with a compressed file; the message is for the digest. */
export class Damage extends Error {}

const BUFFER = 256 * 1024;

/** Reads an open file from its beginning to its end. */
export class PackedInput {
  private readonly fd: number;
  private buffer = Buffer.allocUnsafe(BUFFER);
  private at = 0;
  private filled = 0;
  private position = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** The next byte. @throws Damage at the end of the file */
  byte(): number {
    if (this.at === this.filled && !this.fill()) throw new Damage(CUT);
    return this.buffer[this.at++] as number;
  }

  /** The next `length` bytes, a copy. @throws Damage when there are fewer */
  take(length: number): Buffer {
    const taken = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      if (this.at === this.filled && !this.fill()) throw new Damage(CUT);
      const copied = this.buffer.copy(taken, done, this.at, Math.min(this.filled, this.at + length - done));
      this.at += copied;
      done += copied;
    }
    return taken;
  }

  /** The next byte, which stays; undefined at the end. */
  peek(): number | undefined {
    return this.at === this.filled && !this.fill() ? undefined : this.buffer[this.at];
  }

  /** Passes over bytes, also behind the end. */
  skip(length: number): void {
    const held = Math.min(length, this.filled - this.at);
    this.at += held;
    this.position += length - held;
  }

  /** True when only NULs follow, which tapes and file systems leave. They are passed over. */
  isAtEnd(): boolean {
    for (;;) {
      if (this.at === this.filled && !this.fill()) return true;
      if (this.buffer[this.at] !== 0) return false;
      this.at++;
    }
  }

  private fill(): boolean {
    this.at = 0;
    this.filled = readSync(this.fd, this.buffer, 0, BUFFER, this.position);
    this.position += this.filled;
    return this.filled > 0;
  }
}
