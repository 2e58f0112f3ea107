// Logs that are one JSON object a line: journald's (journalctl -o json) and those of the unified log of macOS.
import { readStamp, type Stamp } from "../window/stamp.ts";
import { isCrowdsecs } from "./crowdsec.ts";
import { readJournalRecord } from "./journal-json.ts";
import { type LogRecord, NOBODY } from "./log-record.ts";
import { readUnifiedRecord } from "./log-show.ts";

/**
 * Reads a line that is a JSON object.
 *
 * @param line latin1, one character a byte
 * @returns "none" for an object that carries no message; undefined when it is none of these logs
 */
export function readJsonRecord(line: string, stamp: Stamp): LogRecord | "none" | undefined {
  const text = Buffer.from(line, "latin1").toString("utf8");
  const fields = fieldsOf(text);
  if (fields === undefined) return undefined;
  const record = recordOf(fields, text, stamp);
  return typeof record === "object" ? { ...record, message: onOneLine(record.message) } : record;
}

function recordOf(fields: ReadonlyMap<string, unknown>, text: string, stamp: Stamp): LogRecord | "none" | undefined {
  if (fields.has("MESSAGE")) return readJournalRecord(fields, stamp);
  if (fields.has("eventMessage") || fields.has("eventType") || fields.has("finished")) {
    return readUnifiedRecord(fields, stamp);
  }
  const time = fields.get("time");
  if (typeof time !== "string" || !fields.has("level") || !fields.has("msg")) return undefined;
  if (!isCrowdsecs(text)) return "none";
  // CrowdSec's own file with `log_format: json`: its rules take the fields out of it.
  return { ...NOBODY, stamped: readStamp(time, 0, time.length, stamp), appName: "crowdsec", message: text };
}

/** A Map, because names and values are other people's. */
function fieldsOf(text: string): ReadonlyMap<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

/** Writes control characters as rsyslog does when it writes the same message to a file. */
function onOneLine(message: string): string {
  return message.replace(/\n+$/, "").replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 32 || code === 127 ? `#${code.toString(8).padStart(3, "0")}` : character;
  });
}
