// A packet in ipfw's own words, read in place. What is not exactly so is left to the rules of ipfw.ts, which say the same of
// these (test/parsers/quick.test.ts).
import type { Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { Cursor } from "./cursor.ts";
import { eventOf } from "./event-of.ts";
import { literal } from "./literal.ts";

const cursor = new Cursor();
/** The kernel cuts lines that are longer than its buffer. */
const LONGEST_WHOLE = 90;
const BLANK = literal(" ");
const COLON = literal(":");
const DENY = literal("Deny ");
const ACCEPT = literal("Accept ");
const TCP = literal("TCP ");
const UDP = literal("UDP ");
const IN = literal("in via ");
const OUT = literal("out via ");

/** `RULE Deny|Accept TCP|UDP IP:PORT IP:PORT in|out via IF` */
export function readQuickly(bytes: Bytes, from: number, to: number, head: Head): Event | undefined {
  cursor.begin(bytes, from, to);
  if (to - from > LONGEST_WHOLE || cursor.port() < 0 || !cursor.skip(BLANK)) return undefined;
  const kind = cursor.skip(DENY) ? "firewall.block" : cursor.skip(ACCEPT) ? "firewall.allow" : undefined;
  const protocol = cursor.skip(TCP) ? "TCP" : cursor.skip(UDP) ? "UDP" : undefined;
  if (kind === undefined || protocol === undefined) return undefined;
  const ip = cursor.ipv4();
  const sourcePort = ip !== undefined && cursor.skip(COLON) ? cursor.port() : -1;
  if (ip === undefined || sourcePort < 0 || !cursor.skip(BLANK)) return undefined;
  const destinationIp = cursor.ipv4();
  const destinationPort = destinationIp !== undefined && cursor.skip(COLON) ? cursor.port() : -1;
  if (destinationIp === undefined || destinationPort < 0 || !cursor.skip(BLANK)) return undefined;
  const device = cursor.skip(IN) || cursor.skip(OUT) ? cursor.name() : undefined;
  if (device === undefined || !cursor.isAtEnd) return undefined;
  return eventOf(
    { kind, tool: "ipfw", ip, protocol, sourcePort, destinationIp, destinationPort, interface: device },
    head,
  );
}
