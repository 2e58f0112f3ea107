// fail2ban in trouble: bans that are not carried out, a server or a jail that stopped, silence, and who is overlooked.
import { describe, expect, test } from "vitest";
import { banFailed } from "../../../src/digest/findings/ban-failed.ts";
import { fail2banStopped } from "../../../src/digest/findings/fail2ban-stopped.ts";
import { neverBanned } from "../../../src/digest/findings/never-banned.ts";
import { newLedger } from "../../../src/sources/source.ts";
import { at } from "../events.ts";
import { failed, headline, invalid, nightOf, series, told } from "./lines.ts";

const IP = "203.0.113.66";
const bans = (what: string, ip = IP, jail = "sshd") => `fail2ban.actions[812]: NOTICE [${jail}] ${what} ${ip}`;
const says = (text: string, module = "utils", level = "ERROR") => `fail2ban.${module}[812]: ${level} ${text}`;

/** What 1.x writes of one ban whose command failed. */
const brokenBan = (time: string, ip: string) => [
  `${time} ${bans("Ban", ip)}`,
  `${time} ${says("7f1c2d -- exec: nft add element inet f2b-table addr-set-sshd")}`,
  `${time} ${says("7f1c2d -- stderr: 'Error: Could not process rule: No such file or directory'")}`,
  `${time} ${says("7f1c2d -- returned 1")}`,
  `${time} ${says(`Failed to execute ban jail 'sshd' action 'nftables' info 'x': Error banning ${ip}`, "actions")}`,
];

describe("a ban that was not carried out", () => {
  test.each([
    ["once, of four lines", brokenBan("10:00:00", IP), ["warning ban-failed: sshd: 1 ban was not carried out"]],
    [
      "of several addresses",
      [...brokenBan("10:00:00", IP), ...brokenBan("10:00:00", "203.0.113.67")],
      ["warning ban-failed: sshd: 2 bans were not carried out"],
    ],
    [
      "of 0.8, which says only what returned",
      [
        `10:00:00 ${bans("Ban", IP, "ssh-ipfw").replace("NOTICE", "WARNING")}`,
        `10:00:01 ${says("ipfw list returned 400", "actions.action")}`,
      ],
      ["warning ban-failed: ssh-ipfw: 1 ban was not carried out"],
    ],
    [
      "of a ban that is not told",
      [`10:00:00 ${says("Failed to execute ban jail 'web' action 'nftables' info 'x': Error banning", "actions")}`],
      ["warning ban-failed: web: 1 ban was not carried out"],
    ],
  ])("is found: %s", async (_, lines, headlines) => {
    expect(await told(lines, banFailed)).toEqual(headlines);
  });

  test("with its address and time", async () => {
    const { findings } = await nightOf(brokenBan("10:00:00", IP), banFailed);
    expect(findings[0]?.detail).toContain(`fail2ban decided on 1 ban of ${IP} at 10:00, and its action failed`);
    expect(findings[0]?.evidence).toEqual([
      { source: "/var/log/auth.log", line: 4, at: at("10:00:00"), what: "failed action" },
    ]);
  });

  test.each([
    ["a ban that was", [`10:00:00 ${bans("Ban")}`]],
    ["a command that returned 0", [`10:00:00 ${bans("Ban")}`, `10:00:00 ${says("7f1c2d -- returned 0")}`]],
    [
      "the end of a ban",
      [`10:00:00 ${bans("Ban")}`, `10:10:00 ${bans("Unban")}`, `10:10:00 ${says("ipfw list returned 400")}`],
    ],
    ["a failure long after a ban", [`10:00:00 ${bans("Ban")}`, `10:05:00 ${says("iptables returned 1")}`]],
    [
      "other troubles",
      [
        `10:00:00 ${bans("Ban")}`,
        `10:00:00 ${says("Unable to find a corresponding IP address for x", "ipdns", "WARNING")}`,
      ],
    ],
    ["the night before", brokenBan("18 10:00:00", IP)],
  ])("is not found: %s", async (_, lines) => {
    expect(await told(lines, banFailed)).toEqual([]);
  });
});

describe("fail2ban that stopped", () => {
  const stop = (time: string) => [
    `${time} ${says("Shutdown in progress...", "server", "INFO")}`,
    `${time} ${says("Stopping all jails", "server", "INFO")}`,
    `${time} ${bans("Unban", "192.0.2.7")}`,
    `${time} ${says("Jail 'sshd' stopped", "jail", "INFO")}`,
    `${time} ${says("Exiting Fail2ban", "server", "INFO")}`,
  ];
  const start = (time: string) => [
    `${time} ${says("Starting Fail2ban v1.1.0", "server", "INFO")}`,
    `${time} ${says("Jail 'sshd' started", "jail", "INFO")}`,
  ];
  const tries = series(4, "12:00:00", 60, (i) => failed(200 + i, "root", IP));
  const server = "warning fail2ban-stopped: fail2ban was stopped and did not start again";
  const jail = "warning fail2ban-stopped: fail2ban's jail sshd was stopped and did not start again";
  const jailStop = `10:00:00 ${says("Jail 'sshd' stopped", "jail", "INFO")}`;

  test.each([
    ["while the tries go on", [...stop("10:00:00"), ...tries], [server]],
    ["the evening before", [...stop("18 20:00:00"), ...tries], [server]],
    ["for good, after a restart", [...stop("08:00:00"), ...start("08:00:05"), ...stop("10:00:00"), ...tries], [server]],
    ["a jail alone", [...start("09:00:00"), jailStop, ...tries], [jail]],
    ["a jail that nobody tried since", [jailStop], [jail]],
  ])("is found: %s", async (_, lines, headlines) => {
    expect(await told(lines, fail2banStopped)).toEqual(headlines);
  });

  test("with what came since", async () => {
    const { findings } = await nightOf([...stop("10:00:00"), ...tries], fail2banStopped);
    expect(findings[0]?.detail).toBe(
      "fail2ban stopped at 10:00 and had not started again at the end of the window. Since then came 4 tries, and nobody " +
        "is banned. If you did not stop it: start it, and look in its log for the reason.",
    );
  });

  test.each([
    ["that restarted", [...stop("10:00:00"), ...start("10:00:05"), ...tries]],
    ["with its machine, when nobody tries", [...tries, ...stop("23:00:00")]],
    ["and is heard again without a start", [...stop("10:00:00"), `11:00:00 ${bans("Ban", "192.0.2.8")}`, ...tries]],
    [
      "on another machine than the tries",
      [...stop("10:00:00"), ...tries.map((line) => line.replace(" sshd", " @web2 sshd"))],
    ],
    ["a jail that was reloaded", [jailStop, `10:00:01 ${says("Jail 'sshd' started", "jail", "INFO")}`, ...tries]],
    ["a jail of the night before", [`18 ${jailStop}`, ...tries]],
  ])("is not found: %s", async (_, lines) => {
    expect(await told(lines, fail2banStopped)).toEqual([]);
  });
});

describe("addresses that are never banned", () => {
  const other = `01:00:00 ${bans("Ban", "198.51.100.9")}`;
  const tries = (count: number, ip = IP) => series(count, "02:00:00", 600, (i) => failed(300 + i, "root", ip));

  test("are found, with their numbers", async () => {
    const { findings } = await nightOf([other, ...tries(60)], neverBanned);
    expect(findings.map(headline)).toEqual([`warning never-banned: ${IP} tried 60 times and was never banned`]);
    expect(findings[0]?.detail).toContain(`${IP} tried 60 times from 02:00 to 11:50. Others are banned`);
    expect(findings[0]?.evidence.map(({ line }) => line)).toEqual([2, 61]);
  });

  test("three are named, the others counted", async () => {
    const { findings } = await nightOf(
      [other, ...[1, 2, 3, 4, 5].flatMap((n) => tries(50 + n, `203.0.113.${n}`))].sort(),
      neverBanned,
    );
    expect(findings.map(headline)).toEqual(["warning never-banned: 5 addresses tried and tried and were never banned"]);
    expect(findings[0]?.detail).toMatch(
      /^203\.0\.113\.5 tried 55 times .*; 203\.0\.113\.4 .*; 203\.0\.113\.3 .*, and 2 more/,
    );
  });

  test.each([
    ["with fewer tries", [other, ...tries(49)]],
    ["where nobody is banned", tries(80)],
    ["on a machine that bans nobody", [other.replace(" fail2ban", " @web2 fail2ban"), ...tries(80)]],
    ["once they were", [other, ...tries(80), `23:00:00 ${bans("Ban")}`]],
    ["by their range", [other, ...tries(80), `23:00:00 ${bans("Ban", "203.0.113.0/24")}`]],
    ["the evening before", [`18 20:00:00 ${bans("Ban")}`, other, ...tries(80)]],
    ["of the machine itself", [other, ...tries(80, "127.0.0.1")]],
  ])("are not found: %s", async (_, lines) => {
    expect(await told(lines, neverBanned)).toEqual([]);
  });

  test("a flood of addresses costs none of the largest", async () => {
    const flood = series(30_000, "02:00:01", 0, (i) => invalid(i, "x", `198.51.${i >> 8}.${i & 255}`));
    expect(await told([other, ...tries(60), ...flood], neverBanned)).toHaveLength(1);
  });
});

describe("fail2ban's silence", () => {
  const log = (more = {}) => ({
    ...newLedger("/var/log/fail2ban.log", false),
    first: at("18 04:00"),
    last: at("18 22:00"),
    lines: 40,
    ...more,
  });
  const tries = (count: number) => series(count, "02:00:00", 60, (i) => failed(300 + i, "root", IP));
  const silence = async (lines: readonly string[], ledger: ReturnType<typeof log>) =>
    (await nightOf(lines, [], { ledgers: [ledger] })).findings.map(headline);

  test("is found while one address tries on", async () => {
    const { findings } = await nightOf(tries(10), [], { ledgers: [log()] });
    expect(findings).toEqual([
      {
        id: "fail2ban-silent",
        severity: "warning",
        title: "fail2ban has been silent while others tried",
        detail:
          `/var/log/fail2ban.log has lines, and none of them in the window, though ${IP} alone tried 10 times. Check that ` +
          "fail2ban runs (fail2ban-client status) and that its jails read the log that these tries are in.",
        evidence: [],
      },
    ]);
  });

  test.each([
    ["few tries", tries(9), log()],
    ["a log with a line in the window", tries(40), log({ inWindow: 1, last: at("03:00") })],
    ["a log that never had a line", tries(40), log({ first: null, last: null, lines: 0 })],
    ["another program's log", tries(40), log({ source: "/var/log/ufw.log" })],
    ["fail2ban in the syslog", [...tries(40), `03:00:00 ${bans("Ban")}`], log()],
    ["many addresses with a try each", series(40, "02:00:00", 60, (i) => failed(i, "root", `198.51.100.${i}`)), log()],
  ])("is not found: %s", async (_, lines, ledger) => {
    expect(await silence(lines, ledger)).toEqual([]);
  });

  test("is not told beside the stop that explains it", async () => {
    const { findings } = await nightOf(
      [`18 20:00:00 ${says("Exiting Fail2ban", "server", "INFO")}`, ...tries(40)],
      fail2banStopped,
      { ledgers: [log()] },
    );
    expect(findings.map(({ id }) => id)).toEqual(["fail2ban-stopped"]);
  });
});
