// How a line starts: time stamp, host, program, process id. Shapes (with the daemons that write them):
//   Nov  9 03:14:07 host sshd[1]: msg            RFC 3164 (rsyslog, syslogd, macOS)
//   <38>Nov  9 03:14:07 host sshd[1]: msg        with its priority
//   Nov  9 03:14:07 <4.6> host sshd[1]: msg      FreeBSD syslogd -v; <auth.info> with -vv
//   Nov  9 03:14:07 host sshd[1]: [ID 800047 auth.info] msg     Solaris
//   Nov  9 03:14:07 sshd[1]: msg, ... [sshd]: msg               without a host
//   2026-11-09T03:14:07.123456+01:00 host sshd[1]: msg          ISO 8601
//   <38>1 2026-11-09T03:14:07Z host sshd 1 ID47 [sd] msg        RFC 5424
//   2026-11-09 03:14:07,123 fail2ban.actions        [812]: NOTICE  msg   Python's logging
//   Nov  9 03:14:07 --- last message repeated 2 times ---       macOS
// Only the tag before the first colon says which program wrote a line: a message that quotes another is its own.
import { readStamp, type Stamp } from "../window/stamp.ts";

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
}

export function emptyEnvelope(): Envelope {
  return { stamped: false, hostFrom: 0, hostTo: 0, appFrom: 0, appTo: 0, pidFrom: 0, pidTo: 0, messageFrom: 0 };
}

/**
 * Finds the parts of the line text[from, to).
 *
 * @returns false when no program can be told
 */
export function readEnvelope(text: string, from: number, to: number, stamp: Stamp, envelope: Envelope): boolean {
  let at = from;
  if (text.charCodeAt(at) === 0xef && text.startsWith("\xef\xbb\xbf", at)) at += 3;
  if (text.charCodeAt(at) === 60) {
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 4 || close >= to) return noProgram(envelope);
    at = close + 1;
    if (text.charCodeAt(at) === 49 && text.charCodeAt(at + 1) === 32) return read5424(text, at + 2, to, stamp, envelope);
  }
  envelope.stamped = readStamp(text, at, to, stamp);
  if (!envelope.stamped) return readUnstamped(text, at, to, envelope);
  at = skipBlanks(text, stamp.end, to);
  if (stamp.shape === "python") return readTag(text, at, at, at, to, envelope);
  if (text.charCodeAt(at) === 60) {
    // FreeBSD syslogd -v
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 20) return noProgram(envelope);
    at = skipBlanks(text, close + 1, to);
  }
  if (text.startsWith("--- last message repeated ", at) || text.startsWith(": --- last message repeated ", at)) {
    return lastMessage(text, at, at, text.indexOf("last", at), envelope);
  }
  let space = text.indexOf(" ", at);
  if (space < 0 || space >= to) return noProgram(envelope);
  const beforeSpace = text.charCodeAt(space - 1);
  if (beforeSpace === 58 || beforeSpace === 93) {
    // A token that ends in a colon or a bracket is the tag itself, unless it is an address in brackets.
    const bracketed = text.charCodeAt(at) === 91;
    const colon = text.indexOf(":", at);
    if (bracketed && (colon < 0 || colon >= space - 1)) {
      envelope.hostFrom = envelope.hostTo = at;
      envelope.appFrom = at + 1;
      envelope.appTo = text.indexOf("]", at);
      envelope.pidFrom = envelope.pidTo = at;
      envelope.messageFrom = space + 1;
      return true;
    }
    if (beforeSpace === 58 && colon === space - 1) return readTag(text, at, at, at, to, envelope);
  }
  const hostTo = space;
  space = skipBlanks(text, space, to);
  if (text.startsWith("last message repeated ", space)) return lastMessage(text, at, hostTo, space, envelope);
  return readTag(text, at, hostTo, space, to, envelope);
}

/** The journal's short form without its time: `host app[pid]: msg`. A traceback's `Error: text` is not one. */
function readUnstamped(text: string, at: number, to: number, envelope: Envelope): boolean {
  const space = text.indexOf(" ", at);
  if (space <= at || space >= to || text.charCodeAt(space - 1) === 58) return noProgram(envelope);
  return readTag(text, at, space, space + 1, to, envelope);
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
export function readRestOfTag(text: string, to: number, envelope: Envelope): boolean {
  // RFC 5424 and bracketed tags have said everything already.
  if (envelope.messageFrom > envelope.appTo) return true;
  let at = envelope.appTo;
  if (text.charCodeAt(at) === 40) {
    // Old PAM writes its module into the tag: sshd(pam_unix)[1]: the message rules expect it in front of the message.
    const close = text.indexOf(")", at);
    if (close < 0 || close - at > 40) return false;
    at = close + 1;
  }
  at = skipBlanks(text, at, to);
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("]", at);
    if (close < 0 || close >= to || close - at > 16) return false;
    envelope.pidFrom = at + 1;
    envelope.pidTo = close;
    at = skipBlanks(text, close + 1, to);
  }
  if (text.charCodeAt(at) === 60) {
    // The application firewall: socketfilterfw[87] <Info>: msg
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 12) return false;
    at = close + 1;
  }
  if (text.charCodeAt(at) === 58) at++;
  else if (text.charCodeAt(at) !== 40) return false; // com.apple.launchd[1] (label[2]): msg keeps its label
  at = skipBlanks(text, at, to);
  if (text.startsWith("[ID ", at)) {
    const close = text.indexOf("] ", at);
    if (close > 0 && close < to && close - at < 40) at = close + 2;
  }
  envelope.messageFrom = at;
  return true;
}

function read5424(text: string, from: number, to: number, stamp: Stamp, e: Envelope): boolean {
  e.stamped = readStamp(text, from, to, stamp);
  const hostFrom = (e.stamped ? stamp.end : text.indexOf(" ", from)) + 1;
  const hostTo = text.indexOf(" ", hostFrom);
  const appTo = text.indexOf(" ", hostTo + 1);
  const pidTo = text.indexOf(" ", appTo + 1);
  const idTo = text.indexOf(" ", pidTo + 1);
  if (hostFrom <= from || hostTo < 0 || appTo < 0 || pidTo < 0 || idTo < 0 || idTo >= to) return noProgram(e);
  e.hostFrom = hostFrom;
  e.hostTo = hostTo;
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

/** A repeat line has no program of its own: it is dispatched under the name "last". */
function lastMessage(text: string, hostFrom: number, hostTo: number, at: number, e: Envelope): boolean {
  e.hostFrom = hostFrom;
  e.hostTo = hostTo;
  e.appFrom = at;
  e.appTo = at + 4;
  e.pidFrom = e.pidTo = at;
  e.messageFrom = text.indexOf("repeated ", at) + 9;
  return true;
}

function noProgram(envelope: Envelope): false {
  envelope.appFrom = envelope.appTo = 0;
  return false;
}

function skipBlanks(text: string, at: number, to: number): number {
  while (at < to && text.charCodeAt(at) === 32) at++;
  return at;
}
