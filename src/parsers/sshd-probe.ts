// Connections that sshd turned away or that never spoke ssh, and what the listener says of itself.
// Formats: openssh-portable sshd.c, sshd-session.c, srclimit.c, kex.c, canohost.c/packet.c of releases 3 to 10.
import { between, colonEndpointOf, endpointOf, nameFromPeer, numberOf, peerOf, withoutEnd } from "./fields.ts";
import type { Parsed, Rule } from "./parser.ts";
import { PREAUTH, probe, service, withoutPreauth } from "./sshd-message.ts";

/** `WORDS IP[ port N]` and nothing else; some releases end it with a full stop. */
function bare(words: string, reason: string): Rule["parse"] {
  return (message) => {
    const peer = endpointOf(withoutEnd(withoutPreauth(message, words.length), "."));
    return peer && probe(peer, reason, message);
  };
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

/** `fatal: Connection from IP port N with IP opts: ...` (source routing) */
function ipOptions(message: string): Parsed | undefined {
  const end = message.indexOf(" with IP opts: ");
  const peer = end < 0 ? undefined : endpointOf(message.slice(23, end));
  return peer && probe(peer, "IP options", message);
}

/** `Magic value check failed (N) on obfuscated handshake from IP port N` (a patched sshd) */
function obfuscated(message: string): Parsed | undefined {
  const who = nameFromPeer(withoutEnd(message, PREAUTH));
  if (who === undefined) return undefined;
  const { name, ...peer } = who;
  return probe(peer, "obfuscated handshake", message);
}

const DNS = "reverse mapping failed";

/** `reverse mapping checking getaddrinfo for NAME [IP] failed...`: NAME is what the client's DNS says. */
function reverseMapping(message: string): Parsed | undefined {
  const close = message.lastIndexOf("] failed");
  const open = close < 0 ? -1 : message.lastIndexOf(" [", close);
  const peer = open < 0 ? undefined : peerOf(message.slice(open + 2, close));
  return peer && probe(peer, DNS, message);
}

/** `Address IP maps to NAME, but this does not map back to the address.` */
function mapsBack(message: string): Parsed | undefined {
  const end = message.indexOf(" maps to ");
  const peer = end < 0 ? undefined : peerOf(message.slice(8, end));
  return peer && probe(peer, DNS, message);
}

/** `Nasty PTR record "NAME" is set up for IP, ignoring` */
function nastyRecord(message: string): Parsed | undefined {
  const at = message.lastIndexOf(" is set up for ");
  const peer = at < 0 ? undefined : peerOf(withoutEnd(withoutPreauth(message, at + 15), ", ignoring"));
  return peer && probe(peer, DNS, message);
}

/** `[fatal: ]Timeout before authentication for IP[ port N]`, since 9.8 `... for connection from IP to OWN, pid = N` */
function timeout(words: string): Rule["parse"] {
  return (message) => {
    const reason = "timeout before authentication";
    const listened = fromListener(message, message.indexOf(" for ") + 5, reason);
    if (listened !== undefined) return listened;
    const peer = endpointOf(withoutEnd(withoutPreauth(message, words.length), "."));
    return peer && probe(peer, reason, message);
  };
}

/** `connection from IP to OWN[, pid = N]`: the listener speaks of the process that it gave the connection to. */
function fromListener(message: string, at: number, reason: string, procId?: string): Parsed | undefined {
  if (!message.startsWith("connection from ", at)) return undefined;
  const end = message.indexOf(" to ", at + 16);
  const peer = end < 0 ? undefined : peerOf(message.slice(at + 16, end));
  if (peer === undefined) return undefined;
  const pid = message.indexOf(", pid = ", end);
  const connectionProcId = procId ?? (pid < 0 ? undefined : message.slice(pid + 8).split(" ", 1)[0]);
  const known = connectionProcId !== undefined && numberOf(connectionProcId) !== undefined;
  return { ...probe(peer, reason, message), ...(known && { connectionProcId }) } as Parsed;
}

/** `Session process N unpriv child crash for connection from IP to OWN`: nobody was let in yet. */
function crash(message: string): Parsed | undefined {
  const at = message.indexOf(" for ");
  const procId = message.slice(16, message.indexOf(" ", 16));
  return at < 0 ? undefined : fromListener(message, at + 5, "crash before authentication", procId);
}

/** `drop connection #N from [IP]:PORT on [OWN]:PORT REASON` (MaxStartups, penalties) */
function dropped(message: string): Parsed | undefined {
  const from = between(message, " from ", " on ");
  const peer = from === undefined ? undefined : colonEndpointOf(from);
  if (peer === undefined) return undefined;
  const own = message.indexOf("]:", message.indexOf(" on "));
  const space = own < 0 ? -1 : message.indexOf(" ", own);
  return probe(peer, space < 0 ? "dropped" : message.slice(space + 1), message);
}

/** `srclimit_penalise: ipv4: new|activating IP/BITS [deferred ]penalty of N seconds for REASON` */
function penalty(message: string): Parsed | undefined {
  const end = message.indexOf(" penalty of ");
  const why = message.indexOf(" seconds for ", end);
  if (end < 0 || why < 0) return undefined;
  const range = message
    .slice(0, end)
    .split(" ")
    .find((word) => word.includes("/"));
  const slash = range?.indexOf("/") ?? -1;
  const ip = peerOf(range?.slice(0, slash) ?? "")?.ip;
  if (range === undefined || ip === undefined) return undefined;
  const reason = message.slice(why + 13);
  const isOne = range.slice(slash) === (ip.includes(":") ? "/128" : "/32");
  return isOne ? probe({ ip }, reason, message) : probe({}, `${reason} (${range})`, message);
}

function server(state: "start" | "stop" | "note" | "problem"): Rule["parse"] {
  return (message) => ({ kind: "service", tool: service, state, message });
}

/** `MaxStartups|PerSourcePenalties logging rate-limited: additional N connections dropped` */
function rateLimited(message: string): Parsed | undefined {
  if (!message.includes(" logging rate-limited: additional ")) return undefined;
  return { kind: "service", tool: service, state: "note", message, drops: "login" };
}

/** `Authentication refused[ for NAME]: bad owner or modes for FILE`: a key that cannot work until somebody mends it. */
function badModes(message: string): Parsed {
  return { kind: "service", tool: service, state: "note", message };
}

/** `USER_PROCESS: PID TTY` and `DEAD_PROCESS: PID TTY` in system.log, the pair that utmpx writes on macOS. */
function utmpx(kind: "session.open" | "session.close") {
  return (): Parsed => ({ kind, service });
}

/** `alice [priv][9271]: USER_PROCESS: 9274 ttys001`: the process title stands where the process id should. */
function utmpxTitled(message: string): Parsed | undefined {
  const title = /^([^ ]{1,64}) \[priv\]\[(\d{1,10})\]: (USER|DEAD)_PROCESS: /.exec(message);
  if (title === null) return undefined;
  const [, user, connectionProcId, state] = title;
  return { kind: state === "USER" ? "session.open" : "session.close", service, user, connectionProcId };
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });
const probed = (name: string, words: string, reason: string): Rule => rule(name, words, bare(words, reason));

export const probes: readonly Rule[] = [
  probed("no identification", "Did not receive identification string from ", "no identification string"),
  probed("no answer", "Could not write ident string to ", "no identification string"),
  rule("bad protocol", "Bad protocol version identification ", badProtocol),
  rule("probed", "probed from ", probedWith),
  rule("scanned", "scanned from ", probedWith),
  rule("timeout", "Timeout before authentication for ", timeout("Timeout before authentication for ")),
  rule(
    "timeout, fatal",
    "fatal: Timeout before authentication for ",
    timeout("fatal: Timeout before authentication for "),
  ),
  rule("reverse mapping", "reverse mapping checking getaddrinfo for ", reverseMapping),
  rule("address maps", "Address ", mapsBack),
  rule("nasty record", "Nasty PTR record ", nastyRecord),
  rule("drop connection", "drop connection #", dropped),
  rule("penalty", "srclimit_penalise: ", penalty),
  rule("crash", "Session process ", crash),
  rule("IP options", "fatal: Connection from ", ipOptions),
  rule("obfuscated handshake", "Magic value check failed ", obfuscated),
  probed("user name too long", "fatal: Username too long from ", "user name too long"),
];

export const services: readonly Rule[] = [
  rule("server start", "Server listening on ", server("start")),
  rule("server stop", "Received signal ", server("stop")),
  rule("server restart", "Received SIGHUP; restarting", server("note")),
  rule("no address", "fatal: Cannot bind any address", server("problem")),
  rule("address in use", "error: Bind to port ", server("note")),
  rule("throttling", "error: beginning MaxStartups throttling", server("note")),
  rule("throttling (9.8)", "beginning MaxStartups throttling", server("note")),
  rule("throttling ended", "exited MaxStartups throttling", server("note")),
  rule("logging limited", "MaxStartups logging ", rateLimited),
  rule("logging limited (9.8)", "Maxstartups logging ", rateLimited),
  rule("logging of penalties limited", "PerSource", rateLimited),
  rule("bad modes", "Authentication refused: ", badModes),
  rule("bad modes for somebody", "Authentication refused for ", badModes),
];

export const sessions: readonly Rule[] = [
  rule("utmpx login", "USER_PROCESS: ", utmpx("session.open")),
  rule("utmpx logout", "DEAD_PROCESS: ", utmpx("session.close")),
  rule("utmpx, titled", "", utmpxTitled),
];
