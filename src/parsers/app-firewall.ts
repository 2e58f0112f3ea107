// The macOS application firewall, /var/log/appfirewall.log: Firewall[pid] (10.5, 10.6, kernel stealth lines) and
// socketfilterfw[pid] <Info> (10.6 to 11). Its aggregated lines hold counts and no addresses.
import { stealth } from "./ipfw.ts";
import { between, colonEndpointOf, numberOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const tool = "application firewall";

/** `Stealth Mode connection attempt to TCP 192.0.2.1:22 from A:P`, or since 10.6 `... to TCP 2 time`. */
function stealthLine(message: string): Parsed | undefined {
  const words = message.split(" ");
  const count = numberOf(words[6] ?? "");
  if (count === undefined || words[7]?.startsWith("time") !== true) return stealth(message);
  return { kind: "firewall.block", tool: "stealth", protocol: words[5], repeat: count };
}

/** `APP: Allow|Deny TCP|UDP LISTEN|CONNECT  (in:N out:M)`: N + M packets. */
function counted(message: string): Parsed | undefined {
  const open = message.lastIndexOf("(in:");
  if (open < 0) return undefined;
  const words = message.slice(0, open).trim().split(" ");
  const [verdict, protocol] = words.slice(-3);
  const kind = verdict === "Deny" ? "firewall.block" : verdict === "Allow" ? "firewall.allow" : undefined;
  const count =
    (numberOf(between(message.slice(open), "in:", " ") ?? "") ?? 0) +
    (numberOf(between(message.slice(open), "out:", ")") ?? "") ?? 0);
  return kind && { kind, tool, protocol, repeat: Math.max(1, count) };
}

/** `Deny sshd-keygen-wrapper connecting from A:P to port 22 proto=6`: 10.5. */
function connecting(message: string): Parsed | undefined {
  const from = between(message, " connecting from ", " to port ");
  const source = from === undefined ? undefined : colonEndpointOf(from);
  const port = numberOf(/ to port (\d{1,5})/.exec(message)?.[1] ?? "");
  const protocol = { "6": "TCP", "17": "UDP", "1": "ICMP" }[/ proto=(\d{1,3})/.exec(message)?.[1] ?? ""];
  if (source?.ip === undefined) return undefined;
  return {
    kind: message.startsWith("Deny ") ? "firewall.block" : "firewall.allow",
    tool,
    ip: source.ip,
    ...(source.port !== undefined && { sourcePort: source.port }),
    ...(port !== undefined && { destinationPort: port }),
    ...(protocol !== undefined && { protocol }),
  };
}

function line(message: string): Parsed | undefined {
  if (message.startsWith("Stealth Mode ")) return stealthLine(message);
  return message.endsWith(")") ? counted(message) : connecting(message);
}

export const appFirewall: Parser = {
  name: "application firewall",
  appNames: ["Firewall", "socketfilterfw"],
  rules: [{ name: "decision", starts: "", parse: line }],
  silent: [""],
};
