// How sshd's connections end before anybody was let in. Formats: openssh-portable packet.c (sshpkt_vfatal,
// ssh_packet_disconnect, ssh_packet_read_poll2), dispatch.c, of releases 3 to 10.
// In these lines the name comes before the address and is escaped twice; what follows the port is the client's.
import { after, endpointOf, numberOf, peerOf, withoutEnd } from "./fields.ts";
import type { Parsed, Rule } from "./parser.ts";
import { denied, isCut, PREAUTH, service, unescaped, withoutPreauth } from "./sshd-message.ts";

/**
 * Reads who a connection was: `[invalid user NAME |authenticating user NAME ]IP[ port N]`.
 *
 * @param cut the message lost its end: then it names nobody, and the connection's other lines do
 * @returns undefined for `user NAME IP port N`, a session that ends: the PAM session line tells of it
 */
function closing(who: string, preauth: boolean, cut: boolean, reason?: string): Parsed | undefined {
  if (who.startsWith("user ")) return undefined;
  const known = after(who, "authenticating user ");
  const unknown = known === undefined ? after(who, "invalid user ") : undefined;
  const rest = known ?? unknown;
  if (rest === undefined) {
    const peer = endpointOf(who);
    return peer && { kind: "probe", service, ...peer, ...(preauth && { preauth }), ...(reason && { reason }) };
  }
  const port = cut ? -1 : rest.lastIndexOf(" port ");
  const space = port < 0 ? -1 : rest.lastIndexOf(" ", port - 1);
  const peer = port < 0 ? undefined : endpointOf(rest.slice(space + 1));
  if (peer === undefined && !cut) return undefined;
  return {
    kind: "probe",
    service,
    basis: "named",
    user: peer && unescaped(rest.slice(0, Math.max(0, space))),
    invalidUser: unknown === undefined ? undefined : true,
    ip: peer?.ip,
    host: peer?.host,
    port: peer?.port,
    preauth: preauth ? true : undefined,
    reason: reason || undefined,
  };
}

/** `WORDS WHO`, with nothing behind the port. */
function ended(words: string) {
  return (message: string): Parsed | undefined => {
    const preauth = message.endsWith(PREAUTH);
    return closing(withoutPreauth(message, words.length), preauth, isCut(message, PREAUTH));
  };
}

/** `Disconnected from WHO`, of which a session's end has no ` [preauth]`. */
function disconnected(message: string): Parsed | undefined {
  return message.endsWith(PREAUTH) || isCut(message, PREAUTH) ? ended("Disconnected from ")(message) : undefined;
}

/** `WORDS WHO: REASON`, where WHO ends at the first `: ` behind a port: neither names nor addresses hold one. */
function endedBecause(words: string, reasonOf: (text: string) => string) {
  return (message: string): Parsed | undefined => {
    const preauth = message.endsWith(PREAUTH);
    const rest = withoutPreauth(message, words.length);
    const end = endOfPort(rest);
    // Up to 7.1 the address stands alone: `Unable to negotiate with IP: ...`.
    const alone = end < 0 ? rest.indexOf(": ") : -1;
    const peer = alone < 0 ? undefined : peerOf(rest.slice(0, alone));
    if (peer?.ip !== undefined) {
      return {
        kind: "probe",
        service,
        ...peer,
        ...(preauth && { preauth: true }),
        reason: reasonOf(rest.slice(alone + 2)),
      };
    }
    if (end < 0) return closing(rest, preauth, isCut(message, PREAUTH), reasonOf(""));
    return closing(rest.slice(0, end), preauth, false, reasonOf(rest.slice(end + 2)));
  };
}

/** Index of the first `: ` behind ` port N`, -1 when there is none. */
function endOfPort(text: string): number {
  for (let colon = text.indexOf(": "); colon >= 0; colon = text.indexOf(": ", colon + 1)) {
    let digits = colon;
    while (digits > 0 && numberOf(text.charAt(digits - 1)) !== undefined) digits--;
    if (digits < colon && text.startsWith(" port ", digits - 6)) return colon;
  }
  return -1;
}

/** `Disconnecting: REASON`, of releases before 7.6: no address. Without ` [preauth]` a session may have ended. */
function disconnectingOld(message: string): Parsed | undefined {
  const reason = withoutPreauth(message, 15);
  const user = after(reason, "Too many authentication failures for ");
  if (!message.endsWith(PREAUTH) && user === undefined) return undefined;
  return {
    kind: "probe",
    service,
    ...(message.endsWith(PREAUTH) && { preauth: true }),
    ...(user === undefined ? { reason } : { user: unescaped(user), reason: reason.slice(0, 32) }),
  };
}

/** In a session: `Disconnecting user NAME IP port N: Possible attack: ...` */
function attack(message: string): Parsed | undefined {
  const end = endOfPort(message);
  const reason = message.slice(end + 2);
  if (end < 0 || !reason.startsWith("Possible attack: ")) return undefined;
  const port = message.lastIndexOf(" port ", end);
  const space = message.lastIndexOf(" ", port - 1);
  const peer = endpointOf(message.slice(space + 1, end));
  return peer && denied({ basis: "unnamed", user: message.slice(19, Math.max(19, space)), ...peer, reason });
}

/** Disconnect reasons that end an attempt, not a session: key exchange failed, cancelled by user, no more methods. */
const ATTEMPT_CODES = new Set(["3", "13", "14"]);

/** `Received disconnect from IP[ port N]:CODE: TEXT[ [preauth]]`; TEXT is the client's. */
function receivedDisconnect(words: string) {
  return (message: string): Parsed | undefined => {
    const preauth = message.endsWith(PREAUTH);
    const text = message.slice(words.length);
    const port = text.indexOf(" port ");
    let end = text.indexOf(":", Math.max(0, port));
    let peer = port < 0 ? undefined : endpointOf(text.slice(0, end));
    if (peer === undefined) {
      end = text.indexOf(": ");
      peer = end < 0 ? undefined : peerOf(text.slice(0, end));
    }
    if (peer === undefined) return undefined;
    const code = text.slice(end + 1, text.indexOf(":", end + 1)).trim();
    // Releases before 5.9 had no ` [preauth]`.
    if (!preauth && !ATTEMPT_CODES.has(code)) return undefined;
    return { kind: "probe", service, ...peer, preauth: true };
  };
}

/** `Connection from WHO timed out`; `Connection from IP port N on IP port N` is a connection's first line. */
function timedOut(message: string): Parsed | undefined {
  const preauth = message.endsWith(PREAUTH);
  const text = withoutPreauth(message, 16);
  const who = withoutEnd(text, " timed out");
  return who === text ? undefined : closing(who, preauth, false, "timed out");
}

/** `fatal: Read from socket failed: ...` and the like: no address, but they end the connection of their process. */
function fatal(reason: string) {
  return (message: string): Parsed | undefined =>
    message.endsWith(PREAUTH) ? { kind: "probe", service, preauth: true, reason } : undefined;
}

const because = (name: string, words: string, reasonOf: (text: string) => string): Rule => ({
  name,
  starts: words,
  parse: endedBecause(words, reasonOf),
});
/** sshd's own words before the client's offer. */
const negotiation = (text: string) => text.split(". Their offer: ", 1)[0] || "key exchange";
const asTold = (text: string) => text.slice(0, 128);
const always = (reason: string) => () => reason;

export const closings: readonly Rule[] = [
  { name: "connection closed", starts: "Connection closed by ", parse: ended("Connection closed by ") },
  { name: "connection reset", starts: "Connection reset by ", parse: ended("Connection reset by ") },
  { name: "disconnected", starts: "Disconnected from ", parse: disconnected },
  {
    name: "received disconnect",
    starts: "Received disconnect from ",
    parse: receivedDisconnect("Received disconnect from "),
  },
  {
    name: "received disconnect, error",
    starts: "error: Received disconnect from ",
    parse: receivedDisconnect("error: Received disconnect from "),
  },
  because("disconnecting", "Disconnecting ", asTold),
  { name: "disconnecting (old)", starts: "Disconnecting: ", parse: disconnectingOld },
  { name: "possible attack", starts: "Disconnecting user ", parse: attack },
  because("no common algorithm", "Unable to negotiate with ", negotiation),
  because("no common algorithm, fatal", "fatal: Unable to negotiate with ", negotiation),
  because("banner exchange", "banner exchange: Connection from ", (text) => `banner exchange: ${text}`.slice(0, 128)),
  because("dispatch", "ssh_dispatch_run_fatal: Connection from ", asTold),
  because("dispatch, fatal", "fatal: ssh_dispatch_run_fatal: Connection from ", asTold),
  because("write failed", "packet_write_wait: Connection from ", asTold),
  because("protocol versions", "Protocol major versions differ for ", always("protocol versions differ")),
  { name: "connection timed out", starts: "Connection from ", parse: timedOut },
  { name: "read failed (old)", starts: "fatal: Read from socket failed: ", parse: fatal("connection lost") },
  { name: "write failed (old)", starts: "fatal: Write failed: ", parse: fatal("connection lost") },
  { name: "no common algorithm (old)", starts: "fatal: no matching ", parse: fatal("key exchange") },
  { name: "no key exchange (old)", starts: "fatal: Unable to negotiate a key ", parse: fatal("key exchange") },
];
