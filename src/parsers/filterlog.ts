// pf's log as pfSense and OPNsense write it: filterlog, one packet a line of comma-separated values.
//   RULE,SUBRULE,ANCHOR,TRACKER,IF,REASON,ACTION,DIR,4,TOS,ECN,TTL,ID,OFFSET,FLAGS,PROTOID,PROTO,LENGTH,SRC,DST[,SPT,DPT,...]
//   RULE,SUBRULE,ANCHOR,TRACKER,IF,REASON,ACTION,DIR,6,CLASS,FLOW,HOPS,PROTO,PROTOID,LENGTH,SRC,DST[,SPT,DPT,...]
// Format: pfSense "Raw Filter Log Format". Only block and pass decide; nat, rdr and scrub change a packet.
import { numberOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

function packet(message: string): Parsed | undefined {
  const fields = message.split(",", 22);
  const [, , , , name, , action, , version] = fields;
  const kind = action === "block" ? "firewall.block" : action === "pass" ? "firewall.allow" : undefined;
  if (kind === undefined) return undefined;
  const [protocolAt, sourceAt] = version === "4" ? [16, 18] : version === "6" ? [12, 15] : [0, 0];
  const ip = sourceAt === 0 ? undefined : peerOf(fields[sourceAt] ?? "")?.ip;
  if (ip === undefined) return undefined;
  const protocol = (fields[protocolAt] ?? "").toLowerCase();
  const ports = protocol === "tcp" || protocol === "udp";
  return {
    kind,
    tool: "pf",
    ip,
    protocol: protocolName(protocol),
    sourcePort: ports ? numberOf(fields[sourceAt + 2] ?? "") : undefined,
    destinationIp: peerOf(fields[sourceAt + 1] ?? "")?.ip,
    destinationPort: ports ? numberOf(fields[sourceAt + 3] ?? "") : undefined,
    interface: name === "" ? undefined : name,
  };
}

/** Other firewalls write TCP and ICMPv6: the same protocol is one row of the digest. */
function protocolName(protocol: string): string | undefined {
  if (protocol === "") return undefined;
  return protocol === "icmpv6" || protocol === "icmp6" || protocol === "ipv6-icmp" ? "ICMPv6" : protocol.toUpperCase();
}

export const filterlog: Parser = {
  name: "filterlog",
  appNames: ["filterlog"],
  rules: [{ name: "packet", starts: "", parse: packet }],
  silent: [""],
};
