// Counts the merged stream: every event goes to the section that tells of it, and to the rules that look for findings.
import type { Event, Instant } from "../events/event.ts";
import type { ReadEvent } from "../parsers/read-event.ts";
import type { Window } from "../window/window.ts";
import { Bans } from "./bans.ts";
import { type FindingRule, ignore } from "./finding-rule.ts";
import { Logins } from "./logins.ts";
import { Accounts, Services } from "./messages.ts";
import { Packets } from "./packets.ts";
import { Privileges } from "./privileges.ts";
import { Sessions } from "./sessions.ts";
import { SFTP_SERVER, SftpOperations } from "./sftp.ts";
import { Counts } from "./totals.ts";
import { Tries } from "./tries.ts";

/** Expected logins, told apart by the config; see design of the allowlist. */
export interface Expected {
  allowsLogin(login: { user: string; ip?: string | undefined; message: string }): boolean;
  allowsAddress(ip: string | undefined): boolean;
}

/** Machines that are named; a central log may hold forged names. */
const MOST_HOSTS = 10_000;

export class Tally {
  readonly counts: Counts;
  /** Machines that something was counted of. */
  readonly hosts = new Set<string>();
  readonly logins: Logins;
  readonly tries: Tries;
  readonly bans: Bans;
  readonly packets: Packets;
  readonly privileges: Privileges;
  readonly sessions: Sessions;
  readonly sftp: SftpOperations;
  readonly accounts: Accounts;
  readonly services: Services;
  private readonly window: Window;
  private readonly expected: Expected;
  private readonly rules: readonly FindingRule[];
  /** The rules that look at a kind of event: most look at few. */
  private readonly observers = new Map<Event["kind"], readonly FindingRule[]>();
  private lastHost: string | undefined;

  /** @param keys groups that a section counts exactly */
  constructor(window: Window, expected: Expected, rules: readonly FindingRule[], keys: number) {
    this.window = window;
    this.expected = expected;
    this.rules = rules;
    const counts = new Counts(window);
    this.counts = counts;
    this.logins = new Logins(counts, keys);
    const guessed = rules.filter((rule) => rule.observeTry !== ignore);
    this.tries = new Tries({ window, counts, rules: guessed, keys, allowsAddress: (ip) => expected.allowsAddress(ip) });
    this.bans = new Bans(counts, keys);
    this.packets = new Packets(counts, keys);
    this.privileges = new Privileges(counts, keys);
    this.sessions = new Sessions(counts, keys);
    this.sftp = new SftpOperations(counts, keys);
    this.accounts = new Accounts(counts);
    this.services = new Services(counts);
  }

  /** Counts a batch. Batches come in the order of time, the hours before the window first. */
  add(batch: readonly ReadEvent[]): void {
    const { to } = this.window;
    for (const { event, host, counts: inside } of batch) {
      const at = event.head.at;
      if (at === null || at >= to) continue;
      if (inside && host !== this.lastHost) this.meet(host);
      this.tries.settle(at);
      this.count(event, at, host, inside);
      for (const rule of this.observersOf(event.kind)) rule.observeEvent(event, at, host, inside);
    }
  }

  /** To be called after the last batch. */
  conclude(): void {
    this.tries.conclude();
  }

  private observersOf(kind: Event["kind"]): readonly FindingRule[] {
    let observers = this.observers.get(kind);
    if (observers === undefined) {
      observers = this.rules.filter(({ kinds }) => kinds === undefined || kinds.includes(kind));
      this.observers.set(kind, observers);
    }
    return observers;
  }

  private meet(host: string): void {
    this.lastHost = host;
    if (this.hosts.size < MOST_HOSTS) this.hosts.add(host);
  }

  /** @param inside false in the hours before the window: what is known of them is used, and not counted */
  private count(event: Event, at: Instant, host: string, inside: boolean): void {
    switch (event.kind) {
      case "login.success": {
        this.tries.success(event, at, host, inside);
        const expected = this.expected.allowsLogin(event);
        if (inside && expected) this.logins.addExpected(event);
        this.sessions.letIn(event, expected, inside && !expected ? this.logins.add(event, at, host) : undefined);
        return;
      }
      case "login.failure":
      case "login.invalid-user":
      case "login.denied":
        this.tries.failure(event, at, host, inside);
        return;
      case "probe":
        this.tries.probe(event, at, host, inside);
        return;
      case "session.open":
      case "session.close":
        if (event.service === SFTP_SERVER) this.sftp.session(event);
        else if (event.kind === "session.open") this.sessions.opened(event, at, host, inside);
        else this.sessions.closed(event, at, host, inside);
        return;
      case "sftp":
        if (inside) this.sftp.add(event, at, host);
        return;
      case "privilege.success":
      case "privilege.failure":
        this.privileges.add(event, at, host, inside);
        return;
      case "account":
        if (inside) this.accounts.add(event, at, host);
        return;
      case "ban":
      case "unban":
      case "ban.restored":
      case "ban.increased":
      case "ban.already":
      case "ban.found":
        if (inside) this.bans.add(event, at, host);
        return;
      case "firewall.block":
      case "firewall.allow":
        if (inside) this.packets.add(event, at, host);
        return;
      case "service":
        if (inside) this.services.add(event, at, host);
        return;
      default: {
        const unknown: never = event;
        throw new Error(`no count for ${JSON.stringify(unknown)}`);
      }
    }
  }
}
