// firewalld's own lines (its packets are the kernel's). Format: firewalld src/firewall/core/logger.py.
//   [2014-07-18 10:51:43 ]ERROR: COMMAND_FAILED: '/sbin/iptables ...' failed: ...
// A WARNING is no problem here, nor is a rule that exists already or no longer: NetworkManager and Docker cause these.
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "firewalld";
const HARMLESS = ["ZONE_ALREADY_SET", "ALREADY_ENABLED", "ALREADY_SET", "NOT_ENABLED", "ZONE_CONFLICT"];

/** Takes the stamp that older versions write again off. */
function textOf(message: string): string {
  return message.charCodeAt(4) === 45 && message.charCodeAt(19) === 32 ? message.slice(20) : message;
}

function rule(name: string, starts: string, state: (text: string) => "problem" | "note"): Rule {
  return {
    name,
    starts: "",
    parse: (message): Parsed | undefined => {
      const text = textOf(message);
      return text.startsWith(starts) ? { kind: "service", tool, state: state(text), message: text } : undefined;
    },
  };
}

export const firewalld: Parser = {
  name: "firewalld",
  appNames: ["firewalld"],
  rules: [
    rule("error", "ERROR: ", (text) => (HARMLESS.some((code) => text.startsWith(code, 7)) ? "note" : "problem")),
    rule("fatal error", "FATAL ERROR: ", () => "problem"),
    rule("warning", "WARNING: ", () => "note"),
  ],
  silent: [""],
};
