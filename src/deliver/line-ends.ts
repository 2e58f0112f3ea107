/**
 * Returns the message with LF line ends, as a Maildir holds it and a sendmail program reads it: both count a CR as
 * part of the line.
 */
export function withUnixLineEnds(raw: Buffer): Buffer {
  // latin1 keeps every byte as it is.
  return Buffer.from(raw.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}
