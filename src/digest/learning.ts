// What a night teaches: who logged in, from where, with what and when, and which addresses tried a little. Later nights
// ask for it (past.ts), and this one tells what it did not find there.
import { copyOf } from "../events/address.ts";
import type { Event, Instant, LoginSuccess } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import { type ZoneClock, zoneClock } from "../window/zone.ts";
import { Distinct } from "./distinct.ts";
import type { FindingRule, Found, Try } from "./finding-rule.ts";
import { evidenceOf, Seen } from "./findings/evidence.ts";
import { firstTimes } from "./findings/first-time.ts";
import { isGuessable, isShell } from "./findings/guessable.ts";
import { isPrivate } from "./findings/private-address.ts";
import { slowGuesses } from "./findings/slow-guess.ts";
import type { Guessers } from "./guessers.ts";
import { networkOf } from "./network.ts";
import { type FactKind, type Past, partsOf, twoParts } from "./past.ts";
import type { Place } from "./places.ts";
import { SlowGuessers } from "./slow-guessers.ts";
import type { Expected } from "./tally.ts";

const HOUR = 3_600_000;
/** Facts of one night. The state keeps 200,000 in all; names are chosen by who logs in. */
const MOST_FACTS = 20_000;
const MOST_GROUPS = 2_000;
const MOST_OF_GROUP = 100;

/** A thing that was seen, as the state keeps it. */
export interface Learned {
  readonly kind: FactKind;
  readonly host: string;
  readonly key: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
}

/** Logins of a user from one network that nobody expected. */
export interface LoginsFrom {
  readonly user: string;
  readonly host: string;
  /** A /24, a /64, or the name where the log has only that; undefined on the console. */
  readonly network: string | undefined;
  readonly addresses: Distinct;
  /** Keys, or the methods of logins that could be guessed no more than a key, where the log names none. */
  readonly keys: Distinct;
  /** Fingerprints only. */
  readonly fingerprints: Distinct;
  readonly methods: Distinct;
  readonly hours: Distinct;
  /** One of them was by password, or by something else that can be guessed. */
  guessable: boolean;
  readonly seen: Seen;
}

interface MutableFact extends Learned {
  firstSeen: Instant;
  lastSeen: Instant;
}

export class Learning implements FindingRule {
  readonly kinds = ["ban", "login.success"] as const;
  private readonly facts = new Map<string, MutableFact>();
  private readonly groups = new Map<string, LoginsFrom>();
  private readonly guessers: SlowGuessers;
  private readonly window: Window;
  private readonly clock: ZoneClock;
  private readonly expected: Pick<Expected, "allowsLogin">;
  private readonly past: Past;
  /** Of addresses; undefined while nobody was asked. */
  private places: ReadonlyMap<string, Place> | undefined;

  constructor(window: Window, expected: Pick<Expected, "allowsLogin">, past: Past) {
    this.window = window;
    this.clock = zoneClock(window.timeZone);
    this.expected = expected;
    this.past = past;
    this.guessers = new SlowGuessers(window);
  }

  /** Who tried in the window, for other rules. */
  get tried(): Guessers {
    return this.guessers.guessers;
  }

  observeTry(attempt: Try): void {
    this.guessers.observeTry(attempt);
  }

  observeEvent(event: Event, at: Instant, host: string, inside: boolean): void {
    if (!inside) return;
    if (event.kind === "ban") this.guessers.observeBan(event, host);
    else if (event.kind === "login.success") this.observeLogin(event, at, host);
  }

  conclude(): readonly Found[] {
    return [
      ...firstTimes([...this.groups.values()], this.past, this.window, this.places ?? new Map()),
      ...slowGuesses(this.guessers.of(this.past)),
    ];
  }

  /** The addresses that logins came from: no more than are remembered. */
  addresses(): readonly string[] {
    return [...new Set(this.factsOf("address").map(({ key }) => key))];
  }

  /** Takes what is known of these addresses, once the last event was seen: a country is learned and asked for too. */
  locate(places: ReadonlyMap<string, Place>): void {
    this.places = places;
    for (const { host, key, firstSeen, lastSeen } of this.factsOf("login-address")) {
      const [address, user] = partsOf(key);
      const country = places.get(address)?.country;
      if (country === undefined) continue;
      this.learn("login-country", host, twoParts(country, user), firstSeen);
      this.learn("login-country", host, twoParts(country, user), lastSeen);
    }
  }

  /** @param hosts whose logs were read, also those that nothing was heard of */
  learned(hosts: readonly string[]): readonly Learned[] {
    const { from, to } = this.window;
    const night = { firstSeen: from, lastSeen: to - 1 };
    return [
      ...hosts.map((host) => ({ kind: "host", host, key: host, ...night }) as const),
      ...this.locatedHosts(hosts).map((host) => ({ kind: "countries", host, key: host, ...night }) as const),
      ...this.facts.values(),
      ...this.guessers.learned(this.past),
    ];
  }

  /** Machines of which a country that was there would have been told: one was, or nobody came from outside. */
  private locatedHosts(hosts: readonly string[]): readonly string[] {
    const { places } = this;
    if (places === undefined) return [];
    const located = new Map<string, boolean>();
    for (const { host, key } of this.factsOf("address")) {
      if (!isPrivate(key)) located.set(host, located.get(host) || places.get(key)?.country !== undefined);
    }
    return hosts.filter((host) => located.get(host) ?? true);
  }

  private factsOf(kind: FactKind): readonly Learned[] {
    return [...this.facts.values()].filter((fact) => fact.kind === kind);
  }

  private observeLogin(event: Event & LoginSuccess, at: Instant, host: string): void {
    const { user, ip } = event;
    const network = ip === undefined ? event.host?.toLowerCase() : (networkOf(ip, ip.includes(":") ? 64 : 24) ?? ip);
    const guessable = isGuessable(event);
    const method = methodOf(event);
    const key = guessable ? undefined : (keyOf(event) ?? method);
    const hour = hourOf(this.clock, at);

    const learn = (kind: FactKind, what: string | undefined, own = true) => {
      if (what !== undefined) this.learn(kind, host, own ? twoParts(what, user) : what, at);
    };
    learn("user", user, false);
    learn("network", network, false);
    learn("address", ip, false);
    learn("login-network", network);
    learn("login-address", ip ?? event.host);
    learn("login-key", key);
    learn("login-method", method);
    learn("login-hour", hour);
    if (ip !== undefined) this.guessers.observeLogin(ip, host);

    // A login that is expected teaches, and is never told.
    if (this.expected.allowsLogin(event)) return;
    const group = this.groupOf(event, at, host, network);
    if (group === undefined) return;
    if (ip !== undefined || event.host !== undefined) group.addresses.add((ip ?? event.host) as string);
    if (key !== undefined) group.keys.add(key);
    if (key !== undefined && key !== method) group.fingerprints.add(key);
    group.methods.add(method);
    group.hours.add(hour);
    group.guessable ||= guessable;
    group.seen.again(evidenceOf(event, at, `login by ${event.method}`), event.repeat);
  }

  private learn(kind: FactKind, host: string, key: string, at: Instant): void {
    const name = `${kind}\n${host}\n${key}`;
    const fact = this.facts.get(name);
    if (fact !== undefined) {
      fact.firstSeen = Math.min(fact.firstSeen, at);
      fact.lastSeen = Math.max(fact.lastSeen, at);
    } else if (this.facts.size < MOST_FACTS) {
      this.facts.set(copyOf(name), { kind, host: copyOf(host), key: copyOf(key), firstSeen: at, lastSeen: at });
    }
  }

  private groupOf(
    event: Event & LoginSuccess,
    at: Instant,
    host: string,
    network: string | undefined,
  ): LoginsFrom | undefined {
    const name = `${network}\n${host}\n${event.user}`;
    const known = this.groups.get(name);
    if (known !== undefined || this.groups.size >= MOST_GROUPS) return known;
    const group: LoginsFrom = {
      user: copyOf(event.user),
      host: copyOf(host),
      network: network === undefined ? undefined : copyOf(network),
      addresses: new Distinct(MOST_OF_GROUP),
      keys: new Distinct(MOST_OF_GROUP),
      fingerprints: new Distinct(MOST_OF_GROUP),
      methods: new Distinct(MOST_OF_GROUP),
      hours: new Distinct(24),
      guessable: false,
      seen: new Seen(evidenceOf(event, at, `login by ${event.method}`)),
    };
    this.groups.set(copyOf(name), group);
    return group;
  }
}

/** `password`, `keyboard-interactive`, `console`, `rdp at xrdp`: what a user is used to. */
function methodOf(event: LoginSuccess): string {
  const [method = ""] = event.method.split("/", 1);
  return isShell(event) || method === "console" ? method : `${method} at ${event.service}`;
}

/**
 * The fingerprint of a key, or of the authority behind a certificate, which may be a new one every morning; undefined
 * where the log has none.
 */
export function keyOf({ fingerprint, reason }: Pick<LoginSuccess, "fingerprint" | "reason">): string | undefined {
  if (reason?.startsWith("certificate ID ")) {
    // The authority's own fingerprint is what sshd writes last.
    const authority = / CA \S+ (\S+)$/.exec(reason.slice(-MOST_OF_GROUP * 2))?.[1];
    if (authority !== undefined) return `CA ${authority}`;
  }
  return fingerprint;
}

function hourOf(clock: ZoneClock, at: Instant): string {
  const hour = Math.floor(clock.wallOf(at) / HOUR) % 24;
  return String(hour < 0 ? hour + 24 : hour).padStart(2, "0");
}
