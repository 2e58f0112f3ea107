// ipfw of Mac OS X 10.4 to 10.7 and FreeBSD: xnu bsd/netinet/ip_fw2.c (ipfw_log), FreeBSD sys/netpfil/ipfw/ip_fw_log.c.
//   [ipfw: ]RULE ACTION PROTO SRC[:PORT] DST[:PORT] in|out via IF[ (frag ID:LEN@OFF[+])]
//   [ipfw: ]RULE ACTION PROTO SRC DST [no if info]
//   Stealth Mode connection attempt to TCP|UDP DST:PORT from SRC:PORT      (its own address first)
// PROTO is TCP, UDP, ICMP:TYPE.CODE, P:NUMBER or MAC, which has no addresses; FreeBSD writes IPv6 in brackets. The
// kernel's buffer holds 100 bytes, so a line may be cut anywhere: the word at the cut is not believed.
import { colonEndpointOf, numberOf, peerOf } from "./fields.ts";
import { readQuickly } from "./ipfw-quick.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "ipfw";
const BUFFER = 100;
const BLOCKS = ["Deny", "Reset", "Reject", "Refuse", "Unreach", "Abort"];
/** These count, shape or divert a packet and let another rule decide: neither a block nor an allow. */
// biome-ignore format: a table of words
const OTHERS = [
  "Count", "Divert", "Tee", "SkipTo", "Pipe", "Queue", "Forward", "Fwd", "Netgraph", "Ngtee", "Nat", "Call", "Return",
  "Eaction", "UNKNOWN",
];

interface Words {
  readonly rule: string;
  readonly action: string;
  /** What stands behind the action and its argument (`Unreach 3`, `Forward to A`). */
  readonly rest: readonly string[];
}

/** Reads `RULE ACTION [ARGUMENT] ...`; undefined for what is no packet. */
function wordsOf(text: string): Words | undefined {
  const space = text.indexOf(" ");
  const rule = text.slice(0, Math.max(0, space));
  if (numberOf(rule.startsWith("-") ? rule.slice(1) : rule) === undefined) return undefined;
  const [action = "", ...rest] = text.slice(space + 1, 4 * BUFFER).split(" ");
  if (action === "Forward" && rest[0] === "to") return { rule, action, rest: rest.slice(2) };
  return { rule, action, rest: numberOf(rest[0] ?? "") === undefined ? rest : rest.slice(1) };
}

function packet(text: string): Parsed | undefined {
  const words = wordsOf(text);
  if (words === undefined) return undefined;
  const { action, rest } = words;
  const kind = BLOCKS.includes(action) ? "firewall.block" : action === "Accept" ? "firewall.allow" : undefined;
  if (kind === undefined) return undefined;
  const [protocol = "", source, destination] = rest;
  if (protocol === "" || rest.length < 2) return undefined;
  const via = rest.indexOf("via");
  // Without `in via` or `[no if info]` behind them the addresses end where the buffer did.
  const whole = via > 0 || rest.includes("[no");
  const from = protocol === "MAC" ? undefined : endpoint(whole || destination !== undefined ? source : undefined);
  const to = protocol === "MAC" || !whole ? undefined : endpoint(destination);
  // A line that no packet wrote: its address is none.
  if (from === undefined && protocol !== "MAC" && whole) return undefined;
  const cut = text.length + 6 >= BUFFER - 1 && via === rest.length - 2;
  return {
    kind,
    tool,
    ip: from?.ip,
    protocol: protocolOf(protocol),
    sourcePort: from?.port,
    destinationIp: to?.ip,
    destinationPort: to?.port,
    interface: via > 0 && !cut ? rest[via + 1] : undefined,
  };
}

/** `ICMP:8.0` is ICMP, `P:47` is 47. */
function protocolOf(word: string): string {
  const colon = word.indexOf(":");
  if (colon < 0) return word;
  return word.startsWith("P:") ? word.slice(2) : word.slice(0, colon);
}

function endpoint(word: string | undefined): { readonly ip: string; readonly port?: number | undefined } | undefined {
  if (word === undefined) return undefined;
  const bare = word.startsWith("[") && word.endsWith("]") ? word.slice(1, -1) : word;
  // An IPv6 address without a port reads like one with a port, when nothing brackets it.
  const peer = bare.includes(".") || word.includes("]:") ? (colonEndpointOf(word) ?? peerOf(bare)) : peerOf(bare);
  return peer?.ip === undefined ? undefined : { ip: peer.ip, port: peer.port };
}

/** A packet that no rule let through or stopped: told as it stands, because people search this log for `TCP`. */
function watched(text: string): Parsed | undefined {
  const words = wordsOf(text);
  if (words === undefined || !OTHERS.includes(words.action)) return undefined;
  return { kind: "service", tool, state: "note", message: text };
}

/** A packet to a port nobody listens on, seen by the stealth mode of the kernel; also in appfirewall.log. */
export function stealth(message: string): Parsed | undefined {
  const [protocol, own, word, peer] = message.slice(STEALTH.length).split(" ", 4);
  const destination = colonEndpointOf(own ?? "");
  const source = word === "from" ? colonEndpointOf(peer ?? "") : undefined;
  if (protocol === undefined || destination?.ip === undefined || source?.ip === undefined) return undefined;
  return {
    kind: "firewall.block",
    tool: "stealth",
    ip: source.ip,
    protocol,
    sourcePort: source.port,
    destinationIp: destination.ip,
    destinationPort: destination.port,
  };
}

export const STEALTH = "Stealth Mode connection attempt to ";
const LIMIT = "limit ";

/** `limit 500 reached on entry 65534`: from here on the rule writes nothing. */
function limit(text: string): Parsed | undefined {
  if (!text.startsWith(LIMIT) || !text.includes(" reached on entry ")) return undefined;
  return { kind: "service", tool, state: "note", message: text, drops: "firewall" };
}

/** Takes the kernel's `ipfw: ` off. */
function inKernel(read: (text: string) => Parsed | undefined) {
  return (message: string): Parsed | undefined => read(message.slice(5).trimStart());
}

function stealthBehind(text: string): Parsed | undefined {
  return text.startsWith(STEALTH) ? stealth(text) : undefined;
}

export const ipfw: Parser = {
  name: "ipfw",
  appNames: ["ipfw"],
  readQuickly,
  rules: [
    { name: "packet", starts: "", parse: packet },
    { name: "stealth mode", starts: STEALTH, parse: stealth },
    { name: "packet, not decided", starts: "", parse: watched },
    { name: "limit", starts: LIMIT, parse: limit },
  ],
  silent: [],
};

/** The rules for a kernel that speaks of ipfw itself. */
export const ipfwInKernel: readonly Rule[] = [
  { name: "ipfw packet", starts: "ipfw:", parse: inKernel(packet) },
  { name: "ipfw packet, not decided", starts: "ipfw:", parse: inKernel(watched) },
  { name: "ipfw stealth mode", starts: "ipfw:", parse: inKernel(stealthBehind) },
  {
    name: "ipfw limit",
    starts: "ipfw:",
    parse: inKernel(limit),
  },
  { name: "stealth mode", starts: STEALTH, parse: stealth },
];
