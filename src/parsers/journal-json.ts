// journald's records as `journalctl -o json` and systemd-journal-remote write them (systemd.journal-fields(7)). A value
// is a string; an array of bytes when it is no UTF-8 or holds control characters; null when it is long and -a was not
// given; an array of those when the field occurs more than once. Fields that begin with _ are set by journald itself,
// the others by whoever wrote the record.
import { fillStamp } from "../window/line-stamp.ts";
import type { Stamp } from "../window/stamp.ts";
import type { LogRecord } from "./log-record.ts";

/** Programs whose name in `_COMM` begins like the name they log under; anything else under these names is forged. */
const TRUE_TO_NAME = ["sshd", "sudo", "su", "doas", "login", "systemd-logind"];

/** Reads the fields of one record. @returns "none" when it carries no message */
export function readJournalRecord(fields: ReadonlyMap<string, unknown>, stamp: Stamp): LogRecord | "none" {
  const message = textOf(fields.get("MESSAGE"));
  if (message === undefined) return "none";
  const comm = textOf(fields.get("_COMM"));
  const transport = textOf(fields.get("_TRANSPORT"));
  const appName = trustedName(namesOf(fields.get("SYSLOG_IDENTIFIER")), comm, transport);
  // When the record came in, not when its program says: windows are cut by that time, and a program may say any.
  const time = textOf(fields.get("__REALTIME_TIMESTAMP")) ?? textOf(fields.get("_SOURCE_REALTIME_TIMESTAMP"));
  return {
    stamped: time !== undefined && /^\d{1,17}$/.test(time) && fillStamp(stamp, Math.floor(Number(time) / 1000), 0),
    hostname: textOf(fields.get("_HOSTNAME")) ?? "",
    appName,
    procId: textOf(fields.get("_PID")) ?? textOf(fields.get("SYSLOG_PID")) ?? "",
    message,
    // sshd -e lets a line break of a user name through, and what follows becomes a record of its own.
    lost: false,
    believable: !(transport === "stdout" && appName.startsWith("sshd")),
  };
}

/** The name a record goes by: its own word for it, unless journald knows better. */
function trustedName(names: readonly string[], comm: string | undefined, transport: string | undefined): string {
  const name = names.find((each) => each === comm) ?? names[0] ?? comm ?? "";
  if (name === "kernel") return transport === "kernel" || (transport === undefined && comm === undefined) ? name : "";
  if (comm === undefined) return name;
  const family = TRUE_TO_NAME.find(
    (each) => name === each || name.startsWith(`${each}-`) || name.startsWith(`${each}(`),
  );
  // The kernel cuts _COMM at 15 characters.
  return family === undefined || comm.startsWith(family.slice(0, 15)) ? name : comm;
}

function namesOf(value: unknown): string[] {
  const values = Array.isArray(value) && !isBytes(value) ? value : [value];
  return values.map(plainText).filter((text) => text !== undefined);
}

/** The text of a value; of a field that occurs more than once the first. */
function textOf(value: unknown): string | undefined {
  return plainText(Array.isArray(value) && !isBytes(value) ? value[0] : value);
}

function plainText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) && isBytes(value) ? Buffer.from(value).toString("utf8") : undefined;
}

function isBytes(value: readonly unknown[]): value is number[] {
  return value.length > 0 && value.every((byte) => typeof byte === "number");
}
