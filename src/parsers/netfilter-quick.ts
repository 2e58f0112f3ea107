// A packet in the kernel's words, and the kernel's many other lines, read in place. What is not exactly so is left to the
// rules of netfilter.ts, which say the same of these (test/parsers/quick.test.ts).
import type { Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { Cursor, names } from "./cursor.ts";
import { eventOf } from "./event-of.ts";
import { Interner } from "./intern.ts";
import { type Literal, literal, standsAt } from "./literal.ts";
import { type Prefix, prefixOf } from "./netfilter-prefix.ts";
import type { QuickReading } from "./parser.ts";

const cursor = new Cursor();
/** A machine has a handful of them. */
const prefixes = new Interner<Prefix>(64, prefixOf);

/** How messages begin that other rules look at, or that repeat another. */
const OTHERS: readonly Literal[] = "ipfw|Stea|pam_|(pam|*** |auth|sess|Inva|Fail|Abor|PAM |mess|last"
  .split("|")
  .map(literal);
const OUT = literal(" OUT=");
const IN = literal("IN=");
const SRC = literal(" SRC=");
const DST = literal(" DST=");
const PROTO = literal(" PROTO=");
const SPT = literal(" SPT=");
const DPT = literal(" DPT=");
/** Of `_ratelimit: ` and of what pam_oath says, wherever it stands. */
const LIMIT = literal("_rat");
const OATH = literal("One-");

export function readQuickly(bytes: Bytes, from: number, to: number, head: Head): QuickReading {
  if (OTHERS.some((words) => standsAt(bytes, from, words))) return undefined;
  const { view } = bytes;
  // `2 more authentication failures; ...`
  if (isDigit(view.getUint8(from))) return undefined;
  const begin = behindUptime(bytes, from, to);
  if (begin < 0) return undefined;
  // The blank behind the uptime may be the one before `OUT=`.
  for (let at = Math.max(from, begin - 1); at < to; at++) {
    const code = view.getUint8(at);
    if (code === 32 && standsAt(bytes, at, OUT)) return packet(bytes, begin, at, to, head);
    if (code === 95 && standsAt(bytes, at, LIMIT)) return undefined;
    if (code === 79 && standsAt(bytes, at, OATH)) return undefined;
  }
  return "silent";
}

/** @param out where the blank before `OUT=` stands */
function packet(bytes: Bytes, begin: number, out: number, to: number, head: Head): Event | undefined {
  const { view } = bytes;
  let came = out;
  while (came > begin && view.getUint8(came - 1) !== 61 && view.getUint8(came - 1) !== 32) came--;
  if (came - IN.length < begin || !standsAt(bytes, came - IN.length, IN)) return undefined;
  const { verdict, tool } = prefixes.of(bytes, begin, came - IN.length);
  if (verdict === undefined) return undefined;
  const sent = out + OUT.length;
  const sentTo = endOfWord(bytes, sent, to);
  const device = came < out ? plain(bytes, came, out) : sent < sentTo ? plain(bytes, sent, sentTo) : undefined;
  if (device === undefined && (came < out || sent < sentTo)) return undefined;
  cursor.begin(bytes, sentTo, to);
  if (!findWord(SRC)) return undefined;
  const ip = cursor.address();
  const destinationIp = ip !== undefined && cursor.skip(DST) ? cursor.address() : undefined;
  if (ip === undefined || destinationIp === undefined || cursor.next !== 32 || !findWord(PROTO)) return undefined;
  const protocolTo = endOfWord(bytes, cursor.at, to);
  const protocol = plain(bytes, cursor.at, protocolTo);
  if (protocol === undefined) return undefined;
  cursor.at = protocolTo;
  const sourcePort = cursor.skip(SPT) ? cursor.port() : undefined;
  const destinationPort = sourcePort !== undefined && cursor.skip(DPT) ? cursor.port() : undefined;
  if (sourcePort === -1 || destinationPort === -1 || !(cursor.isAtEnd || cursor.next === 32)) return undefined;
  return eventOf(
    { kind: verdict, tool, ip, protocol, sourcePort, destinationIp, destinationPort, interface: device },
    head,
  );
}

/** A word of ASCII without a bracket at its beginning; undefined for any other. */
function plain(bytes: Bytes, from: number, to: number): string | undefined {
  const { view } = bytes;
  if (view.getUint8(from) === 91) return undefined;
  for (let at = from; at < to; at++) if (view.getUint8(at) > 126) return undefined;
  return names.of(bytes, from, to);
}

/** Goes behind the next `words`; false when they do not come, or when a packet that is quoted in brackets comes before. */
function findWord(words: Literal): boolean {
  const { view } = cursor.bytes;
  for (let at = cursor.at; at < cursor.to; at++) {
    const code = view.getUint8(at);
    if (code === 91) return false;
    if (code !== 32 || !standsAt(cursor.bytes, at, words)) continue;
    cursor.at = at + words.length;
    return cursor.at <= cursor.to;
  }
  return false;
}

/** Where a message begins behind `[12345.678901] `; -1 for one that begins with another bracket. */
function behindUptime({ view }: Bytes, from: number, to: number): number {
  if (view.getUint8(from) !== 91) return from;
  let at = from + 1;
  while (at < to && at - from < 20) {
    const code = view.getUint8(at);
    if (code === 93) return at > from + 1 && at + 1 < to && view.getUint8(at + 1) === 32 ? at + 2 : -1;
    if (!(code === 32 || code === 46 || isDigit(code))) return -1;
    at++;
  }
  return -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function endOfWord({ view }: Bytes, from: number, to: number): number {
  let at = from;
  while (at < to && view.getUint8(at) !== 32) at++;
  return at;
}
