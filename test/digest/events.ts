// A tiny language for what logs say: every function returns the event that a parser makes of one line.
//
//   const guess = sshd({ user: "root" });
//   digestOf([guess.failed("21:02:03"), guess.closed("21:02:05")])
import { buildDigest } from "../../src/digest/build.ts";
import type { Digest, Totals } from "../../src/digest/digest.ts";
import type { StartRule } from "../../src/digest/finding-rule.ts";
import { successAfterFailures } from "../../src/digest/findings/success-after-failures.ts";
import { triesAfterBan } from "../../src/digest/findings/tries-after-ban.ts";
import { merge } from "../../src/digest/merge.ts";
import type { NonEmptyOn } from "../../src/digest/reasons.ts";
import { type Expected, Tally } from "../../src/digest/tally.ts";
import type { Event, Head, Instant } from "../../src/events/event.ts";
import { LineKey } from "../../src/parsers/line-key.ts";
import type { ReadEvent } from "../../src/parsers/read-event.ts";
import type { Ledger } from "../../src/sources/source.ts";
import type { Window } from "../../src/window/window.ts";

/** `21:02:03` on 19 November 2026, UTC; `18 23:59:59` the evening before; milliseconds may follow. */
export function at(time: string): Instant {
  const [, day = "19", clock] = /^(?:(\d\d) )?([\d:.]+)$/.exec(time) ?? [];
  return Date.parse(`2026-11-${day}T${clock?.length === 5 ? `${clock}:00` : clock}Z`);
}

/** From one time to another; by default the whole of 19 November. */
export function windowOf(from = "00:00", to = "20 00:00"): Window {
  return { from: at(from), to: at(to), timeZone: "UTC", label: "2026-11-19" };
}

type Fields = Readonly<Record<string, unknown>>;
export type Line = (time: string, more?: Fields) => Event;

let lines = 0;

/** An event of any kind; `procId`, `hostname` and the like may stand beside its own fields. */
export function line(kind: Event["kind"], fields: Fields = {}): Line {
  return (time, more = {}) => {
    const {
      procId = "",
      hostname = "mini",
      appName = "sshd",
      file = "/var/log/auth.log",
      ...rest
    } = { ...fields, ...more };
    const head = { file, line: ++lines, at: at(time), hostname, appName, procId } as Head;
    return { head, repeat: 1, kind, ...rest } as unknown as Event;
  };
}

let processes = 1000;

/** One connection to sshd, and everything that sshd and PAM may write about it. */
export function sshd(fields: Fields = {}) {
  const procId = String(++processes);
  const all: Fields = { service: "sshd", appName: "sshd", procId, ...fields };
  const { user, ip, port, ...rest } = {
    user: "root",
    ip: "203.0.113.7",
    port: 40_000 + processes,
    ...all,
  } as Fields & {
    user: string;
  };
  const named = { ...rest, user, ip, port };
  const bare = { ...rest, ip, port };
  const pam = { ...rest, basis: "pam", user, ip };
  return {
    /** `Failed password for root from 203.0.113.7 port 40001 ssh2` */
    failed: line("login.failure", { ...named, basis: "verdict", method: "password" }),
    /** `Failed publickey for ...`: no guess */
    offered: line("login.failure", { ...named, basis: "offer", method: "publickey" }),
    /** `error: PAM: Authentication failure for root from 203.0.113.7`, without a port */
    pamError: line("login.failure", { ...rest, user, ip, basis: "pam-error" }),
    /** `Invalid user ...` */
    invalid: line("login.invalid-user", { ...named, basis: "named", invalidUser: true }),
    accepted: line("login.success", { ...named, method: "password", message: `Accepted password for ${user}` }),
    /** `User root from 203.0.113.7 not allowed because listed in DenyUsers` */
    notAllowed: line("login.denied", { ...rest, user, ip, basis: "named" }),
    maxAttempts: line("login.denied", { ...named, basis: "named" }),
    /** `error: Authentication key ... revoked by file ...`: neither user nor address */
    revokedKey: line("login.denied", { ...rest, basis: "named" }),
    /** TCP wrappers */
    refused: line("login.denied", { ...rest, ip, basis: "unnamed" }),
    /** `Connection closed by authenticating user root 203.0.113.7 port 40001 [preauth]` */
    closed: line("probe", { ...named, basis: "named", preauth: true }),
    /** `Connection closed by invalid user ...` */
    closedInvalid: line("probe", { ...named, basis: "named", preauth: true, invalidUser: true }),
    /** `Connection closed by 203.0.113.7 port 40001 [preauth]`, and `Received disconnect ... [preauth]` */
    vanished: line("probe", { ...bare, preauth: true }),
    /** `Connection closed by 203.0.113.7 port 40001`: the end of a session, or somebody who never spoke */
    left: line("probe", bare),
    /** `reverse mapping checking getaddrinfo for ... failed` */
    dnsDoubt: line("probe", { ...rest, ip, reason: "reverse mapping failed" }),
    pam: line("login.failure", pam),
    opened: line("session.open", { ...rest, user }),
    ended: line("session.close", { ...rest, user }),
  };
}

/** Any program that writes one line a try, and PAM beside it. */
export function service(name: string, fields: Fields = {}) {
  const procId = String(++processes);
  const all = { service: name, appName: name, procId, user: "alice", ip: "203.0.113.7", ...fields };
  return {
    failed: line("login.failure", { ...all, basis: "own" }),
    pam: line("login.failure", { ...all, basis: "pam" }),
    accepted: line("login.success", { ...all, method: "password", message: "in" }),
    denied: line("login.denied", { ...all, basis: "own" }),
    opened: line("session.open", all),
    ended: line("session.close", all),
  };
}

export function sudo(fields: Fields = {}) {
  const all = { service: "sudo", appName: "sudo", user: "alice", ...fields };
  return {
    ran: line("privilege.success", { ...all, basis: "own", target: "root", command: "/usr/bin/id" }),
    failed: line("privilege.failure", { ...all, basis: "own", target: "root", command: "/usr/bin/id" }),
    pam: line("privilege.failure", { ...all, basis: "pam", reason: "authentication failure" }),
  };
}

export function fail2ban(fields: Fields = {}) {
  const all = {
    tool: "fail2ban",
    jail: "sshd",
    ip: "203.0.113.7",
    appName: "fail2ban",
    file: "/var/log/fail2ban.log",
    ...fields,
  };
  const { jail } = all as { jail?: string };
  return {
    ban: line("ban", all),
    unban: line("unban", all),
    restored: line("ban.restored", all),
    increased: line("ban.increased", all),
    already: line("ban.already", all),
    found: line("ban.found", all),
    problem: line("service", { tool: "fail2ban", state: "problem", message: "ERROR ipfw list returned 400" }),
    stopped: line("service", { tool: "fail2ban", state: "stop", message: "Exiting Fail2ban" }),
    started: line("service", { tool: "fail2ban", state: "start", message: "Starting Fail2ban v1.0.2" }),
    jailStopped: line("service", { tool: "fail2ban", state: "stop", message: "Jail stopped", jail }),
    jailStarted: line("service", { tool: "fail2ban", state: "start", message: "Jail started", jail }),
  };
}

export function packet(fields: Fields = {}): Line {
  return line("firewall.block", {
    tool: "ufw",
    appName: "kernel",
    ip: "203.0.113.7",
    destinationIp: "192.0.2.1",
    destinationPort: 22,
    protocol: "TCP",
    ...fields,
  });
}

const NOBODY: Expected = { allowsLogin: () => false, allowsAddress: () => false };
const RULES: readonly StartRule[] = [successAfterFailures, triesAfterBan];

export interface Options {
  readonly window?: Window;
  readonly expected?: Partial<Expected>;
  readonly keys?: number;
  readonly groups?: number;
  readonly on?: NonEmptyOn;
  readonly ledgers?: readonly Ledger[];
  readonly rules?: readonly StartRule[];
}

/** Counts events in the order of time, as a run does. Each event's host is its line's. */
function tallyOf(events: readonly Event[], options: Options = {}) {
  const window = options.window ?? windowOf();
  const rules = (options.rules ?? RULES).map((start) => start(window));
  const tally = new Tally(window, { ...NOBODY, ...options.expected }, rules, options.keys ?? 100_000);
  const ordered = [...events].sort((a, b) => (a.head.at ?? 0) - (b.head.at ?? 0));
  tally.add(
    ordered.map((event) => ({
      event,
      keyOne: 0,
      keyOther: 0,
      host: event.head.hostname,
      counts: (event.head.at ?? 0) >= window.from,
    })),
  );
  tally.conclude();
  return { tally, findings: rules.flatMap((rule) => rule.conclude()), window };
}

export function digestOf(events: readonly Event[], options: Options = {}): Digest {
  const { tally, findings, window } = tallyOf(events, options);
  return buildDigest({
    window,
    tally,
    findings,
    ledgers: options.ledgers ?? [],
    host: "mini",
    on: options.on ?? "event",
    onRequest: false,
    groups: options.groups ?? 1000,
  });
}

/** The totals that are not 0. */
export function totalsOf(events: readonly Event[], options: Options = {}): Partial<Totals> {
  return nonZero(tallyOf(events, options).tally.counts.totals);
}

export function nonZero(totals: Totals): Partial<Totals> {
  return Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== 0));
}

/** The groups of a section, typed by its id. */
export function groupsOf<Id extends Digest["sections"][number]["id"]>(digest: Digest, id: Id) {
  const section = digest.sections.find((one) => one.id === id);
  return section?.groups as Extract<Digest["sections"][number], { id: Id }>["groups"];
}

/** Merges streams of lines, one a source; a line is an event and its message. */
export async function mergedOf(...streams: readonly (readonly (readonly [Event, string])[])[]): Promise<Event[]> {
  const read = streams.map(async function* (stream): AsyncGenerator<readonly ReadEvent[]> {
    yield stream.map(([event, message]) => {
      const key = new LineKey();
      key.mix(message);
      key.mixHead(event.head);
      return { event, keyOne: key.one, keyOther: key.other, host: event.head.hostname, counts: true };
    });
  });
  const merged: Event[] = [];
  for await (const batch of merge(read)) merged.push(...batch.map(({ event }) => event));
  return merged;
}
