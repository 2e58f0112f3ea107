/** Bytes of a log, four at a time: whoever looks at the same few words on every line looks at them here. */
export interface Bytes {
  readonly buffer: Buffer;
  readonly view: DataView;
}

/** Bytes behind the last line that may be looked at: words that would not fit are looked for all the same. */
export const LOOKAHEAD = 16;

export function bytesOf(buffer: Buffer): Bytes {
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length) };
}
