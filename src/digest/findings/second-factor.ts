// A second factor that was refused: whoever typed it had passed the first one, so somebody may hold the password.
// The modules' lines name no address (pam.ts), and sshd asks PAM in a process of its own, so the address is that of
// the login lines of the same user beside them.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, LoginFailure, LoginSuccess, Peer, Privilege, Probe } from "../../events/event.ts";
import type { Evidence, Finding } from "../digest.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { PerMachine } from "../per-machine.ts";
import { Recent } from "../recent.ts";
import { quoteName } from "./name.ts";
import { whenIn } from "./when.ts";

/** The program's own line about the same try stands within this of the module's. */
const BESIDE = 60_000;
/** Within this, a login of the same user is the same person who then typed the right code. */
const SOON = 600_000;
const MOST_USERS = 100;
const MOST_ADDRESSES = 8;

type LoginLine = Event & (LoginFailure | LoginSuccess | Probe);
type Refused = Event & { kind: LoginFailure["kind"] | Privilege["kind"] };

interface Refusals {
  readonly host: string;
  readonly user: string;
  readonly service: string;
  readonly isCode: boolean;
  readonly first: Evidence;
  last: Evidence;
  count: number;
  /** Refusals before which the same PAM conversation had a wrong password: then the first factor was not passed. */
  afterWrongPassword: number;
  readonly addresses: Set<string>;
  loginAt: Instant | undefined;
  loginFrom: string | undefined;
}

export const secondFactor: StartRule = (window) => {
  const refusals = new Map<string, Refusals>();
  /** When PAM last refused a password in a process. */
  const wrongPassword = new PerMachine(() => new Recent<Instant>(BESIDE));
  /** A user's last login line. */
  const lastSeen = new PerMachine(() => new Recent<Event & Peer>(BESIDE));
  const when = whenIn(window);

  return {
    kinds: ["login.success", "login.failure", "login.invalid-user", "login.denied", "probe", "privilege.failure"],

    // Whether the program counted the try as its own does not matter here.
    observeTry: ignore,

    observeEvent(event, at, host) {
      switch (event.kind) {
        case "privilege.failure":
          observeFailure(event, at, host);
          return;
        case "login.failure":
          observeFailure(event, at, host);
          beside(event, at, host);
          return;
        case "login.success":
        case "login.invalid-user":
        case "login.denied":
        case "probe":
          beside(event, at, host);
          return;
        default:
      }
    },

    conclude: () => [...refusals.values()].map(tell),
  };

  function observeFailure(event: Refused, at: Instant, host: string): void {
    if (event.secondFactor === true) {
      if (at >= window.from && at < window.to) refuse(event, at, host);
    } else if (event.basis === "pam" && event.head.procId !== "") {
      wrongPassword.of(host).note(event.head.procId, at, at);
    }
  }

  function refuse(event: Refused, at: Instant, host: string): void {
    const { user = "", service, head } = event;
    const key = `${host}|${user}|${service}`;
    const evidence = { source: head.file, line: head.line, at, what: "second factor refused" };
    let found = refusals.get(key);
    if (found === undefined) {
      if (refusals.size >= MOST_USERS) return;
      found = {
        host,
        user: copyOf(user),
        service: copyOf(service),
        isCode: event.reason === "wrong one-time code",
        first: evidence,
        last: evidence,
        count: 0,
        afterWrongPassword: 0,
        addresses: new Set(),
        loginAt: undefined,
        loginFrom: undefined,
      };
      refusals.set(copyOf(key), found);
    }
    found.count += event.repeat;
    found.last = evidence;
    found.loginAt = undefined;
    const wrongAt = wrongPassword.of(host).last(head.procId);
    if (wrongAt !== undefined && at - wrongAt <= BESIDE) found.afterWrongPassword += event.repeat;
    const seen = lastSeen.of(host).last(user);
    const isBeside = seen !== undefined && at - (seen.head.at ?? 0) <= BESIDE;
    const from = event.ip ?? event.host ?? (isBeside ? (seen.ip ?? seen.host) : undefined);
    if (from !== undefined && found.addresses.size < MOST_ADDRESSES) found.addresses.add(copyOf(from));
  }

  /** A login line of a user: says where a refusal came from, and whether the user got in after it. */
  function beside(event: LoginLine, at: Instant, host: string): void {
    const from = event.ip ?? event.host;
    if (from === undefined || event.user === undefined) return;
    lastSeen.of(host).note(event.user, event, at);
    if (refusals.size === 0) return;
    for (const found of refusals.values()) {
      if (found.user !== event.user || found.host !== host || at < found.last.at || at >= window.to) continue;
      if (at - found.last.at <= BESIDE && found.addresses.size < MOST_ADDRESSES) found.addresses.add(copyOf(from));
      if (event.kind !== "login.success" || at - found.last.at > SOON || found.loginAt !== undefined) continue;
      found.loginAt = at;
      found.loginFrom = copyOf(from);
    }
  }

  function tell(found: Refusals): Finding {
    const { host, user, service, count, first, last, isCode, addresses, loginAt, loginFrom } = found;
    const who = user === "" ? "somebody" : quoteName(user);
    const passed = count > found.afterWrongPassword;
    const refused = isCode ? "a wrong one-time code" : "a second factor that was refused";
    const times =
      count === 1
        ? `once, at ${when(first.at, last.at)}`
        : `${count} times, from ${when(first.at, last.at)} to ${when(last.at, last.at)}`;
    const where = addresses.size === 0 ? "" : ` from ${[...addresses].join(", ")}`;
    const after =
      loginAt === undefined
        ? "no login followed"
        : `at ${when(loginAt, last.at)} ${who} logged in${loginFrom === undefined ? "" : ` from ${loginFrom}`}`;
    const meaning = passed
      ? `It is asked for after the password or key, so those were right. If that was not ${who}: somebody holds the password; change it.`
      : "Each time the password before it was wrong too, so nobody is known to hold it.";
    return {
      id: "second-factor",
      severity: passed ? "warning" : "notice",
      title: passed
        ? `${who}: the password was right, ${isCode ? "the one-time code was not" : "the second factor was refused"}`
        : `${who}: wrong password and wrong second factor`,
      detail: `${service} had ${refused} for ${who}${where} ${times}; ${after}. ${meaning}`,
      evidence: first === last ? [first] : [first, last],
      host,
    };
  }
};
