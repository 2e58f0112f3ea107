// What healthy machines write gives no finding, whatever rule looks at it; and the mini host gives what its story says.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/events/event.ts";
import { eventsOf } from "../../parsers/fixtures.ts";
import { digestOf, mergedOf } from "../events.ts";
import { ALL_RULES, failed, headline, invalid, login, series, told } from "./lines.ts";

describe("a healthy machine", () => {
  const rootByKey = series(
    6,
    "00:10:00",
    14_000,
    (i) => `sshd[${500 + i}]: Accepted publickey for root from 192.0.2.10 port ${41_000 + i} ssh2: ED25519 SHA256:q1Zr`,
  );

  test.each([
    [
      "with a day of work, and its typos",
      [
        ...["07", "09", "11", "13", "15"].flatMap((hour, i) => [
          `${hour}:00:00 ${failed(100 + i, "alice", "10.0.1.40")}`,
          ...login(`${hour}:00:20`, 100 + i, "alice", "10.0.1.40"),
          `${hour}:30:00 sshd[${100 + i}]: pam_unix(sshd:session): session closed for user alice`,
        ]),
        ...login("16:00:00", 120, "bob", "2001:db8:7::4", "publickey"),
        "16:10:00 su[9]: FAILED SU (to root) bob on pts/5",
        "16:10:20 su[9]: (to root) bob on pts/5",
        "16:20:00 sudo:    alice : 1 incorrect password attempt ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id",
        "16:20:10 sudo:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id",
        `16:30:00 ${invalid(130, "alcie", "10.0.1.40")}`,
        ...login("16:30:20", 131, "alice", "10.0.1.40"),
      ],
    ],
    ["where root works by key, and PAM logs nothing", rootByKey],
    [
      "on the internet, whose guessers are banned",
      [
        ...series(60, "01:00:00", 600, (i) => failed(200 + i, "root", `198.51.100.${i}`)),
        ...series(60, "01:00:01", 600, (i) => `fail2ban.actions[812]: NOTICE [sshd] Ban 198.51.100.${i}`),
        ...series(60, "01:10:01", 600, (i) => `fail2ban.actions[812]: NOTICE [sshd] Unban 198.51.100.${i}`),
        ...series(
          200,
          "01:00:00",
          60,
          (i) =>
            `kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=198.51.100.${i} DST=192.0.2.1 LEN=40 TTL=244 PROTO=TCP SPT=5100 DPT=${i} WINDOW=1024`,
        ),
        ...login("08:00:00", 900, "alice", "192.0.2.40"),
      ].sort((a, b) => clock(a).localeCompare(clock(b))),
    ],
    [
      "that restarts in the night, and fail2ban with it",
      [
        "03:00:00 fail2ban.server[812]: INFO Shutdown in progress...",
        "03:00:01 fail2ban.jail[812]: INFO Jail 'sshd' stopped",
        "03:00:01 fail2ban.server[812]: INFO Exiting Fail2ban",
        "03:01:00 fail2ban.server[640]: INFO Starting Fail2ban v1.1.0",
        "03:01:01 fail2ban.jail[640]: INFO Jail 'sshd' started",
        "03:01:01 fail2ban.actions[640]: NOTICE [sshd] Restore Ban 198.51.100.7",
        `04:00:00 ${failed(77, "root", "198.51.100.8")}`,
      ],
    ],
    [
      "of printers and phones that the firewall refuses, and whose people log in",
      [
        ...[137, 138, 445, 631, 5353].map(
          (port) =>
            `06:00:00 kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=10.0.1.40 DST=10.0.1.2 LEN=78 TTL=64 PROTO=TCP SPT=49200 DPT=${port} WINDOW=1024`,
        ),
        ...login("07:00:00", 100, "alice", "10.0.1.40"),
      ],
    ],
  ])("%s", async (_, lines) => {
    expect(await told(lines)).toEqual([]);
  });

  function clock(line: string): string {
    return /\d\d:\d\d:\d\d/.exec(line)?.[0] ?? "";
  }
});

describe("the mini host", async () => {
  const YEARS = Date.UTC(2026, 3, 1) - Date.UTC(2012, 3, 1);
  const folder = join(import.meta.dirname, "../../../fixtures/hosts/mini/var/log");
  /** Its files by log, oldest first. */
  const logs = new Map<string, string[]>();
  for (const name of readdirSync(folder).sort().reverse()) {
    const log = name.slice(0, name.indexOf(".log") + 4);
    logs.set(log, [...(logs.get(log) ?? []), name]);
  }
  const streams = await Promise.all(
    [...logs.values()].map(async (names) => {
      const parts = names.map((name) => {
        const bytes = readFileSync(join(folder, name));
        return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
      });
      const events = await eventsOf(Buffer.concat(parts), names.at(-1) ?? "");
      return events.map((event): [Event, string] => {
        const { head, ...rest } = event;
        // Lines without a year are read as of 2026; only fail2ban writes that it is 2012.
        const at = (head.at ?? 0) - (new Date(head.at ?? 0).getUTCFullYear() === 2026 ? YEARS : 0);
        return [{ ...event, head: { ...head, at, hostname: "mini" } } as Event, JSON.stringify(rest)];
      });
    }),
  );
  const events = await mergedOf(...streams);

  const night = (last: string, date: string) => ({
    from: Date.parse(`2012-04-${last}T23:55Z`),
    to: Date.parse(`2012-04-${date}T23:55Z`),
    timeZone: "UTC",
    label: `2012-04-${date}`,
  });

  test.each([
    ["Monday", night("15", "16"), []],
    ["Tuesday", night("16", "17"), []],
    ["Wednesday", night("17", "18"), []],
    [
      "Thursday",
      night("18", "19"),
      [
        "critical success-after-failures: alice logged in after 14 failures from the same address",
        // fail2ban says `ipfw list returned 400` right after this ban, and the address goes on.
        "warning ban-failed: ssh-ipfw: 1 ban was not carried out",
        "warning tries-after-ban: 198.51.100.23 went on trying after it was banned",
      ],
    ],
  ])("%s", (_, window, headlines) => {
    const digest = digestOf(events, { window, rules: ALL_RULES });
    expect(digest.totals.firewallBlocks).toBeGreaterThan(100);
    expect(digest.findings.map(headline)).toEqual(headlines);
  });
});
