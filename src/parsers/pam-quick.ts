// The lines of PAM that stand beside each of sshd's and cron's, read in place. All others are left to the rules of pam.ts,
// which say the same of these (test/parsers/quick.test.ts).
import type { Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { Cursor } from "./cursor.ts";
import { loginEvent } from "./event-of.ts";
import { literal } from "./literal.ts";
import type { QuickReading } from "./parser.ts";

const cursor = new Cursor();

const MODULE = literal("pam_unix(");
const SSHD = literal("sshd:");
const UNKNOWN = literal("auth): check pass; user unknown");
const CRON_OPENED = literal("cron:session): session opened for user ");
const CRON_CLOSED = literal("cron:session): session closed for user ");
const BLANK = literal(" ");
const USER = literal("user=");

/** What pam_unix writes for sshd, which sets no terminal and no remote user. */
const FAILURE = literal("auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=");

export function readQuickly(bytes: Bytes, from: number, to: number, head: Head): QuickReading {
  cursor.begin(bytes, from, to);
  if (!cursor.skip(MODULE)) return undefined;
  if (cursor.skip(SSHD)) {
    if (cursor.skip(FAILURE)) return failure(head);
    return cursor.skip(UNKNOWN) && cursor.isAtEnd ? "silent" : undefined;
  }
  // Nobody is present in cron's sessions.
  const isCrons = cursor.skip(CRON_OPENED) || cursor.skip(CRON_CLOSED);
  return isCrons ? "silent" : undefined;
}

/** `IP [ user=NAME]` */
function failure(head: Head): Event | undefined {
  const ip = cursor.address();
  if (ip === undefined) return undefined;
  while (cursor.skip(BLANK));
  const user = cursor.skip(USER) ? cursor.name() : undefined;
  if (!cursor.isAtEnd) return undefined;
  const reason = "authentication failure";
  return loginEvent(
    "login.failure",
    head,
    "sshd",
    "pam",
    "pam_unix",
    user,
    ip,
    undefined,
    undefined,
    undefined,
    undefined,
    reason,
  );
}
