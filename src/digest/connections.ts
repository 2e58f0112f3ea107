// Follows connections, because one guess writes up to five lines under one process id. What a connection adds to the
// totals is told at the line that first says it, so a window can be cut anywhere (docs/counting.md).
import type { Instant, LoginSuccess, Probe } from "../events/event.ts";
import {
  begin,
  type Connection,
  type ConnectionEvent,
  DNS_DOUBT,
  end,
  endsGuesses,
  Family,
  isMoreThanProbe,
  isOver,
  isSilent,
  PAM_WAIT,
  peerOf,
  refuse,
  SILENCE,
  speak,
  speaks,
} from "./connection.ts";
import { Latest } from "./latest.ts";
import { PerMachine } from "./per-machine.ts";

const MINUTE = 60_000;
/** Connections of twenty minutes, and logins of a day; a flood forgets the oldest. */
const MOST = 50_000;
/** So often the connections that are over are dropped: what dies young costs V8 nearly nothing. */
const TURN = MINUTE;
/** Lines of a connection that is over may still come, when they are out of order. */
const DISORDER = 2 * MINUTE;

/** The families of one machine. */
interface Machine {
  /** Nearly all lines are its own. */
  readonly sshd: Family;
  readonly others: Map<string, Family>;
}

export class Connections {
  private readonly machines = new PerMachine<Machine>(() => ({ sshd: new Family(), others: new Map() }));
  /** Addresses and ports that were let in: their end is no probe, though another process writes it. */
  private readonly letIn: Latest<true>;
  /** Connections in the newer generation of all families. */
  private newer = 0;
  private since: Instant = Number.NEGATIVE_INFINITY;
  private sweptAt: Instant = Number.NEGATIVE_INFINITY;
  private lasting = 0;
  private readonly most: number;

  constructor(most = MOST) {
    this.most = most;
    this.letIn = new Latest(most);
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
    if (!connection.authenticated) this.keep(connection);
    connection.authenticated = true;
    connection.user = event.user;
    if (connection.port === undefined) return;
    const key = `${connection.ip ?? connection.host}|${connection.port}`;
    // Before 5.9 the child that ends a session names no port.
    for (const each of [key, `${connection.ip ?? connection.host}|undefined`]) {
      this.letIn.delete(each);
      this.letIn.set(each, true);
    }
  }

  /** True for the end of a session that its child process writes, in the words of a connection that was closed. */
  private endsSession(event: Probe): boolean {
    if (event.preauth || event.reason !== undefined) return false;
    return this.letIn.has(`${event.ip ?? event.host}|${event.port}`);
  }

  private of(event: ConnectionEvent, at: Instant): Connection {
    const { hostname, procId } = event.head;
    const family = this.familyOf(event.service, hostname);
    const own = event.kind === "probe" ? (event.connectionProcId ?? procId) : procId;
    // Without a process id, or with one for all (screensharingd), the peer is the next best thing to know a connection by.
    const key = own === "" || event.service === "screensharingd" ? `${event.ip ?? event.host}|${event.port}` : own;
    let connection = family.newer.get(key);
    if (connection === undefined) {
      connection = family.older.get(key) ?? family.lasting.get(key);
      if (connection !== undefined) this.remember(connection, at);
    }
    if (connection === undefined || isOver(connection, event, at)) {
      if (connection?.authenticated && family.lasting.delete(key)) this.lasting--;
      connection = begin(family, key, at);
      this.remember(connection, at);
    }
    if (at > connection.lastAt) connection.lastAt = at;
    const { peer } = connection;
    if (peer !== undefined && at - peer.notedAt > PAM_WAIT) connection.peer = peerOf(family, peer.name, at);
    if (connection.ip === undefined && event.ip !== undefined) {
      connection.ip = event.ip;
      connection.peer = peerOf(family, event.ip, at);
    }
    if (connection.host === undefined && event.host !== undefined) {
      connection.host = event.host;
      connection.peer ??= peerOf(family, event.host, at);
    }
    if (connection.port === undefined) connection.port = event.port;
    return connection;
  }

  private familyOf(service: string, hostname: string): Family {
    const { sshd, others } = this.machines.of(hostname);
    if (service === "sshd") return sshd;
    let family = others.get(service);
    if (family === undefined) {
      family = new Family();
      others.set(service, family);
    }
    return family;
  }

  /** Puts a connection into the newer generation, which becomes the older one after a while, or when it is a flood. */
  private remember(connection: Connection, at: Instant): void {
    if (this.newer >= this.most / 2) this.turn(at, false);
    else if (at - this.since > TURN) this.turn(at, true);
    connection.family.newer.set(connection.key, connection);
    this.newer++;
  }

  /** Keeps a connection that was let in: the oldest go first. */
  private keep(connection: Connection): void {
    const { lasting } = connection.family;
    lasting.set(connection.key, connection);
    if (this.lasting < this.most) this.lasting++;
    else lasting.forgetOldest();
  }

  /** Drops the older generation. @param spares the connections of it that may go on: nearly none, few are open for long */
  private turn(now: Instant, spares: boolean): void {
    this.since = now;
    this.newer = 0;
    for (const family of this.families()) {
      const { older } = family;
      family.older = family.newer;
      family.newer = new Map();
      if (!spares) continue;
      for (const [key, connection] of older) {
        if (connection.authenticated || isSilent(connection, now - DISORDER) || family.older.has(key)) continue;
        family.newer.set(key, connection);
        this.newer++;
      }
    }
    if (now - this.sweptAt > SILENCE) this.sweep(now);
  }

  /** Forgets those that were let in and have left. */
  private sweep(now: Instant): void {
    this.sweptAt = now;
    this.lasting = 0;
    for (const { lasting } of this.families()) {
      for (const [key, connection] of lasting.entries()) if (isSilent(connection, now)) lasting.delete(key);
      this.lasting += lasting.size;
    }
  }

  private *families(): Iterable<Family> {
    for (const { sshd, others } of this.machines.all()) {
      yield sshd;
      yield* others.values();
    }
  }
}
