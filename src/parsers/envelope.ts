// How a line starts: time stamp, host, program, process id. Shapes (with the daemons that write them):
//   Nov  9 03:14:07 host sshd[1]: msg            RFC 3164 (rsyslog, syslogd, macOS)
//   <38>Nov  9 03:14:07 host sshd[1]: msg        with its priority
//   Nov  9 03:14:07 <4.6> host sshd[1]: msg      FreeBSD syslogd -v; <auth.info> with -vv
//   Nov  9 03:14:07 host sshd[1]: [ID 800047 auth.info] msg     Solaris
//   Nov  9 03:14:07 host auth.info sshd[1]: msg  BusyBox syslogd; AIX writes auth|security:info; OpenWrt has no host
//   Nov  9 03:14:07 sshd[1]: msg, ... [sshd]: msg               without a host
//   2026-11-09T03:14:07.123456+01:00 host sshd[1]: msg          ISO 8601
//   <38>1 2026-11-09T03:14:07Z host sshd 1 ID47 [sd] msg        RFC 5424
//   2026-11-09 03:14:07,123 fail2ban.actions        [812]: NOTICE  msg   Python's logging
//   2026-11-09 03:14:07,123 - denyhosts   : INFO     msg
//   2026-11-09T03:14:07.12345 auth.info: Nov  9 03:14:07 sshd[1]: msg    socklog behind svlogd
//   Nov  9 03:14:07 --- last message repeated 2 times ---       macOS
//   2026-11-09 03:14:07,123 host proftpd[812] msg               ProFTPD's own file
//   Mon Nov  9 03:14:07 2026 [pid 812] msg                      vsftpd's own file
//   [812] Nov  9 03:14:07 msg                                   dropbear without a log daemon
//   [20261109-03:14:07] [INFO ] msg, [2026-11-09T03:14:07.123+0100] [INFO ] msg    xrdp's own files
//   STAMP rule 5/0(match): msg, also with a time of day alone   tcpdump -r pflog
//   time="2026-11-09T03:14:07Z" level=info msg="..."            CrowdSec's own file
//   2026-11-09 03:14:07 +0100 192.0.2.4 alice publickey         ~/.ssh_logins
//   host sshd[1]: msg, sshd[1]: msg              the journal's short form without its time
// What `log show` prints is read in log-show.ts, lines that are one JSON object in json-record.ts.
// Only the tag before the first colon says which program wrote a line: a message that quotes another is its own.
import { isVersion, readAnyStamp } from "../window/line-stamp.ts";
import type { Stamp } from "../window/stamp.ts";
import { isCrowdsecs } from "./crowdsec.ts";
import { readLogShow, skipSender } from "./log-show.ts";

/** Where the parts of a line lie in its batch's text. One object is filled again for every line. */
export interface Envelope {
  /** False when the line has no time that can be read; then the other parts may still be there. */
  stamped: boolean;
  hostFrom: number;
  hostTo: number;
  appFrom: number;
  appTo: number;
  /** Equal when the line has no process id. */
  pidFrom: number;
  pidTo: number;
  messageFrom: number;
  /** The line is one of `log show`: its message may begin with the library that wrote it. */
  unified: boolean;
  /** That library; equal when there is none. */
  senderFrom: number;
  senderTo: number;
  /** A program that the shape of the line names, and no word of it. */
  app: string | undefined;
}

export function emptyEnvelope(): Envelope {
  return {
    stamped: false,
    hostFrom: 0,
    hostTo: 0,
    appFrom: 0,
    appTo: 0,
    pidFrom: 0,
    pidTo: 0,
    messageFrom: 0,
    unified: false,
    senderFrom: 0,
    senderTo: 0,
    app: undefined,
  };
}

/**
 * Finds the parts of the line text[from, to).
 *
 * @returns false when no program can be told
 */
export function readEnvelope(text: string, from: number, to: number, stamp: Stamp, e: Envelope): boolean {
  e.unified = false;
  e.app = undefined;
  e.senderFrom = e.senderTo = 0;
  let at = from;
  if (text.charCodeAt(at) === 0xef && text.startsWith("\xef\xbb\xbf", at)) at += 3;
  if (text.charCodeAt(at) === 60) {
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 4 || close >= to) return noProgram(e);
    at = close + 1;
  }
  if (isVersion(text, at)) return read5424(text, at + 2, to, stamp, e);
  e.stamped = readAnyStamp(text, at, to, stamp);
  if (!e.stamped) return readUnstamped(text, at, to, e);
  const stampFrom = at;
  at = skipBlanks(text, stamp.end, to);
  if (stamp.shape === "python") {
    // denyhosts writes `- denyhosts   : INFO     msg`.
    if (text.startsWith("- ", at)) at += 2;
    return readProftpd(text, at, to, e) || readTag(text, at, at, at, to, e);
  }
  if (text.charCodeAt(stampFrom) === 116) return readLogfmt(text, stampFrom, at, to, e);
  if (text.charCodeAt(stampFrom) === 91) {
    const isXrdps = text.charCodeAt(stamp.end - 1) === 93;
    return isXrdps ? readPseudo("xrdp-sesman", at, at, at, e) : readDropbear(text, stampFrom, at, e);
  }
  if (text.startsWith("[pid ", at)) return readVsftpd(text, at, to, e);
  if (isPflogs(text, at)) return readPseudo("pf", at, at, at, e);
  if (stamp.shape === "iso" && text.charCodeAt(stampFrom + 10) === 32) {
    const unified = readLogShow(text, stampFrom, at, to, stamp, e);
    if (unified !== undefined) return unified || noProgram(e);
  }
  if (text.charCodeAt(at) === 60) {
    // FreeBSD syslogd -v
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 20) return noProgram(e);
    at = skipBlanks(text, close + 1, to);
  }
  if (text.startsWith("--- last message repeated ", at) || text.startsWith(": --- last message repeated ", at)) {
    return lastMessage(at, at, text.indexOf("last", at), e);
  }
  let space = text.indexOf(" ", at);
  if (space < 0 || space >= to) return noProgram(e);
  if (isLevel(text, at, space)) return readBehindLevel(text, at, space, to, stamp, e);
  const beforeSpace = text.charCodeAt(space - 1);
  if (beforeSpace === 58 || beforeSpace === 93) {
    // A token that ends in a colon or a bracket is the tag itself, unless it is an address in brackets.
    const bracketed = text.charCodeAt(at) === 91;
    const colon = text.indexOf(":", at);
    if (bracketed && (colon < 0 || colon >= space - 1)) {
      e.hostFrom = e.hostTo = at;
      e.appFrom = at + 1;
      e.appTo = text.indexOf("]", at);
      e.pidFrom = e.pidTo = at;
      e.messageFrom = space + 1;
      return true;
    }
    if (beforeSpace === 58 && colon === space - 1) return readTag(text, at, at, at, to, e);
  }
  const hostTo = space;
  space = skipBlanks(text, space, to);
  if (text.startsWith("--- last message repeated ", space)) space += 4;
  if (text.startsWith("last message repeated ", space)) return lastMessage(at, hostTo, space, e);
  const tagTo = text.indexOf(" ", space);
  if (tagTo > 0 && tagTo < to && isLevel(text, space, tagTo)) {
    return readTag(text, at, hostTo, skipBlanks(text, tagTo, to), to, e);
  }
  return readLogin(text, at, hostTo, space, to, stamp, e) || readTag(text, at, hostTo, space, to, e);
}

const LEVELS = new Set("emerg alert crit err error warn warning notice info debug".split(" "));
const FACILITIES = new Set(
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console local0 local1 local2 local3 local4 local5 local6 local7".split(
    " ",
  ),
);

/** `auth.info`, `auth|security:info`, `auth.info:`; no host is called like that. */
export function isLevel(text: string, from: number, to: number): boolean {
  if (to - from < 8 || to - from > 40) return false;
  const end = text.charCodeAt(to - 1) === 58 ? to - 1 : to;
  for (let i = end - 1; i > from; i--) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code <= 122) continue;
    if (code !== 46 && code !== 58) return false;
    return LEVELS.has(text.slice(i + 1, end)) && FACILITIES.has(text.slice(from, i).split("|", 1)[0] as string);
  }
  return false;
}

/** OpenWrt and BusyBox without a host: the tag follows. socklog: the line as the program sent it, with its own stamp. */
function readBehindLevel(text: string, at: number, levelTo: number, to: number, stamp: Stamp, e: Envelope): boolean {
  const next = skipBlanks(text, levelTo, to);
  if (text.charCodeAt(levelTo - 1) !== 58) return readTag(text, at, at, next, to, e);
  // svlogd stamps in UTC; a zone is stated by nobody.
  const outer = { ...stamp, offset: stamp.offset ?? 0 };
  const tag = readAnyStamp(text, next, to, stamp) ? skipBlanks(text, stamp.end, to) : next;
  Object.assign(stamp, outer);
  return readTag(text, at, at, tag, to, e);
}

/** `time="..." level=info msg="..."`: CrowdSec is the one program whose own file looks like that and matters here. */
function readLogfmt(text: string, from: number, at: number, to: number, e: Envelope): boolean {
  if (!text.startsWith("level=", at) || !isCrowdsecs(text.slice(at, to))) return noProgram(e);
  return readPseudo("crowdsec", from, at, from, e);
}

/** `rule 5/0(match): ...`, `rule def/(match) ...`: what tcpdump prints of a pflog; no host is followed by such a tag. */
function isPflogs(text: string, at: number): boolean {
  if (!text.startsWith("rule ", at)) return false;
  const code = text.charCodeAt(at + 5);
  return (code >= 48 && code <= 57) || text.startsWith("def", at + 5);
}

/** `[825] Jul 10 23:53:52 msg`: dropbear without a log daemon. */
function readDropbear(text: string, from: number, at: number, e: Envelope): boolean {
  readPseudo("dropbear", from, at, at, e);
  e.pidFrom = from + 1;
  e.pidTo = text.indexOf("]", from);
  return true;
}

/** `Mon Jun  8 12:08:44 2026 [pid 27245] msg`: vsftpd's own file. */
function readVsftpd(text: string, at: number, to: number, e: Envelope): boolean {
  const close = text.indexOf("] ", at);
  if (close < 0 || close >= to || close - at > 16) return noProgram(e);
  readPseudo("vsftpd", at, at, close + 2, e);
  e.pidFrom = at + 5;
  e.pidTo = close;
  return true;
}

/** `2026-11-09 03:14:07,123 host proftpd[812] msg`: ProFTPD's own file, no colon behind its tag. */
function readProftpd(text: string, at: number, to: number, e: Envelope): boolean {
  const space = text.indexOf(" ", at);
  if (space < 0 || !text.startsWith("proftpd[", space + 1)) return false;
  const close = text.indexOf("] ", space);
  if (close < 0 || close >= to || close - space > 24) return false;
  readPseudo("proftpd", at, close, close + 2, e);
  e.hostTo = space;
  e.pidFrom = space + 9;
  e.pidTo = close;
  return true;
}

/** Names a program that no word of the line does. */
function readPseudo(app: string, from: number, to: number, messageFrom: number, e: Envelope): true {
  e.app = app;
  e.hostFrom = e.hostTo = e.pidFrom = e.pidTo = e.appFrom = from;
  e.appTo = to;
  e.messageFrom = messageFrom;
  return true;
}

/** `STAMP OFFSET ADDRESS USER METHOD`, what a script of sshd's keeps in ~/.ssh_logins: nothing before, nothing behind. */
function readLogin(
  text: string,
  offsetFrom: number,
  offsetTo: number,
  addressFrom: number,
  to: number,
  stamp: Stamp,
  e: Envelope,
): boolean {
  // The offset stands behind a blank, so the stamp has ended before it.
  if (stamp.shape !== "iso" || addressFrom - offsetTo !== 1) return false;
  const sign = text.charCodeAt(offsetFrom);
  if ((sign !== 43 && sign !== 45) || offsetTo - offsetFrom !== 5 || to - offsetFrom > 200) return false;
  const parts = SSH_LOGIN.exec(text.slice(offsetFrom, to));
  if (parts === null) return false;
  stamp.offset = (sign === 45 ? -1 : 1) * (Number(parts[1]) * 60 + Number(parts[2])) * 60_000;
  return readPseudo("ssh-logins", offsetFrom, offsetTo, addressFrom, e);
}

const SSH_LOGIN =
  /^[+-](\d{2})(\d{2}) [0-9A-Fa-f.:]{2,45} \S{1,64} (?:publickey|password|hostbased|gssapi-with-mic|keyboard-interactive(?:\/[a-z]+)?|unknown)$/;

/**
 * The journal's short form without its time: `host app[pid]: msg`, also without its host. A traceback's `Error: text`
 * is not one, nor is a line that is a message alone: sshd -E writes those, and any of them may be a user name's.
 */
function readUnstamped(text: string, at: number, to: number, e: Envelope): boolean {
  const space = text.indexOf(" ", at);
  if (isPflogs(text, at)) return readPseudo("pf", at, at, at, e);
  // A line that begins with a blank or a tab goes on with the one before it.
  if (space <= at || space >= to || text.charCodeAt(at) <= 32) return noProgram(e);
  if (text.charCodeAt(space - 1) === 58) {
    return text.charCodeAt(space - 2) === 93 ? readTag(text, at, at, at, to, e) : noProgram(e);
  }
  return readTag(text, at, space, space + 1, to, e);
}

/** Reads `app[pid]: `, `app: `, `app : `, `app   [pid]: `, `app(module)[pid]: ` from `at` on. */
function readTag(text: string, hostFrom: number, hostTo: number, at: number, to: number, e: Envelope): boolean {
  e.hostFrom = hostFrom;
  e.hostTo = hostTo;
  e.appFrom = at;
  let end = at;
  for (; end < to; end++) {
    const code = text.charCodeAt(end);
    if (code === 91 || code === 58 || code === 32 || code === 40) break;
  }
  e.appTo = end;
  e.pidFrom = e.pidTo = end;
  e.messageFrom = end;
  return end > at;
}

/**
 * Reads what follows the program's name, once the program is known to matter: module, process id, colon.
 *
 * @returns false when there is no colon: then the text was no tag
 */
export function readRestOfTag(text: string, to: number, e: Envelope): boolean {
  // RFC 5424, bracketed tags and the forms of other programs have said everything already.
  if (e.app !== undefined || e.messageFrom > e.appTo) return true;
  let at = e.appTo;
  if (text.charCodeAt(at) === 40) {
    // Old PAM writes its module into the tag: sshd(pam_unix)[1]: the message rules expect it in front of the message.
    const close = text.indexOf(")", at);
    if (close < 0 || close >= to || close - at > 40) return false;
    at = close + 1;
  }
  at = skipBlanks(text, at, to);
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("]", at);
    if (close < 0 || close >= to || close - at > 16) return false;
    e.pidFrom = at + 1;
    e.pidTo = close;
    at = skipBlanks(text, close + 1, to);
  }
  if (text.charCodeAt(at) === 60) {
    // The application firewall: socketfilterfw[87] <Info>: msg
    const close = text.indexOf(">", at);
    if (close < 0 || close >= to || close - at > 12) return false;
    at = close + 1;
  }
  if (at < to && text.charCodeAt(at) === 58) at++;
  else if (at >= to || text.charCodeAt(at) !== 40) return false; // com.apple.launchd[1] (label[2]): msg keeps its label
  at = skipBlanks(text, at, to);
  if (text.startsWith("[ID ", at)) {
    const close = text.indexOf("] ", at);
    if (close > 0 && close < to && close - at < 40) at = close + 2;
  }
  e.messageFrom = e.unified ? skipSender(text, at, to, e) : at;
  return true;
}

function read5424(text: string, from: number, to: number, stamp: Stamp, e: Envelope): boolean {
  e.stamped = readAnyStamp(text, from, to, stamp);
  const hostFrom = (e.stamped ? stamp.end : text.indexOf(" ", from)) + 1;
  const hostTo = text.indexOf(" ", hostFrom);
  const appTo = text.indexOf(" ", hostTo + 1);
  const pidTo = text.indexOf(" ", appTo + 1);
  const idTo = text.indexOf(" ", pidTo + 1);
  if (hostFrom <= from || hostTo < 0 || appTo < 0 || pidTo < 0 || idTo < 0 || idTo >= to) return noProgram(e);
  e.hostFrom = hostFrom;
  e.hostTo = hostTo - hostFrom === 1 && text.charCodeAt(hostFrom) === 45 ? hostFrom : hostTo;
  e.appFrom = hostTo + 1;
  e.appTo = appTo;
  e.pidFrom = appTo + 1;
  e.pidTo = pidTo - appTo === 2 && text.charCodeAt(appTo + 1) === 45 ? e.pidFrom : pidTo;
  let at = idTo + 1;
  if (text.charCodeAt(at) === 91) at = afterStructuredData(text, at, to);
  else if (text.charCodeAt(at) === 45) at++;
  else return noProgram(e);
  at = skipBlanks(text, at, to);
  if (text.startsWith("\xef\xbb\xbf", at)) at += 3;
  e.messageFrom = Math.max(at, e.appTo + 1);
  return true;
}

/** RFC 5424 §6.3: elements in brackets, values in quotes in which `"`, `\` and `]` are escaped by `\`. */
function afterStructuredData(text: string, at: number, to: number): number {
  let quoted = false;
  for (; at < to; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 93 && text.charCodeAt(at + 1) !== 91) return at + 1;
  }
  return to;
}

/** The name under which a line goes that repeats the one before it: no program can be called that. */
export const REPEAT = "last message repeated";

function lastMessage(hostFrom: number, hostTo: number, at: number, e: Envelope): boolean {
  readPseudo(REPEAT, hostFrom, at, at + REPEAT.length + 1, e);
  e.hostTo = hostTo;
  return true;
}

/** Lines that `journalctl` and `log show` print around the log itself. */
const REMARKS = [
  "-- ", // journalctl: -- Journal begins at ...; -- Boot ... --, -- No entries --
  "Timestamp  ", // log show: the heads of the columns
  "Filtering the log data using ",
  "Skipping info and debug messages",
  "--------------------", // log show: the rule above its trailer
  "Log      - Default:",
  "Activity - Create:",
];

/** True for a line that belongs to no record: it has no time and needs none. */
export function isRemark(text: string, from: number): boolean {
  return REMARKS.some((words) => text.startsWith(words, from));
}

function noProgram(envelope: Envelope): false {
  envelope.appFrom = envelope.appTo = 0;
  return false;
}

function skipBlanks(text: string, at: number, to: number): number {
  while (at < to && text.charCodeAt(at) === 32) at++;
  return at;
}
