// fail2ban: what its server did to an address, and how it fares itself. Formats: fail2ban server/actions.py, filter.py,
// observer.py, jail.py, utils.py of 0.8 to 1.1, in its own file, through syslog and the journal (with or without module
// and level), and on OS X Server through launchd (org.fail2ban).
//   [fail2ban.MODULE[ ][[pid]]: ][LEVEL ][[JAIL] ]TEXT
// Parsed by text, never by level: a ban is a WARNING in 0.8 and a NOTICE since 0.9, and the journal has no level. Errors
// quote log lines, which are the attacker's: only the words that a message begins with are fail2ban's.
import type { Ban } from "../events/event.ts";
import { banTarget, firstWord } from "./ban-target.ts";
import { readQuickly } from "./fail2ban-quick.ts";
import { after, between } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "fail2ban";
// biome-ignore format: a table of words
const LEVELS = ["INFO", "NOTICE", "WARNING", "ERROR", "DEBUG", "CRITICAL", "WARN", "HEAVYDEBUG", "TRACEDEBUG", "MSG"];
const PROBLEMS: readonly (string | undefined)[] = ["WARNING", "WARN", "ERROR", "CRITICAL"];
/** A name in brackets longer than this is no jail's. */
const LONGEST_JAIL = 128;

interface Line {
  readonly level: string | undefined;
  readonly text: string;
}

/** What a line says, and the name of the rule that says so. */
interface Reading {
  readonly rule: string;
  readonly parsed: Parsed;
}

/** Takes the stamp and module that a line says again when it went through launchd or syslog off, and the level. */
function decompose(message: string): Line {
  let text = message;
  const stampEnd = text.indexOf(",");
  if (stampEnd === 19 && text.charCodeAt(4) === 45 && text.charCodeAt(23) === 32) text = text.slice(24);
  if (text.startsWith("fail2ban.")) {
    const colon = text.indexOf(": ");
    if (colon > 0 && colon < 64) text = text.slice(colon + 2).trimStart();
  }
  const level = LEVELS.find((word) => text.startsWith(word) && text.charCodeAt(word.length) === 32);
  return { level, text: level === undefined ? text : text.slice(level.length).trimStart() };
}

/** `[JAIL] WORDS ADDRESS`, and behind it ` - TIME`, `, action '...'` or ` (N # T -> TIME)`. */
const DECISIONS: readonly (readonly [words: string, rule: string, kind: Ban["kind"]])[] = [
  ["Found ", "found", "ban.found"],
  ["Ban ", "ban", "ban"],
  ["Unban ", "unban", "unban"],
  ["Restore Ban ", "restored ban", "ban.restored"],
  ["Reban ", "repeated ban", "ban.restored"],
  ["Increase Ban ", "increased ban", "ban.increased"],
];

/** A jail's name may hold `] ` itself: the bracket that closes it is the first one with a decision behind it. */
function decision(text: string): Reading | undefined {
  for (let close = text.indexOf("] "); close > 0 && close < LONGEST_JAIL; close = text.indexOf("] ", close + 1)) {
    const jail = text.slice(1, close);
    const rest = text.slice(close + 2);
    for (const [words, rule, kind] of DECISIONS) {
      if (!rest.startsWith(words)) continue;
      // A jail may ban by account instead of by address: the ban counts, and names no peer.
      const peer = banTarget(firstWord(rest.slice(words.length), ","));
      return { rule, parsed: { kind, tool, jail, ip: peer?.ip, host: peer?.host } };
    }
    if (rest.endsWith(" already banned")) {
      const peer = banTarget(rest.slice(0, -15));
      if (peer !== undefined) return { rule: "already banned", parsed: { kind: "ban.already", tool, jail, ...peer } };
    }
    if (rest.startsWith("Flush ticket(s) with ")) return told("flush", "note", text, jail);
  }
  return undefined;
}

type State = "problem" | "start" | "stop" | "rotation" | "note";

function told(rule: string, state: State, message: string, jail?: string): Reading {
  return { rule, parsed: { kind: "service", tool, state, message, ...(jail !== undefined && { jail }) } };
}

/** `Jail 'x' started`, `Jail x stopped`. */
function jailState(text: string): Reading | undefined {
  const name = after(text, "Jail ");
  if (name === undefined) return undefined;
  const state = name.endsWith(" started") ? "start" : name.endsWith(" stopped") ? "stop" : undefined;
  if (state === undefined) return undefined;
  const bare = name.slice(0, -8);
  const jail = bare.startsWith("'") && bare.endsWith("'") ? bare.slice(1, -1) : bare;
  return told(state === "start" ? "jail started" : "jail stopped", state, text, jail);
}

const STARTS = ["Starting Fail2ban v", "Start Fail2ban v"];
const STOPS = ["Exiting Fail2ban", "Stopping all jails", "Shutdown in progress", "Shutdown successful"];

/** What the server says of itself, whatever its level. */
function serverState(text: string): Reading | undefined {
  if (STARTS.some((words) => text.startsWith(words))) return told("server start", "start", text);
  if (STOPS.some((words) => text.startsWith(words))) return told("server stop", "stop", text);
  // 0.8 and 0.9 write no other line into their log when they start.
  if (text.startsWith("Changed logging target to ") && text.includes(" for Fail2ban v"))
    return told("log target", "start", text);
  if (text.startsWith("rollover performed on ") || text.startsWith("Log rotation detected for "))
    return told("rotation", "rotation", text);
  return undefined;
}

/** The failures of actions that have no level where the journal leaves it out. */
function failedAction(text: string): boolean {
  if (text.startsWith("Failed to execute ") || text.startsWith("Invariant check failed")) return true;
  if (text.startsWith("Unable to restore environment")) return true;
  const returned = text.lastIndexOf(" returned ");
  if (returned < 0) return false;
  const code = text.slice(returned + 10);
  return code.length < 16 && code.charCodeAt(0) >= 49 && code.charCodeAt(0) <= 57;
}

/** `Failed to execute ban jail 'J' action 'A' info '...LOG LINES...': ERROR`: told without the log lines. */
function problem(level: string | undefined, text: string): Reading {
  const info = text.startsWith("Failed to ") ? text.indexOf(" info '") : -1;
  const kept = info < 0 ? text : text.slice(0, info);
  const named = text.startsWith("[") ? between(kept, "[", "] ") : undefined;
  const jail = named ?? (info < 0 ? undefined : between(kept, " jail '", "' action '"));
  return told("problem", "problem", level === undefined ? kept : `${level} ${kept}`, jail);
}

function read(message: string): Reading | undefined {
  const { level, text } = decompose(message);
  const decided = text.startsWith("[") ? decision(text) : (jailState(text) ?? serverState(text));
  if (decided !== undefined) return decided;
  if (PROBLEMS.includes(level) || (level === undefined && failedAction(text))) return problem(level, text);
  // What people have always searched this log for is told, also where the words are of no use.
  const asked = level !== undefined && /WARN|ERR|rotation|target/.test(text);
  return asked ? told("asked for", "note", text) : undefined;
}

let lastMessage = "";
let lastReading: Reading | undefined;

/** Each rule asks about the same line: it is read once. */
function reading(message: string): Reading | undefined {
  if (message !== lastMessage) {
    lastReading = read(message);
    lastMessage = message;
  }
  return lastReading;
}

function rule(name: string): Rule {
  return {
    name,
    starts: "",
    parse: (message) => {
      const found = reading(message);
      return found?.rule === name ? found.parsed : undefined;
    },
  };
}

/** launchd passes on what fail2ban and its actions print: `65500 deny tcp from A to any`. */
function actionOutput(message: string): Parsed | undefined {
  if (reading(message) !== undefined) return undefined;
  return { kind: "service", tool, state: message.startsWith("Traceback (") ? "problem" : "action", message };
}

/** launchd's own lines about the job: `(org.fail2ban[88]) Exited with exit code: 255`, `(org.fail2ban[88]): ...`. */
function launchdJob(message: string): Parsed | undefined {
  if (message.includes("COMMAND=")) return undefined;
  const fine = /[Ee]xit(?:ed)?(?: with)?(?: exit)? code: 0$|Exited: Terminated/.test(message);
  const bad = /[Ee]xited|abnormal|Throttling|[Ff]ailed|[Ee]rror|Bug:|Can't|not found/.test(message);
  return { kind: "service", tool, state: bad && !fine ? "problem" : "note", message };
}

export const fail2ban: Parser = {
  name: "fail2ban",
  appNames: ["fail2ban*"],
  readQuickly,
  rules: [
    // One address, many lines: what a filter saw, then what came of it.
    ...DECISIONS.map(([, name]) => rule(name)),
    ...["already banned", "flush", "jail started", "jail stopped", "server start", "server stop"].map(rule),
    ...["log target", "rotation", "problem", "asked for"].map(rule),
  ],
  // Its INFO and DEBUG lines are many and say nothing that a digest tells. A NOTICE that no rule knows may be a
  // decision in words that are new.
  silent: ["INFO", "DEBUG", "MSG", "HEAVYDEBUG", "TRACEDEBUG", "fail2ban.", "[", "Server ready"],
};

export const fail2banOnMac: Parser = {
  name: "fail2ban through launchd",
  appNames: ["org.fail2ban*"],
  rules: [
    { name: "own line", starts: "", parse: (message) => reading(message)?.parsed },
    { name: "action output", starts: "", parse: actionOutput },
  ],
  silent: [],
};

export const launchd: Parser = {
  name: "launchd, about fail2ban",
  appNames: ["com.apple.launchd", "com.apple.xpc.launchd", "launchd", "launchctl"],
  rules: [
    { name: "job state", starts: "(org.fail2ban", parse: launchdJob },
    { name: "job state, no bracket", starts: "org.fail2ban", parse: launchdJob },
  ],
  silent: [""],
};
