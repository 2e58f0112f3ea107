// fail2ban: what its server did to an address, and how it fares itself. Formats: fail2ban server/actions.py, filter.py,
// observer.py, jail.py of 0.8 to 1.1, in its own file, through syslog, through the journal, and on OS X Server through
// launchd (org.fail2ban). Parsed by message, never by level: bans are WARNING in 0.8 and NOTICE since 0.9.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "fail2ban";
const LEVELS = ["DEBUG", "INFO", "NOTICE", "WARNING", "WARN", "ERROR", "CRITICAL", "HEAVYDEBUG", "TRACEDEBUG", "MSG"];
const PROBLEMS = new Set(["WARNING", "WARN", "ERROR", "CRITICAL"]);

/** Takes `fail2ban.actions        [812]: ` (a line that went through syslog says it twice) and the level off. */
function decompose(message: string): { readonly level: string | undefined; readonly text: string } {
  let text = message;
  if (text.startsWith("fail2ban.")) {
    const colon = text.indexOf(": ");
    if (colon > 0 && colon < 64) text = text.slice(colon + 2).trimStart();
  }
  const level = LEVELS.find((word) => text.startsWith(word) && (text.length === word.length || text[word.length] === " "));
  return { level, text: level === undefined ? text : text.slice(level.length).trimStart() };
}

/** `[jail] Ban ADDRESS`, where ADDRESS may be a range or a name and may be followed by `, action '...'`. */
const DECISIONS: readonly (readonly [string, "ban" | "unban" | "ban.restored" | "ban.increased" | "ban.found"])[] = [
  ["Ban ", "ban"],
  ["Unban ", "unban"],
  ["Restore Ban ", "ban.restored"],
  ["Reban ", "ban.restored"],
  ["Increase Ban ", "ban.increased"],
  ["Found ", "ban.found"],
];

function jailLine(level: string | undefined, text: string): Parsed | undefined {
  const close = text.indexOf("] ");
  if (close < 0) return undefined;
  const jail = text.slice(1, close);
  const rest = text.slice(close + 2);
  for (const [words, kind] of DECISIONS) {
    if (!rest.startsWith(words)) continue;
    const target = /^[^\s,]+/.exec(rest.slice(words.length))?.[0] ?? "";
    const peer = rangeOf(target);
    return peer && { kind, tool, jail, ...peer };
  }
  if (rest.endsWith(" already banned")) {
    const peer = rangeOf(rest.slice(0, -15));
    return peer && { kind: "ban.already", tool, jail, ...peer };
  }
  if (rest.startsWith("Flush ticket(s)")) return { kind: "service", tool, state: "note", jail, message: text };
  if (level !== undefined && PROBLEMS.has(level)) return { kind: "service", tool, state: "problem", jail, message: text };
  return undefined;
}

function rangeOf(text: string) {
  const slash = text.indexOf("/");
  if (slash < 0) return peerOf(text);
  const base = peerOf(text.slice(0, slash));
  return base?.ip === undefined ? undefined : { ip: `${base.ip}${text.slice(slash)}` };
}

/** What INFO and NOTICE lines without a jail in front tell about the service. */
const STATES: readonly (readonly [RegExp, "start" | "stop" | "rotation" | "note"])[] = [
  [/^Start(?:ing)? Fail2ban /i, "start"],
  [/^Jail '?[^' ]+'? started/, "start"],
  [/^Jail '?[^' ]+'? stopped/, "stop"],
  [/^(?:Exiting Fail2ban|Stopping all jails|Shutdown in progress)/, "stop"],
  [/rotation|^rollover performed/i, "rotation"],
  [/target/i, "note"],
];

function anyLine(message: string): Parsed | undefined {
  const { level, text } = decompose(message);
  if (text.startsWith("[")) return jailLine(level, text);
  if (level !== undefined && PROBLEMS.has(level)) {
    return { kind: "service", tool, state: "problem", message: `${level} ${text}` };
  }
  const state = STATES.find(([pattern]) => pattern.test(text))?.[1];
  if (state === undefined) return undefined;
  const jail = /^Jail '?([^' ]+)'? st/.exec(text)?.[1];
  return { kind: "service", tool, state, message: text, ...(jail !== undefined && { jail }) };
}

/** launchd passes on what fail2ban and its actions print: `65500 deny tcp from A to any`. */
function actionOutput(message: string): Parsed | undefined {
  const { level, text } = decompose(message.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /, ""));
  const own = level === undefined ? undefined : anyLine(`${level} ${text}`);
  if (own !== undefined) return own;
  const problem = level !== undefined && PROBLEMS.has(level);
  return { kind: "service", tool, state: problem ? "problem" : "action", message };
}

/** launchd's own lines about the job, `(org.fail2ban[88]) Exited with exit code: 255`. */
function launchdJob(message: string): Parsed | undefined {
  if (/\bCOMMAND=/.test(message)) return undefined;
  const problem = /[Ee]xited|abnormal|Throttling|failed/i.test(message);
  return { kind: "service", tool, state: problem ? "problem" : "note", message };
}

const rule = (name: string, parse: Rule["parse"], starts = ""): Rule => ({ name, starts, parse });

export const fail2ban: Parser = {
  name: "fail2ban",
  appNames: ["fail2ban*"],
  rules: [rule("decision or state", anyLine)],
  // Its INFO and DEBUG lines are many and say nothing that a digest tells.
  silent: ["INFO", "DEBUG", "NOTICE", "fail2ban.", "MSG", "HEAVYDEBUG", "TRACEDEBUG"],
};

export const fail2banOnMac: Parser = {
  name: "fail2ban through launchd",
  appNames: ["org.fail2ban*"],
  rules: [rule("action output", actionOutput)],
  silent: [],
};

export const launchd: Parser = {
  name: "launchd, about fail2ban",
  appNames: ["com.apple.launchd", "com.apple.xpc.launchd", "launchd"],
  rules: [rule("job state", launchdJob, "(org.fail2ban"), rule("job state, no blank", launchdJob, "org.fail2ban")],
  silent: [""],
};
