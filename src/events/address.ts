// IP addresses as logs write them, brought to one spelling so that the same peer is one key everywhere: sshd prints
// `2001:db8::1`, netfilter prints 2001:0db8:0000:...:0001, and a dual-stack socket prints ::ffff:192.0.2.1.
import { isIPv6, SocketAddress } from "node:net";

const CACHE_LIMIT = 4096;
/** V8 copies what is shorter. */
const SHORTEST_SLICE = 13;
const scratch = Buffer.alloc(128);
const canonical = new Map<string, string>();

/** Returns the address in canonical form, or undefined when `text` is no IP address. A zone (`%eth0`) is kept. */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (text.length > 64 || !text.includes(":")) return undefined;
  const known = canonical.get(text);
  if (known !== undefined) return known;
  if (!isIPv6(text)) return undefined;
  const percent = text.indexOf("%");
  const bare = percent < 0 ? text : text.slice(0, percent);
  const address = new SocketAddress({ address: bare, family: "ipv6" }).address;
  const mapped = address.startsWith("::ffff:") && isIPv4(address.slice(7)) ? address.slice(7) : undefined;
  const result = mapped ?? (percent < 0 ? address : address + text.slice(percent));
  if (canonical.size >= CACHE_LIMIT) canonical.clear();
  canonical.set(copyOf(text), result);
  return result;
}

/** Dotted quad of four decimal bytes without leading zeros: what every writer of these logs prints. */
function isIPv4(text: string): boolean {
  const end = text.length;
  if (end < 7 || end > 15) return false;
  let value = -1;
  let dots = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (value < 0 || ++dots > 3) return false;
      value = -1;
    } else {
      const digit = code - 48;
      if (digit < 0 || digit > 9 || value === 0) return false;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > 255) return false;
    }
  }
  return dots === 3 && value >= 0;
}

/** True for an address that reaches many machines at once: multicast, or an IPv4 broadcast (255.255.255.255, x.y.z.255). */
export function isManyCast(address: string): boolean {
  if (address.includes(":")) return address.startsWith("ff");
  const first = Number.parseInt(address, 10);
  return (first >= 224 && first <= 239) || address.endsWith(".255");
}

/**
 * Returns a copy that does not keep the chunk of log alive that `text` was cut from. V8 makes a long slice point into
 * its parent string: a table key taken by slice() would pin a whole chunk each.
 */
export function copyOf(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  // Through bytes, for a slice of a longer text would be a pointer into that, and twice as large.
  const length = text.length <= scratch.length ? scratch.write(text, "latin1") : 0;
  const copy = scratch.toString("latin1", 0, length);
  return copy === text ? copy : ` ${text}`.slice(1);
}
