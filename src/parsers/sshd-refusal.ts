// Whom sshd refused by policy, though the password or key may have been right.
// Formats: openssh-portable auth.c (allowed_user, auth_maxtries_exceeded, auth_root_allowed), auth2-pubkey.c,
// auth2-pubkeyfile.c, auth-pam.c, auth-shadow.c, monitor.c of releases 3 to 10; TCP wrappers of Debian and FreeBSD.
import { after, between, endpointOf, nameFromPeer, peerOf, withoutEnd } from "./fields.ts";
import type { Parsed, Rule } from "./parser.ts";
import {
  denied,
  ifInvalid,
  isCut,
  LONGEST_REASON,
  named,
  PREAUTH,
  service,
  unescaped,
  withoutPreauth,
} from "./sshd-message.ts";

function maxAttempts(message: string): Parsed | undefined {
  const reason = "maximum authentication attempts exceeded";
  const text = withoutEnd(withoutPreauth(message, 52), " ssh2");
  if (isCut(message, PREAUTH)) return denied({ ...ifInvalid(text), reason });
  const who = nameFromPeer(text);
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return denied({ ...named(unescaped(name)), ...peer, reason });
}

/** `User NAME[ from HOST] not allowed because REASON`: sshd resolves HOST itself, so it may be a name. */
function notAllowed(message: string): Parsed | undefined {
  const split = message.lastIndexOf(" not allowed because ");
  if (split < 0) return undefined;
  const reason = withoutPreauth(message, split + 21);
  const who = message.slice(5, split);
  const from = nameFromPeer(who);
  if (from === undefined) return who.includes(" from ") ? undefined : denied({ user: who, reason });
  const { name, ...peer } = from;
  return denied({ user: name, ...peer, reason });
}

function rootRefused(message: string): Parsed | undefined {
  const peer = endpointOf(withoutPreauth(message, 24));
  return peer && denied({ user: "root", ...peer, reason: "root login refused" });
}

/**
 * `FILE:LINE: Authentication tried for NAME with correct key but not from a permitted host (host=H, ip=IP[, required=R]).`
 * and `... with valid certificate but not from a permitted source address (IP).` H is what DNS says of the client.
 */
function wrongHost(message: string): Parsed | undefined {
  const start = message.indexOf("Authentication tried for ");
  const what = start < 0 ? -1 : message.indexOf(" with ", start);
  if (what < 0) return undefined;
  const user = message.slice(start + 25, what);
  const rest = withoutPreauth(message, what);
  const certificate = rest.startsWith(" with valid certificate");
  const required = rest.indexOf(", required=");
  const told = required < 0 ? withoutEnd(withoutEnd(rest, "."), ")") : rest.slice(0, required);
  const ip = told.lastIndexOf("ip=");
  const address = ip < 0 ? between(`${told})`, "source address (", ")") : told.slice(ip + 3);
  const peer = address === undefined ? undefined : peerOf(address);
  const reason = `${certificate ? "valid certificate" : "correct key"}, but not from a permitted host`;
  return denied({ user, ...peer, reason });
}

/** `fatal: Access denied for user NAME by PAM account configuration` */
function pamAccount(message: string): Parsed | undefined {
  const end = message.lastIndexOf(" by PAM account configuration");
  return end < 0 ? undefined : denied({ user: message.slice(30, end), reason: "PAM account configuration" });
}

/** `Account NAME has expired` */
function expired(message: string): Parsed | undefined {
  const text = withoutPreauth(message, 8);
  const user = withoutEnd(text, " has expired");
  return user === text ? undefined : denied({ user, reason: "account has expired" });
}

/** `administratively prohibited connection for [invalid user ]NAME from IP port N` (RefuseConnection) */
function prohibited(message: string): Parsed | undefined {
  const reason = "administratively prohibited connection";
  if (isCut(message, PREAUTH)) return denied({ reason });
  const who = nameFromPeer(withoutPreauth(message, 43));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return denied({ ...named(name), ...peer, reason });
}

/** `error: public key TYPE FINGERPRINT signature for [invalid user ]NAME from IP port N rejected: REASON` */
function rejectedSignature(message: string): Parsed | undefined {
  const names = message.indexOf(" signature for ");
  const verdict = message.indexOf(" rejected: ", names);
  if (names < 0 || verdict < 0) return undefined;
  const who = nameFromPeer(message.slice(names + 15, verdict));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  const reason = withoutPreauth(message, verdict + 11).trimEnd();
  return denied({ ...named(name), ...peer, method: "publickey", ...fingerprintIn(message.slice(18, names)), reason });
}

/** `error: Authentication key TYPE FINGERPRINT revoked by file FILE`: neither user nor address. */
function revokedKey(message: string): Parsed | undefined {
  const end = message.indexOf(" revoked by file ");
  return end < 0 ? undefined : denied({ reason: "revoked key", ...fingerprintIn(message.slice(26, end)) });
}

/** `error: Error checking authentication key TYPE FINGERPRINT in revoked keys file FILE: ...`: sshd then refuses it. */
function uncheckedKey(message: string): Parsed {
  const key = between(message, "authentication key ", " in revoked keys file ");
  return denied({ reason: "the file of revoked keys cannot be read", ...(key !== undefined && fingerprintIn(key)) });
}

/** `error: WARNING: revoked key for NAME attempted authentication` */
function revokedKeyOld(message: string): Parsed | undefined {
  const user = between(message, "revoked key for ", " attempted");
  return user === undefined ? undefined : denied({ user, reason: "revoked key" });
}

function fingerprintIn(text: string): { readonly fingerprint?: string } {
  const fingerprint = text.slice(text.lastIndexOf(" ") + 1);
  return fingerprint.includes(":") ? { fingerprint } : {};
}

/**
 * `error: Refusing certificate ID "ID" serial=N signed by TYPE CA FINGERPRINT[ via FILE]: REASON`. The ID is the
 * client's and may hold all of that; what follows the last ` signed by ` is sshd's.
 */
function refusedCertificate(message: string): Parsed {
  const signed = message.lastIndexOf(" signed by ");
  const colon = signed < 0 ? -1 : message.indexOf(": ", signed);
  const why = colon < 0 ? "" : `: ${withoutPreauth(message, colon + 2)}`;
  return denied({ method: "publickey", reason: `certificate refused${why}`.slice(0, LONGEST_REASON) });
}

/** `error: Certificate invalid: expired` and the like, of releases before 8.8: neither user nor address. */
function invalidCertificate(message: string): Parsed {
  const why = withoutPreauth(message, 7);
  return denied({ method: "publickey", reason: `certificate refused: ${why}`.slice(0, LONGEST_REASON) });
}

/** `warning: ...` of TCP wrappers stands beside this line: `refused connect from [USER@]HOST[ (IP)]`. */
function refusedConnect(message: string): Parsed | undefined {
  const text = withoutPreauth(message, 21);
  const open = text.lastIndexOf("(");
  const inside = open < 0 ? text.slice(text.lastIndexOf("@") + 1) : withoutEnd(text.slice(open + 1), ")");
  const peer = peerOf(after(withoutEnd(inside, "]"), "[") ?? inside);
  return peer && { kind: "login.denied", service, basis: "unnamed", ...peer, reason: "TCP wrappers" };
}

/** A refusal says so when it came before authentication. */
const refusal = (name: string, starts: string, parse: Rule["parse"]): Rule => ({
  name,
  starts,
  parse(message, appName) {
    const parsed = parse(message, appName);
    return parsed?.kind === "login.denied" && message.endsWith(PREAUTH) ? { ...parsed, preauth: true } : parsed;
  },
});

export const refusals: readonly Rule[] = [
  refusal("maximum attempts", "error: maximum authentication attempts exceeded for ", maxAttempts),
  refusal("not allowed", "User ", notAllowed),
  refusal("root refused", "ROOT LOGIN REFUSED FROM ", rootRefused),
  refusal("TCP wrappers", "refused connect from ", refusedConnect),
  refusal("correct key, wrong host", "/", wrongHost),
  refusal("correct key, wrong host (old)", "Authentication tried for ", wrongHost),
  refusal("certificate, wrong host", "cert: Authentication tried for ", wrongHost),
  refusal("principal, wrong host", "principals: Authentication tried for ", wrongHost),
  refusal("PAM account", "fatal: Access denied for user ", pamAccount),
  refusal("account expired", "Account ", expired),
  refusal("prohibited", "administratively prohibited connection for ", prohibited),
  refusal("rejected signature", "error: public key ", rejectedSignature),
  refusal("revoked key", "error: Authentication key ", revokedKey),
  refusal("revoked key (old)", "error: WARNING: revoked key for ", revokedKeyOld),
  refusal("revoked keys unreadable", "error: Error checking authentication key ", uncheckedKey),
  refusal("refused certificate", "error: Refusing certificate ID ", refusedCertificate),
  refusal("invalid certificate", "error: Certificate invalid: ", invalidCertificate),
  refusal(
    "certificate without principal",
    "error: Certificate does not contain an authorized principal",
    invalidCertificate,
  ),
  refusal("certificate without principals", "error: Certificate lacks principal list", invalidCertificate),
];
