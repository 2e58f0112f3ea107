// sshguard: attacks it saw and addresses it blocked. Formats: SSHGuard src/blocker/blocker.c and blocklist.c (2.x),
// src/sshguard.c (1.x).
//   2.1 and later  Blocking "A/MASK" for N secs (...)      Attack from "A" on service S with danger N.
//   1.6.3 to 2.0   A: blocking for N secs (...)            A: unblocking after N secs
//   1.0 to 1.5     Blocking A:KIND for >Nsecs: ...         Releasing A after N seconds.     (KIND is 4 or 6)
import { banTarget, firstWord } from "./ban-target.ts";
import { between, peerOf } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const tool = "sshguard";

function blocking(message: string): Parsed | undefined {
  const quoted = message.startsWith('Blocking "') ? between(message, '"', '"') : undefined;
  let target = quoted ?? firstWord(message.slice(9));
  if (quoted === undefined) {
    if (!target.endsWith(":4") && !target.endsWith(":6")) return undefined;
    target = target.slice(0, -2);
  }
  const peer = banTarget(target);
  return peer && { kind: "ban", tool, ...peer };
}

/** A line that begins with the address and a colon. */
function about(words: string, kind: "ban" | "unban") {
  return (message: string): Parsed | undefined => {
    const at = message.indexOf(words);
    const peer = at < 0 ? undefined : banTarget(message.slice(0, at));
    // `blacklist: blocking 88 addresses` is about no host.
    return peer?.ip === undefined ? undefined : { kind, tool, ...peer };
  };
}

function releasing(message: string): Parsed | undefined {
  const peer = banTarget(firstWord(message.slice(10)));
  return peer && { kind: "unban", tool, ...peer };
}

function attack(message: string): Parsed | undefined {
  const peer = peerOf(between(message, '"', '"') ?? "");
  return peer && { kind: "ban.found", tool, ...peer };
}

/** `Asked to block 'A', which was already blocked ...`, `A has already been blocked.` */
function already(message: string): Parsed | undefined {
  const asked = message.startsWith("Asked to block '") ? between(message, "'", "'") : undefined;
  const at = message.indexOf(" has already been blocked");
  const peer = peerOf(asked ?? message.slice(0, Math.max(0, at)));
  return peer && { kind: "ban.already", tool, ...peer };
}

function server(name: string, state: "start" | "stop" | "problem" | "note", starts: string): Rule {
  return { name, starts, parse: (message) => ({ kind: "service", tool, state, message }) };
}

export const sshguard: Parser = {
  name: "sshguard",
  appNames: ["sshguard", "sshg-blocker"],
  rules: [
    { name: "attack", starts: 'Attack from "', parse: attack },
    { name: "block", starts: "Blocking ", parse: blocking },
    { name: "block, 1.6 to 2.0", starts: "", parse: about(": blocking ", "ban") },
    { name: "unblock", starts: "", parse: about(": unblocking after ", "unban") },
    { name: "release, 1.x", starts: "Releasing ", parse: releasing },
    { name: "already blocked", starts: "", parse: already },
    server("start", "start", "Now monitoring attacks"),
    server("start, 2.0", "start", "Monitoring attacks"),
    server("start, 1.x", "start", "Started "),
    server("stop", "stop", "Exiting on "),
    server("stop, 1.x", "stop", "Got exit signal"),
    server("block failed", "problem", "Blocking command failed"),
    server("release failed", "problem", "Release command failed"),
    server("blacklist refused", "problem", "While blocking blacklisted addresses"),
    server("blacklist unreadable", "problem", "blacklist: could not "),
    server("could not", "problem", "Could not "),
    server("blacklist", "note", "blacklist: blocking "),
    server("blacklist, 1.x", "note", "Blacklist loaded"),
  ],
  // The line about an offender stands beside the block itself.
  // biome-ignore format: a table of words
  silent: [
    "Offender '", "First abuse of ", "Pass over address ", "Matched address ", "Purging ", "Loaded from blacklist ",
    "whitelist: ", "Got STOP signal", "Got CONTINUE signal", "Reloading rotated file ", "Refreshing sources ",
    "File '", "Received EOF",
  ],
};
