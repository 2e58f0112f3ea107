// DenyHosts: hosts it wrote into hosts.deny. Formats: DenyHosts/deny_hosts.py, report.py, denyfileutil.py, 2.6 to 3.1.
//   2010-06-16 12:00:00,123 - denyhosts   : INFO     new denied hosts: ['192.0.2.1', '192.0.2.2']     its own log
//   denyhosts: Added the following hosts to /etc/hosts.deny - 192.0.2.1 (name)      syslog, with SYSLOG_REPORT=YES
import { banTarget, firstWord } from "./ban-target.ts";
import { numberOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "denyhosts";
const LEVELS = ["INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"];
/** More hosts than this in one line are still counted, and not named. */
const MOST_NAMED = 1_000;

type Read = (text: string, level: string | undefined) => Parsed | undefined;

/** A rule that sees the message without the level that the own log writes in front of it. */
function rule(name: string, read: Read): Rule {
  return {
    name,
    starts: "",
    parse: (message) => {
      const level = LEVELS.find((word) => message.startsWith(word) && message.charCodeAt(word.length) === 32);
      return read(level === undefined ? message : message.slice(level.length).trimStart(), level);
    },
  };
}

/** A Python list: `['192.0.2.1', u'host.example.org']`. One line is one event, with all of its hosts. */
function denied(text: string): Parsed | undefined {
  if (!text.startsWith("new denied hosts: [") || !text.endsWith("]")) return undefined;
  const hosts = text.slice(19, -1).split(", ").map(unquoted);
  const [first, ...others] = hosts;
  if (first === undefined || first === "") return undefined;
  if (others.length === 0) return { kind: "ban", tool, ...banTarget(first) };
  const addresses = hosts.slice(0, MOST_NAMED).map((host) => {
    const { ip, host: name } = banTarget(host) ?? {};
    return ip ?? name;
  });
  return { kind: "ban", tool, addresses: addresses.filter((one) => one !== undefined), repeat: hosts.length };
}

function unquoted(item: string): string {
  const from = item.indexOf("'");
  const to = item.lastIndexOf("'");
  return from < 0 || to <= from ? item : item.slice(from + 1, to);
}

function reported(text: string): Parsed | undefined {
  if (!text.startsWith("Added the following hosts to ")) return undefined;
  // The first one: what stands in parentheses behind the address is its owner's DNS name.
  const dash = text.indexOf(" - ");
  const peer = dash < 0 ? undefined : banTarget(firstWord(text.slice(dash + 3)));
  return peer && { kind: "ban", tool, ...peer };
}

/** `num entries purged: N`: it does not say which. */
function purged(text: string): Parsed | undefined {
  const count = text.startsWith("num entries purged: ") ? numberOf(text.slice(20)) : undefined;
  return count ? { kind: "unban", tool, repeat: count } : undefined;
}

function told(state: "problem" | "start" | "stop" | "rotation" | "note", says: (text: string) => boolean): Read {
  return (text, level) => {
    const problem = level === "WARNING" || level === "ERROR" || level === "CRITICAL";
    if (state === "problem" ? !problem && !says(text) : problem || !says(text)) return undefined;
    return { kind: "service", tool, state, message: problem ? `${level} ${text}` : text };
  };
}

export const denyhosts: Parser = {
  name: "denyhosts",
  appNames: ["denyhosts", "denyfileutil"],
  rules: [
    rule("denied hosts", denied),
    rule("denied host, syslog", reported),
    rule("purge", purged),
    rule(
      "start",
      told("start", (text) => text.startsWith("DenyHosts daemon is now running")),
    ),
    rule(
      "stop",
      told("stop", (text) => text.startsWith("DenyHosts daemon is shutting down")),
    ),
    rule(
      "rotation",
      told("rotation", (text) => text.endsWith(" has been rotated")),
    ),
    rule(
      "problem",
      told("problem", (text) => text.startsWith("WARNING: Could not add ")),
    ),
    rule(
      "hosts from the server",
      told("note", (text) => text.startsWith("received new hosts: ")),
    ),
    rule(
      "suspicious logins",
      told("note", (text) => text.startsWith("new suspicious logins: ")),
    ),
    rule(
      "suspicious login, syslog",
      told("note", (text) => text.startsWith("Observed the following suspicious ")),
    ),
  ],
  silent: ["INFO", "DEBUG"],
};
