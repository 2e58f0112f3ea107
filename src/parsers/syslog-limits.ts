// What the loggers say of lines that they left out: then the counts of that night are a lower bound.
//   imuxsock lost 123 messages from pid 4711 due to rate-limiting                          rsyslog 5 to 7
//   imuxsock[pid 4711]: begin to drop messages due to rate-limiting                        rsyslog 8
//   imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)  rsyslog 8, any input
//   Suppressed 1234 messages from /system.slice/ssh.service                                journald
//   Missed 12 kernel messages, Forwarding to syslog missed 12 messages.                    journald
//   net_ratelimit: 12 callbacks suppressed                                                 the Linux kernel
//   *** process 4711 exceeded 500 log message per second limit  -  remaining messages this second discarded ***  macOS
// Formats: rsyslog plugins/imuxsock, imjournal, runtime/ratelimit.c; systemd src/journal/journald-rate-limit.c,
// journald-kmsg.c, journald-syslog.c; Linux lib/ratelimit.c; Apple syslog syslogd.tproj/dbserver.c, which puts its
// words in the place of the message and leaves the tag of the program that wrote too much.
import type { Parsed, Parser, Rule } from "./parser.ts";

function rsyslog(message: string, appName: string): Parsed | undefined {
  // Whose lines they were is told by a process id alone, if at all.
  if (!appName.startsWith("rsyslogd") || !message.includes(" due to rate-limiting")) return undefined;
  return { kind: "service", tool: "rsyslog", state: "note", message, drops: "all" };
}

/** `Suppressed N messages from UNIT`, where UNIT may be a path of control groups. */
function journald(message: string): Parsed | undefined {
  const from = message.indexOf(" messages from ");
  if (from < 0) return undefined;
  const unit = message.slice(message.lastIndexOf("/") + 1).slice(message.includes("/") ? 0 : from + 15);
  const drops = unit.startsWith("ssh") || unit.startsWith("session") || unit.startsWith("user") ? "login" : undefined;
  const told = { kind: "service", tool: "journald", state: "note", message } as const;
  return drops === undefined ? told : { ...told, drops };
}

function missed(drops: "all" | "firewall", ends: RegExp): Rule["parse"] {
  return (message) =>
    ends.test(message) ? { kind: "service", tool: "journald", state: "note", message, drops } : undefined;
}

/** `[1234.567890] net_ratelimit: N callbacks suppressed`, before 2.6.33 `__ratelimit: N callbacks suppressed`. */
function kernelLimit(message: string): Parsed | undefined {
  // A busy kernel's other lines need no pattern.
  if (!message.includes("_ratelimit: ")) return undefined;
  const text = message.slice(0, 120).replace(/^\[ *\d+\.\d+\] /, "");
  if (!/^(?:net|_)_ratelimit: \d+ (?:callbacks|messages) suppressed/.test(text)) return undefined;
  return { kind: "service", tool: "kernel", state: "note", message: text, drops: "firewall" };
}

function quota(message: string): Parsed | undefined {
  if (!/^\*\*\* (?:kernel|process \d+) exceeded \d+ log messages? per second limit/.test(message.slice(0, 120))) {
    return undefined;
  }
  return { kind: "service", tool: "syslogd", state: "note", message: message.slice(0, 200), drops: "all" };
}

/** For the kernel's own lines. */
export const kernelRateLimit: Rule = { name: "rate limit", starts: "", parse: kernelLimit };
/** Under any program's name. */
export const processQuota: Rule = { name: "macOS' limit for one process", starts: "*** ", parse: quota };

export const syslogLimits: Parser = {
  name: "syslog limits",
  appNames: ["rsyslogd*", "syslogd", "systemd-journald", "journal", "systemd-journal"],
  rules: [
    { name: "rsyslog", starts: "", parse: rsyslog },
    { name: "journald", starts: "Suppressed ", parse: journald },
    { name: "journald, kernel", starts: "Missed ", parse: missed("firewall", /^Missed \d{1,20} kernel messages\.?$/) },
    {
      name: "journald, syslog",
      starts: "Forwarding to syslog missed ",
      parse: missed("all", /^Forwarding to syslog missed \d{1,20} messages?\.?$/),
    },
  ],
  silent: [""],
};
