// ipfw of Mac OS X 10.4 to 10.7 and FreeBSD: xnu bsd/netinet/ip_fw2.c (ipfw_log).
//   [ipfw: ]RULE ACTION PROTO SRC[:PORT] DST[:PORT] in|out via IF[ (frag ID:LEN@OFF)]
//   Stealth Mode connection attempt to TCP|UDP DST:PORT from SRC:PORT      (its own address first)
// The kernel's buffer holds 100 bytes, so a line may be cut anywhere; what stands before the cut is believed.
import { colonEndpointOf, peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "ipfw";
const BLOCKS = new Set(["Deny", "Reset", "Reject", "Refuse", "Unreach"]);

function packet(text: string): Parsed | undefined {
  const words = text.split(" ").filter((word) => word !== "");
  let at = 1;
  if (!/^-?\d{1,5}$/.test(words[0] ?? "")) return undefined;
  const action = words[at++] ?? "";
  const kind = BLOCKS.has(action) ? "firewall.block" : action === "Accept" ? "firewall.allow" : undefined;
  if (kind === undefined) return undefined;
  // `Unreach 3`: the ICMP code of the answer.
  if (action === "Unreach" && /^\d+$/.test(words[at] ?? "")) at++;
  const protocol = (words[at++] ?? "").replace(/^P:(\d+)$/, "$1").replace(/:.*$/, "");
  const source = endpoint(words[at]);
  const destination = endpoint(words[at + 1]);
  if (protocol === "" || source?.ip === undefined) return undefined;
  const via = words.indexOf("via", at);
  const name = via < 0 ? undefined : words[via + 1];
  return {
    kind,
    tool,
    ip: source.ip,
    protocol,
    ...(source.port !== undefined && { sourcePort: source.port }),
    ...(destination?.ip !== undefined && { destinationIp: destination.ip }),
    ...(destination?.port !== undefined && { destinationPort: destination.port }),
    ...(name !== undefined && { interface: name }),
  };
}

function endpoint(word: string | undefined) {
  return word === undefined ? undefined : (colonEndpointOf(word) ?? peerOf(word));
}

/** A packet to a port nobody listens on, seen by the stealth mode of the kernel; also in appfirewall.log. */
export function stealth(message: string): Parsed | undefined {
  const words = message.split(" ");
  const protocol = words[5];
  const from = words.indexOf("from", 6);
  const destination = colonEndpointOf(words[6] ?? "");
  const source = from < 0 ? undefined : colonEndpointOf(words[from + 1] ?? "");
  if (protocol === undefined || destination?.ip === undefined || source?.ip === undefined) return undefined;
  return {
    kind: "firewall.block",
    tool: "stealth",
    ip: source.ip,
    protocol,
    ...(source.port !== undefined && { sourcePort: source.port }),
    destinationIp: destination.ip,
    ...(destination.port !== undefined && { destinationPort: destination.port }),
  };
}

function line(message: string): Parsed | undefined {
  const text = (message.startsWith("ipfw:") ? message.slice(5) : message).trimStart();
  return text.startsWith("Stealth Mode connection attempt to ") ? stealth(text) : packet(text);
}

export const ipfw: Parser = {
  name: "ipfw",
  appNames: ["ipfw"],
  rules: [{ name: "packet", starts: "", parse: line }],
  silent: ["limit ", "Stealth Mode "],
};

/** The rules for a kernel that speaks of ipfw itself. */
export const ipfwInKernel: readonly Rule[] = [
  { name: "ipfw", starts: "ipfw:", parse: line },
  { name: "stealth mode", starts: "Stealth Mode connection attempt to ", parse: stealth },
];
