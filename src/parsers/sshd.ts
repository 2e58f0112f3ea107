// OpenSSH's server: sshd, and since 9.8 sshd-session, since 10.0 sshd-auth for the part before authentication.
// Formats: openssh-portable auth.c (auth_log, Invalid user, not allowed because), auth-pam.c, packet.c (closing lines),
// kex.c, sshd.c, srclimit.c, of releases 4 to 10.
//
// A user name is cut at its first colon but may hold anything else, so addresses are taken from the right end; behind
// "ssh2: " (key and certificate), and in reasons, offers and banners, the attacker writes, so there from the left.
import type { LoginFailure, Peer } from "../events/event.ts";
import { after, between, colonEndpointOf, endpointOf, nameFromPeer, numberOf, peerOf, withoutEnd } from "./fields.ts";
import { pamFields } from "./pam.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const service = "sshd";
const PREAUTH = " [preauth]";
/** Methods whose failure is no guess: a client offers its keys one after the other. */
const OFFERS = new Set(["publickey", "hostbased", "none"]);

interface Named {
  readonly user: string;
  readonly invalidUser?: true;
}

/** Takes `invalid user ` (`illegal user ` of old and of PAM lines) off the front: only the first is sshd's own. */
function named(text: string): Named {
  const user = after(text, "invalid user ") ?? after(text, "illegal user ");
  return user === undefined ? { user: text } : { user, invalidUser: true };
}

/** `METHOD for [invalid user ]NAME from IP port N ssh2[: TYPE FINGERPRINT ...]` */
function authResult(text: string) {
  const key = text.indexOf(" ssh2: ");
  const head = key >= 0 ? text.slice(0, key) : withoutEnd(withoutEnd(text, " ssh2"), " ssh1");
  const split = head.indexOf(" for ");
  if (split < 0) return undefined;
  const who = nameFromPeer(head.slice(split + 5));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  const fingerprint = key < 0 ? undefined : text.slice(key + 7).split(" ", 2)[1];
  return { ...named(name), ...peer, method: head.slice(0, split), ...(fingerprint && { fingerprint }) };
}

function accepted(message: string): Parsed | undefined {
  const result = authResult(message.slice(9));
  return result && { kind: "login.success", service, message: message.slice(0, 1024), ...result };
}

function failed(message: string): Parsed | undefined {
  const result = authResult(message.slice(7));
  if (result === undefined) return undefined;
  return { kind: "login.failure", service, basis: OFFERS.has(result.method) ? "offer" : "verdict", ...result };
}

function invalidUser(message: string): Parsed | undefined {
  const who = nameFromPeer(withoutEnd(message.slice(13), PREAUTH));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return { kind: "login.invalid-user", service, basis: "named", user: name, invalidUser: true, ...peer };
}

/** `error: PAM: TEXT for [illegal user ]NAME from HOST[ via OWN-ADDRESS]`; ` via ` is Apple's, 10.6 to 10.11. */
function pamError(message: string): Parsed | undefined {
  const split = message.indexOf(" for ");
  if (split < 0) return undefined;
  const rest = withoutEnd(message.slice(split + 5), PREAUTH);
  const via = rest.lastIndexOf(" via ");
  const from = rest.lastIndexOf(" from ");
  const who = nameFromPeer(via > from && peerOf(rest.slice(via + 5)) !== undefined ? rest.slice(0, via) : rest);
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return {
    kind: "login.failure",
    service,
    basis: "pam-error",
    method: "keyboard-interactive/pam",
    reason: message.slice(12, split),
    ...named(name),
    ...peer,
  };
}

/** `PAM N more authentication failures; ... rhost=HOST  user=NAME`: a summary of tries that were logged one by one. */
function morePamFailures(message: string): Parsed | undefined {
  const count = /^PAM (\d{1,4}) more authentication failures?; /.exec(message)?.[1];
  if (count === undefined) return undefined;
  const { user, ...peer } = pamFields(message);
  return { kind: "login.failure", service, basis: "offer", ...(user && { user }), ...peer, repeat: Number(count) };
}

function denied(fields: Partial<LoginFailure> & Peer): Parsed {
  return { kind: "login.denied", service, basis: "named", ...fields };
}

function maxAttempts(message: string): Parsed | undefined {
  const reason = "maximum authentication attempts exceeded";
  const text = withoutEnd(withoutEnd(message.slice(52), PREAUTH), " ssh2");
  const who = nameFromPeer(text);
  if (who === undefined) return isCut(message) ? denied({ ...(named(text).invalidUser && { invalidUser: true }), reason }) : undefined;
  const { name, ...peer } = who;
  return denied({ ...named(unescaped(name)), ...peer, reason });
}

/** `User NAME[ from HOST] not allowed because REASON`: sshd resolves HOST itself, so it may be a name. */
function notAllowed(message: string): Parsed | undefined {
  const split = message.lastIndexOf(" not allowed because ");
  if (split < 0) return undefined;
  const reason = withoutEnd(message.slice(split + 21), PREAUTH);
  const who = message.slice(5, split);
  const from = nameFromPeer(who);
  if (from === undefined) return who.includes(" from ") ? undefined : denied({ user: who, reason });
  const { name, ...peer } = from;
  return denied({ user: name, ...peer, reason });
}

function rootRefused(message: string): Parsed | undefined {
  const peer = endpointOf(withoutEnd(message.slice(24), PREAUTH));
  return peer && denied({ user: "root", ...peer, reason: "root login refused" });
}

/** `FILE:LINE: Authentication tried for U with correct key but not from a permitted host (host=H, ip=IP, ...)` */
function wrongHost(message: string): Parsed | undefined {
  const user = between(message, "Authentication tried for ", " with ");
  if (user === undefined) return undefined;
  const address = between(message, "ip=", ",") ?? between(message, "source address (", ")");
  const peer = address === undefined ? undefined : peerOf(address);
  return denied({ user, ...peer, reason: "correct key, but not from a permitted host" });
}

function pamAccountDenied(message: string): Parsed | undefined {
  const end = message.lastIndexOf(" by PAM account configuration");
  return end < 0 ? undefined : denied({ user: message.slice(30, end), reason: "PAM account configuration" });
}

function revokedKey(message: string): Parsed {
  return denied({ reason: "revoked key", ...fingerprintIn(message) });
}

function fingerprintIn(message: string): { readonly fingerprint?: string } {
  const fingerprint = message.split(" ").find((word) => word.startsWith("SHA256:") || word.startsWith("MD5:"));
  return fingerprint === undefined ? {} : { fingerprint };
}

/** `warning: ...` of TCP wrappers stands beside this line: `refused connect from HOST (IP)`. */
function refusedConnect(message: string): Parsed | undefined {
  const open = message.lastIndexOf("(");
  const inside = open < 0 ? message.slice(21) : withoutEnd(message.slice(open + 1), ")");
  const peer = peerOf(inside);
  return peer && { kind: "login.denied", service, basis: "unnamed", ...peer, reason: "TCP wrappers" };
}

/** Lines that the monitor relays are escaped once more than the others. */
function unescaped(name: string): string {
  return name.replaceAll("\\\\", "\\");
}

/** sshd hands syslog at most some 500 bytes: an escaped name can push the address off the end of the line. */
function isCut(message: string): boolean {
  return message.length > 400 && !message.endsWith(PREAUTH);
}

/**
 * The text behind `Connection closed by`, `Connection reset by`, `Disconnected from`, `Disconnecting`:
 * `[invalid user NAME |authenticating user NAME |user NAME ]IP[ port N]`. In these lines the name is escaped twice.
 */
function closing(text: string, preauth: boolean, reason?: string): Parsed | undefined {
  const known = after(text, "authenticating user ");
  const unknown = known === undefined ? after(text, "invalid user ") : undefined;
  const rest = known ?? unknown;
  if (rest === undefined) {
    const peer = endpointOf(text);
    return peer && { kind: "probe", service, ...peer, ...(preauth && { preauth }), ...(reason && { reason }) };
  }
  const port = rest.lastIndexOf(" port ");
  const space = port < 0 ? -1 : rest.lastIndexOf(" ", port - 1);
  const peer = port < 0 ? undefined : endpointOf(rest.slice(space + 1));
  if (peer === undefined && !isCut(text)) return undefined;
  return {
    kind: "probe",
    service,
    basis: "named",
    // A name that was cut is nobody's: the connection's other lines know it.
    ...(peer !== undefined && { user: unescaped(rest.slice(0, Math.max(0, space))) }),
    ...(unknown !== undefined && { invalidUser: true }),
    ...peer,
    ...(preauth && { preauth }),
    ...(reason && { reason }),
  };
}

function closed(words: string) {
  return (message: string): Parsed | undefined => {
    const preauth = message.endsWith(PREAUTH);
    const text = withoutEnd(message.slice(words.length), PREAUTH);
    // A session that ends: the PAM session line tells of it.
    if (text.startsWith("user ") || (!preauth && words === "Disconnected from ")) return undefined;
    return closing(text, preauth);
  };
}

/** `Disconnecting [who ]IP port N: REASON`, or of old `Disconnecting: REASON[ for NAME]`. */
function disconnecting(message: string): Parsed | undefined {
  const preauth = message.endsWith(PREAUTH);
  const text = withoutEnd(message, PREAUTH);
  const old = after(text, "Disconnecting: ");
  if (old !== undefined) {
    const user = after(old, "Too many authentication failures for ");
    return { kind: "probe", service, ...(preauth && { preauth }), ...(user !== undefined && { basis: "named", user }) };
  }
  const rest = text.slice(14);
  const end = endOfPort(rest);
  if (end < 0 || rest.startsWith("user ")) return undefined;
  return closing(rest.slice(0, end), preauth, rest.slice(end + 2));
}

/** Index of the first `: ` behind ` port N`; neither a name nor an address holds that. -1 when there is none. */
function endOfPort(text: string): number {
  for (let colon = text.indexOf(": "); colon >= 0; colon = text.indexOf(": ", colon + 1)) {
    let digits = colon;
    while (digits > 0 && numberOf(text.charAt(digits - 1)) !== undefined) digits--;
    if (digits < colon && text.endsWith(" port ", digits)) return colon;
    if (digits < colon && text.slice(Math.max(0, digits - 6), digits) === " port ") return colon;
  }
  return -1;
}

/** `Received disconnect from IP[ port N]:CODE: TEXT [preauth]`; without [preauth] it ends a session. */
function receivedDisconnect(message: string): Parsed | undefined {
  const error = message.startsWith("error: ") ? 7 : 0;
  if (!message.endsWith(PREAUTH)) return undefined;
  const text = message.slice(error + 25);
  const port = text.indexOf(" port ");
  const colon = text.indexOf(":", port < 0 ? 0 : port);
  let peer = port < 0 ? undefined : endpointOf(text.slice(0, colon));
  if (peer === undefined) {
    const old = text.indexOf(": ");
    peer = old < 0 ? undefined : peerOf(text.slice(0, old));
  }
  return peer && { kind: "probe", service, ...peer, preauth: true };
}

/** A probe whose address stands first, before the attacker's words: `WORDS IP port N: ...`. */
function probeFromLeft(words: string, reason: string) {
  return (message: string): Parsed | undefined => {
    const text = withoutEnd(message.slice(words.length), PREAUTH);
    const end = endOfPort(text);
    const peer = endpointOf(end < 0 ? text : text.slice(0, end));
    return peer && probe(peer, reason, message);
  };
}

function probe(peer: Peer, reason: string, message: string): Parsed {
  return { kind: "probe", service, ...peer, ...(message.endsWith(PREAUTH) && { preauth: true }), reason };
}

/** `Bad protocol version identification 'TEXT' from IP port N`: TEXT comes first, so the address from the right. */
function badProtocol(message: string): Parsed | undefined {
  const who = nameFromPeer(withoutEnd(message, PREAUTH));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return probe(peer, "bad protocol version identification", message);
}

/** `probed from IP port N with TEXT.  Don't panic.` */
function probedWith(message: string): Parsed | undefined {
  const text = message.slice(message.indexOf(" from ") + 6);
  const end = text.indexOf(" with ");
  const peer = endpointOf(end < 0 ? text : text.slice(0, end));
  return peer && probe(peer, "scanned", message);
}

function reverseMapping(message: string): Parsed | undefined {
  const open = message.indexOf(" [");
  const peer = open < 0 ? undefined : peerOf(message.slice(open + 2, message.indexOf("]", open)));
  return peer && probe(peer, "reverse mapping failed", message);
}

function mapsBack(message: string): Parsed | undefined {
  const peer = peerOf(message.slice(8, message.indexOf(" maps to ")));
  return peer && probe(peer, "reverse mapping failed", message);
}

/** `[fatal: ]Timeout before authentication for IP port N` or `... for connection from IP to OWN, pid = N` */
function timeout(message: string): Parsed | undefined {
  const text = withoutEnd(message.slice(message.indexOf(" for ") + 5), PREAUTH);
  const from = after(text, "connection from ");
  const peer = from === undefined ? endpointOf(text) : peerOf(from.slice(0, from.indexOf(" to ")));
  return peer && probe(peer, "timeout before authentication", message);
}

/** `drop connection #N from [IP]:PORT on [OWN]:PORT REASON` (MaxStartups, penalties). */
function dropped(message: string): Parsed | undefined {
  const from = between(message, " from ", " on ");
  const peer = from === undefined ? undefined : colonEndpointOf(from);
  return peer && probe(peer, message.slice(message.indexOf("]:", message.indexOf(" on ")) + 2), message);
}

/** `USER_PROCESS: PID TTY` and `DEAD_PROCESS: PID TTY` in system.log, the pair that utmpx writes on macOS. */
function utmpx(kind: "session.open" | "session.close") {
  return (): Parsed => ({ kind, service });
}

/** `alice [priv][9271]: USER_PROCESS: 9274 ttys001`: the process title stands where the process id should. */
function utmpxTitled(message: string): Parsed | undefined {
  const title = /^([^ ]{1,64}) \[priv\]\[\d{1,10}\]: (USER|DEAD)_PROCESS: /.exec(message);
  if (title === null) return undefined;
  return { kind: title[2] === "USER" ? "session.open" : "session.close", service, user: title[1] };
}

function server(state: "start" | "stop"): Rule["parse"] {
  return (message) => ({ kind: "service", tool: service, state, message });
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });

export const sshd: Parser = {
  name: "sshd",
  appNames: ["sshd", "sshd-session", "sshd-auth"],
  rules: [
    rule("accepted", "Accepted ", accepted),
    rule("failed", "Failed ", failed),
    rule("invalid user", "Invalid user ", invalidUser),
    rule("illegal user", "Illegal user ", invalidUser),
    rule("PAM failure", "error: PAM: ", pamError),
    rule("maximum attempts", "error: maximum authentication attempts exceeded for ", maxAttempts),
    rule("not allowed", "User ", notAllowed),
    rule("root refused", "ROOT LOGIN REFUSED FROM ", rootRefused),
    rule("correct key, wrong host", "/", wrongHost),
    rule("correct key, wrong host (old)", "Authentication tried for ", wrongHost),
    rule("PAM account denied", "fatal: Access denied for user ", pamAccountDenied),
    rule("revoked key", "error: Authentication key ", revokedKey),
    rule("revoked key (old)", "error: WARNING: revoked key for ", (message) =>
      denied({ user: between(message, "revoked key for ", " attempted"), reason: "revoked key" }),
    ),
    rule("refused certificate", "error: Refusing certificate ID ", (message) =>
      denied({ reason: "certificate refused", ...fingerprintIn(message.slice(message.lastIndexOf("signed by"))) }),
    ),
    rule("TCP wrappers", "refused connect from ", refusedConnect),
    rule("connection closed", "Connection closed by ", closed("Connection closed by ")),
    rule("connection reset", "Connection reset by ", closed("Connection reset by ")),
    rule("disconnected", "Disconnected from ", closed("Disconnected from ")),
    rule("disconnecting", "Disconnecting", disconnecting),
    rule("received disconnect", "Received disconnect from ", receivedDisconnect),
    rule("received disconnect, error", "error: Received disconnect from ", receivedDisconnect),
    rule(
      "no identification",
      "Did not receive identification string from ",
      probeFromLeft("Did not receive identification string from ", "no identification string"),
    ),
    rule("bad protocol", "Bad protocol version identification ", badProtocol),
    rule(
      "banner exchange",
      "banner exchange: Connection from ",
      probeFromLeft("banner exchange: Connection from ", "banner exchange"),
    ),
    rule("no common algorithm", "Unable to negotiate with ", probeFromLeft("Unable to negotiate with ", "key exchange")),
    rule(
      "no common algorithm, fatal",
      "fatal: Unable to negotiate with ",
      probeFromLeft("fatal: Unable to negotiate with ", "key exchange"),
    ),
    rule(
      "dispatch",
      "ssh_dispatch_run_fatal: Connection from ",
      probeFromLeft("ssh_dispatch_run_fatal: Connection from ", "protocol error"),
    ),
    rule(
      "protocol versions",
      "Protocol major versions differ for ",
      probeFromLeft("Protocol major versions differ for ", "protocol versions differ"),
    ),
    rule("timeout", "Timeout before authentication for ", timeout),
    rule("timeout, fatal", "fatal: Timeout before authentication for ", timeout),
    rule("probed", "probed from ", probedWith),
    rule("scanned", "scanned from ", probedWith),
    rule("reverse mapping", "reverse mapping checking getaddrinfo for ", reverseMapping),
    rule("address maps", "Address ", mapsBack),
    rule("drop connection", "drop connection #", dropped),
    rule("utmpx login", "USER_PROCESS: ", utmpx("session.open")),
    rule("utmpx logout", "DEAD_PROCESS: ", utmpx("session.close")),
    rule("utmpx, titled", "", utmpxTitled),
    rule("more PAM failures", "PAM ", morePamFailures),
    rule("server start", "Server listening on ", server("start")),
    rule("server stop", "Received signal ", server("stop")),
    rule("server restart", "Received SIGHUP; restarting", server("start")),
  ],
  silent: [
    "Accepted key ",
    "Accepted certificate ID ",
    "Postponed ",
    "Partial ",
    "Received disconnect from ",
    "Disconnected from ",
    "Connection from ",
    "Connection closed by user ",
    "Close session: ",
    "Closing connection to ",
    "Starting session: ",
    "Transferred: ",
    "User child is on pid ",
    "Set /proc/",
    "PAM ",
    "pam_",
    "error: kex_exchange_identification: ",
    "error: kex_protocol_error: ",
    "error: send_error: ",
    "error: Protocol major versions differ: ",
    "error: connect_to ",
    "error: Refused by key options",
    "error: beginning MaxStartups throttling",
    "exited MaxStartups throttling",
    "error: PAM: pam_",
    "error: Could not ",
    "error: Bind to port ",
    "error: bind: ",
    "input_userauth_request: invalid user ",
    "fatal: ",
    "warning: ",
    "Authentication refused: ",
    "Authentication methods list ",
    "Bad packet length ",
    "Corrupted MAC on input",
    "Could not ",
    "subsystem request for ",
    "syslogin_perform_logout: ",
    "userauth_",
    "srclimit_penalise: ",
    "channel ",
    "Read error from remote host ",
    "rexec line ",
    "dispatch_protocol_error: ",
    "Nasty PTR record ",
    "Timeout, client not responding",
    "Root login accepted for forced command",
    "in openpam_dispatch(): ",
    "in _openpam_",
    "SSH: Server;",
    "Magic value check failed",
  ],
};
