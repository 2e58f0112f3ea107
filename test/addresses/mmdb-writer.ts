// Writes small MaxMind DB files, as the specification says and with nothing of the reader.

/** Integers become uint32, negative ones int32, bigints uint128, other numbers doubles. */
export type Data = string | number | bigint | boolean | Uint8Array | readonly Data[] | { readonly [key: string]: Data };

export interface Network {
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
  readonly bits: number;
  readonly data: Data;
}

interface Options {
  readonly recordSize?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  /** Bytes that lie before the data, so that pointers to it are long. */
  readonly filler?: number;
  readonly metadata?: Readonly<Record<string, Data>>;
}

type Tree = { sides: [Leaf, Leaf] };
type Leaf = Tree | Data | undefined;

/** Returns a file; of networks within each other the wider one must come first. */
export function mmdbFile(networks: readonly Network[], options: Options = {}): Buffer {
  const { recordSize = 24, ipVersion = 6, filler = 0 } = options;
  const root: Tree = { sides: [undefined, undefined] };
  for (const { bytes, bits, data } of networks) {
    const inV6 = ipVersion === 6 && bytes.length === 4;
    insert(root, inV6 ? [...new Array<number>(12).fill(0), ...bytes] : bytes, inV6 ? bits + 96 : bits, data);
  }
  const nodes = nodesOf(root);
  const numbers = new Map(nodes.map((node, i) => [node, i]));
  const data: Buffer[] = [Buffer.alloc(filler)];
  let offset = filler;
  const records = nodes.map(({ sides }) =>
    sides.map((side) => {
      if (side === undefined) return nodes.length;
      const number = numbers.get(side as Tree);
      if (number !== undefined) return number;
      const bytes = encode(side as Data);
      const record = nodes.length + 16 + offset;
      data.push(bytes);
      offset += bytes.length;
      return record;
    }),
  );
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_000_000,
    database_type: "Example",
    description: { en: "made by a test" },
    ip_version: ipVersion,
    languages: ["en"],
    node_count: nodes.length,
    record_size: recordSize,
    ...options.metadata,
  });
  return Buffer.concat([
    ...records.map(([left = 0, right = 0]) => nodeBytes(left, right, recordSize)),
    Buffer.alloc(16),
    ...data,
    Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"),
    metadata,
  ]);
}

function insert(root: Tree, bytes: readonly number[], bits: number, data: Data): void {
  let node = root;
  for (let bit = 0; bit < bits; bit++) {
    const side = (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) as 0 | 1;
    if (bit === bits - 1) {
      node.sides[side] = data;
      return;
    }
    const next = node.sides[side];
    if (isTree(next)) node = next;
    else {
      // The wider network goes on beside the narrower one.
      const split: Tree = { sides: [next, next] };
      node.sides[side] = split;
      node = split;
    }
  }
}

function isTree(leaf: Leaf): leaf is Tree {
  return typeof leaf === "object" && "sides" in leaf;
}

function nodesOf(root: Tree): Tree[] {
  const nodes = [root];
  for (const { sides } of nodes) nodes.push(...sides.filter(isTree));
  return nodes;
}

function nodeBytes(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  if (recordSize !== 28) return Buffer.from([left, right].map((value) => hex(value, recordSize / 4)).join(""), "hex");
  const [l, r] = [hex(left, 7), hex(right, 7)];
  return Buffer.from(l.slice(1) + l[0] + r[0] + r.slice(1), "hex");
}

/** Returns the bytes of a value. */
export function encode(data: Data): Buffer {
  if (typeof data === "string") return sized(2, Buffer.from(data));
  if (typeof data === "boolean") return control(14, data ? 1 : 0);
  if (typeof data === "bigint") return sized(10, unsigned(data));
  if (typeof data === "number") return encodeNumber(data);
  if (data instanceof Uint8Array) return sized(4, Buffer.from(data));
  if (Array.isArray(data)) return Buffer.concat([control(11, data.length), ...data.map(encode)]);
  const entries = Object.entries(data);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, value]) => [encode(key), encode(value)]),
  ]);
}

function encodeNumber(value: number): Buffer {
  if (Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value < 2 ** 32)
    return sized(6, unsigned(BigInt(value)));
  if (Number.isInteger(value) && value < 0 && value >= -(2 ** 31)) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return sized(8, bytes);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return sized(3, bytes);
}

function unsigned(value: bigint): Buffer {
  if (value === 0n) return Buffer.alloc(0);
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

function sized(type: number, payload: Buffer): Buffer {
  return Buffer.concat([control(type, payload.length), payload]);
}

function control(type: number, size: number): Buffer {
  const [low, more] =
    size < 29
      ? [size, []]
      : size < 285
        ? [29, [size - 29]]
        : size < 65_821
          ? [30, [(size - 285) >> 8, (size - 285) & 0xff]]
          : [31, [(size - 65_821) >> 16, ((size - 65_821) >> 8) & 0xff, (size - 65_821) & 0xff]];
  return Buffer.from(type < 8 ? [(type << 5) | low, ...more] : [low, type - 7, ...more]);
}
