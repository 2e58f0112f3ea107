import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Head } from "../../src/events/event.ts";
import { eventOf } from "../../src/parsers/event-of.ts";
import { dispatch } from "../../src/parsers/index.ts";
import { bytesOf } from "../../src/sources/bytes.ts";

const HEAD: Head = { file: "auth.log", line: 7, at: 1_795_000_000_000, hostname: "web", appName: "sshd", procId: "12" };

/** What a message says where it stands, in the middle of others; undefined when it is left to the rules. */
function quickly(appName: string, message: string) {
  const bytes = bytesOf(Buffer.from(`before\n${message}\nand what stands behind`));
  const from = 7;
  return programOf(appName).readQuickly(bytes, from, from + Buffer.byteLength(message), HEAD);
}

function byRules(appName: string, message: string) {
  const parsed = programOf(appName).read(message, appName);
  return parsed === undefined || parsed === "silent" ? parsed : eventOf(parsed, HEAD);
}

function programOf(appName: string) {
  return dispatch.find(`${appName} `, 0) ?? dispatch.modules;
}

const PACKET = "SRC=203.0.113.7 DST=192.0.2.1 LEN=40 TTL=73 ID=1";
const PEER = "203.0.113.7 port 40001";

describe("the lines of a flood are read in place, and mean what the rules say", () => {
  test.each([
    ["sshd", `Failed password for root from ${PEER} ssh2`],
    ["sshd", `Failed password for invalid user oracle from ${PEER} ssh2`],
    ["sshd", "Failed password for root from 2001:db8::7 port 40001 ssh2"],
    ["sshd", `Invalid user oracle from ${PEER}`],
    ["sshd", "Invalid user oracle from 203.0.113.7"],
    ["sshd", `Connection closed by ${PEER} [preauth]`],
    ["sshd", `Connection reset by ${PEER} [preauth]`],
    ["sshd", `Connection closed by invalid user oracle ${PEER} [preauth]`],
    ["sshd", `Disconnected from authenticating user root ${PEER} [preauth]`],
    ["sshd", `Received disconnect from ${PEER}:11: Bye Bye [preauth]`],
    ["sshd", "error: PAM: unknown user for illegal user oracle from 203.0.113.7 via 192.0.2.1"],
    ["sshd", "error: PAM: Authentication failure for root from 203.0.113.7"],
    [
      "sshd-session",
      "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7  user=root",
    ],
    ["sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7 "],
    ["sshd", "pam_unix(sshd:auth): check pass; user unknown"],
    ["CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"],
    ["CRON", "pam_unix(cron:session): session closed for user root"],
    ["fail2ban.filter", "INFO    [sshd] Found 203.0.113.7 - 2026-11-19 03:14:07"],
    ["fail2ban.actions", "NOTICE  [sshd] Ban 203.0.113.7"],
    ["fail2ban.actions", "WARNING [ssh] Unban 2001:db8::7"],
    ["kernel", `[12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00 ${PACKET} PROTO=TCP SPT=45002 DPT=22 WINDOW=1024`],
    ["kernel", `DROP-IN IN=eth0 OUT=wan ${PACKET} PROTO=UDP SPT=5 DPT=53 LEN=8`],
    ["kernel", `[    1.234567] ACCEPT IN= OUT=eth1 ${PACKET} PROTO=ICMP TYPE=8 CODE=0`],
    ["kernel", "[12345.678901] perf: interrupt took too long"],
    ["ipfw", "65534 Deny TCP 203.0.113.7:56222 10.0.0.2:22 in via en0"],
    ["ipfw", "100 Accept UDP 203.0.113.7:53 10.0.0.2:4000 out via en0"],
    ["launchd", "(com.example.agent[12]): Exited with code: 1"],
  ])("%s: %s", (appName, message) => {
    const read = quickly(appName, message);
    expect(read).toBeDefined();
    expect(read).toEqual(byRules(appName, message));
  });

  test.each([
    [
      "a name with a second address in it",
      "sshd",
      `Failed password for a from 192.0.2.1 port 2 ssh2 from ${PEER} ssh2`,
    ],
    ["a name that is empty", "sshd", `Failed password for invalid user  from ${PEER} ssh2`],
    ["a name that macOS withholds", "sshd", `Failed password for <private> from ${PEER} ssh2`],
    ["a name with an escape", "sshd", `Connection closed by invalid user a\\\\b ${PEER} [preauth]`],
    ["an address that is none", "sshd", "Failed password for root from 203.0.113.256 port 40001 ssh2"],
    ["a port that is none", "sshd", "Failed password for root from 203.0.113.7 port 70001 ssh2"],
    ["a host name", "sshd", "Failed password for root from scanner.example port 40001 ssh2"],
    ["something behind the end", "sshd", `Failed password for root from ${PEER} ssh2: RSA SHA256:abc`],
    ["a session that ends", "sshd", `Disconnected from user alice ${PEER}`],
    ["a line that was cut", "sshd", `Failed password for ${"a".repeat(500)} from ${PEER} ssh2`],
    [
      "a remote user of PAM",
      "sshd",
      "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser=a rhost=203.0.113.7",
    ],
    ["a range that is banned", "fail2ban.actions", "NOTICE  [sshd] Ban 203.0.113.0/24"],
    ["a jail with a bracket in its name", "fail2ban.actions", "NOTICE  [a] b] Ban 203.0.113.7"],
    [
      "a packet that quotes another",
      "kernel",
      `DROP IN=eth0 OUT= ${PACKET} TYPE=3 [${PACKET} PROTO=TCP SPT=1 DPT=2 ] PROTO=TCP`,
    ],
    ["a rule that only watches", "kernel", `WATCH IN=eth0 OUT= ${PACKET} PROTO=TCP SPT=1 DPT=2`],
    [
      "a destination with something behind it",
      "kernel",
      "DROP IN=eth0 OUT= SRC=203.0.113.7 DST=192.0.2.1\u00f4LEN=40 PROTO=TCP SPT=1 DPT=2",
    ],
    ["an interface that is not ASCII", "kernel", `DROP IN=e\u00e4 OUT= ${PACKET} PROTO=TCP SPT=1 DPT=2`],
    ["a protocol that is not ASCII", "kernel", `DROP IN=eth0 OUT= ${PACKET} PROTO=\u00e4 SPT=1 DPT=2`],
    ["a protocol in brackets", "kernel", `DROP IN=eth0 OUT= ${PACKET} PROTO=[TCP SPT=1 DPT=2`],
    ["an interface before the prefix", "kernel", `[1.5] OUT=eth0 DROP IN=eth0 OUT= ${PACKET} PROTO=TCP SPT=1 DPT=2`],
    [
      "a count of failures that stands alone",
      "kernel",
      "2 more authentication failures; logname= uid=0 rhost=203.0.113.7",
    ],
    ["a limit of the kernel's log", "kernel", "[1.5] net_ratelimit: 12 callbacks suppressed"],
    ["a packet that the buffer cut", "ipfw", "65534 Deny TCP 203.0.113.7:56222 10.0.0.2:22"],
    ["an argument of ipfw's action", "ipfw", "65534 Unreach 3 TCP 203.0.113.7:56222 10.0.0.2:22 in via en0"],
    ["a repeated line", "launchd", "message repeated 2 times: [ (org.fail2ban[1]): Exited]"],
    ["a level that is none", "fail2ban.actions", "HELLO  [sshd] Ban 203.0.113.7"],
  ])("left to the rules: %s", (_, appName, message) => {
    expect(quickly(appName, message)).toBeUndefined();
  });
});

const name = fc.oneof(
  fc.constantFrom(
    "root",
    "oracle",
    "",
    "a b",
    "x from 10.0.0.1",
    "invalid user eve",
    "<private>",
    "a\\b",
    "ä",
    "user=root",
    "port 2",
  ),
  fc.string({ maxLength: 12 }),
);
const address = fc.constantFrom(
  "203.0.113.7",
  "2001:db8::7",
  "2001:DB8:0:0::7",
  "203.0.113.256",
  "fe80::1%eth0",
  "peer.example",
  "UNKNOWN",
  "",
  "::ffff:203.0.113.7",
  "1.2.3",
);
const port = fc.constantFrom(
  " port 22",
  " port 65535",
  " port 65536",
  " port 00022",
  " port ",
  "",
  " port 22 ",
  " port x",
);
const end = fc.constantFrom(
  "",
  " ssh2",
  " [preauth]",
  " ssh2 [preauth]",
  ":11: Bye [preauth]",
  ":11:",
  " via 192.0.2.1",
  "  user=root",
  " ",
  ": x",
  " - 2026-11-19 03:14:07",
  ", x",
);
const words = fc.constantFrom(
  "Failed password for ",
  "Failed password for invalid user ",
  "Failed none for ",
  "Invalid user ",
  "Connection closed by ",
  "Connection closed by invalid user ",
  "Connection reset by authenticating user ",
  "Disconnected from ",
  "Disconnected from user ",
  "Received disconnect from ",
  "error: PAM: unknown user for illegal user ",
  "error: PAM: Authentication failure for ",
  "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=",
  "pam_unix(sshd:auth): check pass; user unknown",
  "pam_unix(cron:session): session opened for user ",
  "INFO    [sshd] Found ",
  "NOTICE [sshd] Ban ",
  "NOTICE [ssh d] Ban ",
  "WARNING  [sshd] Unban ",
);

const key = fc.constantFrom(
  "IN=eth0",
  "IN=",
  "OUT=eth1",
  "OUT=",
  "SRC=203.0.113.7",
  "SRC=2001:db8::1",
  "SRC=x",
  "DST=192.0.2.1",
  "PROTO=TCP",
  "PROTO=",
  "SPT=1",
  "SPT=70000",
  "DPT=22",
  "DPT=",
  "LEN=4",
  "[SRC=1",
  "DF",
  "",
);
const prefix = fc.constantFrom(
  "[1.5] [UFW BLOCK] ",
  "[   9.1] ",
  "DROP ",
  "[DROP] ",
  "ACCEPT",
  "WATCH ",
  "ipfw: ",
  "",
  "[x] ",
  "a_ratelimit: ",
);
const packet = fc
  .tuple(
    prefix,
    fc.oneof(
      fc.shuffledSubarray(["IN=eth0", "OUT=", "SRC=203.0.113.7", "DST=192.0.2.1", "PROTO=TCP", "SPT=1", "DPT=22"]),
      fc.constant(["IN=eth0", "OUT=", "SRC=203.0.113.7", "DST=192.0.2.1", "LEN=1", "PROTO=TCP", "SPT=1", "DPT=22"]),
      fc.array(key, { maxLength: 9 }),
    ),
  )
  .map(([words, keys]) => `${words}${keys.join(" ")}`);
const action = fc.constantFrom("Deny TCP", "Accept UDP", "Deny ICMP:8.0", "Count TCP", "Unreach 3 TCP");
const endpoint = fc.constantFrom(
  "203.0.113.7:22",
  "203.0.113.7",
  "[2001:db8::1]:22",
  "203.0.113.7:70000",
  "1.2.3:5",
  "",
);
const way = fc.constantFrom("in via en0", "out via en0", "in", "in via", "in via en0 (frag 1:2@3)", "");

test("whatever a message holds, read in place it means what the rules say", () => {
  const message = fc.oneof(
    packet,
    fc.tuple(fc.nat(70_000), action, endpoint, endpoint, way).map((parts) => parts.join(" ")),
    fc.tuple(words, name, fc.constantFrom(" from ", " ", ""), address, port, end).map((parts) => parts.join("")),
    fc.tuple(words, address, port, end).map((parts) => parts.join("")),
  );
  const appName = fc.constantFrom(
    "sshd",
    "sshd-session",
    "CRON",
    "fail2ban.actions",
    "su",
    "kernel",
    "ipfw",
    "launchd",
  );
  fc.assert(
    fc.property(appName, message, (app, text) => {
      // One message is one line.
      fc.pre(!/[\n\r\0]/.test(text));
      const read = quickly(app, text);
      if (read !== undefined) expect(read).toEqual(byRules(app, text));
    }),
    { numRuns: 5000 },
  );
});
