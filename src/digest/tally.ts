// Counts the merged stream: totals by tries and connections, groups for the sections, findings as they come.
import { isManyCast } from "../events/address.ts";
import type { Event, Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/parse-lines.ts";
import { dateAt } from "../window/day.ts";
import type { Window } from "../window/window.ts";
import { zoneClock } from "../window/zone.ts";
import { Connections } from "./connections.ts";
import type { Totals } from "./digest.ts";
import type { FindingRule } from "./finding-rule.ts";
import { type PamFailure, PamTries } from "./pam-tries.ts";
import { Distinct, Table, type Counted } from "./table.ts";

/** Expected logins, told apart by the config; see design of the allowlist. */
export interface Expected {
  allowsLogin(login: { user: string; ip?: string | undefined; message: string }): boolean;
  allowsAddress(ip: string | undefined): boolean;
}

export interface LoginRow extends Counted {
  user: string;
  ip: string | null;
  method: string;
  service: string;
  host: string;
}
export interface FailureRow extends Counted {
  ip: string | null;
  users: Distinct;
  host: string;
}
export interface BanRow extends Counted {
  ip: string | null;
  jail: string | null;
  tool: string;
  unbanned: number;
  host: string;
}
export interface FirewallRow extends Counted {
  destinationPort: number | null;
  protocol: string | null;
  sources: Distinct;
  host: string;
}
export interface PrivilegeRow extends Counted {
  user: string | null;
  target: string | null;
  service: string;
  outcome: "success" | "failure";
  command: string | null;
  host: string;
}
export interface SessionRow extends Counted {
  user: string | null;
  service: string;
  host: string;
}
export interface SftpRow extends Counted {
  user: string | null;
  ip: string | null;
  command: string;
  host: string;
}
export interface MessageRow extends Counted {
  tool: string;
  state: string;
  message: string;
  host: string;
}

/** Most distinct users remembered of one address, and sources of one port. */
const USERS_OF_ADDRESS = 200;
const SOURCES_OF_PORT = 5_000;
/** Longest message that is kept of a service line. */
const MESSAGE = 300;

export function emptyTotals(): Totals {
  return {
    logins: 0,
    failures: 0,
    invalidUsers: 0,
    denied: 0,
    probes: 0,
    sessions: 0,
    privileges: 0,
    privilegeFailures: 0,
    bans: 0,
    bannedAddresses: 0,
    bansRepeated: 0,
    unbans: 0,
    firewallBlocks: 0,
    firewallAllows: 0,
    sftp: 0,
    accounts: 0,
    services: 0,
  };
}

/** Who a try is put down to. */
interface Guesser {
  readonly ip: string | undefined;
  readonly host: string | undefined;
  readonly user: string | undefined;
  readonly beganAt: Instant;
  readonly service: string;
}

export class Tally {
  readonly totals = emptyTotals();
  readonly days = new Map<string, Totals>();
  readonly hosts = new Set<string>();
  readonly triesByHour = new Array<number>(24).fill(0);
  readonly logins: Table<LoginRow>;
  readonly failures: Table<FailureRow>;
  readonly bans: Table<BanRow>;
  readonly firewall: Table<FirewallRow>;
  readonly privileges: Table<PrivilegeRow>;
  readonly sessions: Table<SessionRow>;
  readonly sftp: Table<SftpRow>;
  readonly accounts: Table<MessageRow>;
  readonly services: Table<MessageRow>;
  readonly bannedAddresses: Distinct;
  readonly allowlisted = { logins: 0, probes: 0, users: new Distinct(1_000), addresses: new Distinct(1_000) };
  /** A packet to one machine was blocked. */
  unicastBlocks = 0;
  serviceProblems = 0;
  private readonly stopped = new Set<string>();
  private readonly bannedByDay = new Map<string, Distinct>();
  private readonly connections: Connections;
  /** Tries of connections whose peer is not known yet. */
  private readonly nameless = new Map<object, { event: Event; count: number; at: Instant; host: string }>();
  private readonly pam = new PamTries();
  private readonly window: Window;
  private readonly expected: Expected;
  private readonly rules: readonly FindingRule[];
  private readonly clock;

  constructor(window: Window, expected: Expected, rules: readonly FindingRule[], keys: number) {
    this.window = window;
    this.expected = expected;
    this.rules = rules;
    this.clock = zoneClock(window.timeZone);
    this.connections = new Connections(keys);
    this.logins = new Table(keys);
    this.failures = new Table(keys);
    this.bans = new Table(keys);
    this.firewall = new Table(keys);
    this.privileges = new Table(keys);
    this.sessions = new Table(keys);
    this.sftp = new Table(keys);
    this.accounts = new Table(1_000);
    this.services = new Table(1_000);
    this.bannedAddresses = new Distinct(keys);
  }

  /** True when a watcher stopped in the window and did not start again. */
  get stoppedService(): boolean {
    return this.stopped.size > 0;
  }

  /** Counts a batch. Batches come in the order of time, the hours before the window first. */
  add(batch: readonly ReadEvent[]): void {
    for (const { event, host } of batch) {
      const at = event.head.at;
      if (at === null || at >= this.window.to) continue;
      this.settlePam(at);
      this.count(event, at, host);
      for (const rule of this.rules) rule.observeEvent(event, at);
    }
  }

  /** To be called after the last batch. */
  conclude(): void {
    this.settlePam(Number.POSITIVE_INFINITY);
    for (const { event, count, at, host } of this.nameless.values()) {
      this.attribute(event, count, at, host, { ip: undefined, host: undefined, user: undefined, beganAt: at, service: "sshd" });
    }
  }

  private count(event: Event, at: Instant, host: string): void {
    const inside = at >= this.window.from;
    if (inside) this.hosts.add(host);
    switch (event.kind) {
      case "login.success":
        this.pam.speak(event, at);
        if (event.service === "sshd") this.observeConnection(event, at, host);
        if (inside) this.countLogin(event, at, host);
        return;
      case "login.failure":
      case "login.invalid-user":
      case "login.denied":
        if (event.kind === "login.failure" && event.basis === "pam") {
          this.pam.hold(event as PamFailure, at, host);
          return;
        }
        this.pam.speak(event, at);
        if (event.service === "sshd") this.observeConnection(event, at, host);
        else this.countOwn(event, at, host);
        return;
      case "probe":
        this.pam.speak(event, at);
        this.observeConnection(event, at, host);
        return;
      case "session.open":
      case "session.close": {
        const allowlisted = event.service === "sshd" && this.observeConnection(event, at, host);
        if (!inside || event.kind === "session.close" || allowlisted) return;
        this.raise("sessions", event.repeat, at);
        const user = event.user ?? null;
        this.sessions.add(`${user}|${event.service}|${host}`, event.repeat, at, () => ({ user, service: event.service, host }));
        return;
      }
      case "sftp": {
        if (!inside) return;
        this.raise("sftp", event.repeat, at);
        const [user, ip] = [event.user ?? null, event.ip ?? null];
        this.sftp.add(`${user}|${ip}|${event.command}|${host}`, event.repeat, at, () => ({ user, ip, command: event.command, host }));
        return;
      }
      case "privilege.success":
        if (inside) this.countPrivilege(event, at, host);
        return;
      case "privilege.failure":
        if (event.basis === "pam") {
          this.pam.hold(event as PamFailure, at, host);
          return;
        }
        this.pam.speak(event, at);
        if (inside) this.countPrivilege(event, at, host);
        return;
      case "account":
        if (inside) this.countMessage("accounts", event.head.appName, "account", event.message, event.repeat, at, host);
        return;
      case "ban":
      case "unban":
      case "ban.restored":
      case "ban.increased":
      case "ban.already":
        if (inside) this.countBan(event, at, host);
        return;
      case "ban.found":
        return;
      case "firewall.block":
      case "firewall.allow":
        if (inside) this.countPacket(event, at, host);
        return;
      case "service":
        if (inside) this.countService(event, at, host);
        return;
      default: {
        const unknown: never = event;
        throw new Error(`no count for ${JSON.stringify(unknown)}`);
      }
    }
  }

  /** Follows an sshd connection; returns whether its login is an expected one. */
  private observeConnection(event: Event, at: Instant, host: string): boolean {
    if (event.kind === "login.success" && this.isExpected(event)) this.connections.allow(event);
    const raise = this.connections.observe(event, at);
    const { ip } = raise;
    const who = { ...raise, service: "sshd" };
    const nameless = this.nameless.get(raise.connection);
    if (nameless !== undefined && (ip ?? raise.host) !== undefined) {
      this.nameless.delete(raise.connection);
      this.attribute(nameless.event, nameless.count, nameless.at, host, who);
    }
    if (raise.tries > 0) {
      this.countTries(raise.tries, at, raise.invalid);
      // A revoked key's line names nobody: the closing line of its connection does.
      const waits = (ip ?? raise.host) === undefined && this.nameless.size < 10_000;
      if (waits) this.nameless.set(raise.connection, { event, count: raise.tries, at, host });
      else this.attribute(event, raise.tries, at, host, who);
    }
    if (at < this.window.from) return raise.allowlisted;
    if (raise.denied > 0) this.raise("denied", 1, at);
    if (raise.probes > 0 && this.expected.allowsAddress(ip)) this.allowlisted.probes++;
    else if (raise.probes > 0) this.raise("probes", 1, at);
    else if (raise.probes < 0 && (raise.probedAt ?? 0) >= this.window.from) {
      if (this.expected.allowsAddress(ip)) this.allowlisted.probes--;
      else this.raise("probes", -1, raise.probedAt ?? at);
    }
    return raise.allowlisted;
  }

  private isExpected(event: Event & { kind: "login.success" }): boolean {
    return this.expected.allowsLogin(event);
  }

  private countLogin(event: Event & { kind: "login.success" }, at: Instant, host: string): void {
    const { user, method, service } = event;
    const ip = event.ip ?? event.host ?? null;
    if (this.isExpected(event)) {
      this.allowlisted.logins += event.repeat;
      this.allowlisted.users.add(user, event.repeat);
      if (event.ip !== undefined) this.allowlisted.addresses.add(event.ip, event.repeat);
      return;
    }
    this.raise("logins", event.repeat, at);
    this.logins.add(`${user}|${ip}|${method}|${service}|${host}`, event.repeat, at, () => ({ user, ip, method, service, host }));
  }

  /** A failure of a program whose every line is a try of its own. */
  private countOwn(event: Event & { kind: "login.failure" | "login.invalid-user" | "login.denied" }, at: Instant, host: string): void {
    const inside = at >= this.window.from;
    if (event.kind === "login.denied" && inside) this.raise("denied", event.repeat, at);
    if (event.basis === "unnamed" || event.basis === "offer") return;
    const { ip, user, service } = event;
    this.countTries(event.repeat, at, event.invalidUser === true);
    this.attribute(event, event.repeat, at, host, { ip, host: event.host, user, beganAt: at, service });
  }

  private countTries(count: number, at: Instant, invalid: boolean): void {
    if (at < this.window.from) return;
    this.raise("failures", count, at);
    if (invalid) this.raise("invalidUsers", count, at);
    const hour = new Date(this.clock.wallOf(at)).getUTCHours();
    this.triesByHour[hour] = (this.triesByHour[hour] as number) + count;
  }

  /** Says whose tries these were. */
  private attribute(event: Event, count: number, at: Instant, machine: string, who: Guesser): void {
    const { ip, user, beganAt, service } = who;
    for (const rule of this.rules) rule.observeTry({ at, count, event, ip, user, beganAt, service });
    if (at < this.window.from) return;
    const from = ip ?? who.host ?? null;
    const row = this.failures.add(`${from}|${machine}`, count, at, () => ({
      ip: from,
      users: new Distinct(USERS_OF_ADDRESS),
      host: machine,
    }));
    if (user !== undefined) row.users.add(user, count);
  }

  private settlePam(now: Instant): void {
    for (const { event, at, host } of this.pam.due(now)) {
      if (event.kind === "privilege.failure") {
        if (at >= this.window.from) this.countPrivilege(event, at, host);
      } else {
        const { ip, user, service } = event;
        this.countTries(event.repeat, at, false);
        this.attribute(event, event.repeat, at, host, { ip, host: event.host, user, beganAt: at, service });
      }
    }
  }

  private countPrivilege(event: Event & { kind: "privilege.success" | "privilege.failure" }, at: Instant, host: string): void {
    const outcome = event.kind === "privilege.success" ? "success" : "failure";
    this.raise(outcome === "success" ? "privileges" : "privilegeFailures", event.repeat, at);
    const { service } = event;
    const [user, target] = [event.user ?? null, event.target ?? null];
    const row = this.privileges.add(`${user}|${target}|${service}|${outcome}|${host}`, event.repeat, at, () => ({
      user,
      target,
      service,
      outcome,
      command: null,
      host,
    }));
    row.command = (event.command ?? event.reason ?? row.command ?? "").slice(0, MESSAGE) || null;
  }

  private countBan(event: Event & { kind: `ban${string}` | "unban" }, at: Instant, host: string): void {
    if (event.kind !== "ban" && event.kind !== "unban") {
      this.raise("bansRepeated", event.repeat, at);
      return;
    }
    const ip = event.ip ?? event.host ?? null;
    const jail = event.jail ?? null;
    const { tool } = event;
    const key = `${ip}|${jail}|${tool}|${host}`;
    if (event.kind === "unban") {
      this.raise("unbans", event.repeat, at);
      const row = this.bans.get(key);
      if (row !== undefined) row.unbanned += event.repeat;
      return;
    }
    this.raise("bans", event.repeat, at);
    if (ip !== null) this.addBanned(ip, at);
    this.bans.add(key, event.repeat, at, () => ({ ip, jail, tool, unbanned: 0, host }));
  }

  private addBanned(ip: string, at: Instant): void {
    this.bannedAddresses.add(ip);
    this.totals.bannedAddresses = this.bannedAddresses.size;
    const date = dateAt(this.clock, at);
    let banned = this.bannedByDay.get(date);
    if (banned === undefined) this.bannedByDay.set(date, (banned = new Distinct(10_000)));
    banned.add(ip);
    this.dayOf(at).bannedAddresses = banned.size;
  }

  private countPacket(event: Event & { kind: "firewall.block" | "firewall.allow" }, at: Instant, host: string): void {
    if (event.kind === "firewall.allow") {
      this.raise("firewallAllows", event.repeat, at);
      return;
    }
    this.raise("firewallBlocks", event.repeat, at);
    if (event.destinationIp === undefined || !isManyCast(event.destinationIp)) this.unicastBlocks += event.repeat;
    const destinationPort = event.destinationPort ?? null;
    const protocol = event.protocol ?? null;
    const row = this.firewall.add(`${destinationPort}|${protocol}|${host}`, event.repeat, at, () => ({
      destinationPort,
      protocol,
      sources: new Distinct(SOURCES_OF_PORT),
      host,
    }));
    if (event.ip !== undefined) row.sources.add(event.ip);
  }

  private countService(event: Event & { kind: "service" }, at: Instant, host: string): void {
    const { tool, state } = event;
    this.countMessage("services", tool, state, event.message, event.repeat, at, host);
    if (state === "problem") this.serviceProblems += event.repeat;
    const one = `${host}|${tool}|${event.jail ?? ""}`;
    if (state === "stop" && this.stopped.size < 1_000) this.stopped.add(one);
    if (state === "start") {
      this.stopped.delete(one);
      if (event.jail === undefined) for (const key of this.stopped) if (key.startsWith(`${host}|${tool}|`)) this.stopped.delete(key);
    }
  }

  private countMessage(
    section: "services" | "accounts",
    tool: string,
    state: string,
    text: string,
    count: number,
    at: Instant,
    host: string,
  ): void {
    this.raise(section, count, at);
    const message = text.slice(0, MESSAGE);
    this[section].add(`${tool}|${state}|${shapeOf(message)}|${host}`, count, at, () => ({ tool, state, message, host }));
  }

  private raise(total: keyof Totals, n: number, at: Instant): void {
    this.totals[total] += n;
    this.dayOf(at)[total] += n;
  }

  private lastDay: { readonly from: Instant; readonly to: Instant; readonly totals: Totals } | undefined;

  private dayOf(at: Instant): Totals {
    const known = this.lastDay;
    if (known !== undefined && at >= known.from && at < known.to) return known.totals;
    const date = dateAt(this.clock, at);
    let totals = this.days.get(date);
    if (totals === undefined) this.days.set(date, (totals = emptyTotals()));
    // A quarter of an hour never spans two local days: zones turn on quarter hours.
    const quarter = Math.floor(at / 900_000) * 900_000;
    this.lastDay = { from: quarter, to: quarter + 900_000, totals };
    return totals;
  }
}

/** Messages that differ in numbers and addresses alone are one. */
function shapeOf(message: string): string {
  return message.replace(/[0-9a-fA-F:.]*\d[0-9a-fA-F:.]*/g, "#");
}
