// What `logdigest parse` does not print of the watchers' lines: whether they are a reason for a mail, which addresses a
// list holds, and that a log admits to gaps.
import { describe, expect, test } from "vitest";
import { eventsOf } from "./fixtures.ts";

async function eventOf(line: string) {
  const [event] = await eventsOf(Buffer.from(`${line}\n`), "-");
  return event;
}

const f2b = (rest: string) => `2026-11-20 03:14:07,123 fail2ban.${rest}`;
const syslog = (rest: string) => `Nov 20 03:14:07 host1 ${rest}`;

describe("a watcher's line", () => {
  test.each([
    ["problem", f2b("actions.action: ERROR  ipfw list returned 400")],
    ["problem", f2b("utils          [812]: ERROR   7f1c2d -- returned 1")],
    ["problem", f2b("actions        [812]: ERROR   Failed to execute ban jail 'sshd' action 'x' info 'y': Error")],
    ["problem", f2b("filter         [812]: WARNING [sshd] Please check jail")],
    ["problem", f2b("actions.action: CRITICAL Unable to restore environment")],
    ["problem", syslog("fail2ban[1]: 7f1c2d -- returned 1")],
    ["start", f2b("server         [812]: INFO    Starting Fail2ban v1.1.0")],
    ["start", f2b("server : INFO   Changed logging target to /var/log/fail2ban.log for Fail2ban v0.8.6")],
    ["start", f2b("jail           [812]: INFO    Jail 'sshd' started")],
    ["stop", f2b("jail           [812]: INFO    Jail 'sshd' stopped")],
    ["stop", f2b("server         [812]: INFO    Exiting Fail2ban")],
    ["rotation", f2b("filter : INFO   Log rotation detected for /var/log/secure.log")],
    ["rotation", f2b("server         [812]: INFO    rollover performed on /var/log/fail2ban.log")],
    ["note", f2b("actions        [812]: NOTICE  [sshd] Flush ticket(s) with nftables")],
    ["note", f2b("server : INFO   Set loglevel to ERROR")],
    ["action", syslog("org.fail2ban[88]: 65500 deny tcp from 192.0.2.7 to any dst-port 22")],
    ["problem", syslog("org.fail2ban[88]: Traceback (most recent call last):")],
    ["problem", syslog("com.apple.launchd[1] (org.fail2ban[88]): Exited with exit code: 255")],
    ["note", syslog("com.apple.launchd[1] (org.fail2ban[88]): Exited with exit code: 0")],
    ["start", syslog("sshguard[1]: Now monitoring attacks.")],
    ["stop", syslog("sshguard[1]: Exiting on SIGTERM.")],
    ["problem", syslog("sshguard[1]: Blocking command failed. Exited: 256")],
    ["note", syslog("sshguard[1]: blacklist: blocking 88 addresses")],
    ["problem", syslog("denyhosts: WARNING: Could not add the following hosts to /etc/hosts.deny - 192.0.2.3")],
    ["problem", "2026-11-20 12:06:00,000 - denyhosts   : ERROR    no such file"],
    ["stop", "2026-11-20 12:06:00,000 - denyhosts   : INFO     DenyHosts daemon is shutting down"],
    ["problem", syslog('crowdsec[7]: time="2026-11-20T12:00:11Z" level=error msg="x"')],
    [
      "note",
      syslog(
        'crowdsec[7]: time="2026-11-20T12:00:11Z" level=info msg="(m/c) s by ip 192.0.2.6 : 4h captcha on Ip 192.0.2.6"',
      ),
    ],
    ["note", syslog("snort[7]: [1:2001219:20] ET SCAN x [Priority: 1] {TCP} 192.0.2.1:123 -> 198.51.100.2:22")],
    ["problem", syslog("firewalld[7]: ERROR: COMMAND_FAILED: x")],
    ["note", syslog("firewalld[7]: ERROR: ZONE_ALREADY_SET")],
    ["note", syslog("ipfw: 100 Count TCP 192.0.2.1:1 192.0.2.10:22 in via en0")],
  ])("is a %s: %s", async (state, line) => {
    expect(await eventOf(line)).toMatchObject({ kind: "service", state });
  });
});

test("a line of DenyHosts with several hosts is one event that bans each of them", async () => {
  expect(
    await eventOf(
      "2026-11-20 12:00:00,000 - denyhosts   : INFO     new denied hosts: ['192.0.2.1', 'scanner.example.net']",
    ),
  ).toMatchObject({
    kind: "ban",
    repeat: 2,
    addresses: ["192.0.2.1", "scanner.example.net"],
  });
});

test("a limit of ipfw's makes the night's packets a lower bound", async () => {
  expect(await eventOf(syslog("ipfw: limit 500 reached on entry 65534"))).toMatchObject({
    kind: "service",
    drops: "firewall",
  });
  expect(await eventOf(syslog("kernel: ipfw: limit 500 reached on entry 65534"))).toMatchObject({ drops: "firewall" });
});

test.each([
  ["all", syslog("rsyslogd[1]: imuxsock lost 123 messages from pid 4711 due to rate-limiting")],
  ["all", syslog("rsyslogd: imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)")],
  ["all", syslog("rsyslogd: imudp: 35 messages lost due to rate-limiting")],
  ["login", syslog("systemd-journald[1]: Suppressed 12 messages from /system.slice/ssh.service")],
  [undefined, syslog("systemd-journald[1]: Suppressed 12 messages from nginx.service")],
  ["firewall", syslog("systemd-journald[1]: Missed 12 kernel messages")],
  ["all", syslog("systemd-journald[1]: Forwarding to syslog missed 7 messages.")],
  ["firewall", syslog("kernel: [12345.678901] net_ratelimit: 42 callbacks suppressed")],
  ["firewall", syslog("kernel: net_ratelimit: 42 callbacks suppressed")],
  [
    "all",
    syslog(
      "kernel[0]: *** kernel exceeded 500 log message per second limit  -  remaining messages this second discarded ***",
    ),
  ],
  [
    "all",
    syslog(
      "sshd[7]: *** process 7 exceeded 500 log message per second limit  -  remaining messages this second discarded ***",
    ),
  ],
  ["login", syslog("sshd[1]: MaxStartups logging rate-limited: additional 12 connections dropped")],
])("what the log admits to have left out of %s: %s", async (drops, line) => {
  const event = await eventOf(line);
  expect(event).toMatchObject({ kind: "service", state: "note" });
  expect(event !== undefined && "drops" in event ? event.drops : undefined).toBe(drops);
});

test("a program that nobody parses may exceed the limit of macOS: none of its lines are missed", async () => {
  const line =
    "mdworker[7]: *** process 7 exceeded 500 log message per second limit  -  remaining messages this second discarded ***";
  expect(await eventOf(syslog(line))).toBeUndefined();
});
