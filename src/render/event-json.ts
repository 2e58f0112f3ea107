// One event as one line of JSON: what `logdigest parse` prints (docs/events.md). Only fields that the line states.
import type { Event } from "../events/event.ts";
import { clockOf } from "./clock.ts";
import { escapeUnsafe } from "./json.ts";

/** The fields of an event, in the order in which they are printed. */
const FIELDS = [
  "user",
  "ip",
  "host",
  "port",
  "method",
  "fingerprint",
  "invalidUser",
  "preauth",
  "jail",
  "tool",
  "protocol",
  "sourcePort",
  "destinationIp",
  "destinationPort",
  "interface",
  "command",
  "target",
  "path",
  "reason",
] as const;

/** Returns a function that prints events with times in `timeZone`. */
export function eventPrinter(timeZone: string): (event: Event) => string {
  const clock = clockOf(timeZone);
  return (event) => {
    const { head, kind, repeat } = event;
    const { line, file, at, hostname, appName, procId } = head;
    const fields = event as unknown as Record<string, unknown>;
    const plain: Record<string, unknown> = {
      line,
      file,
      time: at === null ? null : clock.iso(at),
      hostname,
      appName,
      procId,
      kind,
    };
    for (const field of FIELDS) if (fields[field] !== undefined) plain[field] = fields[field];
    if (repeat > 1) plain.repeat = repeat;
    // The message of a login is kept for the allowlist alone: its fields have said all of it.
    if (kind === "service" || kind === "account") plain.message = event.message;
    return escapeUnsafe(JSON.stringify(plain));
  };
}
