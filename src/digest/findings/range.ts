/**
 * Returns the neighbours that are likely one owner's: a /24, and with IPv6 the /64 that one customer has to himself.
 * Says what networkOf says, and is asked for every new address.
 *
 * @param ip in the one spelling that parseAddress gives
 */
export function rangeOf(ip: string): string {
  return ip.includes(":") ? rangeOfIPv6(ip) : `${ip.slice(0, ip.lastIndexOf("."))}.0/24`;
}

/** A /24 has many owners. */
export function isOneOwners(range: string): boolean {
  return range.includes(":");
}

function rangeOfIPv6(ip: string): string {
  const [front = "", back] = ip.split("::", 2);
  const words = front === "" ? [] : front.split(":", 4);
  if (back !== undefined) {
    const behind = back === "" ? [] : back.split(":");
    // What `::` stands for; a dotted end is two words, and too far behind to matter.
    for (let gap = 8 - words.length - behind.length; gap > 0 && words.length < 4; gap--) words.push("0");
    words.push(...behind.slice(0, 4 - words.length));
  }
  while (words.at(-1) === "0") words.pop();
  return `${words.join(":")}::/64`;
}
