// The lines of sshd that a flood consists of, read in place. What is not exactly so is left to the rules of sshd-auth.ts
// and sshd-closing.ts, which say the same of these (test/parsers/quick.test.ts).
import type { Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { Cursor } from "./cursor.ts";
import { loginEvent } from "./event-of.ts";
import { CUT } from "./fields.ts";
import { literal } from "./literal.ts";
import type { QuickReading } from "./parser.ts";
import { PREAUTH, service } from "./sshd-message.ts";

const cursor = new Cursor();

const FAILED = literal("Failed password for ");
const INVALID = literal("Invalid user ");
const CLOSED = literal("Connection closed by ");
const RESET = literal("Connection reset by ");
const DISCONNECTED = literal("Disconnected from ");
const RECEIVED = literal("Received disconnect from ");
const INVALID_USER = literal("invalid user ");
const FROM = literal(" from ");
const PORT = literal(" port ");
const SSH2 = literal(" ssh2");
const AUTHENTICATING_USER = literal("authenticating user ");
const BLANK = literal(" ");
const PAM_ERROR = literal("error: PAM: ");
const ILLEGAL_USER = literal("illegal user ");
const VIA = literal(" via ");
const REASONS = [
  "authentication error",
  "unknown user",
  "Authentication failure",
  "User not known to the underlying authentication module",
].map((reason) => [literal(`${reason} for `), reason] as const);
const RELAYED = literal(PREAUTH);

export function readQuickly(bytes: Bytes, from: number, to: number, head: Head): QuickReading {
  if (to - from > CUT) return undefined;
  cursor.begin(bytes, from, to);
  switch (cursor.next) {
    case 70: // F
      return cursor.skip(FAILED) ? failed(head) : undefined;
    case 73: // I
      return cursor.skip(INVALID) ? invalid(head) : undefined;
    case 67: // C
      return cursor.skip(CLOSED) || cursor.skip(RESET) ? closing(head) : undefined;
    case 68: // D
      return cursor.skip(DISCONNECTED) ? closing(head) : undefined;
    case 82: // R
      return cursor.skip(RECEIVED) ? received(head) : undefined;
    case 101: // e
      return cursor.skip(PAM_ERROR) ? pamError(head) : undefined;
    default:
      return undefined;
  }
}

/** `[invalid user ]NAME from IP port N ssh2` */
function failed(head: Head): Event | undefined {
  const invalidUser = cursor.skip(INVALID_USER) ? true : undefined;
  const user = cursor.name();
  if (user === undefined || !cursor.skip(FROM) || !cursor.endpoint()) return undefined;
  if (!cursor.skip(SSH2) || !cursor.isAtEnd) return undefined;
  const { ip, portNumber } = cursor;
  return login("login.failure", head, "verdict", user, ip, portNumber, "password", invalidUser, undefined);
}

/** `NAME from IP[ port N]` */
function invalid(head: Head): Event | undefined {
  const user = cursor.name();
  if (user === undefined || !cursor.skip(FROM)) return undefined;
  const ip = cursor.address();
  if (ip === undefined) return undefined;
  const port = cursor.skip(PORT) ? cursor.port() : undefined;
  if (port === -1 || !cursor.isAtEnd) return undefined;
  return login("login.invalid-user", head, "named", user, ip, port, undefined, true, undefined);
}

/** `error: PAM: TEXT for [illegal user ]NAME from IP[ via OWN-ADDRESS]`, with the texts of macOS and of Linux-PAM */
function pamError(head: Head): Event | undefined {
  const reason = REASONS.find(([words]) => cursor.skip(words))?.[1];
  if (reason === undefined) return undefined;
  const invalidUser = cursor.skip(ILLEGAL_USER) || cursor.skip(INVALID_USER) ? true : undefined;
  const user = cursor.name();
  if (user === undefined || !cursor.skip(FROM)) return undefined;
  const ip = cursor.address();
  if (ip === undefined || (cursor.skip(VIA) && cursor.address() === undefined) || !cursor.isAtEnd) return undefined;
  const method = "keyboard-interactive/pam";
  return loginEvent(
    "login.failure",
    head,
    service,
    "pam-error",
    undefined,
    user,
    ip,
    undefined,
    method,
    invalidUser,
    undefined,
    reason,
  );
}

/** `[invalid user NAME |authenticating user NAME ]IP port N [preauth]` */
function closing(head: Head): Event | undefined {
  const invalidUser = cursor.skip(INVALID_USER) ? true : undefined;
  const isNamed = invalidUser || cursor.skip(AUTHENTICATING_USER);
  const user = isNamed ? cursor.name() : undefined;
  if (isNamed && (user === undefined || !cursor.skip(BLANK))) return undefined;
  if (!cursor.endpoint() || !cursor.skip(RELAYED) || !cursor.isAtEnd) return undefined;
  const { ip, portNumber } = cursor;
  return login("probe", head, isNamed ? "named" : undefined, user, ip, portNumber, undefined, invalidUser, true);
}

/** `IP port N:CODE: TEXT [preauth]` */
function received(head: Head): Event | undefined {
  if (!cursor.endpoint() || cursor.next !== 58 || !cursor.endsWith(RELAYED)) return undefined;
  const { ip, portNumber } = cursor;
  return login("probe", head, undefined, undefined, ip, portNumber, undefined, undefined, true);
}

function login(
  kind: "login.failure" | "login.invalid-user" | "probe",
  head: Head,
  basis: "verdict" | "named" | undefined,
  user: string | undefined,
  ip: string,
  port: number | undefined,
  method: "password" | undefined,
  invalidUser: true | undefined,
  preauth: true | undefined,
): Event {
  return loginEvent(kind, head, service, basis, undefined, user, ip, port, method, invalidUser, preauth, undefined);
}
