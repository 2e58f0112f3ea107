// Somebody got in from an address that had been guessing: the one thing that nobody may miss.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, LoginSuccess } from "../../events/event.ts";
import type { Evidence, Finding } from "../digest.ts";
import type { StartRule } from "../finding-rule.ts";
import { whenIn } from "./when.ts";

const DAY = 86_400_000;
/** One typo before a login is no finding; this many tries are. */
const ENOUGH_TRIES = 5;
/** Nor is a second user of one office; this many names from one address are. */
const ENOUGH_USERS = 3;
/** Tries of one address that are remembered one by one; beyond, neighbours are added up. */
const MOST_TRIES = 100;
/** Tries of all addresses; those of the address that has been silent for longest are forgotten first. */
const MOST_OF_ALL = 400_000;
const MOST_FOUND = 100;
const MOST_NAMED = 3;

interface Attempt {
  readonly at: Instant;
  count: number;
  readonly user: string;
  readonly file: string;
  readonly line: number;
}

interface Found {
  readonly event: Event & LoginSuccess;
  readonly peer: string;
  readonly at: Instant;
  readonly host: string;
  readonly before: readonly Attempt[];
  readonly bannedAt: Instant | undefined;
  session: "unknown" | "open" | "closed";
}

export const successAfterFailures: StartRule = (window) => {
  const attempts = new Attempts();
  const bans = new Map<string, Instant>();
  const found = new Map<string, Found>();
  const when = whenIn(window);

  return {
    observeTry({ at, count, event, ip, user }) {
      const peer = ip ?? ("host" in event ? event.host : undefined);
      if (peer === undefined) return;
      attempts.add(peer, { at, count, user: copyOf(user ?? ""), file: event.head.file, line: event.head.line });
    },

    observeEvent(event, at, host) {
      if (event.kind === "login.success") observeLogin(event, at, host);
      else if (event.kind === "ban" && event.ip !== undefined) {
        if (bans.size >= MOST_FOUND * 100) bans.delete(bans.keys().next().value as string);
        bans.set(copyOf(event.ip), at);
      } else if ((event.kind === "session.open" || event.kind === "session.close") && found.size > 0) {
        observeSession(event);
      }
    },

    conclude: () => [...found.values()].map(tell),
  };

  function observeLogin(event: Event & LoginSuccess, at: Instant, host: string): void {
    const peer = event.ip ?? event.host;
    if (peer === undefined || at < window.from || at >= window.to || found.size >= MOST_FOUND) return;
    const before = attempts.of(peer, at);
    if (triesOf(before) < ENOUGH_TRIES && usersOf(before).length < ENOUGH_USERS) return;
    const key = `${event.user}|${peer}|${isGuessable(event)}|${host}`;
    if (found.has(key)) return;
    const bannedAt = bans.get(peer);
    found.set(key, { event, peer, at, host, before, bannedAt, session: "unknown" });
  }

  function observeSession(event: Event & { kind: "session.open" | "session.close" }): void {
    const procId = event.connectionProcId ?? event.head.procId;
    if (procId === "") return;
    for (const one of found.values()) {
      const { head, service } = one.event;
      if (head.procId !== procId || head.hostname !== event.head.hostname || service !== event.service) continue;
      if (event.kind === "session.close") one.session = "closed";
      else if (one.session === "unknown") one.session = "open";
    }
  }

  function tell({ event, peer, at, host, before, bannedAt, session }: Found): Finding {
    const guessable = isGuessable(event);
    const tries = triesOf(before);
    const first = before[0] as Attempt;
    const last = before.at(-1) as Attempt;
    const { user, method } = event;
    const names = usersOf(before);
    const tried = names.length === 0 ? "" : ` for ${listOf(names)}`;
    const failed = `${peer} failed ${times(tries)}${tried} ${span(first.at, last.at, at)}`;
    const banned = bannedAt === undefined ? "was never banned" : `was banned at ${when(bannedAt, at)}`;
    const then = `at ${when(at, window.to - 1)} it got in as ${user} by ${method}`;
    const stays = session === "open" ? ", and its session was still open at the end" : "";
    const key = guessable ? "" : " What it showed cannot be guessed, so the tries may be another person's.";
    const process = event.head.procId === "" ? "" : ` (${event.service} ${event.head.procId})`;
    const evidence: Evidence[] = [
      { source: first.file, line: first.line, at: first.at, what: "first try" },
      { source: last.file, line: last.line, at: last.at, what: "last try" },
      { source: event.head.file, line: event.head.line, at, what: `login by ${method}` },
    ];
    return {
      id: "success-after-failures",
      severity: guessable ? "critical" : "warning",
      title: `${user} logged in after ${tries} ${tries === 1 ? "failure" : "failures"} from the same address`,
      detail:
        `${failed} and ${banned}; ${then}${stays}.${key} ` +
        `If that was not ${user}: end the session${process}, lock the account and ban the address.`,
      evidence,
      host,
    };
  }

  function span(first: Instant, last: Instant, beside: Instant): string {
    const [from, to] = [when(first, beside), when(last, beside)];
    return from === to ? `at ${from}` : `from ${from} to ${to}`;
  }
};

/** The tries of the last day by address, in two generations so that the silent half can be forgotten at once. */
class Attempts {
  private recent = new Map<string, Attempt[]>();
  private older = new Map<string, Attempt[]>();
  private size = 0;
  private since: Instant = Number.NEGATIVE_INFINITY;

  add(peer: string, attempt: Attempt): void {
    if (attempt.at - this.since > DAY || this.size >= MOST_OF_ALL / 2) {
      this.older = this.recent;
      this.recent = new Map();
      this.size = 0;
      this.since = attempt.at;
    }
    let list = this.recent.get(peer);
    if (list === undefined) {
      list = this.older.get(peer) ?? [];
      this.older.delete(peer);
      this.recent.set(copyOf(peer), list);
      this.size += list.length;
    }
    list.push(attempt);
    this.size++;
    if (list.length <= MOST_TRIES) return;
    this.size--;
    const oldest = list.shift() as Attempt;
    if (oldest.at >= attempt.at - DAY) (list[0] as Attempt).count += oldest.count;
  }

  /** What `peer` tried within the day before `now`, oldest first. */
  of(peer: string, now: Instant): readonly Attempt[] {
    const list = this.recent.get(peer) ?? this.older.get(peer) ?? [];
    return list.filter(({ at }) => at >= now - DAY && at <= now);
  }
}

function triesOf(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { count }) => sum + count, 0);
}

function usersOf(attempts: readonly Attempt[]): readonly string[] {
  return [...new Set(attempts.map(({ user }) => user).filter((user) => user !== ""))];
}

function listOf(names: readonly string[]): string {
  return names.length <= MOST_NAMED ? names.join(", ") : `${names.slice(0, MOST_NAMED).join(", ")} and others`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** A password, a typed answer and screen sharing can be guessed; a key cannot. */
function isGuessable({ method }: LoginSuccess): boolean {
  return !/^(?:publickey|hostbased|gssapi)/.test(method);
}
