// Alerts of snort and suricata in syslog. Formats: snort spo_alert_syslog.c, suricata alert-syslog.c, barnyard2.
//   [Drop] [1:2001219:20] TEXT [Classification: C] [Priority: N] {TCP} 192.0.2.1:123 -> 198.51.100.2:22
// An alert says what a packet looked like and stops nothing: it is a note of a watcher. Only `[Drop]`, which suricata
// writes when it stands in the packet's way, is a block; `[wDrop]` is what it would have dropped.
import { colonEndpointOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

interface Packet {
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
}

/** What stands at the end of every alert; the rule's own text comes before it. */
function packetOf(message: string): Packet | undefined {
  const open = message.lastIndexOf("{");
  const close = open < 0 ? -1 : message.indexOf("} ", open);
  const arrow = close < 0 ? -1 : message.indexOf(" -> ", close);
  if (arrow < 0) return undefined;
  return {
    protocol: message.slice(open + 1, close),
    source: message.slice(close + 2, arrow),
    destination: message.slice(arrow + 4).trimEnd(),
  };
}

/** Only TCP and UDP have ports; for ICMP suricata writes type and code there. */
function endpoint(
  text: string,
  ports: boolean,
): { readonly ip?: string | undefined; readonly port?: number | undefined } {
  const withPort = colonEndpointOf(text);
  // An IPv6 address alone reads like an address and a port.
  if (withPort === undefined) return { ip: peerOf(text)?.ip };
  return { ip: withPort.ip, port: ports ? withPort.port : undefined };
}

function dropped(message: string, appName: string): Parsed | undefined {
  const packet = packetOf(message);
  if (packet === undefined) return undefined;
  const protocol = packet.protocol.toUpperCase();
  const ports = protocol === "TCP" || protocol === "UDP";
  const source = endpoint(packet.source, ports);
  const destination = endpoint(packet.destination, ports);
  return {
    kind: "firewall.block",
    tool: appName,
    ip: source.ip,
    protocol: packet.protocol,
    sourcePort: source.port,
    destinationIp: destination.ip,
    destinationPort: destination.port,
  };
}

/** `[1:2001219:20] TEXT`, also behind `[**] ` or `[wDrop] `. */
function alert(message: string, appName: string): Parsed | undefined {
  const marked = message.startsWith("[**] ") ? 5 : message.startsWith("[wDrop] ") ? 8 : 0;
  const colon = message.indexOf(":", marked);
  const isRule = message.charCodeAt(marked) === 91 && isDigit(message.charCodeAt(marked + 1));
  if (!isRule || colon - marked < 2 || colon - marked > 12) return undefined;
  return { kind: "service", tool: appName, state: "note", message };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export const ids: Parser = {
  name: "ids",
  appNames: ["snort", "suricata", "barnyard2"],
  rules: [
    { name: "dropped packet", starts: "[Drop] [", parse: dropped },
    { name: "alert", starts: "[", parse: alert },
    {
      name: "fatal error",
      starts: "FATAL ERROR: ",
      parse: (message, appName) => ({ kind: "service", tool: appName, state: "problem", message }),
    },
  ],
  silent: [""],
};
