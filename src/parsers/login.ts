// login: the text console, serial lines, telnet and rlogin. Formats: util-linux login-utils/login.c, shadow
// src/login.c (Debian before 13), FreeBSD usr.bin/login/login.c, macOS (utmpx lines of every terminal window).
//   LOGIN ON tty1 BY alice[ FROM HOST]           FAILED LOGIN 2 FROM tty1 FOR alice, Authentication failure
//   'alice' logged in  on '/dev/tty1'            FAILED LOGIN (2) on '/dev/tty1' FOR 'alice', Authentication failure
//   login on ttyv0 as alice                      3 LOGIN FAILURES ON ttyv0, alice
// A name that was typed is any text, but the host stands before it and the reason behind it in login's own words.
import type { Peer } from "../events/event.ts";
import { after, between, numberOf, peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const service = "login";
/** What BSD writes beside its line with the name: up to ten tries are allowed. */
const NAMELESS = Array.from({ length: 10 }, (_, i) => `${i + 1} LOGIN FAILURE`);

/** The place where util-linux puts a host, or the terminal when there is none. */
function placeOf(text: string): Peer | undefined {
  return /^(?:tty\w*|(?:pts|vc|lxc)\/\w+|hvc\d+|console)$/.test(text) ? undefined : peerOf(text);
}

function success(message: string, user: string, place: string | undefined): Parsed {
  const peer = place === undefined ? undefined : placeOf(place);
  return {
    kind: "login.success",
    service,
    user,
    ...peer,
    method: peer === undefined ? "console" : "remote",
    message: message.slice(0, 1024),
  };
}

function failure(user: string | undefined, place: string | undefined, reason: string, repeat = 1): Parsed {
  const unknown = reason.startsWith("User not known") || user === "UNKNOWN";
  return {
    kind: "login.failure",
    service,
    basis: "own",
    ...(user && user !== "UNKNOWN" && { user }),
    ...(place !== undefined && placeOf(place)),
    ...(unknown && { invalidUser: true }),
    reason,
    repeat,
  };
}

/** `LOGIN ON TTY BY NAME[ FROM HOST]`, where NAME is an account */
function loginOn(message: string): Parsed | undefined {
  const by = message.indexOf(" BY ");
  if (by < 0) return undefined;
  const from = message.lastIndexOf(" FROM ");
  const user = message.slice(by + 4, from > by ? from : undefined);
  return user === "" ? undefined : success(message, user, from > by ? message.slice(from + 6) : undefined);
}

/** `ROOT LOGIN ON TTY[ FROM HOST]` (util-linux) */
function rootLoginOn(message: string): Parsed {
  const from = message.lastIndexOf(" FROM ");
  return success(message, "root", from < 0 ? undefined : message.slice(from + 6));
}

/** `ROOT LOGIN (NAME) ON TTY[ FROM HOST]` (BSD) */
function rootLoginBsd(message: string): Parsed | undefined {
  const user = between(message, "ROOT LOGIN (", ") ON ");
  const from = message.lastIndexOf(" FROM ");
  return user === undefined ? undefined : success(message, user, from < 0 ? undefined : message.slice(from + 6));
}

/** `ROOT LOGIN  on 'TTY'[ from 'HOST']` (shadow) */
function rootLoginShadow(message: string): Parsed {
  return success(message, "root", between(message, "' from '", "'"));
}

/** `'NAME' logged in  on 'TTY'[ from 'HOST']` (shadow) */
function loggedIn(message: string): Parsed | undefined {
  const end = message.indexOf("' logged in  on '");
  return end < 2 ? undefined : success(message, message.slice(1, end), between(message.slice(end), "' from '", "'"));
}

/** `login on TTY as NAME`, `login from HOST on TTY as NAME` (BSD) */
function loginBsd(message: string): Parsed | undefined {
  const as = message.indexOf(" as ");
  if (as < 0) return undefined;
  const head = message.slice(0, as);
  return success(message, message.slice(as + 4), after(head, "login from ")?.split(" on ", 1)[0]);
}

/**
 * `FAILED LOGIN N FROM PLACE FOR NAME, REASON`, `FAILED LOGIN SESSION FROM ...`, `TOO MANY LOGIN TRIES (N) FROM ...`:
 * each line is another try.
 */
function failedFrom(message: string): Parsed | undefined {
  const from = message.indexOf(" FROM ");
  const split = message.indexOf(" FOR ", from);
  const reason = message.lastIndexOf(", ");
  if (from < 0 || split < 0 || reason < split) return undefined;
  return failure(message.slice(split + 5, reason), message.slice(from + 6, split), message.slice(reason + 2));
}

/** `FAILED LOGIN (N) on 'TTY'[ from 'HOST'] FOR 'NAME', REASON` (shadow; NAME is UNKNOWN where there is no account) */
function failedShadow(message: string): Parsed | undefined {
  const split = message.indexOf(" FOR '");
  if (split < 0) return undefined;
  const host = between(message.slice(0, split + 1), "' from '", "' ");
  const end = message.lastIndexOf("'");
  if (end < split + 6) return undefined;
  const reason = after(message.slice(end + 1), ", ") ?? "too many tries";
  return failure(message.slice(split + 6, end), host, reason);
}

/** `N LOGIN FAILURE[S] FROM HOST, NAME`, `... ON TTY, NAME` (BSD). The same line without a name stands before it. */
function failuresBsd(message: string): Parsed | undefined {
  const count = /^(\d{1,4}) LOGIN FAILURES? (?:FROM|ON) /.exec(message);
  if (count === null) return undefined;
  const start = count[0].length;
  const comma = message.indexOf(", ", start);
  if (comma < 0) return undefined;
  const host = count[0].endsWith("FROM ") ? message.slice(start, comma) : undefined;
  return failure(message.slice(comma + 2), host, "authentication failure", numberOf(count[1] ?? "") ?? 1);
}

/** `LOGIN NAME REFUSED (WHY) FROM HOST ON TTY T`, `LOGIN NAME REFUSED (WHY) ON TTY T` (BSD), after the right password */
function refusedBsd(message: string): Parsed | undefined {
  const split = message.indexOf(" REFUSED (");
  const close = message.indexOf(") ", split);
  if (split < 6 || close < 0) return undefined;
  const host = between(message.slice(close), ") FROM ", " ON TTY ");
  const reason = message.slice(split + 10, close);
  return {
    kind: "login.denied",
    service,
    basis: "own",
    user: message.slice(6, split),
    ...(host && placeOf(host)),
    reason,
  };
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });

export const login: Parser = {
  name: "login",
  appNames: ["login"],
  rules: [
    rule("login", "LOGIN ON ", loginOn),
    rule("root login", "ROOT LOGIN ON ", rootLoginOn),
    rule("root login (BSD)", "ROOT LOGIN (", rootLoginBsd),
    rule("root login (shadow)", "ROOT LOGIN  on '", rootLoginShadow),
    rule("login (shadow)", "'", loggedIn),
    rule("login (BSD)", "login on ", loginBsd),
    rule("login from a host (BSD)", "login from ", loginBsd),
    rule("failed", "FAILED LOGIN ", (message) =>
      message.startsWith("FAILED LOGIN (") ? undefined : failedFrom(message),
    ),
    rule("too many tries", "TOO MANY LOGIN TRIES (", (message) =>
      message.includes(" FOR '") ? failedShadow(message) : failedFrom(message),
    ),
    rule("failed (shadow)", "FAILED LOGIN (", failedShadow),
    rule("failures (BSD)", "", failuresBsd),
    rule("refused (BSD)", "LOGIN ", (message) => (message.startsWith("LOGIN ON ") ? undefined : refusedBsd(message))),
    rule("terminal opened (macOS)", "USER_PROCESS: ", () => ({ kind: "session.open", service })),
    rule("terminal closed (macOS)", "DEAD_PROCESS: ", () => ({ kind: "session.close", service })),
  ],
  silent: ["DIALUP ", "invalid password for ", "pam_", ...NAMELESS],
};
