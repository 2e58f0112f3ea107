// Reads a message where it stands, word by word, without a string for what is only looked at.
import { parseAddress } from "../events/address.ts";
import { type Bytes, bytesOf } from "../sources/bytes.ts";
import { Interner } from "./intern.ts";
import { type Literal, literal, standsAt } from "./literal.ts";

/** One table for all logs, because a peer stands in several. */
const addresses = new Interner(1 << 14, parseAddress);
export const names = new Interner(1 << 14, (text) => text);

const PORT = literal(" port ");
/** Longer words are nobody's name: the rules look at them. */
const LONGEST_WORD = 64;

export class Cursor {
  bytes: Bytes = bytesOf(Buffer.alloc(0));
  at = 0;
  to = 0;
  /** Of the endpoint that was read last. */
  ip = "";
  portNumber = -1;

  begin(bytes: Bytes, at: number, to: number): void {
    this.bytes = bytes;
    this.at = at;
    this.to = to;
  }

  get isAtEnd(): boolean {
    return this.at === this.to;
  }

  /** The next byte; -1 at the end. */
  get next(): number {
    return this.at < this.to ? this.bytes.view.getUint8(this.at) : -1;
  }

  /** Goes behind `words` when they stand here. */
  skip(words: Literal): boolean {
    const end = this.at + words.length;
    if (end > this.to || !standsAt(this.bytes, this.at, words)) return false;
    this.at = end;
    return true;
  }

  /** True when the message ends with `words`, and they begin here or later. */
  endsWith(words: Literal): boolean {
    const from = this.to - words.length;
    return from >= this.at && standsAt(this.bytes, from, words);
  }

  /**
   * Reads a name of plain characters up to the next blank or the end: no escape, none that macOS withholds, nothing but
   * ASCII. undefined for any other.
   */
  name(): string | undefined {
    const { bytes, at, to } = this;
    const { view } = bytes;
    let end = at;
    for (; end < to; end++) {
      const code = view.getUint8(end);
      if (code === 32) break;
      if (code < 33 || code > 126 || code === 92 || code === 60) return undefined;
    }
    if (end === at || end - at > LONGEST_WORD) return undefined;
    this.at = end;
    return names.of(bytes, at, end);
  }

  /** Reads what stands before `end`, which is a byte and no blank, at most 64 bytes; undefined when it does not come. */
  upTo(end: number): string | undefined {
    const { bytes, at, to } = this;
    const { view } = bytes;
    const limit = Math.min(to, at + LONGEST_WORD);
    let i = at;
    for (; i < limit; i++) {
      const code = view.getUint8(i);
      if (code === end) break;
      if (code <= 32 || code > 126) return undefined;
    }
    if (i === limit) return undefined;
    this.at = i + 1;
    return names.of(bytes, at, i);
  }

  /** Reads an IP address; undefined for anything else. */
  address(): string | undefined {
    const { bytes, at, to } = this;
    const { view } = bytes;
    let end = at;
    for (; end < to; end++) {
      const code = view.getUint8(end);
      // Digits, a point, a colon, hexadecimal letters.
      if (!((code >= 46 && code <= 58 && code !== 47) || ((code | 32) >= 97 && (code | 32) <= 102))) break;
    }
    if (end - at < 3 || end - at > LONGEST_WORD) return undefined;
    this.at = end;
    return addresses.of(bytes, at, end);
  }

  /** Reads an IPv4 address, which a colon may follow; undefined for anything else. */
  ipv4(): string | undefined {
    const { bytes, at, to } = this;
    const { view } = bytes;
    let end = at;
    while (end < to && end - at < 16) {
      const code = view.getUint8(end);
      if (code !== 46 && !(code >= 48 && code <= 57)) break;
      end++;
    }
    if (end === at) return undefined;
    this.at = end;
    return addresses.of(bytes, at, end);
  }

  /** Reads `IP port N` into `ip` and `portNumber`. @returns false for anything else */
  endpoint(): boolean {
    const ip = this.address();
    if (ip === undefined || !this.skip(PORT)) return false;
    this.ip = ip;
    this.portNumber = this.port();
    return this.portNumber >= 0;
  }

  /** Reads a port; -1 for anything else. */
  port(): number {
    const { at, to } = this;
    const { view } = this.bytes;
    let value = 0;
    let end = at;
    for (; end < to && end - at < 6; end++) {
      const digit = view.getUint8(end) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (end === at || value > 65_535) return -1;
    this.at = end;
    return value;
  }
}
