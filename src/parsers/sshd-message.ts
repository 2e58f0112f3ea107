// What the messages of sshd have in common: who is spoken of, and what is left of a message that was cut.
import type { LoginFailure, Peer } from "../events/event.ts";
import { after, CUT, withoutEnd } from "./fields.ts";
import type { Parsed } from "./parser.ts";

export const service = "sshd";
/** What the monitor hangs on the lines that it writes for the process before authentication. */
export const PREAUTH = " [preauth]";

/** Certificates and clients write into reasons, as much as they like. */
export const LONGEST_REASON = 256;

export interface Named {
  readonly user?: string;
  readonly invalidUser?: true;
}

/** Takes `invalid user ` (`illegal user ` of old and of PAM lines) off the front: only the first is sshd's own. */
export function named(text: string): Named {
  if (text === "<invalid username>") return { invalidUser: true };
  const user = after(text, "invalid user ") ?? after(text, "illegal user ");
  return user === undefined ? { user: text } : { user, invalidUser: true };
}

/** All that a name says that lost its end: names it would only multiply. */
export function ifInvalid(text: string): { readonly invalidUser?: true } {
  return named(text).invalidUser ? { invalidUser: true } : {};
}

/** No name that sshd writes is longer than some 200 bytes. */
const LONGEST_NAME = 1024;

/** Lines that the monitor relays are escaped once more than the others. */
export function unescaped(name: string): string {
  return name.length < LONGEST_NAME && name.includes("\\\\") ? name.replaceAll("\\\\", "\\") : name;
}

/**
 * True of a message without its `end` that is as long as one that was cut. Escaped names take up to four bytes for one,
 * in relayed lines five: there the address can be pushed off the end, and the last thing that looks like one is
 * part of the name. The connection's other lines know the address.
 */
export function isCut(message: string, end: string): boolean {
  return message.length > CUT && !message.endsWith(end);
}

export function withoutPreauth(message: string, from: number): string {
  return withoutEnd(message.slice(from), PREAUTH);
}

export function denied(fields: Partial<LoginFailure> & Peer): Parsed {
  return { kind: "login.denied", service, basis: "named", ...fields };
}

export function probe(peer: Peer, reason: string, message: string): Parsed {
  return { kind: "probe", service, ...peer, ...(message.endsWith(PREAUTH) && { preauth: true }), reason };
}
