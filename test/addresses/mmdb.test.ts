import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMmdb, readMmdb } from "../../src/addresses/mmdb.ts";
import { decodeValue, MmdbDamage } from "../../src/addresses/mmdb-value.ts";
import { Exit, ReportError } from "../../src/errors.ts";
import { type Data, encode, mmdbFile, type Network } from "./mmdb-writer.ts";

const NETWORKS: readonly Network[] = [
  { bytes: [198, 51, 100, 0], bits: 24, data: "wide" },
  { bytes: [198, 51, 100, 128], bits: 25, data: "narrow" },
  { bytes: [203, 0, 113, 9], bits: 32, data: { country: { iso_code: "NL" } } },
];
const V6_NETWORK: Network = {
  bytes: [0x20, 1, 0xd, 0xb8, 0, 7, ...new Array<number>(10).fill(0)],
  bits: 48,
  data: "v6",
};

describe.each([24, 28, 32] as const)("a file with records of %i bits", (recordSize) => {
  const file = readMmdb(mmdbFile([...NETWORKS, V6_NETWORK], { recordSize }), "x.mmdb");

  test.each([
    ["198.51.100.1", "wide"],
    ["198.51.100.127", "wide"],
    ["198.51.100.128", "narrow"],
    ["198.51.100.255", "narrow"],
    ["198.51.101.0", undefined],
    ["203.0.113.9", new Map([["country", new Map([["iso_code", "NL"]])]])],
    ["203.0.113.8", undefined],
    ["::ffff:198.51.100.1", "wide"],
    ["::198.51.100.1", "wide"],
    ["2001:db8:7::104", "v6"],
    ["2001:db8:7:ffff::", "v6"],
    ["2001:db8:8::1", undefined],
    ["2001:db8:7::1%eth0", undefined],
    ["evil.example.net", undefined],
    ["", undefined],
  ])("says of %s %s", (address, expected) => {
    expect(file.find(address)).toEqual(expected);
  });

  test("of IPv4 alone knows nothing of IPv6", () => {
    const ipv4 = readMmdb(mmdbFile(NETWORKS, { recordSize, ipVersion: 4 }), "x.mmdb");
    expect(["198.51.100.200", "203.0.113.9", "c633:6401::1"].map((address) => ipv4.find(address))).toEqual([
      "narrow",
      new Map([["country", new Map([["iso_code", "NL"]])]]),
      undefined,
    ]);
  });
});

test.each([28, 32] as const)("records of %i bits lead further than 16 MiB, on both sides", (recordSize) => {
  const far = [
    { bytes: [0, 0, 0, 0], bits: 1, data: "left" },
    { bytes: [128, 0, 0, 0], bits: 1, data: "right" },
  ];
  const file = readMmdb(mmdbFile(far, { recordSize, ipVersion: 4, filler: 2 ** 24 + 5 }), "x.mmdb");
  expect([file.find("1.2.3.4"), file.find("203.0.113.1")]).toEqual(["left", "right"]);
});

// The examples of the specification and of the readers that its authors publish.
test.each<[string, unknown]>([
  ["a2 01f4", 500],
  ["a0", 0],
  ["c2 01f4", 500],
  ["c4 ffffffff", 4_294_967_295],
  ["02 01 01f4", 500],
  ["04 01 ffffff01", -255],
  ["00 01", 0],
  ["02 02 01f4", 500n],
  ["08 02 ffffffffffffffff", 2n ** 64n - 1n],
  ["10 03 ffffffffffffffffffffffffffffffff", 2n ** 128n - 1n],
  ["68 bfe0000000000000", -0.5],
  ["04 08 3f8ccccd", Math.fround(1.1)],
  ["00 07", false],
  ["01 07", true],
  ["40", ""],
  ["43 e4baba", "人"],
  ["83 000102", Uint8Array.of(0, 1, 2)],
  ["e1 42656e 43466f6f", new Map([["en", "Foo"]])],
  ["02 04 43466f6f 43e4baba", ["Foo", "人"]],
  ["00 04", []],
  ["e1 495f5f70726f746f5f5f 4178", new Map([["__proto__", "x"]])],
])("%s is %s", (hex, expected) => {
  expect(decodeValue(Buffer.from(hex.replaceAll(" ", ""), "hex"), 0)).toEqual(expected);
});

test.each([
  ["2005", 5],
  ["23ff", 1_023],
  ["280000", 2_048],
  ["2803c9", 3_017],
  ["2ff7fb", 524_283],
  ["30000000", 526_336],
  ["30000102", 526_594],
  ["3800000005", 5],
  ["3800080c00", 527_360],
])("the pointer %s leads to %i", (hex, target) => {
  const pointer = Buffer.from(hex, "hex");
  const section = Buffer.concat([Buffer.alloc(target), encode("there"), pointer]);
  expect(decodeValue(section, section.length - pointer.length)).toBe("there");
});

test("reads on behind a pointer", () => {
  const word = encode("word");
  const list = Buffer.from("03042000200041", "hex");
  const section = Buffer.concat([word, list, Buffer.from("x")]);
  expect(decodeValue(section, word.length)).toEqual(["word", "word", "x"]);
});

test.each([
  ["a pointer to itself", "2000", "a pointer leads to a pointer"],
  ["a map that holds itself", "e14161 2000", "nested too deep"],
  ["lists that hold each other", "0204 2000 2000", "nested too deep"],
  ["a key that is a number", "e1a0a0", "a key is no text"],
  ["a text that is cut", "4561", "outside its data"],
  ["nothing", "", "outside its data"],
  ["a pointer to the outside", "3fffffffff", "outside its data"],
  ["a number of five bytes", "c50102030405", "too long"],
  ["a double of two bytes", "620102", "wrong length"],
  ["an unknown type", "00f0", "unknown type"],
  ["the end marker", "0006", "unknown type"],
  ["a list that says it has sixteen million texts", `1f04ffffff${"40".repeat(70_000)}`, "no end"],
])("%s is damage", (_, hex, words) => {
  const read = () => decodeValue(Buffer.from(hex.replaceAll(" ", ""), "hex"), 0);
  expect(read).toThrow(MmdbDamage);
  expect(read).toThrow(words);
});

test("a few bytes cannot unfold to millions of values", () => {
  // Ten lists, each of 28 pointers to the one before it.
  const lists = [Buffer.from("40", "hex")];
  let [before, end] = [0, 1];
  for (let level = 0; level < 10; level++) {
    const list = Buffer.concat([
      Buffer.from("1c04", "hex"),
      ...Array.from({ length: 28 }, () => Buffer.from([0x20 | (before >> 8), before & 0xff])),
    ]);
    lists.push(list);
    [before, end] = [end, end + list.length];
  }
  expect(() => decodeValue(Buffer.concat(lists), before)).toThrow("a record has no end");
});

const { data } = fc.letrec<{ data: Data }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.string({ minLength: 280, maxLength: 300 }),
    fc.nat(2 ** 32 - 1),
    fc.integer(),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.uint8Array(),
    fc.array(tie("data"), { maxLength: 40 }),
    fc.dictionary(fc.string(), tie("data")),
  ),
}));

test("whatever is written is read", () => {
  fc.assert(
    fc.property(data, fc.nat(300), (value, before) => {
      const bytes = encode(value);
      fc.pre(bytes.length < 65_536);
      expect(decodeValue(Buffer.concat([Buffer.alloc(before), bytes]), before)).toEqual(asRead(value));
    }),
  );
});

function asRead(value: Data): unknown {
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== "object" || value instanceof Uint8Array) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, asRead(inner)]));
}

test("an address is in the narrowest network that holds it", () => {
  const network = fc.record({ address: fc.nat(2 ** 32 - 1), bits: fc.integer({ min: 1, max: 32 }) });
  const inNetwork = (address: number, { address: other, bits }: { address: number; bits: number }) =>
    Math.floor(address / 2 ** (32 - bits)) === Math.floor(other / 2 ** (32 - bits));
  fc.assert(
    fc.property(
      fc.uniqueArray(network, {
        minLength: 1,
        maxLength: 20,
        selector: ({ address, bits }) => `${Math.floor(address / 2 ** (32 - bits))}/${bits}`,
      }),
      fc.constantFrom<24 | 28 | 32>(24, 28, 32),
      fc.constantFrom<4 | 6>(4, 6),
      fc.nat(2 ** 32 - 1),
      (networks, recordSize, ipVersion, elsewhere) => {
        const wideFirst = [...networks].sort((a, b) => a.bits - b.bits);
        const bytesOf = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
        const written = wideFirst.map(({ address, bits }) => ({
          bytes: bytesOf(address),
          bits,
          data: `${address}/${bits}`,
        }));
        const file = readMmdb(mmdbFile(written, { recordSize, ipVersion }), "x.mmdb");
        for (const address of [elsewhere, ...networks.map((one) => one.address)]) {
          const narrowest = wideFirst.filter((one) => inNetwork(address, one)).at(-1);
          const expected = narrowest && `${narrowest.address}/${narrowest.bits}`;
          expect(file.find(bytesOf(address).join("."))).toBe(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe("a file that is no good", () => {
  const good = mmdbFile([...NETWORKS, V6_NETWORK]);

  test.each<[string, Buffer, string]>([
    ["is empty", Buffer.alloc(0), "it has no metadata of a MaxMind DB"],
    ["is something else", Buffer.from("PK\x03\x04 a zip"), "it has no metadata of a MaxMind DB"],
    ["was cut", good.subarray(0, good.length / 2), "it has no metadata of a MaxMind DB"],
    ["was cut in its metadata", good.subarray(0, -20), "a value ends outside its data"],
    ["lost its beginning", good.subarray(good.length - 260), "it ends inside its tree"],
    ["has its marker far from its end", Buffer.concat([good, Buffer.alloc(200_000)]), "it has no metadata"],
    ["is of another version", mmdbFile(NETWORKS, { metadata: { binary_format_major_version: 3 } }), "not version 2"],
    ["has records of 20 bits", mmdbFile(NETWORKS, { metadata: { record_size: 20 } }), "24, 28 or 32 bits"],
    ["is for IPv5", mmdbFile(NETWORKS, { metadata: { ip_version: 5 } }), "neither for IPv4 nor for IPv6"],
    ["has no nodes", mmdbFile(NETWORKS, { metadata: { node_count: 0 } }), "names no nodes"],
    ["has half a node", mmdbFile(NETWORKS, { metadata: { node_count: 1.5 } }), "names no nodes"],
    ["has too many nodes", mmdbFile(NETWORKS, { metadata: { node_count: 2 ** 32 - 1 } }), "inside its tree"],
  ])("%s", (_, file, words) => {
    const read = () => readMmdb(file, "/var/lib/GeoIP/x.mmdb");
    expect(read).toThrow(ReportError);
    expect(read).toThrow(/^cannot use \/var\/lib\/GeoIP\/x\.mmdb: .* \(download it again\)$/);
    expect(read).toThrow(words);
  });

  test.each<[string, (file: Buffer) => void, string]>([
    ["a tree that is a ring", (file) => file.fill(0, 0, 6), "deeper than an address"],
    ["a leaf that points behind the data", (file) => file.fill(0xff, 0, 6), "outside its data"],
    // A file of three nodes: 19 is the first byte of the data, 4 to 18 lie in the separator.
    [
      "a leaf that points between tree and data",
      (file) => file.fill(Buffer.from("000210", "hex"), 0, 6),
      "outside its data",
    ],
  ])("%s is found on the way", (_, damage, words) => {
    const file = mmdbFile(NETWORKS);
    damage(file);
    const nodes = readMmdb(file, "x.mmdb");
    expect(() => nodes.find("198.51.100.1")).toThrow(ReportError);
    expect(() => nodes.find("198.51.100.1")).toThrow(words);
  });

  test("however it is damaged, it gives an answer or a problem, and soon", () => {
    const files = ([24, 28, 32] as const).map((recordSize) => mmdbFile([...NETWORKS, V6_NETWORK], { recordSize }));
    const bytes = fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { maxLength: 8 });
    const near = fc.array(fc.record({ fromEnd: fc.nat(300), to: fc.nat(255) }), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        bytes,
        near,
        fc.option(fc.nat()),
        fc.ipV4(),
        (file, changes, late, cut, ip) => {
          const damaged = Buffer.from(file);
          for (const { at, to } of changes) damaged[at % damaged.length] = to;
          for (const { fromEnd, to } of late) damaged[damaged.length - 1 - fromEnd] = to;
          const left = cut === null ? damaged : damaged.subarray(cut % damaged.length);
          try {
            const database = readMmdb(left, "x.mmdb");
            for (const address of [ip, "198.51.100.1", "203.0.113.9", "2001:db8:7::1"]) database.find(address);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(ReportError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("on the disk", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mmdb-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is read", async () => {
    writeFileSync(join(folder, "x.mmdb"), mmdbFile(NETWORKS));
    expect((await openMmdb(join(folder, "x.mmdb"))).find("198.51.100.1")).toBe("wide");
  });

  test.each<[string, (path: string) => unknown, string]>([
    ["is missing", () => undefined, "ENOENT"],
    ["is a folder", (path) => execFileSync("mkdir", [path]), "it is no file"],
    ["is a named pipe", (path) => execFileSync("mkfifo", [path]), "it is no file"],
    ["is too large", (path) => [writeFileSync(path, ""), truncateSync(path, 2 ** 29 + 1)], "it is larger than 512 MiB"],
  ])("a file that %s is a problem of the config", async (_, make, words) => {
    const path = join(folder, "x.mmdb");
    make(path);
    const opened = openMmdb(path);
    await expect(opened).rejects.toMatchObject({ exit: Exit.Config });
    await expect(opened).rejects.toThrow(`cannot read the address database ${path}: ${words}`);
  });
});
