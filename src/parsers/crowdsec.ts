// CrowdSec: decisions of its local API. Format: crowdsecurity/crowdsec pkg/models, Alert.FormatAsStrings, 1.0 to 1.7.
//   (MACHINE/ORIGIN) SCENARIO by ip A[ (CN/AS)] : 4h ban on Ip A
//   (MACHINE/ORIGIN) SCENARIO for 1/2 decisions : 4h ban on Range A/24
//   Ip A performed 'SCENARIO' (6 events over 1.2s) at ...
// as logfmt (`time="..." level=info msg="..."`) or JSON (`{"level":"info","msg":"...","time":"..."}`), in
// /var/log/crowdsec.log and through syslog or the journal.
import { banTarget, firstWord } from "./ban-target.ts";
import { peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "crowdsec";
const PROBLEMS = ["error", "fatal", "panic"];
const LONGEST_DECISION = 96;
const LONGEST_MESSAGE = 4_096;

interface Entry {
  readonly level: string;
  readonly text: string;
}

/** Takes a message out of logfmt or JSON: both quote it, with a backslash before a quote. */
function entryOf(message: string): Entry {
  const json = message.startsWith("{");
  const level = quoted(message, json ? '"level":"' : "level=");
  const text = quoted(message, json ? '"msg":"' : ' msg="') ?? quoted(message, " msg=");
  return { level: level ?? "", text: text ?? message };
}

function quoted(message: string, key: string): string | undefined {
  const at = message.indexOf(key);
  if (at < 0) return undefined;
  const from = at + key.length;
  if (!key.endsWith('"')) return firstWord(message.slice(from));
  const limit = Math.min(message.length, from + LONGEST_MESSAGE);
  let escaped = false;
  let to = from;
  for (; to < limit; to++) {
    const code = message.charCodeAt(to);
    if (code === 34) break;
    if (code === 92) {
      escaped = true;
      to++;
    }
  }
  const value = message.slice(from, to);
  return escaped ? value.replace(/\\(["\\])/g, "$1") : value;
}

/** What CrowdSec speaks of in its errors. */
const ITS_WORDS =
  /crowdsec|acquisition|\b(?:lapi|capi|papi|scenarios?|buckets?|leaky|parsers?|bouncers?|local api|central api|decisions?|blocklists?|appsec|grok)\b/i;

/**
 * Tells a line of CrowdSec's own file from those that other programs write in the same form (dockerd, containerd,
 * kubelet): such a line names no program.
 *
 * @param line from `level=` on, or the whole JSON object
 */
export function isCrowdsecs(line: string): boolean {
  const { level, text } = entryOf(line.slice(0, LONGEST_MESSAGE));
  if (decisionOf(text) !== undefined || performed(text) !== undefined || isStart(text) || isStop(text)) return true;
  return PROBLEMS.includes(level) && ITS_WORDS.test(line.slice(0, LONGEST_MESSAGE));
}

type Read = (text: string, level: string) => Parsed | undefined;

function rule(name: string, read: Read): Rule {
  return {
    name,
    starts: "",
    parse: (message) => {
      const { level, text } = entryOf(message);
      return read(text, level);
    },
  };
}

interface Decision {
  readonly scenario: string;
  /** `ban`, `captcha`, ... */
  readonly type: string;
  readonly simulated: boolean;
  readonly scope: string;
  readonly value: string;
}

/**
 * The first ` : ` with a decision behind it parts the two. A scope of the admin's own (a user name) may hold anything,
 * also another decision; the value of an address is one word, and the line ends with it.
 */
function decisionOf(text: string): Decision | undefined {
  const close = text.startsWith("(") ? text.indexOf(") ") : -1;
  if (close < 0) return undefined;
  for (let colon = text.indexOf(" : ", close); colon > 0; colon = text.indexOf(" : ", colon + 1)) {
    const at = colon + 3;
    const simulated = text.startsWith("(simulated ", at);
    const from = simulated ? text.indexOf(")", at) + 1 : at;
    // `4h0m0s ban on Ip `: no word of it is long.
    const [duration = "", type = "", on, scope = ""] = text
      .slice(from, from + LONGEST_DECISION)
      .trimStart()
      .split(" ", 4);
    if (on !== "on" || scope === "" || !isDuration(duration)) continue;
    const reason = text.slice(close + 2, colon);
    const by = reason.indexOf(" by ");
    const end = by < 0 ? reason.lastIndexOf(" for ") : by;
    const words = ` on ${scope} `;
    const value = text.slice(text.indexOf(words, from) + words.length);
    return { scenario: end < 0 ? reason : reason.slice(0, end), type, simulated, scope, value };
  }
  return undefined;
}

/** Go's: `4h`, `59m59.5s`, `-1s`. */
function isDuration(text: string): boolean {
  const code = text.charCodeAt(0);
  return (code >= 48 && code <= 57) || code === 45;
}

function ban(text: string): Parsed | undefined {
  const decision = decisionOf(text);
  if (decision === undefined || decision.type !== "ban" || decision.simulated) return undefined;
  const { scenario: jail, scope, value } = decision;
  const address = ["ip", "range"].includes(scope.toLowerCase()) ? banTarget(value) : undefined;
  return { kind: "ban", tool, jail, ...address };
}

/** A captcha, a throttle, a simulation: somebody was noticed, nobody was banned. */
function otherDecision(text: string): Parsed | undefined {
  const decision = decisionOf(text);
  if (decision === undefined || (decision.type === "ban" && !decision.simulated)) return undefined;
  return { kind: "service", tool, state: "note", message: text.slice(text.indexOf(") ") + 2) };
}

function performed(text: string): Parsed | undefined {
  if (!text.startsWith("Ip ")) return undefined;
  const words = text.indexOf(" performed '");
  const peer = words < 0 ? undefined : peerOf(text.slice(3, words));
  const end = text.indexOf("'", words + 12);
  return peer && end > 0 ? { kind: "ban.found", tool, jail: text.slice(words + 12, end), ...peer } : undefined;
}

function state(name: string, kind: "start" | "stop", says: (text: string) => boolean): Rule {
  return rule(name, (text) => (says(text) ? { kind: "service", tool, state: kind, message: text } : undefined));
}

const isStart = (text: string) => text.startsWith("Crowdsec v");
const isStop = (text: string) => text.endsWith(" received, shutting down");

export const crowdsec: Parser = {
  name: "crowdsec",
  appNames: ["crowdsec"],
  rules: [
    rule("ban", ban),
    rule("other decision", otherDecision),
    rule("performed", performed),
    state("start", "start", isStart),
    state("stop", "stop", isStop),
    rule("problem", (text, level) =>
      PROBLEMS.includes(level) && decisionOf(text) === undefined && !isStop(text)
        ? { kind: "service", tool, state: "problem", message: `${level} ${text}` }
        : undefined,
    ),
  ],
  silent: [""],
};
