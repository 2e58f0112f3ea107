/** Batches are latin1; a message with bytes beyond ASCII is read as UTF-8, what is none becomes U+FFFD. */
export function decoded(message: string): string {
  return /[\x80-\xff]/.test(message) ? Buffer.from(message, "latin1").toString("utf8") : message;
}
