// sshd's verdicts: who was let in and who was not.
// Formats: openssh-portable auth.c (auth_log, auth_maxtries_exceeded), auth-pam.c, auth2-gss.c of releases 3 to 10.
import type { Peer } from "../events/event.ts";
import { nameFromPeer, peerOf, withoutEnd } from "./fields.ts";
import { pamFields } from "./pam.ts";
import type { Parsed, Rule } from "./parser.ts";
import {
  ifInvalid,
  isCut,
  LONGEST_REASON,
  type Named,
  named,
  PREAUTH,
  service,
  withoutPreauth,
} from "./sshd-message.ts";

/** Methods whose failure is no guess: a client offers its keys one after the other. */
const OFFERS = new Set(["publickey", "hostbased", "none"]);

interface AuthResult extends Peer {
  readonly user?: string | undefined;
  readonly invalidUser?: true | undefined;
  readonly method: string;
  readonly fingerprint?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * Reads `METHOD for [invalid user ]NAME from IP port N ssh2[: TYPE FINGERPRINT[ ID ID (serial N) CA TYPE FINGERPRINT]]`.
 * A name holds no colon, so the first `ssh2: ` ends what sshd itself says; behind it stands the client's certificate.
 */
function authResult(message: string, from: number): AuthResult | undefined {
  const text = withoutPreauth(message, from);
  let key = text.indexOf(" ssh2: ");
  if (key < 0) key = text.indexOf(" ssh1: ");
  const head = key >= 0 ? text.slice(0, key) : withoutEnd(withoutEnd(text, " ssh2"), " ssh1");
  const split = head.indexOf(" for ");
  const method = head.slice(0, split);
  // `Accepted certificate ID "..." ` and `Accepted key ...` are other messages, and quote the client.
  if (split < 0 || method.includes(" ")) return undefined;
  const complete = key >= 0 || head.length < text.length || !isCut(message, " ssh2");
  const rest = head.slice(split + 5);
  const who = nameFromPeer(rest);
  if (!complete) {
    // The name is at most 400 bytes here, so ` from ` is still sshd's own; the port may have lost digits.
    if (who?.port === undefined) return { ...ifInvalid(rest), method };
    return { ...named(who.name), ip: who.ip, method };
  }
  if (who === undefined) return undefined;
  const { user, invalidUser } = named(who.name);
  const { fingerprint, reason } = key < 0 ? NO_KEY : keyOf(text, key);
  return { user, invalidUser, ip: who.ip, host: who.host, port: who.port, method, fingerprint, reason };
}

type Key = Pick<AuthResult, "fingerprint" | "reason">;
const NO_KEY: Key = {};

/** The fingerprint, and what is said of a certificate; ssh1's `ruser NAME` is neither. */
function keyOf(text: string, key: number): Key {
  const type = key + 7;
  const from = text.indexOf(" ", type) + 1;
  if (from === 0 || text.charCodeAt(key + 4) === 49) return NO_KEY;
  const space = text.indexOf(" ", from);
  const word = withoutEnd(text.slice(from, space < 0 ? text.length : space), ",");
  const isFingerprint = word.length <= 128 && word.includes(":");
  const rest = isFingerprint ? (space < 0 ? "" : text.slice(space + 1)) : text.slice(from);
  return {
    ...(isFingerprint && { fingerprint: word }),
    ...(rest.startsWith("ID ") && { reason: `certificate ${rest}`.slice(0, LONGEST_REASON) }),
  };
}

function accepted(message: string): Parsed | undefined {
  const result = authResult(message, 9);
  if (result?.user === undefined) return undefined;
  return { kind: "login.success", service, message: message.slice(0, 1024), ...result, user: result.user };
}

function failed(message: string): Parsed | undefined {
  const result = authResult(message, 7);
  if (result === undefined) return undefined;
  const { user, invalidUser, ip, host, port, method, fingerprint, reason } = result;
  const basis = OFFERS.has(method) ? "offer" : "verdict";
  // Field by field, here and in what follows: these lines are nearly all of an attack, and a spread costs more than the
  // search for the fields.
  return { kind: "login.failure", service, basis, user, invalidUser, ip, host, port, method, fingerprint, reason };
}

function invalidUser(message: string): Parsed | undefined {
  const who = nameFromPeer(withoutPreauth(message, 13));
  if (who === undefined && !isCut(message, PREAUTH)) return undefined;
  return {
    kind: "login.invalid-user",
    service,
    basis: "named",
    invalidUser: true,
    user: who?.name,
    ip: who?.ip,
    host: who?.host,
    port: who?.port,
  };
}

/** The only text of PAM that holds a ` for ` of its own. */
const EXHAUSTED = "Have exhausted maximum number of retries for service for ";

/** `error: PAM: TEXT for [illegal user ]NAME from HOST[ via OWN-ADDRESS]`; ` via ` is Apple's, 10.6 to 10.11. */
function pamError(message: string): Parsed | undefined {
  const split = message.startsWith(EXHAUSTED, 12) ? 12 + EXHAUSTED.length - 5 : message.indexOf(" for ");
  if (split < 0) return undefined;
  const reason = message.slice(12, split);
  const rest = withoutPreauth(message, split + 5).trimEnd();
  // There is no port behind the address that would tell whether the address is whole.
  if (isCut(message, PREAUTH)) return pamFailure(ifInvalid(rest), {}, reason);
  const via = rest.lastIndexOf(" via ");
  const isOwn = via > 0 && via > rest.lastIndexOf(" from ") && peerOf(rest.slice(via + 5)) !== undefined;
  const who = nameFromPeer(isOwn ? rest.slice(0, via) : rest);
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return pamFailure(named(name), peer, reason);
}

function pamFailure(who: Named, peer: Peer, reason: string): Parsed {
  return {
    kind: "login.failure",
    service,
    basis: "pam-error",
    method: "keyboard-interactive/pam",
    reason,
    ...who,
    ...peer,
  };
}

/** `PAM N more authentication failures; ... rhost=HOST  user=NAME`: a summary of tries that were logged one by one. */
function morePamFailures(message: string): Parsed | undefined {
  const count = /^PAM (\d{1,4}) more authentication failures?; /.exec(message)?.[1];
  if (count === undefined) return undefined;
  const { user, ...peer } = pamFields(message);
  const { ip, host } = peer;
  return {
    kind: "login.failure",
    service,
    basis: "offer",
    ...(user !== undefined && { user }),
    ...(ip !== undefined && { ip }),
    ...(host !== undefined && { host }),
    repeat: Number(count),
  };
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });

/** What a busy night consists of. */
export const verdicts: readonly Rule[] = [
  rule("failed", "Failed ", failed),
  rule("accepted", "Accepted ", accepted),
  rule("invalid user", "Invalid user ", invalidUser),
  rule("illegal user", "Illegal user ", invalidUser),
  rule("PAM failure", "error: PAM: ", pamError),
  rule("more PAM failures", "PAM ", morePamFailures),
];
