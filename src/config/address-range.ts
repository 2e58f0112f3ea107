// Addresses and ranges as a config states them. Strict on purpose: `10.1` and `010.0.0.1` mean different addresses to
// different programs, so they are refused rather than guessed (node:net refuses them too).
import { isIP, SocketAddress } from "node:net";

/** One address or CIDR range with no host bits set; a single address has the longest prefix. */
interface AddressRange {
  readonly family: "ipv4" | "ipv6";
  readonly address: string;
  readonly prefix: number;
}

/** Returns the range that `text` states, or a sentence that says why it states none. */
export function readRange(text: string): AddressRange | string {
  const [address = "", prefixText, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) {
    return `${JSON.stringify(text)} is no IP address or range (write for example 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32)`;
  }
  if (address.includes("%")) return `${JSON.stringify(text)} names an interface (write it without %...)`;
  const family = version === 4 ? "ipv4" : "ipv6";
  const bits = version === 4 ? 32 : 128;
  if (prefixText !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(prefixText) || Number(prefixText) > bits)) {
    return `${JSON.stringify(text)} has no prefix length between 0 and ${bits} after its slash`;
  }
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  const value = addressToInteger(address, family);
  const hostBits = BigInt(bits - prefix);
  const network = (value >> hostBits) << hostBits;
  if (network !== value) {
    const suggestion = `${integerToAddress(network, family)}/${prefix}`;
    return `${JSON.stringify(text)} has bits set behind its prefix (write ${suggestion} for the range, ${address} for the one address)`;
  }
  if (family === "ipv6" && prefix >= 96 && value >> 32n === 0xffffn) {
    const mapped = integerToAddress(value & 0xffffffffn, "ipv4");
    // A mapped address is looked up as the IPv4 address that it is, so this rule could never match.
    return `${JSON.stringify(text)} is an IPv4 address in IPv6 clothes (write ${prefix === 128 ? mapped : `${mapped}/${prefix - 96}`})`;
  }
  return { family, address, prefix };
}

/** Returns why `text` is no address or range, or undefined when it is one. */
export function rangeProblem(text: string): string | undefined {
  const range = readRange(text);
  return typeof range === "string" ? range : undefined;
}

function addressToInteger(address: string, family: AddressRange["family"]): bigint {
  if (family === "ipv4") return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const dotted = /^(.*:)([\d.]+\.\d+)$/.exec(address);
  const tail = dotted?.[2] === undefined ? 0n : addressToInteger(dotted[2], "ipv4");
  const hextets = dotted ? `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}` : address;
  const [head = "", end] = hextets.split("::").map((part) => part.split(":").filter((hextet) => hextet !== ""));
  const missing = 8 - (head.length + (end?.length ?? 0));
  const all = [...head, ...Array<string>(missing).fill("0"), ...(end ?? [])];
  return all.reduce((sum, hextet) => (sum << 16n) | BigInt(`0x${hextet}`), 0n);
}

function integerToAddress(value: bigint, family: AddressRange["family"]): string {
  const [width, count, radix, separator] = family === "ipv4" ? [8n, 4, 10, "."] : [16n, 8, 16, ":"];
  const parts: string[] = [];
  for (let rest = value; parts.length < count; rest >>= width) {
    parts.unshift((rest & ((1n << width) - 1n)).toString(radix));
  }
  return new SocketAddress({ address: parts.join(separator), family }).address;
}
