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

/** Takes `pam_unix(service:type): `, `pam_unix: ` or `(pam_unix) ` off the front; else the service is the program. */
function decompose(message: string, appName: string): PamLine | undefined {
  const text = message.replace(/ \[(?:preauth|postauth)\]$/, "");
  if (!text.startsWith("pam_")) return { service: appName, text: after(text, "(pam_unix) ") ?? text };
  const colon = text.indexOf(": ");
  if (colon < 0 || colon > 80) return undefined;
  const asked = /^pam_\w+\(([^:)]*):[^)]*\)$/.exec(text.slice(0, colon));
  return { service: asked?.[1] ?? appName, text: text.slice(colon + 2) };
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
  const { user, ruser, ...peer } = pamFields(text);
  const reason = "authentication failure";
  if (PRIVILEGE.test(service)) {
    const asker = ruser ?? user;
    return {
      kind: "privilege.failure",
      service,
      basis: "pam",
      ...(asker !== undefined && { user: asker }),
      ...(user !== undefined && { target: user }),
      reason,
      repeat,
    };
  }
  const who = user ?? ruser;
  return { kind: "login.failure", service, basis: "pam", ...(who !== undefined && { user: who }), ...peer, reason, repeat };
}

/**
 * Reads `ruser=R rhost=HOST  user=NAME` of a failure. Values are not quoted, so R may hold ` rhost=` and NAME
 * anything: the host is the last one before the first ` user=` behind it.
 */
export function pamFields(text: string): Peer & { readonly user?: string; readonly ruser?: string } {
  const firstHost = text.indexOf(" rhost=");
  if (firstHost < 0) return {};
  const userAt = text.indexOf(" user=", firstHost);
  const head = userAt < 0 ? text : text.slice(0, userAt);
  const hostAt = head.lastIndexOf(" rhost=");
  const ruserAt = head.indexOf(" ruser=");
  const user = userAt < 0 ? "" : text.slice(userAt + 6).trimEnd();
  const ruser = ruserAt < 0 || ruserAt > hostAt ? "" : head.slice(ruserAt + 7, hostAt).trim();
  return { ...(user && { user }), ...(ruser && { ruser }), ...peerOf(head.slice(hostAt + 7).trim()) };
}

/** Lines of PAM modules under any program's name. */
export const pam: Parser = {
  name: "pam",
  appNames: [],
  rules: [
    { name: "module", starts: "pam_", parse: line },
    { name: "module, old", starts: "(pam_unix) ", parse: line },
    { name: "module in the tag", starts: "authentication failure; ", parse: line },
  ],
  silent: ["pam_"],
};
