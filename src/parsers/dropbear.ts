// dropbear, the small ssh server. Format: dropbear src/svr-auth.c, svr-authpasswd.c, svr-authpam.c, svr-authpubkey.c,
// svr-session.c, of 0.5x (small first letters) to 2024. Without a log daemon it writes its own stamp into the message:
//   [825] Jul 10 23:53:52 Bad password attempt for 'root' from 203.0.113.7:52289
// The names it prints are accounts; the name of an unknown account is left out.
import type { Peer } from "../events/event.ts";
import { after, colonEndpointOf } from "./fields.ts";
import { beginsWith, type Parsed, type Parser, type Rule } from "./parser.ts";

const service = "dropbear";

interface Named extends Peer {
  readonly user: string;
}

/** `'NAME' ... from ADDRESS:PORT` */
function namedPeer(text: string): (Named & { readonly middle: string }) | undefined {
  const from = text.lastIndexOf(" from ");
  const quote = text.indexOf("'", 1);
  const peer = from < 0 ? undefined : colonEndpointOf(text.slice(from + 6));
  if (peer === undefined || text[0] !== "'" || quote < 0 || quote > from) return undefined;
  return { user: text.slice(1, quote), ...peer, middle: text.slice(quote + 1, from) };
}

function badPassword(words: string): Rule["parse"] {
  return (message) => {
    const named = namedPeer(message.slice(words.length));
    if (named === undefined) return undefined;
    const { user, middle, ...peer } = named;
    const unknown = user === "<invalid username>";
    return {
      kind: "login.failure",
      service,
      basis: "own",
      ...(!unknown && { user }),
      ...peer,
      method: "password",
      ...(unknown && { invalidUser: true }),
    };
  };
}

/** `Login attempt for nonexistent user from ADDRESS:PORT`: once a connection, whatever it tries after that. */
function nonexistent(words: string): Rule["parse"] {
  return (message) => {
    const peer = colonEndpointOf(message.slice(words.length));
    return peer && { kind: "login.failure", service, basis: "own", ...peer, invalidUser: true };
  };
}

/** `Password auth succeeded for 'NAME' from ...`, `Pubkey auth succeeded for 'NAME' with TYPE key FP from ...` */
function succeeded(words: string, method: string): Rule["parse"] {
  return (message) => {
    // One method of several: the last one tells of the login.
    if (message.endsWith(", extra auth required")) return undefined;
    const named = namedPeer(message.slice(words.length));
    if (named === undefined) return undefined;
    const { user, middle, ...peer } = named;
    const key = middle.lastIndexOf(" key ");
    const fingerprint = key < 0 ? undefined : middle.slice(key + 5).replace("sha1!! ", "");
    return {
      kind: "login.success",
      service,
      user,
      ...peer,
      method,
      ...(fingerprint && { fingerprint }),
      message: message.slice(0, 1024),
    };
  };
}

/**
 * `Exit before auth from <ADDRESS:PORT>: [(user 'NAME', N fails): ]WHY`, of old `Exit before auth[ (user ...)]: WHY`.
 * With failures it ends a connection whose tries were told one by one; without any it was a probe.
 */
function exitBeforeAuth(message: string): Parsed | undefined {
  const text = message.slice(16);
  const from = after(text, " from <");
  const close = from?.indexOf(">") ?? -1;
  const why = from === undefined ? text : from.slice(close + 1);
  const fails = /\(user '[^']{1,64}', (\d{1,5}) fails\)/.exec(why.slice(0, 120));
  const limit = why.indexOf("Max auth tries reached - user '");
  const old = message.lastIndexOf(" from ");
  const peer = colonEndpointOf(from === undefined ? message.slice(old + 6) : from.slice(0, Math.max(0, close)));
  if (limit >= 0) {
    const quote = why.indexOf("'", limit + 31);
    const user = why.slice(limit + 31, quote < 0 ? undefined : quote);
    const known = user !== "is invalid" && user !== "";
    return {
      kind: "login.denied",
      service,
      basis: "unnamed",
      ...(known && { user }),
      ...peer,
      reason: "maximum authentication attempts exceeded",
    };
  }
  if (fails !== null && fails[1] !== "0") return undefined;
  // Old releases leave the address out: their line ends the connection of its process all the same.
  if (peer === undefined && (from !== undefined || old >= 16)) return undefined;
  return { kind: "probe", service, ...peer, preauth: true };
}

/** `User 'NAME' has invalid shell, rejected`, `User account 'NAME' is locked`: the account is refused, with no address. */
function rejected(words: string, ends: readonly string[]): Rule["parse"] {
  return (message) => {
    const quote = message.indexOf("'", words.length);
    const why = message.slice(quote + 1);
    if (quote < 0 || !ends.includes(why)) return undefined;
    const user = message.slice(words.length, quote);
    return {
      kind: "login.denied",
      service,
      basis: "own",
      user,
      reason: why.replace(/^ (?:has |is )|, rejected$/g, ""),
    };
  };
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });

const LINES: readonly Rule[] = [
  rule("bad password", "Bad password attempt for ", badPassword("Bad password attempt for ")),
  rule("bad password, old", "bad password attempt for ", badPassword("bad password attempt for ")),
  rule("bad PAM password", "Bad PAM password attempt for ", badPassword("Bad PAM password attempt for ")),
  rule("bad PAM password, old", "bad PAM password attempt for ", badPassword("bad PAM password attempt for ")),
  rule(
    "nonexistent user",
    "Login attempt for nonexistent user from ",
    nonexistent("Login attempt for nonexistent user from "),
  ),
  rule(
    "nonexistent user, old",
    "login attempt for nonexistent user from ",
    nonexistent("login attempt for nonexistent user from "),
  ),
  rule("password", "Password auth succeeded for ", succeeded("Password auth succeeded for ", "password")),
  rule("password, old", "password auth succeeded for ", succeeded("password auth succeeded for ", "password")),
  rule("PAM password", "PAM password auth succeeded for ", succeeded("PAM password auth succeeded for ", "password")),
  rule("key", "Pubkey auth succeeded for ", succeeded("Pubkey auth succeeded for ", "publickey")),
  rule("key, old", "pubkey auth succeeded for ", succeeded("pubkey auth succeeded for ", "publickey")),
  rule(
    "blank password",
    "Auth succeeded with blank password for ",
    succeeded("Auth succeeded with blank password for ", "none"),
  ),
  rule("exit before auth", "Exit before auth", exitBeforeAuth),
  rule("rejected", "User '", rejected("User '", [" has invalid shell, rejected", " has blank password, rejected"])),
  rule("locked", "User account '", rejected("User account '", [" is locked"])),
];

/** Its own stamp off, the same lines again. */
function stamped(message: string, appName: string): Parsed | undefined {
  const stamp = /^\[\d{1,10}\] [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /.exec(message)?.[0];
  if (stamp === undefined) return undefined;
  const text = message.slice(stamp.length);
  return LINES.find((line) => beginsWith(line, text))?.parse(text, appName);
}

export const dropbear: Parser = {
  name: "dropbear",
  appNames: ["dropbear"],
  rules: [...LINES, rule("with its own stamp", "[", stamped)],
  silent: [
    "[",
    "Child connection from ",
    "Exit ",
    "exit before auth",
    "exit after auth",
    "Early exit",
    "Running in background",
    "Not backgrounding",
    "pam_",
    "Pubkey auth succeeded for ",
    "Generated hostkey ",
    "Failed listening on ",
    "Forced command set to ",
    "user '",
  ],
};
