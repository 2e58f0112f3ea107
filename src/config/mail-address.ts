/**
 * Returns why `text` may not stand as sender or recipient, or undefined when it may.
 *
 * Looser than RFC 5321 where local mail needs it (`root@localhost`), and strict where a character could begin another
 * header or another recipient. Only the bare address: a name beside it would have to be encoded.
 */
export function mailAddressProblem(text: string): string | undefined {
  const shown = JSON.stringify(text);
  const bare = /<([^<>]*)>\s*$/.exec(text)?.[1];
  if (bare !== undefined) return `${shown} has more than the address (write only ${JSON.stringify(bare)})`;
  if (text.includes(",")) return `${shown} has a comma (write one address an entry)`;
  if (/[\s\p{C}<>]/u.test(text) || !/^[^@]+@[^@]+$/.test(text) || text.length > 254) {
    return `${shown} is no mail address (write for example "admin@example.org")`;
  }
  return undefined;
}
