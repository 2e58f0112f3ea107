// How a file is compressed, told by its first bytes: names lie, and a rotation may have changed its mind half way.

export type Compression = "plain" | "gzip" | "bzip2" | "xz" | "zstd" | "lz4" | "lzip" | "lzma" | "compress" | "zip";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["lzip", [0x4c, 0x5a, 0x49, 0x50]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["compress", [0x1f, 0x9d]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];
/** So many bytes tell it. */
export const MAGIC_LENGTH = 6;

/** What rotated files are called when they are compressed, also twice. */
export const COMPRESSED = /(?:\.(?:gz|bz2|xz|zst|lz4|lz|lzma|Z|zip))+$/;

/** Tells the compression of a file that begins with `head`. */
export function compressionOf(head: Uint8Array): Compression {
  if (isSkippable(head)) return "zstd";
  return MAGIC.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0] ?? "plain";
}

/** pzstd begins its files with a frame that holds no text (RFC 8878, 3.1.2). */
function isSkippable(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
}

/** Is not read: the digest names the file. */
export function isUnread(compression: Compression): boolean {
  return !["plain", "gzip", "bzip2", "xz", "zstd"].includes(compression);
}
