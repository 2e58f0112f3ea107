import { describe, expect, test } from "vitest";
import { emptyEnvelope, readEnvelope, readRestOfTag } from "../../src/parsers/envelope.ts";
import { readJsonRecord } from "../../src/parsers/json-record.ts";
import { lineClock } from "../../src/window/line-clock.ts";
import { readLineStamp } from "../../src/window/line-stamp.ts";
import { emptyStamp } from "../../src/window/stamp.ts";
import { zoneClock } from "../../src/window/zone.ts";

const MESSAGE = "Failed password for root from 203.0.113.7 port 40001 ssh2";
const clock = () => lineClock(zoneClock("Europe/Rome"), Date.UTC(2026, 10, 21), 2026);

/** Reads a line that stands in the middle of other text, and returns its parts. */
function partsOf(line: string) {
  const stamp = emptyStamp();
  const envelope = emptyEnvelope();
  const bytes = Buffer.from(line).toString("latin1");
  const text = `before: x[1]\n${bytes}\nsshd[9]: behind`;
  const from = 13;
  const to = from + bytes.length;
  if (!readEnvelope(text, from, to, stamp, envelope)) return envelope.stamped ? "no program" : "no time";
  if (!readRestOfTag(text, to, envelope)) return "no tag";
  const at = envelope.stamped ? clock().read(stamp) : null;
  return {
    at: at === null ? null : new Date(at).toISOString(),
    host: text.slice(envelope.hostFrom, envelope.hostTo),
    app: envelope.app ?? text.slice(envelope.appFrom, envelope.appTo),
    pid: text.slice(envelope.pidFrom, envelope.pidTo),
    message: text.slice(envelope.messageFrom, to),
  };
}

const sshd = (at: string | null, host = "web", pid = "12", message = MESSAGE) => ({
  at,
  host,
  app: "sshd",
  pid,
  message,
});
const LOCAL = "2026-11-19T02:14:07.000Z";

describe("the parts of a line", () => {
  test.each([
    ["RFC 3164", `Nov 19 03:14:07 web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["a day of one blank", `Nov 9 03:14:07 web sshd[12]: ${MESSAGE}`, sshd("2026-11-09T02:14:07.000Z")],
    ["a day with a zero", `Nov 09 03:14:07 web sshd[12]: ${MESSAGE}`, sshd("2026-11-09T02:14:07.000Z")],
    ["a year behind the day", `Nov 19 2026 03:14:07 web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["a year before the month", `2026 Nov 19 03:14:07 web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["a priority", `<38>Nov 19 03:14:07 web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["FreeBSD -v", `Nov 19 03:14:07 <4.6> web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["FreeBSD -vv", `Nov 19 03:14:07 <auth.info> web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["Solaris", `Nov 19 03:14:07 web sshd[12]: [ID 800047 auth.info] ${MESSAGE}`, sshd(LOCAL)],
    ["BusyBox", `Nov 19 03:14:07 web auth.info sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["AIX", `Nov 19 03:14:07 web auth|security:info sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["BusyBox without a host", `Nov 19 03:14:07 auth.info sshd[12]: ${MESSAGE}`, sshd(LOCAL, "")],
    ["OpenWrt", `Thu Nov 19 03:14:07 2026 auth.info sshd[12]: ${MESSAGE}`, sshd(LOCAL, "")],
    ["no host", `Nov 19 03:14:07 sshd[12]: ${MESSAGE}`, sshd(LOCAL, "")],
    ["no host, in brackets", `Nov 19 03:14:07 [sshd]: ${MESSAGE}`, sshd(LOCAL, "", "")],
    ["no host, in brackets, no colon", `Nov 19 03:14:07 [sshd] ${MESSAGE}`, sshd(LOCAL, "", "")],
    ["an address as host", `Nov 19 03:14:07 [2001:db8::1] sshd[12]: ${MESSAGE}`, sshd(LOCAL, "[2001:db8::1]")],
    ["a host that is called like the program", `Nov 19 03:14:07 sshd sshd[12]: ${MESSAGE}`, sshd(LOCAL, "sshd")],
    ["no process id", `Nov 19 03:14:07 web sshd: ${MESSAGE}`, sshd(LOCAL, "web", "")],
    ["blanks in the tag", `Nov 19 03:14:07 web sshd   [12] : ${MESSAGE}`, sshd(LOCAL)],
    ["a module in the tag", "Nov 19 03:14:07 web sshd(pam_unix)[12]: x", sshd(LOCAL, "web", "12", "x")],
    ["microseconds", `Nov 19 03:14:07.123456 web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T02:14:07.123Z")],
    ["ISO 8601", `2026-11-19T03:14:07.123456+01:00 web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T02:14:07.123Z")],
    ["ISO 8601 without an offset", `2026-11-19T03:14:07 web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["an odd offset", `2026-11-19T03:14:07.412+01:30 web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T01:44:07.412Z")],
    ["a byte order mark", `\ufeff2026-11-19T03:14:07Z web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T03:14:07.000Z")],
    ["RFC 5424", `<38>1 2026-11-19T03:14:07Z web sshd 12 - - ${MESSAGE}`, sshd("2026-11-19T03:14:07.000Z")],
    [
      "RFC 5424 without priority",
      `1 2026-11-19T03:14:07Z web sshd 12 - - ${MESSAGE}`,
      sshd("2026-11-19T03:14:07.000Z"),
    ],
    ["RFC 5424 with nothing", `<38>1 - - sshd - - - ${MESSAGE}`, sshd(null, "", "")],
    [
      "structured data with brackets and quotes",
      `<38>1 2026-11-19T03:14:07Z web sshd 12 ID [a b="]\\" x: y"][c@1 d="e"] ${MESSAGE}`,
      sshd("2026-11-19T03:14:07.000Z"),
    ],
    ["short-full of the journal", `Thu 2026-11-19 03:14:07 CET web sshd[12]: ${MESSAGE}`, sshd(LOCAL)],
    ["short-full in UTC", `Thu 2026-11-19 03:14:07 UTC web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T03:14:07.000Z")],
    ["short-unix of the journal", `1795058047.123456 web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T03:14:07.123Z")],
    ["the journal without a time", `web sshd[12]: ${MESSAGE}`, sshd(null)],
    ["the journal without time and host", `sshd[12]: ${MESSAGE}`, sshd(null, "")],
    [
      "socklog",
      `2026-11-19T03:14:07.5 auth.info: Nov 19 04:14:07 sshd[12]: ${MESSAGE}`,
      sshd("2026-11-19T03:14:07.500Z", ""),
    ],
    ["TAI64N", `@400000006afe69891dcd6500 auth.info: sshd[12]: ${MESSAGE}`, sshd("2026-11-19T03:14:07.500Z", "")],
    ["a French month", `sept. 19 03:14:07 web sshd[12]: ${MESSAGE}`, sshd("2026-09-19T01:14:07.000Z")],
    ["a German month", `Okt 19 03:14:07 web sshd[12]: ${MESSAGE}`, sshd("2026-10-19T01:14:07.000Z")],
    ["log show, syslog", `2026-11-19 03:14:07.123456-0800  web sshd[12]: ${MESSAGE}`, sshd("2026-11-19T11:14:07.123Z")],
    [
      "log show, sender and subsystem",
      `2026-11-19 03:14:07.123456-0800 web sshd[12]: (sshd) [com.example.ssh:auth] ${MESSAGE}`,
      sshd("2026-11-19T11:14:07.123Z"),
    ],
    ["log show, compact", `2026-11-19 03:14:07.123 Df sshd[12:4af] ${MESSAGE}`, sshd("2026-11-19T02:14:07.123Z", "")],
    [
      "log show, default",
      `2026-11-19 03:14:07.123456-0800 0x2230     Default     0x0                  12     0    sshd: ${MESSAGE}`,
      sshd("2026-11-19T11:14:07.123Z", ""),
    ],
    [
      "an application firewall's level",
      "Nov 19 03:14:07 mini socketfilterfw[87] <Info>: x",
      { at: LOCAL, host: "mini", app: "socketfilterfw", pid: "87", message: "x" },
    ],
    [
      "launchd's label",
      "Nov 19 03:14:07 mini com.apple.launchd[1] (org.example[2]): x",
      { at: LOCAL, host: "mini", app: "com.apple.launchd", pid: "1", message: "(org.example[2]): x" },
    ],
    [
      "fail2ban's own file",
      "2026-11-19 03:14:07,123 fail2ban.actions        [812]: NOTICE  [sshd] Ban 203.0.113.7",
      {
        at: "2026-11-19T02:14:07.123Z",
        host: "",
        app: "fail2ban.actions",
        pid: "812",
        message: "NOTICE  [sshd] Ban 203.0.113.7",
      },
    ],
    [
      "dropbear's own stamp",
      "[825] Nov 19 03:14:07 x",
      { at: LOCAL, host: "", app: "dropbear", pid: "825", message: "x" },
    ],
    [
      "~/.ssh_logins",
      "2026-11-19 03:14:07 +0100 192.0.2.4 alice publickey",
      { at: LOCAL, host: "", app: "ssh-logins", pid: "", message: "192.0.2.4 alice publickey" },
    ],
    [
      "a repeat line with a host",
      "Nov 19 03:14:07 web last message repeated 3 times",
      { at: LOCAL, host: "web", app: "last message repeated", pid: "", message: "3 times" },
    ],
    [
      "a repeat line of macOS",
      "Nov 19 03:14:07 --- last message repeated 1 time ---",
      { at: LOCAL, host: "", app: "last message repeated", pid: "", message: "1 time ---" },
    ],
  ])("%s", (_, line, parts) => expect(partsOf(line)).toEqual(parts));

  test.each([
    ["a day that is not", `Nov 31 03:14:07 web sshd[12]: ${MESSAGE}`, "app"],
    ["an hour that is not", `Nov 19 25:14:07 web sshd[12]: ${MESSAGE}`, "app"],
    ["a line of sshd -E", MESSAGE, "no tag"],
    ["a line of sshd -E with a colon", "error: PAM: Authentication failure for alice from 203.0.113.7", "no time"],
    ["a traceback's last line", "ValueError: [sshd] Ban 203.0.113.7", "no time"],
    ["a line that goes on", `  web sshd[12]: ${MESSAGE}`, "no time"],
    ["a line that goes on behind a tab", `\tweb sshd[12]: ${MESSAGE}`, "no time"],
    ["a stamp alone", "Nov 19 03:14:07", "no program"],
    ["a stamp and a host", "Nov 19 03:14:07 web", "no program"],
    ["a tag without its colon", "Nov 19 03:14:07 web sshd[12]", "no tag"],
    ["a process of two words", `2026-11-19 03:14:07.123 Df Some App[12:4af] ${MESSAGE}`, "app"],
    ["RFC 5424 cut", "<38>1 2026-11-19T03:14:07Z web sshd 12", "no program"],
    ["a priority that does not end", `<38888Nov 19 03:14:07 web sshd[12]: ${MESSAGE}`, "no time"],
    ["half a TAI64N", `@400000006afe69891dcd sshd[12]: ${MESSAGE}`, "app"],
    ["a login line with more behind", "2026-11-19 03:14:07 +0100 192.0.2.4 alice publickey x", "no tag"],
    ["a login line with an unknown method", "2026-11-19 03:14:07 +0100 192.0.2.4 alice telepathy", "no tag"],
  ])("nothing of sshd's in %s", (_, line, told) => {
    const parts = partsOf(line);
    if (told === "app") expect(typeof parts === "string" ? "" : parts.at === null ? "" : parts.app).not.toBe("sshd");
    else expect(parts).toBe(told);
  });
});

describe("the time of a line in any envelope", () => {
  test.each([
    ["a priority", "<38>2026-11-19T03:14:07Z web x: y", "2026-11-19T03:14:07.000Z"],
    ["RFC 5424", "<38>1 2026-11-19T03:14:07Z web x - - - y", "2026-11-19T03:14:07.000Z"],
    ["NULs in front", "\0\0\0Nov 19 03:14:07 web x: y", LOCAL],
    ["journald", '{ "MESSAGE" : "x", "__REALTIME_TIMESTAMP" : "1795058047123456" }', "2026-11-19T03:14:07.123Z"],
    [
      "journald with a message that quotes a time",
      '{"MESSAGE":"{\\"__REALTIME_TIMESTAMP\\":\\"1\\"}","__REALTIME_TIMESTAMP":"1795058047123456"}',
      "2026-11-19T03:14:07.123Z",
    ],
    ["log show", '{"eventMessage":"x","timestamp":"2026-11-19 03:14:07.123456+0100"}', "2026-11-19T02:14:07.123Z"],
    ["svlogd", "2026-11-19_03:14:07.12345 auth.info: x: y", "2026-11-19T03:14:07.123Z"],
    ["CrowdSec", 'time="19-11-2026 03:14:07" level=info msg="x"', LOCAL],
    ["xrdp", "[20261119-03:14:07] [INFO ] x", LOCAL],
    ["xrdp 0.10", "[2026-11-19T03:14:07.123+0100] [ERROR] x", "2026-11-19T02:14:07.123Z"],
    ["tcpdump -tt", "1795058047.123456789 rule 0/0(match): x", "2026-11-19T03:14:07.123Z"],
    ["tcpdump -tttt", "2026-11-19 03:14:07.123456 rule 0/0(match): x", LOCAL.replace(".000", ".123")],
  ])("%s", (_, line, at) => {
    const stamp = emptyStamp();
    expect(readLineStamp(line, 0, line.length, stamp)).toBe(true);
    expect(new Date(clock().read(stamp) ?? 0).toISOString()).toBe(at);
  });

  test.each([
    "",
    "{",
    "{}",
    '{"count":7,"finished":1}',
    "x",
    "<38>",
    "1 ",
    "@4",
    '{"timestamp":"soon"}',
    "Foo 19 03:14:07 x",
    "[20261119-03:14:07] INFO x",
    "[20261319-03:14:07] [INFO ] x",
    "[2026-11-19 03:14:07] [INFO ] x",
    "03:14:07.123456 IP 192.0.2.1.22 > 192.0.2.2.22: x",
    " 03:14:07.123456 x",
  ])("none in %j", (line) => expect(readLineStamp(line, 0, line.length, emptyStamp())).toBe(false));
});

describe("a record of the journal", () => {
  const record = (fields: object) =>
    readJsonRecord(
      Buffer.from(JSON.stringify({ __REALTIME_TIMESTAMP: "1795058047123456", ...fields })).toString("latin1"),
      emptyStamp(),
    );
  const message = (value: unknown) => {
    const read = record({ MESSAGE: value, SYSLOG_IDENTIFIER: "x" });
    return typeof read === "object" ? read.message : read;
  };
  const app = (fields: object) => {
    const read = record({ MESSAGE: "x", ...fields });
    return typeof read === "object" ? read.appName : read;
  };

  test.each([
    ["a string", "böb", "böb"],
    ["bytes", [98, 0xc3, 0xb6, 98], "böb"],
    ["bytes that are no UTF-8", [98, 0xff, 98], "b\ufffdb"],
    ["control characters", [27, 91, 51, 49, 109], "#033[31m"],
    ["several lines", "one\nsshd[1]: two\n", "one#012sshd[1]: two"],
    ["a field that occurs twice", ["first", "second"], "first"],
    ["twice, the first as bytes", [[98, 98], "second"], "bb"],
    ["null", null, "none"],
    ["no bytes at all", [], "none"],
    ["a number", 7, "none"],
    ["lists in lists", [[["x"]]], "none"],
  ])("reads a message of %s", (_, value, text) => expect(message(value)).toBe(text));

  test.each([
    ["its own name", { SYSLOG_IDENTIFIER: "sshd", _COMM: "sshd" }, "sshd"],
    ["no name of its own", { _COMM: "sshd" }, "sshd"],
    ["no command", { SYSLOG_IDENTIFIER: "sshd" }, "sshd"],
    ["two names", { SYSLOG_IDENTIFIER: ["second", "sshd"], _COMM: "sshd" }, "sshd"],
    ["logger as sshd", { SYSLOG_IDENTIFIER: "sshd", _COMM: "logger" }, "logger"],
    ["a script as sudo", { SYSLOG_IDENTIFIER: "sudo", _COMM: "python3" }, "python3"],
    ["a login shell's su", { SYSLOG_IDENTIFIER: "su-l", _COMM: "su" }, "su-l"],
    [
      "fail2ban, whose command is another",
      { SYSLOG_IDENTIFIER: "fail2ban-server", _COMM: "f2b/server" },
      "fail2ban-server",
    ],
    ["the kernel", { SYSLOG_IDENTIFIER: "kernel", _TRANSPORT: "kernel" }, "kernel"],
    ["logger as the kernel", { SYSLOG_IDENTIFIER: "kernel", _TRANSPORT: "syslog", _COMM: "logger" }, ""],
  ])("%s", (_, fields, name) => expect(app(fields)).toBe(name));

  test.each(['{"MESSAGE":"cut', "[1]", "7", "null", '{"log":"x"}', "{".repeat(9000), `{"MESSAGE":${"[".repeat(9000)}`])(
    "%j is none",
    (line) => expect(readJsonRecord(line, emptyStamp())).toBeUndefined(),
  );
});
