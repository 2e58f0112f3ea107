// vsftpd: logins of its FTP users, in its own log (vsftpd_log_file) and through syslog. Format: vsftpd logging.c of 2.0
// to 3.0:  [NAME] FAIL LOGIN: Client "ADDRESS"[, anon password "P"][, "WHY"]      CONNECT: Client "ADDRESS"
// NAME, anonymous passwords, commands and file names are the client's text and not quoted: a line that says
// `: Client "` more than once has more than one reading, so it names nobody and never tells of a login.
// Its PAM lines (pam.ts) stand in another log; they count where this one is not read.
import { after, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const service = "vsftpd";
const CLIENT = ': Client "';
const FAILED = "] FAIL LOGIN";
const LOGGED_IN = "] OK LOGIN";

function line(message: string): Parsed | undefined {
  const client = message.indexOf(CLIENT);
  if (client < 0) return undefined;
  if (message.includes(CLIENT, client + 1)) {
    if (!message.includes(FAILED + CLIENT)) return undefined;
    return { kind: "login.failure", service, basis: "own", reason: "the name has several readings" };
  }
  const quote = message.indexOf('"', client + CLIENT.length);
  const peer = quote < 0 ? undefined : peerOf(message.slice(client + CLIENT.length, quote));
  const head = message.slice(0, client);
  if (peer === undefined) return undefined;
  if (head.endsWith(FAILED)) {
    const reason = after(message.slice(quote + 1), ', "')?.replace(/\.?"$/, "");
    const user = head.slice(1, -FAILED.length);
    return {
      kind: "login.failure",
      service,
      basis: "own",
      user,
      ...peer,
      method: "password",
      ...(reason && { reason }),
    };
  }
  if (!head.endsWith(LOGGED_IN)) return undefined;
  const user = head.slice(1, -LOGGED_IN.length);
  const method = message.startsWith(', anon password "', quote + 1) ? "anonymous" : "password";
  return { kind: "login.success", service, user, ...peer, method, message: message.slice(0, 1024) };
}

export const vsftpd: Parser = {
  name: "vsftpd",
  appNames: ["vsftpd"],
  rules: [{ name: "login", starts: "[", parse: line }],
  // Connections, transfers, commands.
  silent: ["CONNECT: ", "[", "FTP command: ", "FTP response: ", "OK ", "FAIL ", "DEBUG: "],
};
