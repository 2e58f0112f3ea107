// Follows sshd's connections, because one guess writes up to five lines under one process id. What a connection adds
// to the totals is told at the line that first says it, so a window can be cut anywhere (docs/counting.md).
import type { Event, Instant, Peer } from "../events/event.ts";

const MINUTE = 60_000;
/** After this much silence an unauthenticated connection is over: process ids come round within a day. */
const SILENCE = 10 * MINUTE;
/** PAM's summary and a second closing line follow the first within a moment. */
const AFTERMATH = 10_000;

/** What one line adds to the totals. */
export interface Raise {
  readonly tries: number;
  /** The account does not exist. */
  readonly invalid: boolean;
  /** 1 when the connection is now known to be refused by policy. */
  readonly denied: number;
  /** 1 when the connection is now known to be a probe, -1 when it turns out to be more. */
  readonly probes: number;
  /** When a probe that is taken back was counted. */
  readonly probedAt: Instant | undefined;
  readonly ip: string | undefined;
  readonly host: string | undefined;
  readonly user: string | undefined;
  readonly beganAt: Instant;
  readonly allowlisted: boolean;
  /** The connection that this was a line of; the same object for all its lines. */
  readonly connection: object;
}

interface Connection {
  beganAt: Instant;
  lastAt: Instant;
  closedAt: Instant | undefined;
  ip: string | undefined;
  host: string | undefined;
  port: number | undefined;
  user: string | undefined;
  verdicts: number;
  pamErrors: number;
  named: number;
  counted: number;
  invalid: boolean;
  denied: boolean;
  probedAt: Instant | undefined;
  authenticated: boolean;
  allowlisted: boolean;
}

export class Connections {
  private readonly live = new Map<string, Connection>();
  /** Addresses and ports that were let in: their end is no probe, though another process writes it. */
  private readonly letIn = new Map<string, Instant>();
  private readonly cap: number;

  /** @param cap most connections that are remembered; the oldest are forgotten first */
  constructor(cap = 50_000) {
    this.cap = cap;
  }

  /** Marks the connection of a login as expected: its session is not counted. */
  allow(event: Event): void {
    this.of(event, event.head.at ?? 0).allowlisted = true;
  }

  /** Takes a line of sshd and says what it adds. Call in the order of time. */
  observe(event: Event, at: Instant): Raise {
    const connection = this.of(event, at);
    connection.lastAt = Math.max(connection.lastAt, at);
    let denied = 0;
    let probes = 0;
    let probedAt: Instant | undefined;
    switch (event.kind) {
      case "login.success":
        connection.authenticated = true;
        connection.user = event.user;
        this.remember(connection, at);
        break;
      case "login.failure":
      case "login.invalid-user":
      case "login.denied":
        if (event.user !== undefined) connection.user = event.user;
        if (event.basis === "verdict") connection.verdicts += event.repeat;
        else if (event.basis === "pam-error") connection.pamErrors += event.repeat;
        else if (event.basis === "named") connection.named = 1;
        // sshd calls an account that policy refuses an invalid user in every line after the refusal.
        if (event.invalidUser && (event.kind === "login.invalid-user" || !connection.denied)) connection.invalid = true;
        if (event.kind === "login.denied" && !connection.denied) {
          connection.denied = true;
          denied = 1;
        }
        break;
      case "probe":
        if (event.basis === "named" && !connection.authenticated) {
          connection.named = 1;
          connection.user ??= event.user;
          if (event.invalidUser && !connection.denied) connection.invalid = true;
        }
        if (event.basis === "named" || event.preauth) connection.closedAt = at;
        break;
      case "session.close":
        connection.closedAt = at;
        break;
      default:
    }
    const number = Math.max(connection.verdicts, connection.pamErrors, connection.named);
    const tries = number - connection.counted;
    connection.counted = number;
    const more = number > 0 || connection.denied || connection.authenticated;
    if (more && connection.probedAt !== undefined) {
      probes = -1;
      probedAt = connection.probedAt;
      connection.probedAt = undefined;
    } else if (event.kind === "probe" && !more && connection.probedAt === undefined && !this.endsSession(event)) {
      probes = 1;
      connection.probedAt = at;
    }
    const { ip, host, user, beganAt, invalid, allowlisted } = connection;
    return { tries, invalid, denied, probes, probedAt, ip, host, user, beganAt, allowlisted, connection };
  }

  private of(event: Event, at: Instant): Connection {
    const peer: Peer = "ip" in event || "host" in event || "port" in event ? event : {};
    const { hostname, procId } = event.head;
    // Without a process id, the peer is the next best thing to know a connection by.
    const key = procId === "" ? `${hostname}||${peer.ip ?? peer.host}|${peer.port}` : `${hostname}|${procId}`;
    let connection = this.live.get(key);
    if (connection !== undefined && isOver(connection, peer, at)) connection = undefined;
    if (connection === undefined) {
      connection = begin(at);
      this.live.delete(key);
      this.live.set(key, connection);
      if (this.live.size > this.cap) this.forget(at);
    }
    connection.ip ??= peer.ip;
    connection.host ??= peer.host;
    connection.port ??= peer.port;
    return connection;
  }

  private remember(connection: Connection, at: Instant): void {
    if (connection.port === undefined) return;
    const key = `${connection.ip ?? connection.host}|${connection.port}`;
    this.letIn.delete(key);
    this.letIn.set(key, at);
    if (this.letIn.size > this.cap) this.letIn.delete(this.letIn.keys().next().value as string);
  }

  private endsSession(event: Event & { kind: "probe" }): boolean {
    return event.port !== undefined && this.letIn.has(`${event.ip ?? event.host}|${event.port}`);
  }

  /** Drops what is over; when that is not enough, the oldest half. */
  private forget(now: Instant): void {
    for (const [key, connection] of this.live) if (isOver(connection, {}, now)) this.live.delete(key);
    let surplus = this.live.size - this.cap / 2;
    for (const key of this.live.keys()) {
      if (surplus-- <= 0) break;
      this.live.delete(key);
    }
  }
}

function isOver(connection: Connection, peer: Peer, at: Instant): boolean {
  if (peer.ip !== undefined && connection.ip !== undefined && peer.ip !== connection.ip) return true;
  if (peer.port !== undefined && connection.port !== undefined && peer.port !== connection.port) return true;
  if (connection.closedAt !== undefined && at - connection.closedAt > AFTERMATH) return true;
  return !connection.authenticated && at - connection.lastAt > SILENCE;
}

function begin(at: Instant): Connection {
  return {
    beganAt: at,
    lastAt: at,
    closedAt: undefined,
    ip: undefined,
    host: undefined,
    port: undefined,
    user: undefined,
    verdicts: 0,
    pamErrors: 0,
    named: 0,
    counted: 0,
    invalid: false,
    denied: false,
    probedAt: undefined,
    authenticated: false,
    allowlisted: false,
  };
}
