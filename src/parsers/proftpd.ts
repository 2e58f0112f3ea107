// ProFTPD: logins of its FTP users, through syslog and in its own log (SystemLog). Format: proftpd src/log.c and
// modules/mod_auth.c of 1.2 to 1.3:  SERVER (NAME[ADDRESS]) - USER alice: Login successful.      (syslog)
//                                    SERVER (NAME[ADDRESS]): USER bob (Login failed): Incorrect password.   (own log)
// The address stands first. The user is the client's text: what follows it is taken from the right, and of a line so
// long that it may have been cut, nothing is believed.
import type { Peer } from "../events/event.ts";
import { after, peerOf, withoutEnd } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const service = "proftpd";
const CUT = 600;
/** Reasons that are a policy's, not a wrong password's. */
const POLICIES = [
  "User in ",
  "Invalid shell",
  "Limit ",
  "Account disabled",
  "Password expired",
  "User not authorized",
  "Not a UserAlias",
];

function line(message: string): Parsed | undefined {
  const open = message.indexOf(" (");
  const bracket = message.indexOf("[", open);
  const close = message.indexOf("])", bracket);
  if (open < 1 || bracket < open || close < 0 || message.indexOf(" ") !== open) return undefined;
  const peer = peerOf(message.slice(bracket + 1, close));
  if (peer === undefined) return undefined;
  const rest = message.slice(close + 2);
  const text = (after(rest, ": ") ?? after(rest, " - "))?.trimEnd();
  return text === undefined ? undefined : saying(text, peer, message);
}

function saying(text: string, peer: Peer, message: string): Parsed | undefined {
  if (text.startsWith("Maximum login attempts (")) {
    return { kind: "login.denied", service, basis: "unnamed", ...peer, reason: "maximum login attempts exceeded" };
  }
  if (/^SECURITY VIOLATION: root login attempted\.?$/i.test(text.slice(0, 60))) {
    return { kind: "login.denied", service, basis: "own", user: "root", ...peer, reason: "root login refused" };
  }
  const user = after(text, "USER ") ?? after(text, "ANON ");
  if (user === undefined || text.length > CUT) return undefined;
  const ok = withoutEnd(withoutEnd(user, "."), ": Login successful");
  if (ok.length < user.length - 10) {
    const method = text.startsWith("ANON ") ? "anonymous" : "password";
    return { kind: "login.success", service, user: ok, ...peer, method, message: message.slice(0, 1024) };
  }
  const refused = user.lastIndexOf(" (Login failed): ");
  if (refused > 0) {
    const reason = withoutEnd(user.slice(refused + 17), ".");
    const name = user.slice(0, refused);
    return POLICIES.some((words) => reason.startsWith(words))
      ? { kind: "login.denied", service, basis: "own", user: name, ...peer, reason }
      : { kind: "login.failure", service, basis: "own", user: name, ...peer, method: "password", reason };
  }
  const unknown = user.lastIndexOf(": no such user found from ");
  if (unknown < 0) return undefined;
  const name = user.slice(0, unknown);
  return { kind: "login.failure", service, basis: "own", user: name, ...peer, method: "password", invalidUser: true };
}

export const proftpd: Parser = {
  name: "proftpd",
  appNames: ["proftpd"],
  rules: [{ name: "proftpd", starts: "", parse: line }],
  // Sessions, transfers, modules.
  silent: [""],
};
