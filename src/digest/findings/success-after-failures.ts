// Somebody got in from an address that had been guessing, or from beside it: the one thing that nobody may miss.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, LoginSuccess } from "../../events/event.ts";
import type { Evidence, Severity } from "../digest.ts";
import type { Found, StartRule } from "../finding-rule.ts";
import { Latest } from "../latest.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { Acquaintances } from "./acquaintances.ts";
import { type Attempt, Attempts, triesOf, usersOf } from "./attempts.ts";
import { evidenceOf } from "./evidence.ts";
import { isGuessable } from "./guessable.ts";
import { quoteName } from "./name.ts";
import { isOneOwners, rangeOf } from "./range.ts";
import { whenIn } from "./when.ts";
import { countOf, listOf as listWithCount, timesOf } from "./words.ts";

const MOST_FOUND = 100;
const MOST_BANS = 10_000;
const MOST_NAMED = 3;

interface Success {
  readonly event: Event & LoginSuccess;
  readonly peer: string;
  /** Where the tries came from, when it was not that address alone. */
  readonly range: string | undefined;
  readonly at: Instant;
  readonly host: string;
  readonly before: readonly Attempt[];
  readonly bannedAt: Instant | undefined;
  session: "unknown" | "open" | "closed";
  /** Few tries with several names, before users who have long come from there: an office, and colleagues who mistyped. */
  readonly familiar: boolean;
  /** Others whom the same holds for. */
  readonly others: Set<string>;
}

export const successAfterFailures: StartRule = (
  window,
  { triesBeforeLogin, namesBeforeLogin } = THRESHOLDS,
  past = undefined,
) => {
  const attempts = new Attempts();
  const bans = new Latest<Instant>(MOST_BANS);
  const found = new Map<string, Success>();
  const acquaintances = past === undefined ? undefined : new Acquaintances(past);
  const when = whenIn(window);

  return {
    kinds: ["login.success", "ban", "session.open", "session.close"],

    observeTry: (attempt) => attempts.add(attempt),

    observeEvent(event, at, host, inside) {
      if (event.kind === "login.success") observeLogin(event, at, host, inside);
      else if (event.kind === "ban" && event.ip !== undefined) bans.set(copyOf(event.ip), at);
      else if ((event.kind === "session.open" || event.kind === "session.close") && found.size > 0) {
        observeSession(event);
      }
    },

    conclude: () => [...found.values()].map(tell),
  };

  function observeLogin(event: Event & LoginSuccess, at: Instant, host: string, inside: boolean): void {
    const peer = event.ip ?? event.host;
    if (peer === undefined) return;
    const own = attempts.of(peer, at);
    const isOwn = triesOf(own) >= triesBeforeLogin || usersOf(own).length >= namesBeforeLogin;
    if (inside && isOwn) keep(event, peer, undefined, at, host, own);
    else if (inside && event.ip !== undefined) lookBeside(event, event.ip, at, host);
    // Who mistyped and then got in had no need to guess: tomorrow's login, or a colleague's, owes nothing to it.
    if (!isOwn && own.some(({ user }) => user === event.user)) attempts.forget(peer, event.user);
  }

  /** Several users of one office mistype too; names alone say nothing of a range, and a key was not guessed beside. */
  function lookBeside(event: Event & LoginSuccess, ip: string, at: Instant, host: string): void {
    const range = rangeOf(ip);
    if (!isGuessable(event) && !isOneOwners(range)) return;
    // Its tries are gathered for a finding alone: a range may have tried a lot, and its users log in all day.
    if (found.size >= MOST_FOUND || found.has(keyOf(event, ip, host))) return;
    if (!attempts.isRangeAbove(range, ip, triesBeforeLogin, at)) return;
    keep(event, ip, range, at, host, attempts.ofRange(range, at));
  }

  function keep(
    event: Event & LoginSuccess,
    peer: string,
    range: string | undefined,
    at: Instant,
    host: string,
    before: readonly Attempt[],
  ): void {
    if (found.size >= MOST_FOUND) return;
    const familiar =
      range === undefined && triesOf(before) < triesBeforeLogin && acquaintances?.knowsPlace(event, host) === true;
    const key = familiar ? `familiar|${peer}|${host}` : keyOf(event, peer, host);
    const known = found.get(key);
    if (familiar && known !== undefined && known.event.user !== event.user && known.others.size < MOST_FOUND) {
      known.others.add(copyOf(event.user));
    }
    if (known !== undefined || acquaintances?.explains(event, host, before)) return;
    const bannedAt = bans.get(peer);
    found.set(key, { event, peer, range, at, host, before, bannedAt, session: "unknown", familiar, others: new Set() });
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

  function tell(success: Success): Found {
    const { event, peer, range, at, host, before, bannedAt, session, familiar, others } = success;
    const tries = triesOf(before);
    const first = before[0] as Attempt;
    const last = before.at(-1) as Attempt;
    const { user, method } = event;
    const names = usersOf(before);
    const tried = names.length === 0 ? "" : ` for ${listOf(names)}`;
    const failed = `failed ${timesOf(tries)}${tried} ${span(first.at, last.at, at)}`;
    const banned = bannedAt === undefined ? "was never banned" : `was banned at ${when(bannedAt, at)}`;
    const entered = `got in as ${user} by ${method}`;
    const then = when(at, window.to - 1);
    const addresses = new Set(before.map((attempt) => attempt.peer)).size;
    const story =
      range === undefined
        ? `${peer} ${failed} and ${banned}; at ${then} it ${entered}`
        : `${countOf(addresses, "address", "addresses")} of ${range} ${failed}; at ${then} ${peer} of the same range ` +
          `${entered}, and it ${banned}`;
    const stays = session === "open" ? ", and its session was still open at the end" : "";
    const andLater = others.size === 0 ? "" : `, and later as ${listWithCount([...others].map(quoteName))}`;
    const key = isGuessable(event) ? "" : " What it showed cannot be guessed, so the tries may be another person's.";
    const place = familiar ? ` ${user} has long come from there, so these may be colleagues who mistyped.` : "";
    const who = others.size === 0 ? user : `${others.size + 1} users`;
    const process = event.head.procId === "" ? "" : ` (${event.service} ${event.head.procId})`;
    const evidence: Evidence[] = [
      { source: first.file, line: first.line, at: first.at, what: "first try" },
      { source: last.file, line: last.line, at: last.at, what: "last try" },
      evidenceOf(event, at, `login by ${method}`),
    ];
    return {
      id: "success-after-failures",
      severity: severityOf(success, triesBeforeLogin),
      title: `${who} logged in after ${countOf(tries, "failure", "failures")} from the same ${range === undefined ? "address" : "range"}`,
      detail:
        others.size === 0
          ? `${story}${stays}.${key}${place} If that was not ${user}: end the session${process}, lock the account and ban the address.`
          : `${story}${andLater}.${key}${place} Ask them; whoever it was not: end the session and lock the account.`,
      evidence,
      host,
    };
  }

  function span(first: Instant, last: Instant, beside: Instant): string {
    const [from, to] = [when(first, beside), when(last, beside)];
    return from === to ? `at ${from}` : `from ${from} to ${to}`;
  }
};

/** A login by key is another story than one that may have been guessed. */
function keyOf(event: Event & LoginSuccess, peer: string, host: string): string {
  return `${event.user}|${peer}|${isGuessable(event)}|${host}`;
}

/** A /24 has many owners: there only an account that was itself guessed at needs a hand now. */
function severityOf({ event, range, before, familiar }: Success, enough: number): Severity {
  const guessable = isGuessable(event);
  if (familiar) return "warning";
  if (range === undefined || isOneOwners(range)) return guessable ? "critical" : "warning";
  return triesOf(before.filter(({ user }) => user === event.user)) >= enough ? "critical" : "warning";
}

function listOf(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMED).map(quoteName).join(", ");
  return names.length <= MOST_NAMED ? told : `${told} and others`;
}
