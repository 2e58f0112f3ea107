// One connection of a program that writes each under a process id of its own: what its lines so far say of it
// (docs/counting.md).
import type { Event, Instant, LoginFailure, LoginSuccess, Probe } from "../events/event.ts";
import { Latest } from "./latest.ts";
import { Recent } from "./recent.ts";

const MINUTE = 60_000;
/** After this much silence an unauthenticated connection is over: process ids come round within a day. */
export const SILENCE = 10 * MINUTE;
/** A session's end is known as one for this long; reading begins a day before the window. */
const LONGEST_SESSION = 24 * 60 * MINUTE;
/** PAM's summary and a second closing line follow the first within a moment. */
const AFTERMATH = 10_000;
/** PAM's lines count only where the program says nothing of the address for this long, before and after. */
export const PAM_WAIT = MINUTE;
/** What the parser calls a doubt about the client's DNS: told first, whatever becomes of the connection. */
export const DNS_DOUBT = "reverse mapping failed";

/** A line of a program whose connections are followed. */
export type ConnectionEvent = Event & (LoginSuccess | LoginFailure | Probe);

/** One connection: hostname, program family and process id, from its first line to its closing line. */
export interface Connection {
  /** What it is known by in its family: its process as a rule. */
  readonly key: string;
  beganAt: Instant;
  lastAt: Instant;
  closedAt: Instant | undefined;
  ip: string | undefined;
  host: string | undefined;
  port: number | undefined;
  user: string | undefined;
  /** The account does not exist. */
  invalid: boolean;
  authenticated: boolean;
  /** Refused by policy. */
  denied: boolean;
  verdicts: number;
  pamErrors: number;
  named: 0 | 1;
  /** The larger of these three. */
  tries: number;
  /** When it was found to be a probe. */
  probedAt: Instant | undefined;
  /** It stands among the probes of the window. */
  countsAsProbe: boolean;
  /** When the program last spoke of it in words that PAM's lines add nothing to. */
  spokenAt: Instant;
  readonly family: Family;
  /** Shared with the other connections of that address; undefined while it is not known. */
  peer: Peer | undefined;
  /** Tries that its last line added. */
  newTries: number;
  /** Its last line is the first that says that it was refused by policy. */
  newlyDenied: boolean;
  /** Whether its last line makes it a probe; -1 when it turns out to be more than one. */
  newProbe: -1 | 0 | 1 | "later";
}

/** An address that connections of a program came from lately, or a name where the log has only that. */
interface Peer {
  readonly name: string;
  /** When the program last spoke of it. */
  heardAt: Instant;
  /** When the program last refused a guess of it. */
  refusedAt: Instant;
  /** When it was last noted among the family's. */
  notedAt: Instant;
}

/** What is known of one program family on one machine. */
export class Family {
  /** Connections by process, in two generations: what is over is left behind when they turn. */
  newer = new Map<string, Connection>();
  older = new Map<string, Connection>();
  /** Connections that were let in: they may be silent for long. */
  readonly lasting = new Latest<Connection>(Number.POSITIVE_INFINITY);
  /** Each is noted again within a minute of its use, so it stays for longer than PAM's lines wait. */
  readonly peers = new Recent<Peer>(3 * PAM_WAIT);
}

/** True when the program spoke of the connection or its address at or after `since`. */
export function wasSpokenOf({ spokenAt, peer }: Connection, since: Instant): boolean {
  return spokenAt >= since || (peer !== undefined && peer.heardAt >= since);
}

/** True when the connection named a user, was let in, or was refused by policy. */
export function isMoreThanProbe({ tries, denied, authenticated }: Connection): boolean {
  return tries > 0 || denied || authenticated;
}

/** Verdicts, `Invalid user`, `Accepted` and closing lines; not offered keys, nor what stands at the beginning. */
export function speaks(event: ConnectionEvent): boolean {
  if (event.kind === "probe") return event.reason !== DNS_DOUBT;
  return event.kind === "login.success" || event.basis !== "offer";
}

export function speak(connection: Connection, at: Instant): void {
  connection.spokenAt = at;
  if (connection.peer !== undefined) connection.peer.heardAt = at;
}

/** What is known of an address. */
export function peerOf({ peers }: Family, name: string, at: Instant): Peer {
  let peer = peers.last(name);
  if (peer === undefined) {
    peer = { name, heardAt: Number.NEGATIVE_INFINITY, refusedAt: Number.NEGATIVE_INFINITY, notedAt: at };
    peers.note(name, peer, at);
  } else if (at - peer.notedAt > PAM_WAIT) {
    peer.notedAt = at;
    peers.note(name, peer, at);
  }
  return peer;
}

/** The peer that a line names itself, which may be a name where its connection has an address. */
function peerNamedBy({ ip, host }: ConnectionEvent, connection: Connection, at: Instant): Peer | undefined {
  if (ip !== undefined || (host !== undefined && connection.ip === undefined)) return connection.peer;
  return host === undefined ? undefined : peerOf(connection.family, host, at);
}

/** Before 5.9 the child that ends a connection names no port, under a process id of its own. */
export function endsGuesses(connection: Connection, event: Event & Probe, at: Instant): boolean {
  if (event.preauth || event.port !== undefined) return false;
  const peer = peerNamedBy(event, connection, at);
  if (peer === undefined) return event.reason === "Too many authentication failures";
  return event.reason === undefined && peer.refusedAt >= at - PAM_WAIT;
}

export function refuse(connection: Connection, event: Event & LoginFailure, at: Instant): void {
  if (event.basis !== "offer") {
    const peer = peerNamedBy(event, connection, at);
    if (peer !== undefined) peer.refusedAt = at;
  }
  if (event.user !== undefined) connection.user = event.user;
  if (event.basis === "verdict" || event.basis === "own") connection.verdicts += event.repeat;
  else if (event.basis === "pam-error") connection.pamErrors += event.repeat;
  else if (event.basis === "named") connection.named = 1;
  // sshd calls an account that policy refuses an invalid user in every line after the refusal.
  if (event.invalidUser && (event.kind === "login.invalid-user" || !connection.denied)) connection.invalid = true;
  if (event.kind === "login.denied" && !connection.denied) {
    connection.denied = true;
    connection.newlyDenied = true;
  }
}

export function end(connection: Connection, event: Probe, at: Instant): void {
  if (event.basis === "named" && !connection.authenticated) {
    connection.named = 1;
    if (event.user !== undefined) connection.user ??= event.user;
    if (event.invalidUser && !connection.denied) connection.invalid = true;
  }
  if (event.basis === "named" || event.preauth) connection.closedAt ??= Math.max(at, connection.lastAt);
}

export function isOver(connection: Connection, event: ConnectionEvent, at: Instant): boolean {
  if (event.port !== undefined && connection.port !== undefined && event.port !== connection.port) return true;
  if (event.ip !== undefined && connection.ip !== undefined) {
    if (event.ip !== connection.ip) return true;
  } else if (event.host !== undefined && connection.host !== undefined && event.host !== connection.host) return true;
  if (connection.authenticated) {
    // Nobody guesses in a connection that was let in.
    if (event.kind === "login.invalid-user") return true;
    if (event.kind === "login.failure" && event.basis !== "offer" && event.basis !== "pam") return true;
  }
  // sshd asks for a name once in a connection.
  if (event.kind === "login.invalid-user" && connection.invalid && event.head.procId === "") return true;
  return isSilent(connection, at);
}

export function isSilent({ authenticated, closedAt, lastAt }: Connection, at: Instant): boolean {
  if (closedAt !== undefined && at - closedAt > AFTERMATH) return true;
  return at - lastAt > (authenticated ? LONGEST_SESSION : SILENCE);
}

export function begin(family: Family, key: string, at: Instant): Connection {
  return {
    key,
    beganAt: at,
    lastAt: at,
    closedAt: undefined,
    ip: undefined,
    host: undefined,
    port: undefined,
    user: undefined,
    invalid: false,
    authenticated: false,
    denied: false,
    verdicts: 0,
    pamErrors: 0,
    named: 0,
    tries: 0,
    probedAt: undefined,
    countsAsProbe: false,
    spokenAt: Number.NEGATIVE_INFINITY,
    family,
    peer: undefined,
    newTries: 0,
    newlyDenied: false,
    newProbe: 0,
  };
}
