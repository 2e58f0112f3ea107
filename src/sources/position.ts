// Where reading a log ended, and how that place is told again.
import { createHash } from "node:crypto";
import type { ByteReader } from "./lines.ts";
import { CHECKED } from "./open.ts";
import type { Position } from "./source.ts";

/** A reader that knows where it is. */
export interface PlacedReader extends ByteReader {
  /** Bytes that were read up to the last line end. */
  position(identity: string): Position;
}

/** Where a reader begins: an offset at which a line begins, and the last 4 KiB before it. */
interface Start {
  readonly from: number;
  readonly before: Buffer;
}
const BEGINNING: Start = { from: 0, before: Buffer.alloc(0) };

/**
 * Follows a reader through its text.
 *
 * @param cut no read goes over this offset: what stands before it and behind it comes apart
 */
export function placedReader(
  reader: ByteReader,
  cut = Number.POSITIVE_INFINITY,
  start: Start = BEGINNING,
): PlacedReader {
  let read = start.from;
  let offset = start.from;
  /** The last bytes before `read`, and before `offset`. */
  let recent = start.before;
  let before = start.before;
  const follow = (bytes: Buffer) => {
    const newline = bytes.lastIndexOf(10);
    if (newline >= 0) {
      offset = read + newline + 1;
      before = lastOf(recent, bytes.subarray(0, newline + 1));
    }
    recent = lastOf(recent, bytes);
    read += bytes.length;
  };
  return {
    read(into, at, length) {
      const wanted = read < cut ? Math.min(length, cut - read) : length;
      const got = reader.read(into, at, wanted);
      if (typeof got !== "number") {
        return got.then((count) => {
          follow(into.subarray(at, at + count));
          return count;
        });
      }
      follow(into.subarray(at, at + got));
      return got;
    },
    leftOut: reader.leftOut,
    get brokeOff() {
      return reader.brokeOff;
    },
    close: () => reader.close(),
    position: (identity) => ({ identity, offset, check: checkOf(before) }),
  };
}

/** A copy of the last bytes of one text behind another. */
function lastOf(one: Buffer, other: Buffer): Buffer {
  if (other.length >= CHECKED) return Buffer.from(other.subarray(-CHECKED));
  return Buffer.concat([one.subarray(Math.max(0, one.length + other.length - CHECKED)), other]);
}

/** @param before the last 4 KiB before the place, or all where there are fewer */
export function checkOf(before: Uint8Array): string {
  return createHash("sha256").update(before).digest("hex");
}
