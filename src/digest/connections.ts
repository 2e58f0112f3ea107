// Follows connections, because one guess writes up to five lines under one process id. What a connection adds to the
// totals is told at the line that first says it, so a window can be cut anywhere (docs/counting.md).
import { copyOf } from "../events/address.ts";
import type { Event, Instant, LoginFailure, LoginSuccess, Probe } from "../events/event.ts";
import { PerMachine } from "./per-machine.ts";
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
/** More than a day's worth of process ids; a flood forgets the oldest. */
const MOST = 50_000;
/** What the parser calls a doubt about the client's DNS: told first, whatever becomes of the connection. */
const DNS_DOUBT = "reverse mapping failed";

/** A line of a program whose connections are followed. */
export type ConnectionEvent = Event & (LoginSuccess | LoginFailure | Probe);

/** One connection: hostname, program family and process id, from its first line to its closing line. */
export interface Connection {
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
  /** When it was counted as a probe. */
  probedAt: Instant | undefined;
  /** When the program last spoke of it in words that PAM's lines add nothing to. */
  spokenAt: Instant;
  readonly heard: Recent<Instant>;
  readonly refused: Recent<Instant>;
  /** Tries that its last line added. */
  newTries: number;
  /** Its last line is the first that says that it was refused by policy. */
  newlyDenied: boolean;
  /** Whether its last line makes it a probe; -1 when it turns out to be more than one. */
  newProbe: -1 | 0 | 1 | "later";
}

/** What is known of one program family on one machine. */
interface Family {
  readonly connections: Map<string, Connection>;
  /** Addresses that the program spoke of. */
  readonly heard: Recent<Instant>;
  /** Addresses whose guesses it refused. */
  readonly refused: Recent<Instant>;
}

export class Connections {
  private readonly families: PerMachine<Family>;
  /** Addresses and ports that were let in: their end is no probe, though another process writes it. */
  private readonly letIn = new Set<string>();
  private size = 0;
  private tidiedAt: Instant = Number.NEGATIVE_INFINITY;
  private readonly most: number;

  constructor(most = MOST) {
    this.most = most;
    this.families = new PerMachine(() => ({
      connections: new Map(),
      heard: new Recent(2 * PAM_WAIT),
      refused: new Recent(2 * PAM_WAIT),
    }));
  }

  /** Takes a line; what it adds stands in its connection, up to the next line. Call in the order of time. */
  observe(event: ConnectionEvent, at: Instant): Connection {
    const connection = this.of(event, at);
    connection.newlyDenied = false;
    connection.newProbe = 0;
    if (event.kind === "login.success") this.letItIn(connection, event);
    else if (event.kind === "probe") end(connection, event, at);
    else refuse(connection, event, at);
    if (speaks(event)) speak(connection, at);

    const tries = Math.max(connection.verdicts, connection.pamErrors, connection.named);
    connection.newTries = tries - connection.tries;
    connection.tries = tries;
    if (isMoreThanProbe(connection)) {
      if (connection.probedAt !== undefined) connection.newProbe = -1;
    } else if (
      event.kind === "probe" &&
      connection.probedAt === undefined &&
      !this.endsSession(event) &&
      !endsGuesses(connection, event, at)
    ) {
      connection.newProbe = event.reason === DNS_DOUBT ? "later" : 1;
      if (connection.newProbe === 1) connection.probedAt = at;
    }
    return connection;
  }

  /** A line of PAM under the program's name: it belongs to the connection of its process and says nothing of its own. */
  touch(event: ConnectionEvent, at: Instant): Connection {
    return this.of(event, at);
  }

  private letItIn(connection: Connection, event: LoginSuccess): void {
    connection.authenticated = true;
    connection.user = copyOf(event.user);
    if (connection.port === undefined) return;
    const key = `${connection.ip ?? connection.host}|${connection.port}`;
    // Before 5.9 the child that ends a session names no port.
    for (const each of [key, `${connection.ip ?? connection.host}|undefined`]) {
      this.letIn.delete(each);
      this.letIn.add(each);
    }
    if (this.letIn.size > this.most) this.letIn.delete(this.letIn.values().next().value as string);
  }

  /** True for the end of a session that its child process writes, in the words of a connection that was closed. */
  private endsSession(event: Probe): boolean {
    if (event.preauth || event.reason !== undefined) return false;
    return this.letIn.has(`${event.ip ?? event.host}|${event.port}`);
  }

  private of(event: ConnectionEvent, at: Instant): Connection {
    const { hostname, procId } = event.head;
    const family = this.families.of(event.service === "sshd" ? hostname : `${hostname}|${event.service}`);
    const own = event.kind === "probe" ? (event.connectionProcId ?? procId) : procId;
    // Without a process id, or with one for all (screensharingd), the peer is the next best thing to know a connection by.
    const key = own === "" || event.service === "screensharingd" ? `${event.ip ?? event.host}|${event.port}` : own;
    let connection = family.connections.get(key);
    if (connection === undefined || isOver(connection, event, at)) {
      if (connection === undefined) this.size++;
      else family.connections.delete(key);
      connection = begin(family, at);
      family.connections.set(copyOf(key), connection);
      if (this.size > this.most || at - this.tidiedAt > SILENCE) this.forget(at);
    }
    if (at > connection.lastAt) connection.lastAt = at;
    if (connection.ip === undefined && event.ip !== undefined) connection.ip = copyOf(event.ip);
    if (connection.host === undefined && event.host !== undefined) connection.host = copyOf(event.host);
    connection.port ??= event.port;
    return connection;
  }

  /** Drops what is over; when there is too much left, the oldest until a quarter is free. */
  private forget(now: Instant): void {
    this.tidiedAt = now;
    this.size = 0;
    for (const { connections } of this.families.all()) {
      for (const [key, connection] of connections) if (isSilent(connection, now)) connections.delete(key);
      this.size += connections.size;
    }
    if (this.size <= this.most) return;
    for (const { connections } of this.families.all()) {
      for (const key of connections.keys()) {
        if (this.size <= this.most * 0.75) return;
        connections.delete(key);
        this.size--;
      }
    }
  }
}

/** True when the program spoke of the connection or its address at or after `since`. */
export function wasSpokenOf({ spokenAt, heard, ip, host }: Connection, since: Instant): boolean {
  if (spokenAt >= since) return true;
  const peer = ip ?? host;
  return peer !== undefined && (heard.last(peer) ?? Number.NEGATIVE_INFINITY) >= since;
}

/** True when the connection named a user, was let in, or was refused by policy. */
export function isMoreThanProbe({ tries, denied, authenticated }: Connection): boolean {
  return tries > 0 || denied || authenticated;
}

/** Verdicts, `Invalid user`, `Accepted` and closing lines; not offered keys, nor what stands at the beginning. */
function speaks(event: ConnectionEvent): boolean {
  if (event.kind === "probe") return event.reason !== DNS_DOUBT;
  return event.kind === "login.success" || event.basis !== "offer";
}

function speak(connection: Connection, at: Instant): void {
  connection.spokenAt = at;
  const peer = connection.ip ?? connection.host;
  if (peer !== undefined) connection.heard.note(peer, at, at);
}

/** Before 5.9 the child that ends a connection names no port, under a process id of its own. */
function endsGuesses({ refused }: Connection, event: Probe, at: Instant): boolean {
  if (event.preauth || event.port !== undefined) return false;
  const peer = event.ip ?? event.host;
  if (peer === undefined) return event.reason === "Too many authentication failures";
  return event.reason === undefined && (refused.last(peer) ?? Number.NEGATIVE_INFINITY) >= at - PAM_WAIT;
}

function refuse(connection: Connection, event: Event & LoginFailure, at: Instant): void {
  const peer = event.ip ?? event.host;
  if (peer !== undefined && event.basis !== "offer") connection.refused.note(peer, at, at);
  if (event.user !== undefined && event.user !== connection.user) connection.user = copyOf(event.user);
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

function end(connection: Connection, event: Probe, at: Instant): void {
  if (event.basis === "named" && !connection.authenticated) {
    connection.named = 1;
    if (event.user !== undefined) connection.user ??= copyOf(event.user);
    if (event.invalidUser && !connection.denied) connection.invalid = true;
  }
  if (event.basis === "named" || event.preauth) connection.closedAt ??= Math.max(at, connection.lastAt);
}

function isOver(connection: Connection, event: ConnectionEvent, at: Instant): boolean {
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

function isSilent({ authenticated, closedAt, lastAt }: Connection, at: Instant): boolean {
  if (closedAt !== undefined && at - closedAt > AFTERMATH) return true;
  return at - lastAt > (authenticated ? LONGEST_SESSION : SILENCE);
}

function begin({ heard, refused }: Family, at: Instant): Connection {
  return {
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
    spokenAt: Number.NEGATIVE_INFINITY,
    heard,
    refused,
    newTries: 0,
    newlyDenied: false,
    newProbe: 0,
  };
}
