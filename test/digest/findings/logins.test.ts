// Logins that are worth a look by themselves: root by password, a password where a key is usual, an address that had
// been sent away.
import { describe, expect, test } from "vitest";
import { loginFromBannedAddress } from "../../../src/digest/findings/login-from-banned-address.ts";
import { passwordInsteadOfKey } from "../../../src/digest/findings/password-instead-of-key.ts";
import { rootPasswordLogin } from "../../../src/digest/findings/root-password-login.ts";
import { login, nightOf, series, told } from "./lines.ts";

const IP = "203.0.113.66";
const ban = (what: string, ip = IP) => `fail2ban.actions[812]: NOTICE [sshd] ${what} ${ip}`;
const block = (port: number, ip = IP, protocol = "TCP", to = "192.0.2.1") =>
  `kernel: [UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=${ip} DST=${to} LEN=40 TTL=244 PROTO=${protocol} SPT=51000 DPT=${port} WINDOW=1024`;

describe("root by password", () => {
  test("is told once, with every address", async () => {
    const { findings } = await nightOf(
      [...login("03:00:00", 7, "root", IP), ...login("04:10:00", 8, "root", "192.0.2.9", "keyboard-interactive/pam")],
      rootPasswordLogin,
    );
    expect(findings).toEqual([
      {
        id: "root-password-login",
        severity: "warning",
        title: "root logged in by password from 2 addresses",
        detail:
          `root got in by password 2 times, from 03:00 to 04:10, from ${IP}, 192.0.2.9. Everybody who guesses tries this account ` +
          "first, and who has it has the machine. Set PermitRootLogin to prohibit-password, and log in as yourself.",
        evidence: [
          {
            source: "/var/log/auth.log",
            line: 1,
            at: Date.parse("2026-11-19T03:00:00Z"),
            what: "login of root by password",
          },
          {
            source: "/var/log/auth.log",
            line: 3,
            at: Date.parse("2026-11-19T04:10:00Z"),
            what: "login of root by keyboard-interactive/pam",
          },
        ],
      },
    ]);
  });

  test.each([
    ["by key", login("03:00:00", 7, "root", IP, "publickey")],
    ["of another user", login("03:00:00", 7, "rooty", IP)],
    ["on the console", ["03:00:00 login[9]: ROOT LOGIN ON tty1"]],
    ["before the window", login("18 23:59:59", 7, "root", IP)],
  ])("is not told: %s", async (_, lines) => {
    expect(await told(lines, rootPasswordLogin)).toEqual([]);
  });
});

describe("a password where keys are the habit", () => {
  const keys = (count: number, ip = "192.0.2.40") =>
    Array.from({ length: count }, (_, i) => login(`0${i}:30:00`, 100 + i, "alice", ip, "publickey")).flat();

  test.each([
    ["from a strange address: a warning", [...keys(5), ...login("09:00:00", 7, "alice", IP)], "warning"],
    [
      "from an address that used the key: a notice",
      [...keys(5), ...login("09:00:00", 7, "alice", "192.0.2.40")],
      "notice",
    ],
    ["before the keys", [...login("00:10:00", 7, "alice", IP), ...keys(5)], "warning"],
  ])("%s", async (_, lines, severity) => {
    expect(await told(lines, passwordInsteadOfKey)).toEqual([
      `${severity} password-instead-of-key: alice logged in by password, and otherwise by key`,
    ]);
  });

  test.each([
    ["after four keys", [...keys(4), ...login("09:00:00", 7, "alice", IP)]],
    ["of another user", [...keys(5), ...login("09:00:00", 7, "bob", IP)]],
    ["on another machine", [...keys(5), ...login("09:00:00 @web2", 7, "alice", IP)]],
    [
      "where passwords are as usual",
      [...keys(5), ...series(5, "10:00:00", 60, (i) => login("", i, "alice", IP)[0]?.trim() ?? "")],
    ],
    ["without any password", keys(6)],
  ])("is not told: %s", async (_, lines) => {
    expect(await told(lines, passwordInsteadOfKey)).toEqual([]);
  });
});

describe("a login from an address that was sent away", () => {
  const hadBeenBanned = `login-from-banned-address: alice logged in from ${IP}, which had been banned`;
  const hadBeenRefused = `login-from-blocked-address: alice logged in from ${IP}, which the firewall had refused`;
  const byPassword = login("09:00:00", 7, "alice", IP);
  const byKey = login("09:00:00", 7, "alice", IP, "publickey");

  test.each([
    ["a ban that holds", [`08:00:00 ${ban("Ban")}`, ...byPassword], `warning ${hadBeenBanned}`],
    ["a ban that holds, by key", [`08:00:00 ${ban("Ban")}`, ...byKey], `warning ${hadBeenBanned}`],
    ["a ban of the evening before", [`18 23:00:00 ${ban("Ban")}`, ...byPassword], `warning ${hadBeenBanned}`],
    ["a ban that was restored", [`00:10:00 ${ban("Restore Ban")}`, ...byPassword], `warning ${hadBeenBanned}`],
    ["a ban of its range", [`08:00:00 ${ban("Ban", "203.0.113.0/24")}`, ...byPassword], `warning ${hadBeenBanned}`],
    [
      "a ban that was lifted",
      [`08:00:00 ${ban("Ban")}`, `08:10:00 ${ban("Unban")}`, ...byPassword],
      `warning ${hadBeenBanned}`,
    ],
    [
      "a ban that was lifted, by key",
      [`08:00:00 ${ban("Ban")}`, `08:10:00 ${ban("Unban")}`, ...byKey],
      `notice ${hadBeenBanned}`,
    ],
    ["a ban on another machine", [`08:00:00 @web2 ${ban("Ban")}`, ...byPassword], `warning ${hadBeenBanned}`],
    ["one port refused", [`08:00:00 ${block(22)}`, ...byPassword], `notice ${hadBeenRefused}`],
    [
      "several ports refused",
      [22, 23, 8080].map((port) => `08:00:00 ${block(port)}`).concat(byPassword),
      `warning ${hadBeenRefused}`,
    ],
    [
      "several ports refused, by key",
      [22, 23, 8080].map((port) => `08:00:00 ${block(port)}`).concat(byKey),
      `notice ${hadBeenRefused}`,
    ],
  ])("%s", async (_, lines, headline) => {
    expect(await told(lines, loginFromBannedAddress)).toEqual([headline]);
  });

  test("says when, by whom and whether the ban was lifted", async () => {
    const { findings } = await nightOf(
      [`08:00:00 ${ban("Ban")}`, `08:10:00 ${ban("Unban")}`, ...byPassword],
      loginFromBannedAddress,
    );
    expect(findings[0]?.detail).toBe(
      `sshd banned ${IP} at 08:00; at 09:00 it got in as alice by password. The ban was lifted at 08:10. It had guessed ` +
        "before it knew. If that was not alice: end the session, lock the account and ban the address for good.",
    );
  });

  test.each([
    ["a ban of another address", [`08:00:00 ${ban("Ban", "203.0.113.67")}`, ...byPassword]],
    ["a ban of another range", [`08:00:00 ${ban("Ban", "203.0.112.0/24")}`, ...byPassword]],
    ["a ban after the login", [...byPassword, `09:01:00 ${ban("Ban")}`]],
    ["a try that was only seen", [`08:00:00 ${ban("Found")}`, ...byPassword]],
    ["a login before the window", [`18 08:00:00 ${ban("Ban")}`, ...login("18 09:00:00", 7, "alice", IP)]],
    [
      "the house's own machines",
      [`08:00:00 ${block(445, "10.0.1.40")}`, ...login("09:00:00", 7, "alice", "10.0.1.40")],
    ],
    ["a datagram", [`08:00:00 ${block(137, IP, "UDP")}`, ...byPassword]],
    ["a broadcast", [`08:00:00 ${block(631, IP, "TCP", "192.0.2.255")}`, ...byPassword]],
  ])("is not told: %s", async (_, lines) => {
    expect(await told(lines, loginFromBannedAddress)).toEqual([]);
  });

  test("is found among a flood of refused addresses", async () => {
    const flood = series(15_000, "08:00:00", 0, (i) => block(23, `198.51.${i >> 8}.${i & 255}`));
    expect(await told([`07:59:00 ${ban("Ban")}`, ...flood, ...byPassword], loginFromBannedAddress)).toHaveLength(1);
  });
});

test("a title names one address or none, so that silencing one does not silence another", async () => {
  const own = login("03:00:00", 7, "root", "192.0.2.9");
  expect(await told(own, rootPasswordLogin)).toEqual([
    "warning root-password-login: root logged in by password from 192.0.2.9",
  ]);
  expect((await told([...own, ...login("04:00:00", 8, "root", IP)], rootPasswordLogin))[0]).not.toContain("192.0.2.9");
});
