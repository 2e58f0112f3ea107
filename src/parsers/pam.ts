// PAM modules, which log under the name of the program that asked them:
//   pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=HOST  user=NAME
//   (pam_unix) authentication failure; ...            and    pop(pam_unix)[1]: authentication failure; ...   (old)
//   PAM 2 more authentication failures; ...           (at the end of the conversation, when the module has no name)
//   sshd(pam_google_authenticator)[1]: Invalid verification code for NAME
//   Failed Duo login for 'NAME' from HOST: Incorrect passcode          (pam_duo, login_duo: no module in the line)
// Formats: linux-pam modules/pam_unix, pam_faillock, pam_tally, pam_tally2, pam_access, pam_listfile; sssd pam_sss;
// google-authenticator-libpam; duo_unix; oath-toolkit. Seen: lines of 2005 to 2026, but for those of pam_tally and
// pam_oath, which are known from their sources alone. pam_oath prints only with its option `debug`.
import type { Peer } from "../events/event.ts";
import { after, between, numberOf, peerOf, withoutEnd } from "./fields.ts";
import { readQuickly } from "./pam-quick.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

/** Services that give rights to somebody who is logged in already. */
const PRIVILEGE = /^(?:sudo|su|doas|polkit|runuser|pkexec)(?:$|-)/;
/** Services that ask PAM on nobody's behalf who could have typed a password. */
const UNATTENDED = /^(?:crond?|atd|systemd-user|anacron)$/;
/** Services whose sessions are somebody's presence: sshd, login, display managers, remote desktops. */
const SESSIONS =
  /^(?:sshd|login|remote|gdm3?|gdm-[a-z]+|lightdm(?:-autologin)?|sddm(?:-autologin)?|[kmwx]dm(?:-np)?|kde|lxdm|slim|greetd|ly|xrdp-sesman|screensharingd?)$/;
/** What shows the login screen logs in too. */
const GREETERS = new Set(["gdm", "lightdm", "sddm", "greeter", "xdm", "Debian-gdm", "gdm-greeter"]);
/** More readings of one line than this are no accident. */
const MOST_SPLITS = 8;

interface PamLine {
  readonly module?: string;
  readonly service: string;
  readonly text: string;
}

/** Takes `pam_unix(service:type): `, `pam_unix: ` or `(pam_unix) ` off the front; else the service is the program. */
function decompose(message: string, appName: string): PamLine | undefined {
  const text = withoutEnd(withoutEnd(message, " [preauth]"), " [postauth]");
  if (!text.startsWith("pam_")) return { service: appName, text: after(text, "(pam_unix) ") ?? text };
  const colon = text.indexOf(": ");
  if (colon < 0 || colon > 80) return undefined;
  const asked = /^pam_\w+\(([^:)]*):[^)]*\)$/.exec(text.slice(0, colon));
  const module = text.slice(0, colon).split("(", 1)[0] ?? "";
  return { module, service: asked?.[1] ?? appName, text: text.slice(colon + 2) };
}

/** One kind of line that a module writes; all of them stand behind `pam_NAME(SERVICE:TYPE): ` too. */
interface ModuleLine {
  readonly name: string;
  readonly starts: string;
  readonly parse: (pam: PamLine) => Parsed | undefined;
}

const MODULE_LINES: readonly ModuleLine[] = [
  { name: "failure", starts: "authentication failure; ", parse: (pam) => failure(pam, 1) },
  { name: "session opened", starts: "session opened for user ", parse: sessionOpened },
  { name: "session closed", starts: "session closed for user ", parse: sessionClosed },
  { name: "password changed", starts: "password changed for ", parse: passwordChanged },
  { name: "locked by pam_faillock", starts: "Consecutive login failures for user ", parse: locked },
  { name: "refused by pam_tally", starts: "user ", parse: overTally },
  { name: "refused by pam_access", starts: "access denied for user `", parse: noAccess },
  { name: "refused by pam_listfile", starts: "Refused user ", parse: listed },
  { name: "wrong verification code", starts: "Invalid verification code", parse: wrongCode },
];

/**
 * `[PAM ]N more authentication failures; ...`: what came after the first failure of the same conversation. libpam writes
 * `PAM ` where the module's name stood when the conversation is over, and only pam_unix speaks then.
 */
function moreFailures(pam: PamLine): Parsed | undefined {
  const more = /^(PAM )?(\d{1,4}) more authentication failures?; /.exec(pam.text);
  if (more === null) return undefined;
  return failure(more[1] === undefined ? pam : { ...pam, module: "pam_unix" }, numberOf(more[2] ?? "") ?? 1);
}

function failure(pam: PamLine, repeat: number): Parsed | undefined {
  const { service } = pam;
  const module = pam.module === undefined ? {} : { module: pam.module };
  if (UNATTENDED.test(service)) return undefined;
  const { user, ruser, ...peer } = pamFields(pam.text);
  const reason = "authentication failure";
  if (!PRIVILEGE.test(service)) {
    const who = user ?? ruser;
    return {
      kind: "login.failure",
      service,
      basis: "pam",
      ...module,
      ...(who !== undefined && { user: who }),
      ...peer,
      reason,
      repeat,
    };
  }
  const asker = ruser ?? user;
  // su asks for the password of the account that is wanted, sudo and doas for that of the one who asks.
  const target = user === asker && !/^su(?:$|-)/.test(service) ? undefined : user;
  return {
    kind: "privilege.failure",
    service,
    basis: "pam",
    ...module,
    ...(asker !== undefined && { user: asker }),
    ...(target !== undefined && { target }),
    reason,
    repeat,
  };
}

function sessionOpened({ service, text }: PamLine): Parsed | undefined {
  const by = text.lastIndexOf(" by ");
  return session("session.open", service, text.slice(24, by < 24 ? undefined : by));
}

function sessionClosed({ service, text }: PamLine): Parsed | undefined {
  return session("session.close", service, text.slice(24));
}

/** @param who NAME or NAME(uid=N), the account that exists */
function session(kind: "session.open" | "session.close", service: string, who: string): Parsed | undefined {
  if (!SESSIONS.test(service)) return undefined;
  const uid = who.lastIndexOf("(uid=");
  const user = uid > 0 ? who.slice(0, uid) : who;
  return GREETERS.has(user) ? undefined : { kind, service, user };
}

function passwordChanged({ text }: PamLine): Parsed {
  return { kind: "account", user: text.slice(21), message: text };
}

/**
 * `Consecutive login failures for user NAME account temporarily locked`: the account changes. It is no try and no
 * refusal of its own: the failure that was one too many has its own lines, and so has every try while it is locked.
 */
function locked({ text }: PamLine): Parsed | undefined {
  const end = text.lastIndexOf(" account temporarily locked");
  return end < 0 ? undefined : { kind: "account", user: text.slice(36, end), message: text };
}

/** `user NAME (UID) tally N, deny N`: the counter is over its limit, so the right password would not have helped. */
function overTally(pam: PamLine): Parsed | undefined {
  const { text } = pam;
  const tally = text.lastIndexOf(" tally ");
  const uid = text.lastIndexOf(" (", tally);
  if (tally < 0 || uid < 5 || !/^ tally \d+, deny \d+$/.test(text.slice(tally, tally + 40))) return undefined;
  return refusal(pam, text.slice(5, uid), {}, "too many failures");
}

/** access denied for user `NAME' from `HOST-OR-TTY' */
function noAccess(pam: PamLine): Parsed | undefined {
  const { text } = pam;
  const from = text.lastIndexOf("' from `");
  if (from < 24 || !text.endsWith("'")) return undefined;
  const origin = text.slice(from + 8, -1);
  return refusal(
    pam,
    text.slice(24, from),
    /^(?:tty|pts|console|cron|:)/.test(origin) ? {} : peerOf(origin),
    "pam_access",
  );
}

/** `Refused user NAME for service SERVICE` */
function listed(pam: PamLine): Parsed | undefined {
  const end = pam.text.lastIndexOf(" for service ");
  return end < 13 ? undefined : refusal(pam, pam.text.slice(13, end), {}, "pam_listfile");
}

/** A module refuses by policy. The try itself is told by the program or by pam_unix, so this line adds none. */
function refusal({ service }: PamLine, user: string, peer: Peer | undefined, reason: string): Parsed | undefined {
  if (UNATTENDED.test(service)) return undefined;
  if (PRIVILEGE.test(service)) return { kind: "privilege.failure", service, basis: "pam", user, reason };
  return { kind: "login.denied", service, basis: "unnamed", user, ...peer, reason };
}

/** `Invalid verification code for NAME`; before 1.03 without the name. */
function wrongCode(pam: PamLine): Parsed | undefined {
  const user = after(pam.text, "Invalid verification code for ");
  return user === undefined && pam.text !== "Invalid verification code" ? undefined : secondFactor(pam, user);
}

/** A second factor that was refused: asked for after the first, so that was right (findings/second-factor.ts). */
function secondFactor(
  { service }: PamLine,
  user: string | undefined,
  peer: Peer = {},
  reason = "wrong one-time code",
): Parsed {
  const told = { service, basis: "pam" as const, ...(user && { user }), reason, secondFactor: true as const };
  return PRIVILEGE.test(service) ? { kind: "privilege.failure", ...told } : { kind: "login.failure", ...told, ...peer };
}

/** `Failed Duo login for 'NAME'[ from HOST][: WHY]`; WHY is Duo's answer, NAME an account that exists. */
function duo(words: string): Rule["parse"] {
  return (message, appName) => {
    const end = message.indexOf("'", words.length + 1);
    if (message[words.length] !== "'" || end < 0) return undefined;
    const rest = message.slice(end + 1);
    const from = after(rest, " from ");
    const peer = from === undefined ? undefined : peerOf(from.split(/: | /, 1)[0] ?? "");
    const reason = rest.includes("passcode") ? "wrong one-time code" : "second factor refused";
    return secondFactor({ service: appName, text: message }, message.slice(words.length + 1, end), peer, reason);
  };
}

/** `[pam_oath.c:pam_sm_authenticate(N)] One-time password not authorized to login as user 'NAME'` */
function oath(message: string, appName: string): Parsed | undefined {
  const user = between(message.slice(0, 400), "] One-time password not authorized to login as user '", "'");
  if (user === undefined || !message.slice(0, 80).includes("pam_oath.c:")) return undefined;
  return secondFactor({ service: appName, text: message }, user);
}

/** Where `rhost=` and `user=` of a failure may begin. */
interface Split {
  readonly ruser: string;
  readonly host: string;
  readonly user: string;
}

/**
 * Reads `tty=T ruser=R rhost=HOST[  user=NAME]` of a failure. Values are not quoted: R and NAME may hold ` rhost=`
 * and ` user=` themselves. sshd sets no R; FTP servers set R to the name that was tried. Where several readings are
 * left, the host is nobody's.
 */
export function pamFields(text: string): Peer & { readonly user?: string; readonly ruser?: string } {
  const ruserAt = text.indexOf(" ruser=");
  const splits = splitsOf(text, ruserAt < 0 ? text.indexOf(" rhost=") : ruserAt + 7);
  const [first] = splits;
  if (first === undefined) return {};
  const isFtp = text.slice(0, Math.max(0, ruserAt)).includes("ftp");
  let split: Split | undefined = first;
  if (splits.length > 1 && (first.ruser !== "" || isFtp)) {
    split = splits.find(({ ruser, user }) => ruser !== "" && ruser === user);
    if (split === undefined && splits.every(({ host }) => host === first.host))
      split = { ...first, ruser: "", user: "" };
  }
  if (split === undefined) return {};
  const { ruser, host, user } = split;
  return { ...(user && { user }), ...(ruser && { ruser }), ...peerOf(host) };
}

/** Every reading: a ` rhost=` is followed by one word and then by the end or by ` user=`. */
function splitsOf(text: string, from: number): readonly Split[] {
  const splits: Split[] = [];
  if (from < 0) return splits;
  for (let at = text.indexOf(" rhost=", from); at >= 0; at = text.indexOf(" rhost=", at + 7)) {
    let end = at + 7;
    while (end < text.length && text.charCodeAt(end) !== 32) end++;
    let rest = end;
    while (rest < text.length && text.charCodeAt(rest) === 32) rest++;
    if (rest < text.length && !text.startsWith("user=", rest)) continue;
    if (splits.length === MOST_SPLITS) return [];
    splits.push({
      ruser: text.slice(from, at).trim(),
      host: text.slice(at + 7, end),
      user: text.slice(rest + 5).trimEnd(),
    });
  }
  return splits;
}

function moduleLine(message: string, appName: string): Parsed | undefined {
  const pam = decompose(message, appName);
  if (pam === undefined) return undefined;
  const line = MODULE_LINES.find(({ starts }) => pam.text.startsWith(starts));
  return line === undefined ? moreFailures(pam) : line.parse(pam);
}

/** The same lines where the module stands in the tag, `sshd(pam_unix)[1]: `, which the envelope has taken off. */
const inTheTag: readonly Rule[] = MODULE_LINES.filter(({ name }) =>
  ["failure", "session opened", "session closed", "wrong verification code"].includes(name),
).map(({ name, starts, parse }) => ({
  name: `${name}, module in the tag`,
  starts,
  parse: (message, appName) => parse({ service: appName, text: message }),
}));

/** sshd has told of each of them before: its own rule knows them as no more than a summary. */
function more(message: string, appName: string): Parsed | undefined {
  return message.startsWith("PAM ") && appName.startsWith("sshd")
    ? undefined
    : moreFailures({ service: appName, text: message });
}

/** Lines of PAM modules under any program's name. */
export const pam: Parser = {
  name: "pam",
  appNames: [],
  readQuickly,
  rules: [
    { name: "module", starts: "pam_", parse: moduleLine },
    { name: "module, old", starts: "(pam_unix) ", parse: moduleLine },
    ...inTheTag,
    { name: "more failures, module in the tag", starts: ["PAM ", ..."0123456789"], parse: more },
    { name: "Duo refused", starts: "Failed Duo login for ", parse: duo("Failed Duo login for ") },
    { name: "Duo ended", starts: "Aborted Duo login for ", parse: duo("Aborted Duo login for ") },
    { name: "pam_oath", starts: "[", parse: oath },
  ],
  silent: [
    "pam_",
    "(pam_unix) ",
    "check pass; user unknown",
    "session opened for user ",
    "session closed for user ",
    "Accepted google_authenticator for ",
    "Trying to reuse a previously used ",
    "Successful Duo login for ",
    "Skipped Duo login for ",
    "Failsafe Duo login for ",
    "[pam_oath.c:",
    "[../pam_oath/pam_oath.c:",
  ],
};
