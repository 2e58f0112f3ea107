import { messageIdFor } from "../../src/deliver/message.ts";
import type { Notice } from "../../src/deliver/notice.ts";

export const sampleNotice: Notice = {
  host: "mini",
  label: "Thu 19 Nov",
  subject: "mini: 1 critical, 2 logins, 14 failures (Thu 19 Nov)",
  severity: "critical",
  lines: ["alice logged in after 14 failures from the same address", "2 logins, 14 failures, 1 ban"],
  text: "mini   Thu 19 Nov 2026\n\nLOGINS  2\n  alice    203.0.113.66   password   1   23:42\n",
  json: '{"schema":1,"hosts":["mini"],"empty":false}\n',
  messageId: messageIdFor({ host: "mini", from: 0, to: 86_400_000, channel: "phone" }),
};

/** What people write into user names, and what breaks whoever counts in the wrong unit. */
export const HOSTILE = [
  "@everyone <@&1> <@2> <#3> <t:0> </ban:4> :skull: **b** __u__ ~~s~~ ||spoiler|| `code` [a](https://evil.example)",
  "```\n# heading\n```\n-# small\n> quote\n- list\n1. list",
  "\u202egnp.exe \u0000\u0007\u001b[2J\r\ud83d\udc00\u2028",
  `${"👩‍👩‍👧‍👦".repeat(2000)}`,
  `${'"\\'.repeat(3000)}`,
  `${"x".repeat(20_000)}`,
  "line\n".repeat(5000),
  "",
] as const;
