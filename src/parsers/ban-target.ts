// Who a ban is about: an address, a range or a name, as every blocker writes it.
import type { Peer } from "../events/event.ts";
import { numberOf, peerOf } from "./fields.ts";

/** Reads an address, a range (`192.0.2.0/24`) or a host name; undefined for what is none of these. */
export function banTarget(text: string): Peer | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return peerOf(text);
  const base = peerOf(text.slice(0, slash));
  const bits = numberOf(text.slice(slash + 1));
  if (base?.ip === undefined || bits === undefined) return undefined;
  const all = base.ip.includes(":") ? 128 : 32;
  if (bits > all) return undefined;
  // A range of one is that address: else one peer would be two in the tables.
  return { ip: bits === all ? base.ip : `${base.ip}/${bits}` };
}

/** The text up to the first blank or one of `ends`. */
export function firstWord(text: string, ends = ""): string {
  let to = 0;
  while (to < text.length && text.charCodeAt(to) !== 32 && !ends.includes(text.charAt(to))) to++;
  return text.slice(0, to);
}
