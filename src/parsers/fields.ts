// Slicing fields out of messages. Every pattern here is a literal searched for with indexOf or lastIndexOf: linear, and
// anchored at the program's own words, because names, reasons and banners are the attacker's.
import { parseAddress } from "../events/address.ts";
import type { Peer } from "../events/event.ts";

/** Returns an address or host name; undefined for what is neither, such as 256.1.1.1. */
export function peerOf(text: string): Peer | undefined {
  // What macOS withholds is an address that nobody knows.
  if (text === "<private>") return {};
  const ip = parseAddress(text);
  // One shape, as of an endpoint below: the callers are many, and their callers ask for the same fields.
  if (ip !== undefined) return { ip, host: undefined };
  return isHostName(text) ? { ip: undefined, host: text } : undefined;
}

/** Letters, digits, dots, hyphens, underscores, with at least one letter: a broken address is no name. */
function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > 255) return false;
  let letters = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 32;
    if (code >= 97 && code <= 122) letters = true;
    else if (!(code >= 48 && code <= 57) && code !== 46 && code !== 45 && text.charCodeAt(i) !== 95) return false;
  }
  return letters;
}

/** Returns the number that `text` is, or undefined; ports and counts have at most 10 digits. */
export function numberOf(text: string): number | undefined {
  if (text.length === 0 || text.length > 10) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads `ADDRESS port N` or `ADDRESS`; sshd writes `UNKNOWN port 65535` when the peer has gone before it could look. */
export function endpointOf(text: string): Peer | undefined {
  if (text === "UNKNOWN" || text === "UNKNOWN port 65535") return {};
  const at = text.lastIndexOf(" port ");
  if (at < 0) return peerOf(text);
  const peer = peerOf(text.slice(0, at));
  const port = portOf(text.slice(at + 6));
  return peer === undefined || port === undefined ? undefined : { ip: peer.ip, host: peer.host, port };
}

function portOf(text: string): number | undefined {
  const port = numberOf(text);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

/** Reads `203.0.113.7:22`, `[2001:db8::1]:22` or `2001:db8::1:22`; undefined when either part is missing. */
export function colonEndpointOf(text: string): Peer | undefined {
  const colon = text.lastIndexOf(":");
  const port = colon < 0 ? undefined : portOf(text.slice(colon + 1));
  if (port === undefined) return undefined;
  const bracketed = text.charCodeAt(0) === 91 && text.charCodeAt(colon - 1) === 93;
  const peer = peerOf(bracketed ? text.slice(1, colon - 1) : text.slice(0, colon));
  return peer === undefined ? undefined : { ...peer, port };
}

/** sshd hands some 500 bytes to syslog: the end of a longer message may be cut off, and what is left the attacker's. */
export const CUT = 400;

/**
 * Reads `NAME from ADDRESS port N` from the right: a name may itself hold ` from 10.0.0.1 port 22`. Older programs
 * leave the port out, which is believed only of messages too short to have been cut.
 */
export function nameFromPeer(text: string): (Peer & { readonly name: string }) | undefined {
  const at = text.lastIndexOf(" from ");
  const start = at >= 0 ? at : text.startsWith("from ") ? -1 : undefined;
  if (start === undefined) return undefined;
  // `port ssh2`: the number is missing, the address is not.
  const tail = withoutEnd(text.slice(start + 6), " port");
  if (!tail.includes(" port ") && text.length > CUT) return undefined;
  const peer = endpointOf(tail);
  if (peer === undefined) return undefined;
  const name = start < 0 ? "" : text.slice(0, start);
  return { name, ip: peer.ip, host: peer.host, port: peer.port };
}

/** Removes `word` from the front of `text`; undefined when it does not stand there. */
export function after(text: string, word: string): string | undefined {
  return text.startsWith(word) ? text.slice(word.length) : undefined;
}

/** Removes `word` from the end of `text` when it stands there. */
export function withoutEnd(text: string, word: string): string {
  return text.endsWith(word) ? text.slice(0, -word.length) : text;
}

/** Returns the text between two literals, the first of each; undefined when either is missing. */
export function between(text: string, before: string, behind: string): string | undefined {
  const from = text.indexOf(before);
  if (from < 0) return undefined;
  const to = text.indexOf(behind, from + before.length);
  return to < 0 ? undefined : text.slice(from + before.length, to);
}
