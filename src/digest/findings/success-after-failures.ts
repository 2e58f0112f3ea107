// Somebody got in from an address that had been guessing: the one thing that nobody may miss.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, LoginSuccess } from "../../events/event.ts";
import { localMinute } from "../../window/local-minute.ts";
import type { Evidence, Finding } from "../digest.ts";
import type { StartRule } from "../finding-rule.ts";

const DAY = 86_400_000;
/** One typo before a login is no finding; this many tries are. */
const ENOUGH_TRIES = 5;
/** Nor is a second user of one office; this many names from one address are. */
const ENOUGH_USERS = 3;
/** Tries of one address that are remembered one by one; beyond, neighbours are added up. */
const MOST_TRIES = 100;
const MOST_ADDRESSES = 100_000;
const MOST_USERS = 16;

interface Attempt {
  at: Instant;
  count: number;
  readonly user: string;
  readonly file: string;
  readonly line: number;
}

export const successAfterFailures: StartRule = (window) => {
  const attempts = new Map<string, Attempt[]>();
  const found = new Map<string, Finding>();

  /** Forgets what is over a day old. */
  const recent = (ip: string, now: Instant): readonly Attempt[] =>
    (attempts.get(ip) ?? []).filter((attempt) => attempt.at > now - DAY && attempt.at <= now);

  return {
    observeTry({ at, count, event, ip, user }) {
      if (ip === undefined) return;
      let list = attempts.get(ip);
      if (list === undefined) {
        list = [];
        if (attempts.size >= MOST_ADDRESSES) attempts.delete(attempts.keys().next().value as string);
      } else attempts.delete(ip);
      // The address that tried last is forgotten last.
      attempts.set(copyOf(ip), list);
      if (list.length >= MOST_TRIES) {
        const [first, second] = list as [Attempt, Attempt];
        second.count += first.count;
        list.shift();
      }
      list.push({ at, count, user: copyOf(user ?? ""), file: event.head.file, line: event.head.line });
    },

    observeEvent(event, at) {
      if (event.kind !== "login.success" || event.ip === undefined || at < window.from || at >= window.to) return;
      const before = recent(event.ip, at);
      const tries = before.reduce((sum, attempt) => sum + attempt.count, 0);
      const users = new Set(before.map((attempt) => attempt.user).filter((user) => user !== "").slice(-MOST_TRIES));
      if (tries < ENOUGH_TRIES && users.size < ENOUGH_USERS) return;
      const key = `${event.user}|${event.ip}|${isGuessable(event)}`;
      if (!found.has(key) && found.size < 100) found.set(key, tell(event, at, before, tries, users));
    },

    conclude: () => [...found.values()],
  };

  function tell(
    event: Event & LoginSuccess,
    at: Instant,
    before: readonly Attempt[],
    tries: number,
    users: ReadonlySet<string>,
  ): Finding {
    const guessable = isGuessable(event);
    const first = before[0] as Attempt;
    const last = before.at(-1) as Attempt;
    const time = (instant: Instant) => localMinute(window.timeZone, instant).slice(11);
    const names = [...users].slice(0, MOST_USERS);
    const tried = names.length === 1 ? names[0] : `${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}`;
    const what = guessable ? "the password may have been guessed" : "the key let it in, so the tries may be another person's";
    const evidence: Evidence[] = [
      { source: first.file, line: first.line, at: first.at, what: "first try" },
      { source: last.file, line: last.line, at: last.at, what: "last try" },
      { source: event.head.file, line: event.head.line, at, what: `login by ${event.method}` },
    ];
    return {
      id: "success-after-failures",
      severity: guessable ? "critical" : "warning",
      title: `${event.user} logged in after ${tries} ${tries === 1 ? "failure" : "failures"} from the same address`,
      detail:
        `${event.ip} failed ${tries} ${tries === 1 ? "time" : "times"}${tried ? ` for ${tried}` : ""} from ${time(first.at)} to ` +
        `${time(last.at)}; at ${time(at)} it got in as ${event.user} by ${event.method}: ${what}. ` +
        `If that was not ${event.user}: end the session, lock the account and ban the address.`,
      evidence,
    };
  }
};

/** A password, a typed answer and screen sharing can be guessed; a key cannot. */
function isGuessable(event: LoginSuccess): boolean {
  return !/^(?:publickey|hostbased|gssapi)/.test(event.method);
}
