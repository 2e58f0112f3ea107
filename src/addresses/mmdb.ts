// MaxMind DB files (.mmdb), in which GeoLite2, DB-IP and IPinfo come: a binary tree over the bits of an address, and a
// section of data that its leaves point into. Format: MaxMind DB File Format Specification 2.0
// (https://maxmind.github.io/MaxMind-DB/). A file may be cut, or made by anybody: every offset is checked.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { addressBytes } from "./address-bytes.ts";
import { decodeValue, MmdbDamage, type Value } from "./mmdb-value.ts";

export interface Mmdb {
  /**
   * Returns what the file says of an address; undefined when it says nothing.
   *
   * @throws ReportError Exit.Config when the file is damaged there
   */
  find(address: string): Value | undefined;
}

/** The cities of the whole world are 130 MB. */
const LARGEST = 512 * 1024 * 1024;
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
/** The metadata lies in the last bytes of the file. */
const METADATA_REACH = 128 * 1024;
/** Zero bytes between the tree and the data. */
const SEPARATOR = 16;

/** @throws ReportError Exit.Config when there is no such file, or it is no MaxMind DB */
export async function openMmdb(path: string): Promise<Mmdb> {
  return readMmdb(await bytesOf(path), path);
}

/**
 * Reads what a file holds.
 *
 * @param path what errors call it
 * @throws ReportError Exit.Config when that is no MaxMind DB
 */
export function readMmdb(file: Buffer, path: string): Mmdb {
  const tree = told(path, () => treeOf(file));
  return {
    find: (address) => {
      const bytes = addressBytes(address);
      return bytes === undefined ? undefined : told(path, () => tree.find(bytes));
    },
  };
}

function treeOf(file: Buffer) {
  const marker = file.lastIndexOf(MARKER);
  if (marker < Math.max(0, file.length - METADATA_REACH)) throw new MmdbDamage("it has no metadata of a MaxMind DB");
  const metadata = decodeValue(file.subarray(marker + MARKER.length), 0);
  const [version, nodeCount, recordSize, ipVersion] = [
    "binary_format_major_version",
    "node_count",
    "record_size",
    "ip_version",
  ].map((name) => (metadata instanceof Map ? metadata.get(name) : undefined));
  if (version !== 2) throw new MmdbDamage("its format is not version 2");
  if (typeof nodeCount !== "number" || !Number.isSafeInteger(nodeCount) || nodeCount < 1)
    throw new MmdbDamage("its metadata names no nodes");
  if (recordSize !== 24 && recordSize !== 28 && recordSize !== 32)
    throw new MmdbDamage("its records are not of 24, 28 or 32 bits");
  if (ipVersion !== 4 && ipVersion !== 6) throw new MmdbDamage("it is neither for IPv4 nor for IPv6");
  const treeSize = (nodeCount * recordSize) / 4;
  if (treeSize + SEPARATOR > marker) throw new MmdbDamage("it ends inside its tree");
  const data = file.subarray(treeSize + SEPARATOR, marker);

  function find(address: Uint8Array): Value | undefined {
    if (ipVersion === 4 && address.length === 16) return undefined;
    // IPv4 lies in the tree of IPv6 as ::a.b.c.d.
    const bytes = ipVersion === 6 && address.length === 4 ? [...new Array<number>(12).fill(0), ...address] : address;
    let node = 0;
    for (let bit = 0; node < nodeCount; bit++) {
      const byte = bytes[bit >> 3];
      if (byte === undefined) throw new MmdbDamage("its tree is deeper than an address is long");
      node = childOf(file, recordSize, node, (byte >> (7 - (bit & 7))) & 1);
    }
    if (node === nodeCount) return undefined;
    const at = node - nodeCount - SEPARATOR;
    if (at < 0 || at >= data.length) throw new MmdbDamage("its tree points outside its data");
    return decodeValue(data, at);
  }
  return { find };
}

function childOf(file: Buffer, recordSize: 24 | 28 | 32, node: number, side: number): number {
  if (recordSize === 24) return file.readUIntBE(node * 6 + side * 3, 3);
  if (recordSize === 32) return file.readUInt32BE(node * 8 + side * 4);
  // 28 bits: the byte in the middle holds the highest four of both, the left ones first.
  const middle = file.readUInt8(node * 7 + 3);
  const high = side === 0 ? middle >> 4 : middle & 0x0f;
  return high * 0x1000000 + file.readUIntBE(node * 7 + side * 4, 3);
}

/** Says what is wrong with which file, and what to do. */
function told<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof MmdbDamage)) throw thrown;
    throw new ReportError(Exit.Config, `cannot use ${path}: ${thrown.message} (download it again)`, { cause: thrown });
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    // A named pipe would hold the run until somebody writes to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size > LARGEST) throw new Error(`it is larger than ${LARGEST / 1024 / 1024} MiB`);
    return await readWhole(file, stat.size);
  } catch (thrown) {
    const message = `cannot read the address database ${path}: ${reasonOf(thrown)} (addresses.databases names it)`;
    throw new ReportError(Exit.Config, message, { cause: thrown });
  } finally {
    await file?.close();
  }
}

/** A file that is replaced in place while it is read is short or mixed, and found damaged. */
async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}
