// What the loggers say of lines that they left out: then the counts of that night are a lower bound.
//   imuxsock lost 123 messages from pid 4711 due to rate-limiting                          rsyslog 5 to 7
//   imuxsock[pid 4711]: begin to drop messages due to rate-limiting                        rsyslog 8
//   imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)  rsyslog 8
//   Suppressed 1234 messages from /system.slice/ssh.service                                journald
// Formats: rsyslog plugins/imuxsock, imjournal, runtime/ratelimit.c; systemd src/journal/journald-rate-limit.c.
import type { Parsed, Parser } from "./parser.ts";

function rsyslog(message: string): Parsed | undefined {
  if (!message.includes(" due to rate-limiting")) return undefined;
  // Whose lines they were is told by a process id alone, if at all.
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

export const syslogLimits: Parser = {
  name: "syslog limits",
  appNames: ["rsyslogd*", "syslogd", "systemd-journald", "journal", "systemd-journal"],
  rules: [
    { name: "rsyslog, socket", starts: "imuxsock", parse: rsyslog },
    { name: "rsyslog, journal", starts: "imjournal", parse: rsyslog },
    { name: "journald", starts: "Suppressed ", parse: journald },
  ],
  silent: [""],
};
