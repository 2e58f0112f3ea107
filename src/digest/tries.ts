// Guesses: how many a line adds, when, and whose they were (docs/counting.md). Three kinds of program tell of them:
// - sshd and dropbear, whose connections are followed line by line;
// - PAM under their names, which counts only where they say nothing: with LDAP it fails before every good login;
// - all others, where PAM and the program may tell of the same try.
import type { Event, Instant, LoginFailure, LoginSuccess, Probe } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import { type Connection, Connections, isMoreThanProbe, PAM_WAIT, SILENCE, wasSpokenOf } from "./connections.ts";
import { Failures } from "./failures.ts";
import type { FindingRule } from "./finding-rule.ts";
import type { Counts } from "./totals.ts";
import { raise, Voices } from "./voices.ts";
import { type Waited, Waiting } from "./waiting.ts";

/** Programs that write each connection under a process id of its own. */
const FOLLOWED = new Set(["sshd", "dropbear"]);
/** Connections whose tries wait to be put down to somebody. */
const MOST_NAMELESS = 1_000;

type Failure = Event & LoginFailure;

/** A failure that PAM told of, and the connection it stands in. */
interface PamFailure {
  readonly event: Failure;
  readonly at: Instant;
  readonly host: string;
  readonly connection: Connection;
}

/** Tries of a connection whose peer is not known yet: a revoked key's line names nobody, the closing line does. */
interface Nameless {
  readonly event: Event;
  readonly at: Instant;
  readonly host: string;
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
  private readonly mayBeProbes = new Waiting<Connection>(SILENCE);
  private readonly voices = new Voices(PAM_WAIT);

  constructor(options: TriesOptions) {
    this.window = options.window;
    this.counts = options.counts;
    this.rules = options.rules;
    this.allowsAddress = options.allowsAddress;
    this.failures = new Failures(options.keys);
  }

  success(event: Event & LoginSuccess, at: Instant, host: string): void {
    if (FOLLOWED.has(event.service)) this.follow(event, at, host);
  }

  failure(event: Failure, at: Instant, host: string): void {
    const followed = FOLLOWED.has(event.service);
    if (followed && event.basis === "pam") this.hold(event, at, host);
    else if (followed) this.follow(event, at, host);
    else this.countOwn(event, at, host);
  }

  probe(event: Event & Probe, at: Instant, host: string): void {
    if (FOLLOWED.has(event.service)) this.follow(event, at, host);
    else this.countProbe(event.ip, event.repeat, at);
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

  private follow(event: Event & (LoginSuccess | LoginFailure | Probe), at: Instant, host: string): void {
    const connection = this.connections.observe(event, at);
    const { newTries, newProbe } = connection;
    if (newTries > 0) {
      if (this.isInside(at)) this.counts.raiseTries(newTries, at, connection.invalid);
      this.attributeTo(connection, event, newTries, at, host);
    } else if (this.nameless.size > 0) this.nameNow(connection, event);
    if (connection.newlyDenied && this.isInside(at)) this.counts.raise("denied", 1, at);
    if (newProbe === "later") this.mayBeProbes.add(connection, at).forEach(this.decideProbe);
    else if (newProbe === 1) this.countProbe(connection.ip, 1, at);
    else if (newProbe === -1) {
      this.countProbe(connection.ip, -1, connection.probedAt as Instant);
      connection.probedAt = undefined;
    }
  }

  private attributeTo(connection: Connection, event: Event, count: number, at: Instant, host: string): void {
    const { ip, user, beganAt } = connection;
    const peer = ip ?? connection.host;
    const waiting = this.nameless.get(connection);
    if (peer === undefined && waiting !== undefined) waiting.count += count;
    else if (peer === undefined && this.nameless.size < MOST_NAMELESS) {
      this.nameless.set(connection, { event, at, host, count });
    } else {
      this.nameNow(connection, event);
      this.attribute({ event, at, host, count }, { ip, peer, user, beganAt, service: serviceOf(event) });
    }
  }

  /** Puts down what waited for the peer of this connection. */
  private nameNow(connection: Connection, event: Event): void {
    const { ip, host, user, beganAt } = connection;
    const peer = ip ?? host;
    const waiting = this.nameless.get(connection);
    if (waiting === undefined || peer === undefined) return;
    this.nameless.delete(connection);
    this.attribute(waiting, { ip, peer, user, beganAt, service: serviceOf(event) });
  }

  private hold(event: Failure, at: Instant, host: string): void {
    const connection = this.connections.touch(event, at);
    if (wasSpokenOf(connection, at - PAM_WAIT)) return;
    this.pam.add({ event, at, host, connection }, at).forEach(this.decidePam);
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
    if (this.isInside(until)) this.counts.raiseTries(count, until, false);
    const guesser = { ip, peer: ip ?? event.host, user, beganAt: connection.beganAt, service };
    this.attribute({ event, at, host, count }, guesser, until);
  };

  private readonly decideProbe = ({ item: connection, until }: Waited<Connection>): void => {
    if (isMoreThanProbe(connection) || connection.probedAt !== undefined) return;
    connection.probedAt = until;
    this.countProbe(connection.ip, 1, until);
  };

  private countProbe(ip: string | undefined, n: number, at: Instant): void {
    if (!this.isInside(at)) return;
    if (this.allowsAddress(ip)) this.expectedProbes += n;
    else this.counts.raise("probes", n, at);
  }

  /** A failure of a program whose connections are not followed. */
  private countOwn(event: Failure, at: Instant, host: string): void {
    if (event.kind === "login.denied" && this.isInside(at)) this.counts.raise("denied", event.repeat, at);
    if (event.basis === "unnamed" || event.basis === "offer") return;
    const { ip, user, service, head } = event;
    const peer = ip ?? event.host;
    const key = `${head.hostname}|${familyOf(service)}|${peer ?? `#${head.procId || user}`}`;
    const voice = event.basis === "pam" ? "pam" : "own";
    const count = raise(this.voices.of(key, at), voice, event.repeat, event.module);
    if (count === 0) return;
    if (this.isInside(at)) this.counts.raiseTries(count, at, event.invalidUser === true);
    this.attribute({ event, at, host, count }, { ip, peer, user, beganAt: at, service });
  }

  /** @param countedAt when the tries were counted, if not when they happened */
  private attribute(
    { event, at, host, count }: Nameless,
    { ip, peer, user, beganAt, service }: Guesser,
    countedAt: Instant = at,
  ): void {
    const attempt = { at, count, event, ip, user, beganAt, service, host };
    for (const rule of this.rules) rule.observeTry(attempt);
    if (this.isInside(countedAt)) this.failures.add(peer, user, count, Math.max(at, this.window.from), host);
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

/** `gdm-password` and `gdm-session-worker` are one. */
function familyOf(service: string): string {
  const dash = service.indexOf("-");
  return dash < 0 ? service : service.slice(0, dash);
}
