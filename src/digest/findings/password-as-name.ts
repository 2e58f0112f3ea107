// A password typed where the name is asked for: it stands readable in the log, and would stand in the digest. Told by
// what follows: the same address logs in within moments under a real name. The finding does not say the password, and
// the digest masks it (mask.ts).
//
// Others behind the same address could use this to hide a name of theirs. So it takes a name that was tried once or
// twice, from nowhere else, that no account has, that is no slip of the real name, and that is none of few.
import { copyOf, parseAddress } from "../../events/address.ts";
import type { Event, Head, Instant, LoginFailure, LoginSuccess } from "../../events/event.ts";
import { type Found, ignore, type StartRule } from "../finding-rule.ts";
import { Latest } from "../latest.ts";
import { Recent } from "../recent.ts";
import { evidenceOf } from "./evidence.ts";
import { quoteName } from "./name.ts";
import { whenIn } from "./when.ts";
import { listOf } from "./words.ts";

const SPAN = 120_000;
/** Connections that tried the name; people repeat themselves once. */
const MOST_TRIED = 2;
/** More names than this from one address within the span are somebody who guesses. */
const MOST_NAMES = 2;
/** Findings of one machine; of more names one tells how many there are. */
const MOST_TOLD = 3;
/** Names of one machine that are hidden, and of all: whoever can log in must not make the digest say nothing. */
const MOST_HIDDEN = 20;
const MOST_TYPED = 200;
/** Names that are remembered, to know whether they were tried elsewhere; the oldest are forgotten first. */
const MOST_REMEMBERED = 20_000;
/** Addresses whose last names are remembered, within the span. */
const MOST_PEERS = 5_000;
/** Shorter ones are no passwords, longer ones no accident; sshd cuts a name at 100 bytes. */
const LENGTHS = { least: 4, most: 100 };
/** Accounts that systems and programs bring along: people try them in earnest. */
const USUAL = new Set(
  (
    "admin administrator root user guest test demo ubuntu debian centos fedora rocky alma arch alpine ec2-user azureuser " +
    "opc core vagrant git svn backup deploy deployer ansible jenkins docker oracle postgres mysql mariadb mongodb redis " +
    "elastic nagios zabbix apache nginx www www-data tomcat hadoop spark ftp ftpuser mail sysadmin support service pi odroid"
  ).split(" "),
);

/** A name that no account has, and where it was tried. */
interface Tried {
  readonly peer: string;
  /** The process that told it last: several lines of one connection are one. */
  procId: string;
  connections: number;
}

/** Tried too often, or elsewhere: no more is remembered of it. */
const IN_EARNEST: Tried = { peer: "", procId: "", connections: MOST_TRIED + 1 };

/** Nearly every address of a flood has one name: a list of each would be most of what is remembered. */
interface Name {
  readonly name: string;
  readonly head: Head;
  readonly at: Instant;
  /** The one that the address tried before. */
  readonly before: Name | undefined;
}

interface Typed extends Omit<Name, "before"> {
  readonly login: Event & LoginSuccess;
  readonly loginAt: Instant;
  readonly peer: string;
  readonly host: string;
}

export const passwordAsName: StartRule = (window) => {
  const tried = new Latest<Tried>(MOST_REMEMBERED);
  /** The last name that an address tried, and those before it: one more than may be. */
  const byPeer = new Recent<Name>(SPAN, MOST_PEERS);
  const accounts = new Set<string>();
  const typed: Typed[] = [];
  const when = whenIn(window);

  return {
    kinds: ["login.success", "login.failure", "login.invalid-user", "login.denied"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind === "login.success") {
        const peer = placeOf(event);
        if (accounts.size < MOST_REMEMBERED) accounts.add(copyOf(event.user));
        if (peer !== undefined && inside) observeLogin(event, peer, at, host);
      } else if (event.kind === "login.invalid-user" || event.kind === "login.failure") {
        observeFailure(event, at);
      } else if (event.kind === "login.denied" && event.user !== undefined && event.invalidUser === undefined) {
        // sshd calls an account that policy refuses invalid too.
        if (accounts.size < MOST_REMEMBERED) accounts.add(copyOf(event.user));
      }
    },

    conclude() {
      const byHost = new Map<string, Typed[]>();
      for (const one of typed) {
        if (!isLonely(one.name)) continue;
        const list = byHost.get(one.host) ?? [];
        if (list.length < MOST_HIDDEN) byHost.set(one.host, [...list, one]);
      }
      return [...byHost.values()].flatMap((list) => [
        ...list.slice(0, MOST_TOLD).map(tell),
        ...tellRest(list.slice(MOST_TOLD)),
      ]);
    },
  };

  function observeFailure(event: Event & LoginFailure, at: Instant): void {
    const { user, invalidUser, head } = event;
    const peer = placeOf(event);
    if (invalidUser === undefined || user === undefined || peer === undefined || user.length > LENGTHS.most) return;
    const { procId } = head;
    const last = byPeer.last(peer);
    // Several lines of one connection are one.
    if (last !== undefined && last.name === user && procId !== "" && last.head.procId === procId) return;
    const one = tried.get(user);
    if (one === undefined) tried.set(copyOf(user), { peer: copyOf(peer), procId: copyOf(procId), connections: 1 });
    else if (one !== IN_EARNEST) {
      if (one.peer === peer && procId !== "" && one.procId === procId) return;
      one.connections++;
      one.procId = copyOf(procId);
      if (one.peer !== peer || one.connections > MOST_TRIED) tried.set(user, IN_EARNEST);
    }
    byPeer.note(peer, { name: user, head, at, before: earlierThan(last, user, at, MOST_NAMES) }, at);
  }

  function observeLogin(login: Event & LoginSuccess, peer: string, loginAt: Instant, host: string): void {
    const recent = namesUpTo(byPeer.last(peer)).filter(({ at }) => loginAt - at <= SPAN && at <= loginAt);
    if (recent.length > MOST_NAMES) return;
    for (const { name, head, at } of recent) {
      if (typed.length >= MOST_TYPED || typed.some((one) => one.name === name)) continue;
      if (looksTyped(name, login.user)) typed.push({ name, head, at, login, loginAt, peer: copyOf(peer), host });
    }
  }

  /** True when nobody else tried it, also not later, and no account is called so. */
  function isLonely(name: string): boolean {
    const one = tried.get(name);
    return one !== undefined && one !== IN_EARNEST && !accounts.has(name);
  }

  function tell({ name, head, at, login, loginAt, peer, host }: Typed): Found {
    const { user } = login;
    const [who, it] = (login.ip ?? login.host) ? [peer, "it "] : ["somebody at the console", ""];
    return {
      id: "password-as-name",
      severity: "notice",
      title: `${user} may have typed a password where the name is asked for`,
      detail:
        `At ${when(at, window.to - 1)} ${who} tried a name that no account has, and at ${when(loginAt, window.to - 1)} ${it}` +
        `got in as ${user}. If that name was a password: change it, for it stands readable in the log. It is masked here.`,
      evidence: [evidenceOf({ head }, at, "name tried"), evidenceOf(login, loginAt, `login by ${login.method}`)],
      host,
      masked: [name],
    };
  }

  function tellRest(rest: readonly Typed[]): readonly Found[] {
    const [first] = rest;
    if (first === undefined) return [];
    const many = rest.length > 1;
    const users = listOf([...new Set(rest.map(({ login }) => quoteName(login.user)))]);
    return [
      {
        id: "password-as-name",
        severity: "notice",
        title: `${rest.length} more ${many ? "names that were tried may be passwords" : "name that was tried may be a password"}`,
        detail:
          `From ${when(first.at, window.to - 1)} on ${many ? "names that no account has were" : "a name that no account has was"} ` +
          `tried, and moments later ${users} got in from the same place. What was a password has to be changed, for it ` +
          `stands readable in the log. ${many ? "They are" : "It is"} masked here.`,
        evidence: rest.slice(0, MOST_TOLD).map(({ head, at }) => evidenceOf({ head }, at, "name tried")),
        host: first.host,
        masked: rest.map(({ name }) => name),
      },
    ];
  }
};

/** The latest `most` of names, without one of them and what is long ago. */
function earlierThan(names: Name | undefined, name: string, at: Instant, most: number): Name | undefined {
  if (names === undefined || most === 0) return undefined;
  const isLeft = names.name !== name && at - names.at <= SPAN;
  const before = earlierThan(names.before, name, at, isLeft ? most - 1 : most);
  if (!isLeft) return before;
  return before === names.before ? names : { ...names, before };
}

/** The names that an address tried, the oldest first. */
function namesUpTo(last: Name | undefined): readonly Name[] {
  return last === undefined ? [] : [...namesUpTo(last.before), last];
}

/** An address, the name of one, or the console, where a password is typed as a name most easily. */
function placeOf({ ip, host, service, head }: Event & (LoginFailure | LoginSuccess)): string | undefined {
  return ip ?? host ?? (service === "login" ? `the console of ${head.hostname}` : undefined);
}

/** False for what people mean as a name: the usual accounts, a slip of their own name or the same with a domain. */
function looksTyped(name: string, user: string): boolean {
  if (name.length < LENGTHS.least || USUAL.has(name.toLowerCase())) return false;
  // Nothing that a finding says of times and places may be hidden.
  if (parseAddress(name) !== undefined || (/^[\d.:/_-]+$/.test(name) && !/^\d{6,}$/.test(name))) return false;
  const bare = name.toLowerCase().replace(/^.*\\/, "").replace(/@.*$/, "");
  return !isSlip(bare, user.toLowerCase()) && !isSlip(name.toLowerCase(), user.toLowerCase());
}

/** True when one becomes the other by at most two letters that are wrong, missing, too many or swapped. */
function isSlip(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 2) return false;
  // Optimal string alignment; both are short.
  let [older, above] = [[] as number[], Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) least = Math.min(least, (older[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [older, above] = [above, row];
  }
  return (above[other.length] ?? 0) <= 2;
}
