// What macOS prints of its unified log (10.12 and later), seen of releases 10.13 to 26:
//   2026-11-19 03:14:07.123456-0800  localhost sshd[3535]: [(sender) ][[subsystem:category] ]msg      --style syslog
//   2026-11-19 03:14:07.123 Df sshd[3535:1a2b] [(sender) ][[subsystem:category] ]msg                  --style compact
//   2026-11-19 03:14:07.123456-0800 0x2230 Default 0x0 3535 0 sshd: [(sender) ][[sub:cat] ]msg        the default
//   {"timestamp":"2026-11-19 03:14:07.123456-0800","eventMessage":"msg", ...}                         --style ndjson
// The compact style states no zone. The sender is the library that wrote the line: what a library says under sshd's
// name is not sshd's.
import { readStamp, type Stamp } from "../window/stamp.ts";
import type { Envelope } from "./envelope.ts";
import { type LogRecord, NOBODY } from "./log-record.ts";

/**
 * Reads a line whose stamp is `log show`'s; `at` is the first character behind it.
 *
 * @returns false for one of its styles without a program that could matter; undefined when the line goes on as a line
 * of syslog does
 */
export function readLogShow(
  text: string,
  stampFrom: number,
  at: number,
  to: number,
  stamp: Stamp,
  e: Envelope,
): boolean | undefined {
  if (stamp.offset === undefined) return isType(text, at) ? readCompact(text, at, to, e) : undefined;
  // Without a fraction it is some other program's stamp.
  if (text.charCodeAt(stampFrom + 19) !== 46) return undefined;
  e.unified = true;
  return text.startsWith("0x", at) ? readColumns(text, at, to, e) : undefined;
}

/** Df, I, Db, E, F, A, in a column of two. */
function isType(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  switch (text.charCodeAt(at)) {
    case 68:
      return (next === 102 || next === 98) && text.charCodeAt(at + 2) === 32;
    case 65:
    case 69:
    case 70:
    case 73:
      return next === 32 && text.charCodeAt(at + 2) === 32;
    default:
      return false;
  }
}

/** `Df sshd[3535:1a2b] msg`: process and thread, no colon. */
function readCompact(text: string, at: number, to: number, e: Envelope): boolean {
  const open = text.indexOf("[", at);
  const close = text.indexOf("] ", open);
  const colon = text.indexOf(":", open);
  if (open < 0 || close < open || close >= to || colon < open || colon > close || close - open > 24) return false;
  e.unified = true;
  e.hostFrom = e.hostTo = at;
  e.appFrom = at + 3;
  e.appTo = open;
  e.pidFrom = open + 1;
  e.pidTo = colon;
  e.messageFrom = skipSender(text, close + 2, to, e);
  return true;
}

/** `0x2230     Default     0x0                  3535   0    sshd: msg`: thread, type, activity, process id, TTL. */
function readColumns(text: string, at: number, to: number, e: Envelope): boolean {
  for (let column = 0; column < 5; column++) {
    const from = at;
    while (at < to && text.charCodeAt(at) !== 32) at++;
    if (at === from) return false;
    if (column === 3) {
      e.pidFrom = from;
      e.pidTo = at;
    }
    while (at < to && text.charCodeAt(at) === 32) at++;
  }
  const colon = text.indexOf(": ", at);
  if (colon < 0 || colon >= to) return false;
  e.hostFrom = e.hostTo = e.appFrom = at;
  e.appTo = colon;
  e.messageFrom = skipSender(text, colon + 2, to, e);
  return true;
}

/** Skips `(sender) ` and `[subsystem:category] ` before a message; the sender is kept. */
export function skipSender(text: string, at: number, to: number, e: Envelope): number {
  while (at < to && text.charCodeAt(at) === 32) at++;
  if (text.charCodeAt(at) === 40 && !text.startsWith("(pam_", at)) {
    const close = text.indexOf(") ", at);
    if (close > 0 && close < to && close - at < 80) {
      e.senderFrom = at + 1;
      e.senderTo = close;
      at = close + 2;
    }
  }
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf("] ", at);
    if (close > 0 && close < to && close - at < 160 && /^[A-Za-z][\w.-]*:[^:[\]]*$/.test(text.slice(at + 1, close))) {
      at = close + 2;
    }
  }
  while (at < to && text.charCodeAt(at) === 32) at++;
  return at;
}

/** Libraries inside sshd and sudo write thousands of lines a day under those names. */
export function isLibrarys(appName: string, sender: string): boolean {
  if (sender === "") return false;
  const program = appName.startsWith("sshd") ? "sshd" : appName === "sudo" ? "sudo" : undefined;
  return program !== undefined && !sender.startsWith(program);
}

/** Reads an object of `--style ndjson`. @returns "none" for what is no message: signposts, the trailer */
export function readUnifiedRecord(fields: ReadonlyMap<string, unknown>, stamp: Stamp): LogRecord | "none" {
  const time = fields.get("timestamp");
  const message = fields.get("eventMessage");
  const type = fields.get("eventType");
  if (type === "lossEvent") return { ...NOBODY, stamped: stampOf(time, stamp), lost: true };
  if (typeof message !== "string" || (type !== undefined && type !== "logEvent")) return "none";
  const appName = lastPart(fields.get("processImagePath"));
  if (isLibrarys(appName, lastPart(fields.get("senderImagePath")))) return "none";
  const pid = fields.get("processID");
  return {
    ...NOBODY,
    stamped: stampOf(time, stamp),
    appName,
    procId: typeof pid === "number" ? String(pid) : "",
    message,
  };
}

function stampOf(time: unknown, stamp: Stamp): boolean {
  return typeof time === "string" && readStamp(time, 0, time.length, stamp);
}

function lastPart(path: unknown): string {
  return typeof path === "string" ? path.slice(path.lastIndexOf("/") + 1) : "";
}
