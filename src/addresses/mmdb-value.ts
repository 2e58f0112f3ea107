// The values in a MaxMind DB file: a control byte with type and size, then the payload. Format: "Output Data Section"
// of the MaxMind DB File Format Specification 2.0.

export type Value = string | number | bigint | boolean | Uint8Array | readonly Value[] | ReadonlyMap<string, Value>;

/** What is wrong with a file, as the second half of a sentence about it. */
export class MmdbDamage extends Error {}

/** Bytes that one record may have, those that pointers bring in counted each time. A city in ten languages has 3,000. */
const MOST_BYTES = 65_536;
const DEEPEST = 32;

const POINTER = 1;
/** What the 0 to 3 in a pointer's control byte adds to its value. */
const POINTER_BASE = [0, 2_048, 526_336, 0] as const;

/**
 * Returns the value at `start`. Pointers count from the start of `section`.
 *
 * @throws MmdbDamage when it leaves the section, is no value, or does not end
 */
export function decodeValue(section: Buffer, start: number): Value {
  let at = start;
  let left = MOST_BYTES;
  return valueAt(0, true);

  /** Steps over `size` bytes and returns where they begin. */
  function take(size: number): number {
    const from = at;
    if (from + size > section.length) throw new MmdbDamage("a value ends outside its data");
    left -= size;
    if (left < 0) throw new MmdbDamage("a record has no end");
    at += size;
    return from;
  }

  function unsigned(size: number, most: number): number {
    if (size > most) throw new MmdbDamage("a number is too long");
    return size === 0 ? 0 : section.readUIntBE(take(size), size);
  }

  function bigUnsigned(size: number, most: number): bigint {
    if (size > most) throw new MmdbDamage("a number is too long");
    const from = take(size);
    return size === 0 ? 0n : BigInt(`0x${section.toString("hex", from, from + size)}`);
  }

  function exactly(size: number, expected: number): number {
    if (size !== expected) throw new MmdbDamage("a number has a wrong length");
    return take(size);
  }

  function sizeOf(control: number): number {
    const size = control & 0x1f;
    if (size < 29) return size;
    if (size === 29) return 29 + unsigned(1, 1);
    return size === 30 ? 285 + unsigned(2, 2) : 65_821 + unsigned(3, 3);
  }

  function pointed(control: number, depth: number): Value {
    const length = (control >> 3) & 3;
    const high = length === 3 ? 0 : (control & 7) * 2 ** (8 * (length + 1));
    const target = high + unsigned(length + 1, 4) + (POINTER_BASE[length] ?? 0);
    const back = at;
    at = target;
    // The specification has no pointer to a pointer, so that there is no ring of them.
    const value = valueAt(depth + 1, false);
    at = back;
    return value;
  }

  function valueAt(depth: number, mayPoint: boolean): Value {
    if (depth > DEEPEST) throw new MmdbDamage("a record is nested too deep");
    const control = section.readUInt8(take(1));
    const type = control >> 5 || 7 + unsigned(1, 1);
    if (type === POINTER) {
      if (!mayPoint) throw new MmdbDamage("a pointer leads to a pointer");
      return pointed(control, depth);
    }
    const size = sizeOf(control);
    switch (type) {
      case 2: {
        const from = take(size);
        return section.toString("utf8", from, from + size);
      }
      case 3:
        return section.readDoubleBE(exactly(size, 8));
      case 4:
        return Uint8Array.from(section.subarray(take(size), at));
      case 5:
        return unsigned(size, 2);
      case 6:
        return unsigned(size, 4);
      case 7:
        return mapOf(size, depth);
      case 8:
        // A shorter one is positive: leading zero bytes are left out.
        return size === 4 ? section.readInt32BE(take(4)) : unsigned(size, 4);
      case 9:
        return bigUnsigned(size, 8);
      case 10:
        return bigUnsigned(size, 16);
      case 11:
        return listOf(size, depth);
      case 14:
        if (size > 1) throw new MmdbDamage("a truth value is neither 0 nor 1");
        return size === 1;
      case 15:
        return section.readFloatBE(exactly(size, 4));
      default:
        throw new MmdbDamage("a value has an unknown type");
    }
  }

  function listOf(size: number, depth: number): readonly Value[] {
    const list: Value[] = [];
    while (list.length < size) list.push(valueAt(depth + 1, true));
    return list;
  }

  function mapOf(size: number, depth: number): ReadonlyMap<string, Value> {
    const map = new Map<string, Value>();
    for (let i = 0; i < size; i++) {
      const key = valueAt(depth + 1, true);
      if (typeof key !== "string") throw new MmdbDamage("a key is no text");
      map.set(key, valueAt(depth + 1, true));
    }
    return map;
  }
}
