// The kernel's packet log on Linux: iptables and nftables LOG rules, UFW, firewalld, Shorewall, OpenWrt, SuSE, VyOS.
//   [uptime] PREFIX IN=if OUT=if [MAC=...] SRC=a DST=b LEN=n ... PROTO=p [SPT= DPT=] ...
// Format: linux net/netfilter/nf_log_syslog.c. The prefix is the admin's text, with or without a blank behind it, and
// all that tells what became of the packet. ICMP errors quote the packet they speak of in brackets: reading stops there.
import { copyOf } from "../events/address.ts";
import { numberOf, peerOf } from "./fields.ts";
import { ipfwInKernel } from "./ipfw.ts";
import { type Prefix, prefixOf } from "./netfilter-prefix.ts";
import { readQuickly } from "./netfilter-quick.ts";
import type { Parsed, Parser } from "./parser.ts";
import { kernelRateLimit } from "./syslog-limits.ts";

/** A machine has a handful of prefixes: each is understood once. */
const known = new Map<string, Prefix>();
const MOST_KNOWN = 512;

function knownPrefix(text: string): Prefix {
  let prefix = known.get(text);
  if (prefix === undefined) {
    prefix = prefixOf(text);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(copyOf(text), prefix);
  }
  return prefix;
}

function packet(message: string): Parsed | undefined {
  const out = message.indexOf(" OUT=");
  if (out < 0) return undefined;
  // The interface's name holds neither blank nor equals sign, and what stands before `IN=` is the prefix.
  let came = out;
  while (came > 2 && message.charCodeAt(came - 1) !== 61 && message.charCodeAt(came - 1) !== 32) came--;
  if (!message.startsWith("IN=", came - 3)) return undefined;
  const { verdict, tool } = knownPrefix(message.slice(afterUptime(message), came - 3));
  if (verdict === undefined) return undefined;
  const source = message.indexOf(" SRC=", out) + 5;
  if (source < 5) return undefined;
  const sourceTo = wordEnd(message, source);
  const ip = peerOf(message.slice(source, sourceTo))?.ip;
  if (ip === undefined) return undefined;
  // The destination stands directly behind the source, and the ports behind the protocol.
  const destination = message.startsWith("DST=", sourceTo + 1) ? sourceTo + 5 : sourceTo;
  const destinationTo = wordEnd(message, destination);
  const protocol = message.indexOf(" PROTO=", destinationTo) + 7;
  const quoted = message.indexOf("[", destinationTo);
  const named = protocol > 6 && (quoted < 0 || protocol < quoted);
  const protocolTo = named ? wordEnd(message, protocol) : 0;
  const ports = named && message.startsWith("SPT=", protocolTo + 1);
  const portTo = ports ? wordEnd(message, protocolTo + 5) : 0;
  return {
    kind: verdict,
    tool,
    ip,
    protocol: named ? message.slice(protocol, protocolTo) : undefined,
    sourcePort: ports ? numberOf(message.slice(protocolTo + 5, portTo)) : undefined,
    destinationIp: peerOf(message.slice(destination, destinationTo))?.ip,
    destinationPort: ports ? numberAfter(message, "DPT=", portTo + 1) : undefined,
    interface: message.slice(came, out) || message.slice(out + 5, wordEnd(message, out + 5)) || undefined,
  };
}

/** Index of the blank behind the word at `from`, or the end. */
function wordEnd(message: string, from: number): number {
  const space = message.indexOf(" ", from);
  return space < 0 ? message.length : space;
}

function numberAfter(message: string, key: string, at: number): number | undefined {
  return message.startsWith(key, at) ? numberOf(message.slice(at + key.length, wordEnd(message, at))) : undefined;
}

/** Where the prefix begins: behind `[12345.678901] `. */
function afterUptime(message: string): number {
  if (message.charCodeAt(0) !== 91) return 0;
  const second = message.charCodeAt(1);
  if (second !== 32 && !(second >= 48 && second <= 57)) return 0;
  const close = message.indexOf("] ");
  return close < 0 || close > 24 ? 0 : close + 2;
}

export const kernel: Parser = {
  name: "kernel",
  // ulogd writes what it is sent in the kernel's words; Shorewall's prefix stands for the kernel's name on some routers.
  appNames: ["kernel", "mach_kernel", "ulogd", "Shorewall"],
  readQuickly,
  rules: [...ipfwInKernel, { name: "packet", starts: "", parse: packet }, kernelRateLimit],
  silent: [""],
};
