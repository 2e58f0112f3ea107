// ~/.ssh_logins and the like: a line that ~/.ssh/rc or a ForceCommand appends for every login, without a program:
//   2026-04-13 16:46:59 +0100 192.0.2.4 alice publickey          date, time, zone, address, user, method (or `unknown`)
// The envelope knows the shape (blank-separated, a zone without a colon, an address, two words) and dispatches it under
// the name `ssh-logins` with the message from the address on. The user writes this file: it is no proof of anything.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

function line(message: string): Parsed | undefined {
  const words = message.length > 400 ? [] : message.trimEnd().split(" ");
  const [address = "", user, method] = words;
  const peer = peerOf(address);
  if (words.length !== 3 || peer?.ip === undefined || !user || !method) return undefined;
  return { kind: "login.success", service: "sshd", user, ...peer, method, message };
}

export const sshLogins: Parser = {
  name: "ssh-logins",
  appNames: ["ssh-logins"],
  rules: [{ name: "login", starts: "", parse: line }],
  silent: [],
};
