// Guesses: how many a line adds, when, and whose they were (docs/counting.md). Three kinds of program tell of them:
// - sshd and dropbear, whose connections are followed line by line;
// - PAM under their names, which counts only where they say nothing: with LDAP it fails before every good login;
// - all others, where PAM and the program may tell of the same try.
import type { Event, Instant, LoginFailure, LoginSuccess, Probe } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import {
  type Connection,
  type ConnectionEvent,
  isMoreThanProbe,
  PAM_WAIT,
  SILENCE,
  wasSpokenOf,
} from "./connection.ts";
import { Connections } from "./connections.ts";
import { Failures } from "./failures.ts";
import type { FindingRule } from "./finding-rule.ts";
import type { Counts } from "./totals.ts";
import { raise, Voices } from "./voices.ts";
import { type Waited, Waiting } from "./waiting.ts";

/** Connections whose tries wait to be put down to somebody. */
const MOST_NAMELESS = 1_000;

type Failure = Event & LoginFailure;

/** Where a line stands. */
interface Told {
  readonly at: Instant;
  readonly host: string;
  /** It counts: it lies in the window, or was written too late for the window before. */
  readonly inside: boolean;
}

/** A failure that PAM told of, and the connection it stands in. */
interface PamFailure extends Told {
  readonly event: Failure;
  readonly connection: Connection;
}

interface PossibleProbe {
  readonly connection: Connection;
  readonly inside: boolean;
}

/** Tries of a connection whose peer is not known yet: a revoked key's line names nobody, the closing line does. */
interface Nameless extends Told {
  readonly event: Event;
  count: number;
}

export interface TriesOptions {
  readonly window: Window;
  readonly counts: Counts;
  readonly rules: readonly FindingRule[];
  /** Addresses whose probes are expected. */
  readonly allowsAddress: (ip: string | undefined) => boolean;
  /** Addresses that are counted exactly. */
  readonly keys: number;
}

export class Tries {
  readonly failures: Failures;
  /** Probes from allowlisted addresses. */
  expectedProbes = 0;
  private readonly window: Window;
  private readonly counts: Counts;
  private readonly rules: readonly FindingRule[];
  private readonly allowsAddress: TriesOptions["allowsAddress"];
  private readonly connections = new Connections();
  private readonly nameless = new Map<Connection, Nameless>();
  private readonly pam = new Waiting<PamFailure>(PAM_WAIT);
  private readonly mayBeProbes = new Waiting<PossibleProbe>(SILENCE);
  private readonly voices = new Voices(PAM_WAIT);

  constructor(options: TriesOptions) {
    this.window = options.window;
    this.counts = options.counts;
    this.rules = options.rules;
    this.allowsAddress = options.allowsAddress;
    this.failures = new Failures(options.keys);
  }

  success(event: Event & LoginSuccess, at: Instant, host: string, inside: boolean): void {
    if (isFollowed(event)) this.follow(event, at, host, inside);
  }

  failure(event: Failure, at: Instant, host: string, inside: boolean): void {
    if (!isFollowed(event)) this.countOwn(event, at, host, inside);
    else if (event.basis === "pam") this.hold(event, at, host, inside);
    else this.follow(event, at, host, inside);
  }

  probe(event: Event & Probe, at: Instant, host: string, inside: boolean): void {
    if (isFollowed(event)) this.follow(event, at, host, inside);
    else if (inside) this.countProbe(event.ip, event.repeat, at);
  }

  /** Decides what waited until now. To be called before each event. */
  settle(now: Instant): void {
    if (this.pam.isDue(now)) this.pam.take(now).forEach(this.decidePam);
    if (this.mayBeProbes.isDue(now)) this.mayBeProbes.take(now).forEach(this.decideProbe);
  }

  /** To be called after the last event. What is decided after the window belongs to the next one. */
  conclude(): void {
    this.settle(this.window.to);
    for (const [{ user, beganAt }, tries] of this.nameless) {
      this.attribute(tries, { ip: undefined, peer: undefined, user, beganAt, service: serviceOf(tries.event) });
    }
  }

  private follow(event: ConnectionEvent, at: Instant, host: string, inside: boolean): void {
    const connection = this.connections.observe(event, at);
    const { newTries, newProbe } = connection;
    if (newTries > 0) {
      if (inside) this.counts.raiseTries(newTries, at, connection.invalid);
      this.putDown(connection, { event, count: newTries, at, host, inside });
    } else if (this.nameless.size > 0) this.nameNow(connection, event);
    if (connection.newlyDenied && inside) this.counts.raise("denied", 1, at);
    if (newProbe === "later") this.mayBeProbes.add({ connection, inside }, at).forEach(this.decideProbe);
    else if (newProbe === 1) this.countProbeOf(connection, at, inside);
    else if (newProbe === -1) {
      if (connection.countsAsProbe) this.countProbe(connection.ip, -1, connection.probedAt as Instant);
      connection.countsAsProbe = false;
      connection.probedAt = undefined;
    }
  }

  /** Puts tries down to the peer of their connection, or lets them wait for it. */
  private putDown(connection: Connection, tries: Nameless): void {
    if (connection.ip === undefined && connection.host === undefined) {
      const waiting = this.nameless.get(connection);
      if (waiting !== undefined) waiting.count += tries.count;
      else if (this.nameless.size < MOST_NAMELESS) this.nameless.set(connection, tries);
      else this.attributeTo(connection, tries);
    } else {
      if (this.nameless.size > 0) this.nameNow(connection, tries.event);
      this.attributeTo(connection, tries);
    }
  }

  /** Puts down what waited for the peer of this connection. */
  private nameNow(connection: Connection, event: Event): void {
    const waiting = this.nameless.get(connection);
    if (waiting === undefined || (connection.ip ?? connection.host) === undefined) return;
    this.nameless.delete(connection);
    this.attributeTo(connection, waiting, event);
  }

  /** @param event the line that says whose they were; the tries' own when there is no other */
  private attributeTo({ ip, host, user, beganAt }: Connection, tries: Nameless, event = tries.event): void {
    this.attribute(tries, { ip, peer: ip ?? host, user, beganAt, service: serviceOf(event) });
  }

  private hold(event: Failure, at: Instant, host: string, inside: boolean): void {
    const connection = this.connections.touch(event, at);
    if (wasSpokenOf(connection, at - PAM_WAIT)) return;
    this.pam.add({ event, connection, at, host, inside }, at).forEach(this.decidePam);
  }

  /** A failure that nobody spoke of belongs to the moment when that is certain. */
  private readonly decidePam = ({ item, until }: Waited<PamFailure>): void => {
    const { event, at, host, connection } = item;
    if (wasSpokenOf(connection, at - PAM_WAIT)) return;
    const { ip = connection.ip, user, service } = event;
    // Under sshd several processes speak of one connection, so its modules are told apart by address and user.
    const key = `${event.head.hostname}|${service}|${ip ?? event.host}|${user}`;
    const count = raise(this.voices.of(key, at), "pam", event.repeat, event.module);
    if (count === 0) return;
    const inside = item.inside ? until < this.window.to : this.isInside(until);
    if (inside) this.counts.raiseTries(count, until, false);
    const guesser = { ip, peer: ip ?? event.host, user, beganAt: connection.beganAt, service };
    // Told just before the window and counted in it: it stands at its beginning.
    const shownAt = inside && !item.inside ? Math.max(at, this.window.from) : at;
    this.attribute({ event, at: shownAt, host, count, inside }, guesser);
  };

  private readonly decideProbe = ({ item: { connection, inside }, until }: Waited<PossibleProbe>): void => {
    if (isMoreThanProbe(connection) || connection.probedAt !== undefined) return;
    connection.probedAt = until;
    this.countProbeOf(connection, until, inside ? until < this.window.to : this.isInside(until));
  };

  private countProbeOf(connection: Connection, at: Instant, inside: boolean): void {
    if (!inside) return;
    connection.countsAsProbe = true;
    this.countProbe(connection.ip, 1, at);
  }

  private countProbe(ip: string | undefined, n: number, at: Instant): void {
    if (this.allowsAddress(ip)) this.expectedProbes += n;
    else this.counts.raise("probes", n, at);
  }

  /** A failure of a program whose connections are not followed. */
  private countOwn(event: Failure, at: Instant, host: string, inside: boolean): void {
    if (event.kind === "login.denied" && inside) this.counts.raise("denied", event.repeat, at);
    if (event.basis === "unnamed" || event.basis === "offer") return;
    const { ip, user, service, head } = event;
    const peer = ip ?? event.host;
    const key = `${head.hostname}|${familyOf(service)}|${peer ?? `#${head.procId || user}`}`;
    const voice = event.basis === "pam" ? "pam" : "own";
    const count = raise(this.voices.of(key, at), voice, event.repeat, event.module);
    if (count === 0) return;
    if (inside) this.counts.raiseTries(count, at, event.invalidUser === true);
    this.attribute({ event, count, at, host, inside }, { ip, peer, user, beganAt: at, service });
  }

  private attribute(tries: Nameless, { ip, peer, user, beganAt, service }: Guesser): void {
    const { event, at, host, count, inside } = tries;
    if (this.rules.length > 0) {
      const attempt = { at, count, event, ip, user, beganAt, service, host, inside };
      for (const rule of this.rules) rule.observeTry(attempt);
    }
    if (inside) this.failures.add(peer, user, count, at, host);
  }

  private isInside(at: Instant): boolean {
    return at >= this.window.from && at < this.window.to;
  }
}

/** Who tries are put down to. */
interface Guesser {
  readonly ip: string | undefined;
  /** The address, or the name where the log has only that. */
  readonly peer: string | undefined;
  readonly user: string | undefined;
  readonly beganAt: Instant;
  readonly service: string;
}

function serviceOf(event: Event): string {
  return "service" in event ? event.service : event.head.appName;
}

/** True for a program that writes each connection under a process id of its own. */
function isFollowed({ service }: ConnectionEvent): boolean {
  return service === "sshd" || service === "dropbear" || service === "screensharingd";
}

/** `gdm-password` and `gdm-session-worker` are one. */
function familyOf(service: string): string {
  const dash = service.indexOf("-");
  return dash < 0 ? service : service.slice(0, dash);
}
