// pf's log as `tcpdump -n -e -r /var/log/pflog` prints it, in a file (with any of its -t options: only -tt and -tttt
// and OpenBSD's own print a date) or sent to syslog under the names pf, pflogd:
//   [DELTA ]rule 2/0(match)[ [uid 0]]: block in on em0: [(tos ...) ]192.0.2.1.4321 > 198.51.100.2.22: Flags [S], ...
//   rule 55.anchor.3/0(match): pass out on em0: fe80::1 > ff02::16: ICMP6, ...
//   rule 5/(match) [uid 0, pid 7] block in on em0: 192.0.2.1.4321 > 198.51.100.2.22: S 1:1(0) win 1024     OpenBSD
// Format: tcpdump print-pflog.c, OpenBSD usr.sbin/tcpdump/print-pflog.c. With -v the addresses stand on the next line, and only the packet counts.
import { after, between, numberOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

/** The program's own words lie this near the front. */
const HEAD = 160;
const VERDICTS = [
  [": block ", "firewall.block"],
  [": pass ", "firewall.allow"],
  // before tcpdump 4
  [") block ", "firewall.block"],
  [") pass ", "firewall.allow"],
  ["] block ", "firewall.block"],
  ["] pass ", "firewall.allow"],
] as const;
/** Why a packet was logged: pf's PFRES_NAMES. */
const REASONS =
  /rule [\w./-]+\((?:match|bad-offset|fragment|short|normalize|memory|bad-timestamp|congestion|ip-option|proto-cksum|state-mismatch|state-insert|state-limit|src-limit|synproxy|translate|no-route|map-failed)\)/;

function packet(message: string): Parsed | undefined {
  const head = message.slice(0, HEAD);
  if (!REASONS.test(head)) return undefined;
  for (const [words, kind] of VERDICTS) {
    const at = head.indexOf(words);
    const on = at < 0 ? -1 : head.indexOf(" on ", at);
    const colon = on < 0 ? -1 : head.indexOf(":", on + 4);
    // Only `in` or `out` stands between verdict and interface.
    if (colon < 0 || on - at - words.length > 3) continue;
    const { text, protocol } = packetOf(message.slice(colon + 1).trimStart());
    const arrow = text.indexOf(" > ");
    const end = text.indexOf(": ", arrow);
    const source = arrow < 0 ? undefined : endpoint(text.slice(0, arrow));
    const destination = arrow < 0 ? undefined : endpoint(text.slice(arrow + 3, end < 0 ? text.length : end));
    return {
      kind,
      tool: "pf",
      ip: source?.ip,
      protocol: protocol ?? (end < 0 ? undefined : protocolIn(text.slice(end + 2, end + 40))),
      sourcePort: source?.port,
      destinationIp: destination?.ip,
      destinationPort: destination?.port,
      interface: message.slice(on + 4, colon),
    };
  }
  return undefined;
}

/** Takes `IP `, `IP6 ` and what -v prints in brackets off, and keeps the protocol that stands in them. */
function packetOf(text: string): { readonly text: string; readonly protocol?: string | undefined } {
  if (!text.startsWith("(")) return { text: after(text, "IP ") ?? after(text, "IP6 ") ?? text };
  const close = text.indexOf(")", text.indexOf("length"));
  if (close < 0) return { text: "" };
  const inside = text.slice(1, close);
  const protocol = between(inside, "proto ", " ") ?? between(inside, "next-header ", " ");
  return { text: text.slice(close + 1).trimStart(), protocol };
}

/** `192.0.2.1.4321`, `2001:db8::1.22`, `192.0.2.1.ssh`, `fe80::1`. */
function endpoint(text: string): { readonly ip: string; readonly port?: number | undefined } | undefined {
  const whole = peerOf(text)?.ip;
  if (whole !== undefined) return { ip: whole };
  const dot = text.lastIndexOf(".");
  const ip = dot < 0 ? undefined : peerOf(text.slice(0, dot))?.ip;
  return ip === undefined ? undefined : { ip, port: numberOf(text.slice(dot + 1)) };
}

function protocolIn(text: string): string | undefined {
  if (text.startsWith("Flags [") || text.startsWith("tcp ") || /^[SFRP.UEW]{1,8} (?:\d|ack )/.test(text)) return "TCP";
  if (text.startsWith("UDP,") || text.startsWith("udp ")) return "UDP";
  if (text.includes("ICMP6,") || text.startsWith("icmp6:")) return "ICMPv6";
  return text.startsWith("ICMP ") || text.startsWith("icmp:") ? "ICMP" : undefined;
}

export const pflog: Parser = {
  name: "pflog",
  appNames: ["pf", "pflog", "pflogd"],
  rules: [{ name: "packet", starts: "", parse: packet }],
  silent: [""],
};
