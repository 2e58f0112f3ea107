// xrdp, the remote desktop server: its session manager's verdicts, through syslog and in /var/log/xrdp-sesman.log.
// Format: xrdp sesman/scp_v0.c, sesman/session.c (0.6 to 0.9) and sesman/sesexec/login_info.c (0.10):
//   [INFO ] ++ created session (access granted): username alice, ip ::ffff:192.0.2.10:60372 - socket: 12
//   [INFO ] ++ created session: username alice, ip ::ffff:192.0.2.10       (0.10: after `Access permitted`)
//   [INFO ] AUTHFAIL: user=bob ip=::ffff:203.0.113.7 time=1782000000
//   [INFO ] Access permitted for user: alice                                             (0.10: without an address)
// A name that failed is any text: address and time are taken from the right.
import type { Peer } from "../events/event.ts";
import { after, colonEndpointOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const service = "xrdp-sesman";

/** What may stand before the words: `(4711)(140145709626688)`, `[INFO ] `, `[pid:4711 tid:140145709626688] `. */
const HEAD = /^(?:\(\d{1,20}\)){0,2}\[[A-Z]{4,5} ?\] ?(?:\[pid:\d{1,10} tid:\d{1,20}\] )?/;

function line(message: string): Parsed | undefined {
  const text = message.replace(HEAD, "");
  const created = after(text, "++ created session (access granted)");
  if (created !== undefined) return granted(created, message);
  const resumed = after(text, "++ reconnected session");
  if (resumed !== undefined) return resumed.includes(" - socket: ") ? granted(resumed, message) : opened(resumed);
  const begun = after(text, "++ created session");
  if (begun !== undefined) return opened(begun);
  const failed = after(text, "AUTHFAIL: user=");
  if (failed !== undefined) return refused(failed);
  const permitted = after(text, "Access permitted for user: ");
  if (permitted)
    return { kind: "login.success", service, user: permitted, method: "rdp", message: message.slice(0, 1024) };
  const group = after(text, "Username okay but group problem for user: ");
  if (group) return { kind: "login.denied", service, basis: "own", user: group, reason: "not in the group" };
  return undefined;
}

interface Named extends Peer {
  readonly user: string;
}

/** `: username NAME[, display :N.0, session_pid N][, ip ADDRESS]`, of old ` - user NAME, ip ADDRESS` */
function namedIn(text: string): Named | undefined {
  const rest = after(text, ": username ") ?? after(text, " - user ");
  if (rest === undefined) return undefined;
  const ip = rest.lastIndexOf(", ip ");
  const display = rest.indexOf(", display ");
  const user = rest.slice(0, display > 0 ? display : ip < 0 ? undefined : ip);
  return { user, ...(ip >= 0 && endpointOf(rest.slice(ip + 5))) };
}

/** Up to 0.9 one line says both that somebody was let in and that the session began. */
function granted(text: string, message: string): Parsed | undefined {
  const named = namedIn(text);
  return named && { kind: "login.success", service, ...named, method: "rdp", message: message.slice(0, 1024) };
}

function opened(text: string): Parsed | undefined {
  const named = namedIn(text);
  return named && { kind: "session.open", service, ...named };
}

/** `NAME ip=ADDRESS time=N` */
function refused(text: string): Parsed | undefined {
  const time = text.lastIndexOf(" time=");
  const ip = text.lastIndexOf(" ip=", time);
  if (time < 0 || ip < 0) return undefined;
  const user = text.slice(0, ip);
  return {
    kind: "login.failure",
    service,
    basis: "own",
    ...(user && { user }),
    ...endpointOf(text.slice(ip + 4, time)),
    method: "password",
  };
}

/** ADDRESS, or ADDRESS:PORT where ` - socket: N` follows; `unknown` is nobody. */
function endpointOf(text: string): Peer | undefined {
  const socket = text.indexOf(" - socket: ");
  if (socket >= 0) return colonEndpointOf(text.slice(0, socket));
  const peer = colonEndpointOf(text);
  const whole = peerOf(text);
  return whole?.ip !== undefined ? whole : text === "unknown" ? undefined : (peer ?? whole);
}

export const xrdp: Parser = {
  name: "xrdp",
  appNames: ["xrdp-sesman", "xrdp-sesexec", "xrdp"],
  rules: [{ name: "session manager", starts: "", parse: line }],
  silent: [""],
};
