// endlessh, a tarpit on the port of ssh: nobody can log in there, so whoever connects was looking for a server.
// Format: endlessh.c, logmsg (1.0, 1.1).
//   ACCEPT host=::ffff:203.0.113.7 port=43202 fd=5 n=1/4096
//   CLOSE host=::ffff:203.0.113.7 port=43202 fd=5 time=20.020 bytes=32
import { between, numberOf, peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

function accepted(message: string): Parsed | undefined {
  const peer = peerOf(between(message, " host=", " ") ?? "");
  const port = numberOf(between(message, " port=", " ") ?? "");
  return peer && { kind: "probe", service: "endlessh", ...peer, ...(port !== undefined && { port }), reason: "tarpit" };
}

export const endlessh: Parser = {
  name: "endlessh",
  appNames: ["endlessh"],
  rules: [{ name: "connection", starts: "ACCEPT ", parse: accepted }],
  silent: [""],
};
