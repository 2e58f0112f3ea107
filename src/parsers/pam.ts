// PAM modules, which log under the name of the program that asked them:
//   pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=HOST  user=NAME
//   (pam_unix) authentication failure; ...            and    pop(pam_unix)[1]: authentication failure; ...   (old)
//   pam_unix(sshd:session): session opened for user NAME(uid=0) by (uid=0)
// Format: linux-pam modules/pam_unix/support.c and pam_unix_sess.c. Values are not quoted; user= comes last.
import type { Peer } from "../events/event.ts";
import { after, numberOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const PRIVILEGE = /^(?:sudo|su|doas|polkit|runuser|pkexec)(?:$|-)/;
/** Services whose sessions are somebody's presence; cron, sudo, systemd-user open sessions that are not. */
const SESSIONS = /^(?:sshd|login|remote|gdm(?!-launch)|lightdm(?!-greeter)|sddm(?!-greeter)|kdm|xdm|lxdm|xrdp|vsftpd|proftpd|screensharing)/;

interface PamLine {
  readonly service: string;
  readonly text: string;
}

/** Takes `pam_unix(service:type): ` or `(pam_unix) ` off the front; the service of old lines is the program. */
function decompose(message: string, appName: string): PamLine | undefined {
  const text = message.replace(/ \[(?:preauth|postauth)\]$/, "");
  if (text.startsWith("pam_")) {
    const open = text.indexOf("(");
    const close = text.indexOf("): ");
    if (open < 0 || close < 0 || close > 80) return undefined;
    const service = text.slice(open + 1, close).split(":", 1)[0] ?? "";
    return { service, text: text.slice(close + 3) };
  }
  const old = after(text, "(pam_unix) ") ?? (text.startsWith("authentication failure; ") || text.startsWith("session ") ? text : undefined);
  return old === undefined ? undefined : { service: appName, text: old };
}

function line(message: string, appName: string): Parsed | undefined {
  const pam = decompose(message, appName);
  if (pam === undefined) return undefined;
  const { service, text } = pam;
  if (text.startsWith("authentication failure; ")) return failure(service, text, 1);
  const more = /^(\d{1,4}) more authentication failures?; /.exec(text);
  // sshd's own summary of tries that it has logged one by one has another shape; these are other services'.
  if (more !== null) return failure(service, text, numberOf(more[1] ?? "") ?? 1);
  const opened = after(text, "session opened for user ");
  if (opened !== undefined && SESSIONS.test(service)) {
    return { kind: "session.open", service, user: opened.split(/\(uid=| by /, 1)[0] };
  }
  const closed = after(text, "session closed for user ");
  if (closed !== undefined && SESSIONS.test(service)) return { kind: "session.close", service, user: closed };
  return undefined;
}

function failure(service: string, text: string, repeat: number): Parsed {
  const user = lastField(text, " user=");
  const ruser = lastField(text.slice(0, text.indexOf(" rhost=")), " ruser=");
  const reason = "authentication failure";
  if (PRIVILEGE.test(service)) {
    const asker = ruser || user;
    return { kind: "privilege.failure", service, basis: "pam", ...(asker && { user: asker }), ...(user && { target: user }), reason, repeat };
  }
  return { kind: "login.failure", service, basis: "pam", ...(user && { user }), ...remoteHost(text), reason, repeat };
}

function remoteHost(text: string): Peer {
  const at = text.indexOf(" rhost=");
  if (at < 0) return {};
  const end = text.indexOf(" ", at + 7);
  return peerOf(text.slice(at + 7, end < 0 ? text.length : end)) ?? {};
}

/** The value of a key up to the end of the text, trimmed; undefined when the key is missing. */
function lastField(text: string, key: string): string | undefined {
  const at = text.indexOf(key);
  return at < 0 ? undefined : text.slice(at + key.length).trimEnd();
}

/** Lines of PAM modules under any program's name. */
export const pam: Parser = {
  name: "pam",
  appNames: [],
  rules: [
    { name: "module", starts: "pam_", parse: line },
    { name: "module, old", starts: "(pam_unix) ", parse: line },
  ],
  silent: ["pam_"],
};
