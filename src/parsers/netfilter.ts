// The kernel's packet log on Linux: iptables and nftables LOG rules, UFW, firewalld, Shorewall, OpenWrt.
//   [uptime] PREFIX IN=if OUT=if [MAC=...] SRC=a DST=b LEN=n ... PROTO=p [SPT= DPT=] ...
// Format: linux net/ipv4/netfilter/nf_log_ipv4.c. The prefix is the admin's text, with or without a blank behind it.
// ICMP errors quote the packet they speak of in brackets: reading stops there.
import { numberOf, peerOf } from "./fields.ts";
import { ipfwInKernel } from "./ipfw.ts";
import type { Parsed, Parser } from "./parser.ts";

const BLOCK = /block|drop|deny|denied|reject|refuse|-[DR]\]|_DROP|_REJECT/i;
const ALLOW = /allow|accept|pass(?:ed)?\b|-A\]/i;

function packet(message: string): Parsed | undefined {
  const start = message.indexOf("IN=");
  if (start < 0) return undefined;
  const out = message.indexOf(" OUT=", start);
  const source = out < 0 ? undefined : field(message, "SRC=", out);
  if (source === undefined) return undefined;
  const prefix = message.slice(0, start).replace(/^\[ *\d+\.\d+\] */, "");
  const kind = verdictOf(prefix);
  const ip = peerOf(source)?.ip;
  if (kind === undefined || ip === undefined) return undefined;
  const destinationIp = peerOf(field(message, "DST=", out) ?? "")?.ip;
  const protocol = field(message, "PROTO=", out);
  const sourcePort = numberOf(field(message, "SPT=", out) ?? "");
  const destinationPort = numberOf(field(message, "DPT=", out) ?? "");
  const name = field(message, "IN=", start) || field(message, "OUT=", out);
  return {
    kind,
    tool: prefix.startsWith("[UFW ") ? "ufw" : "netfilter",
    ip,
    ...(protocol !== undefined && { protocol }),
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationIp !== undefined && { destinationIp }),
    ...(destinationPort !== undefined && { destinationPort }),
    ...(name && { interface: name }),
  };
}

/** A rule that only watches (UFW AUDIT, or a prefix that says nothing) is neither a block nor an allow. */
function verdictOf(prefix: string): "firewall.block" | "firewall.allow" | undefined {
  if (prefix.startsWith("[UFW AUDIT")) return undefined;
  if (BLOCK.test(prefix)) return "firewall.block";
  return ALLOW.test(prefix) ? "firewall.allow" : undefined;
}

/** The value of `KEY=` between `from` and the quoted packet; the first one is the packet's own. */
function field(message: string, key: string, from: number): string | undefined {
  const quoted = message.indexOf("[", from);
  const at = message.indexOf(key, from);
  if (at < 0 || (quoted >= 0 && at > quoted)) return undefined;
  const space = message.indexOf(" ", at);
  return message.slice(at + key.length, space < 0 ? message.length : space);
}

export const kernel: Parser = {
  name: "kernel",
  appNames: ["kernel", "mach_kernel"],
  rules: [...ipfwInKernel, { name: "packet", starts: "", parse: (m) => (m.startsWith("ipfw:") ? undefined : packet(m)) }],
  silent: [""],
};
