// The network that an address belongs to, as a key for tables.
import { parseAddress } from "../events/address.ts";

/**
 * Returns the network of `bits` leading bits that `ip` lies in; undefined when there is no such network.
 *
 * @param ip in the one spelling that parseAddress gives
 * @example networkOf("192.0.2.77", 24) // "192.0.2.0/24"
 */
export function networkOf(ip: string, bits: number): string | undefined {
  const groups = groupsOf(ip);
  if (groups === undefined) return undefined;
  const { values, width } = groups;
  if (!Number.isInteger(bits) || bits < 0 || bits > values.length * width) return undefined;
  const masked = values.map((value, i) => {
    const kept = Math.min(width, Math.max(0, bits - i * width));
    return value & (((1 << kept) - 1) << (width - kept));
  });
  const text = width === 8 ? masked.join(".") : masked.map((value) => value.toString(16)).join(":");
  // Eight groups of an IPv6 network, brought to the spelling of addresses.
  return `${parseAddress(text) ?? text}/${bits}`;
}

/** Reads `192.0.2.7/24`, whose address may have more bits than its network. */
export function readNetwork(text: string): { readonly network: string; readonly bits: number } | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const bits = Number(text.slice(slash + 1));
  const network = networkOf(text.slice(0, slash), bits);
  return network === undefined ? undefined : { network, bits };
}

/** Four bytes or eight words. */
function groupsOf(ip: string): { readonly values: readonly number[]; readonly width: 8 | 16 } | undefined {
  if (parseAddress(ip) === undefined) return undefined;
  if (!ip.includes(":")) return { values: ip.split(".").map(Number), width: 8 };
  const [front = "", back] = ip.split("%", 1)[0]?.split("::") ?? [];
  const words = (text: string) => (text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16)));
  const head = words(front);
  const tail = words(back ?? "");
  const gap = back === undefined ? 0 : 8 - head.length - tail.length;
  return { values: [...head, ...new Array<number>(Math.max(0, gap)).fill(0), ...tail], width: 16 };
}
