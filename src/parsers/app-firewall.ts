// The macOS application firewall, /var/log/appfirewall.log: Firewall[pid] (10.5, 10.6, kernel stealth lines) and
// socketfilterfw[pid] <Info> (10.6 to 11). Its aggregated lines hold counts and no addresses: they count as often as
// they say.
//   APP: Allow|Deny TCP|UDP LISTEN|CONNECT  (in:N out:M)          Stealth Mode connection attempt to TCP N time
//   Deny APP connecting from A:P to port N proto=6                Stealth Mode connection attempt to TCP A:P from A:P
import { between, colonEndpointOf, numberOf } from "./fields.ts";
import { STEALTH, stealth } from "./ipfw.ts";
import type { Parsed, Parser } from "./parser.ts";

const tool = "application firewall";

/** Since 10.6 `... to TCP 2 time`. */
function stealthCount(message: string): Parsed | undefined {
  const [protocol, number = "", word] = message.slice(STEALTH.length).split(" ", 3);
  const repeat = numberOf(number);
  if (protocol === undefined || !repeat || word?.startsWith("time") !== true) return undefined;
  return { kind: "firewall.block", tool: "stealth", protocol, repeat };
}

/** An application's name may hold anything: its verdict is the last one. */
function counted(message: string): Parsed | undefined {
  const open = message.lastIndexOf("(in:");
  if (open < 0 || !message.endsWith(")")) return undefined;
  const colon = message.lastIndexOf(": ", open);
  const [verdict, protocol] = message.slice(colon + 2, open).split(" ", 2);
  const kind = verdict === "Deny" ? "firewall.block" : verdict === "Allow" ? "firewall.allow" : undefined;
  const counts = message.slice(open);
  const packets =
    (numberOf(between(counts, "in:", " ") ?? "") ?? 0) + (numberOf(between(counts, "out:", ")") ?? "") ?? 0);
  return kind && { kind, tool, protocol, repeat: Math.max(1, packets) };
}

const PROTOCOLS = new Map([
  ["6", "TCP"],
  ["17", "UDP"],
  ["1", "ICMP"],
  ["58", "ICMPv6"],
]);

/** 10.5: `Deny sshd-keygen-wrapper connecting from A:P to port 22 proto=6`, `Allow X data in from A:P uid = 0 proto=17`. */
function connecting(message: string): Parsed | undefined {
  const from = message.lastIndexOf(" from ");
  if (from < 0) return undefined;
  const words = message.slice(from + 6).split(" ", 16);
  const source = colonEndpointOf(words[0] ?? "");
  if (source?.ip === undefined) return undefined;
  const port = words.indexOf("port");
  const protocol = words.find((word) => word.startsWith("proto="))?.slice(6);
  return {
    kind: message.startsWith("Deny ") ? "firewall.block" : "firewall.allow",
    tool,
    ip: source.ip,
    protocol: protocol === undefined ? undefined : (PROTOCOLS.get(protocol) ?? protocol),
    sourcePort: source.port,
    destinationPort: port < 0 ? undefined : numberOf(words[port + 1] ?? ""),
  };
}

export const appFirewall: Parser = {
  name: "application firewall",
  appNames: ["Firewall", "socketfilterfw"],
  rules: [
    { name: "stealth mode", starts: STEALTH, parse: stealth },
    { name: "stealth mode, counted", starts: STEALTH, parse: stealthCount },
    { name: "denied", starts: "Deny ", parse: connecting },
    { name: "allowed", starts: "Allow ", parse: connecting },
    { name: "counted", starts: "", parse: counted },
  ],
  silent: [""],
};
