// What somebody does who is inside already, or holds a key: accounts, groups, passwords, sudo, su, keys that are refused.
import { describe, expect, test } from "vitest";
import { accountChanges } from "../../../src/digest/findings/account-changes.ts";
import { failedSuToRoot } from "../../../src/digest/findings/failed-su-to-root.ts";
import { notInSudoers } from "../../../src/digest/findings/not-in-sudoers.ts";
import { refusedKey } from "../../../src/digest/findings/refused-key.ts";
import { failed, nightOf, told } from "./lines.ts";

const newUser = (name: string, uid: number) =>
  `10:00:00 useradd[41]: new user: name=${name}, UID=${uid}, GID=${uid}, home=/home/${name}, shell=/bin/bash, from=/dev/pts/0`;

describe("accounts", () => {
  test.each([
    ["a new one", [newUser("carol", 1003)], ["notice new-account: new account: carol"]],
    ["several new ones", [newUser("carol", 1003), newUser("dave", 1004)], ["notice new-account: 2 new accounts"]],
    [
      "a new one with the user id 0",
      [newUser("toor", 0)],
      ["critical uid-zero-account: toor with the user id 0: another root", "notice new-account: new account: toor"],
    ],
    [
      "one that gets the user id 0",
      ["10:00:00 usermod[42]: change user 'carol' UID from '1003' to '0'"],
      ["critical uid-zero-account: carol with the user id 0: another root"],
    ],
    [
      "a new member of sudo",
      ["10:00:00 usermod[42]: add 'carol' to group 'sudo'", "10:00:00 usermod[42]: add 'carol' to shadow group 'sudo'"],
      ["warning new-administrator: carol may now become root"],
    ],
    [
      "a new member of wheel",
      ["10:00:00 gpasswd[42]: user carol added by root to group wheel"],
      ["warning new-administrator: carol may now become root"],
    ],
    [
      "the members of admin set",
      ["10:00:00 gpasswd[42]: members of group admin set by root to alice,carol"],
      ["warning new-administrator: 2 accounts may now become root"],
    ],
    [
      "a password, by shadow",
      ["10:00:00 passwd[42]: password for 'carol' changed by 'root'"],
      ["notice password-changed: password changed: carol"],
    ],
    [
      "a password, by PAM",
      ["10:00:00 passwd[42]: pam_unix(passwd:chauthtok): password changed for carol"],
      ["notice password-changed: password changed: carol"],
    ],
    [
      "the first password of a new account goes with it",
      [newUser("carol", 1003), "10:00:09 passwd[43]: pam_unix(passwd:chauthtok): password changed for carol"],
      ["notice new-account: new account: carol"],
    ],
  ])("%s", async (_, lines, headlines) => {
    expect(await told(lines, accountChanges)).toEqual(headlines);
  });

  test.each([
    ["a member of another group", "10:00:00 usermod[42]: add 'carol' to group 'dialout'"],
    ["a group with a name alike", "10:00:00 usermod[42]: add 'carol' to group 'sudoers'"],
    ["a member taken out", "10:00:00 gpasswd[42]: user carol removed by root from group sudo"],
    ["a new user id that ends in 0", "10:00:00 usermod[42]: change user 'carol' UID from '1003' to '1010'"],
    ["a new group", "10:00:00 groupadd[42]: new group: name=ops, GID=0"],
    ["a password that expires", "10:00:00 chage[42]: changed password expiry for carol"],
    ["a shell", "10:00:00 chsh[42]: changed user 'carol' shell to '/bin/zsh'"],
    ["the night before", `18 ${newUser("carol", 0)}`],
  ])("not told: %s", async (_, line) => {
    expect(await told([line], accountChanges)).toEqual([]);
  });
});

describe("sudo without being in sudoers", () => {
  const refused = (reason: string) =>
    `10:00:00 sudo:    bob : ${reason} ; TTY=pts/1 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id`;

  test("is told once, with how often", async () => {
    const line = refused("user NOT in sudoers");
    const { findings } = await nightOf([line, line.replace("10:00", "11:30")], notInSudoers);
    expect(findings).toMatchObject([
      {
        severity: "warning",
        id: "not-in-sudoers",
        title: "bob is not in sudoers and tried sudo",
        detail: expect.stringMatching(/^bob asked sudo for rights 2 times, from 10:00 to 11:30, and has none/),
        evidence: [{ line: 1 }, { line: 2 }],
      },
    ]);
  });

  test.each([
    ["a wrong password", refused("3 incorrect password attempts")],
    ["a command that is not allowed", refused("command not allowed")],
    [
      "a command that ran",
      "10:00:00 sudo:    bob : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/echo user NOT in sudoers",
    ],
  ])("is not told of %s", async (_, line) => {
    expect(await told([line], notInSudoers)).toEqual([]);
  });
});

describe("a failed su to root", () => {
  const pam = (time: string, pid: number) =>
    `${time} su[${pid}]: pam_unix(su:auth): authentication failure; logname=bob uid=1001 euid=0 tty=/dev/pts/1 ruser=bob rhost=  user=root`;
  const own = (time: string, pid: number) => `${time} su[${pid}]: FAILED SU (to root) bob on pts/1`;
  const success = (time: string) => `${time} su[99]: (to root) bob on pts/1`;
  const headline = "warning failed-su-to-root: bob failed to become root";

  test.each([
    ["told by PAM and by su", [pam("10:00:00", 1), own("10:00:02", 1)], "once, at 10:00"],
    ["told by PAM alone", [pam("10:00:00", 1)], "once, at 10:00"],
    ["twice", [own("10:00:00", 1), own("11:00:00", 2)], "2 times, from 10:00 to 11:00"],
    [
      "three times and then right: that is guessing",
      [own("10:00:00", 1), own("10:00:09", 2), own("10:00:18", 3), success("10:00:30")],
      "3 times, at 10:00",
    ],
    ["long before a success", [own("10:00:00", 1), success("10:09:00")], "once, at 10:00"],
  ])("%s", async (_, lines, times) => {
    const { findings } = await nightOf(lines, failedSuToRoot);
    expect(findings.map(({ severity, id, title }) => `${severity} ${id}: ${title}`)).toEqual([headline]);
    expect(findings[0]?.detail).toContain(`gave su a wrong password for root ${times}, and not`);
  });

  test.each([
    ["a typo before the right password", [pam("10:00:00", 1), own("10:00:02", 1), success("10:00:30")]],
    ["to another user", ["10:00:00 su[1]: FAILED SU (to carol) bob on pts/1"]],
    [
      "of sudo",
      [
        "10:00:00 sudo: pam_unix(sudo:auth): authentication failure; logname=bob uid=1001 euid=0 tty=/dev/pts/1 ruser=bob rhost=  user=bob",
      ],
    ],
    ["the night before", [own("18 10:00:00", 1)]],
  ])("not told: %s", async (_, lines) => {
    expect(await told(lines, failedSuToRoot)).toEqual([]);
  });
});

describe("keys that are refused", () => {
  const key = "ED25519 SHA256:oldoldoldoldoldoldoldoldoldoldoldoldoldoldo";
  const revoked = `10:00:00 sshd[7]: error: Authentication key ${key} revoked by file /etc/ssh/revoked`;
  const closed = "10:00:01 sshd[7]: Connection closed by authenticating user alice 203.0.113.66 port 40007 [preauth]";

  test.each([
    ["a revoked key", [revoked, closed], "revoked-key", "a revoked key was used, from 203.0.113.66"],
    [
      "a revoked key in a connection that had tried before",
      [`09:59:59 ${failed(7, "alice", "203.0.113.66")}`, revoked, closed],
      "revoked-key",
      "a revoked key was used, from 203.0.113.66",
    ],
    ["a revoked key of a connection that says no more", [revoked], "revoked-key", "a revoked key was used"],
    [
      "an expired certificate",
      [
        `10:00:00 sshd[7]: error: Refusing certificate ID "alice@example" serial=4 signed by ED25519 CA SHA256:caca: Certificate invalid: expired`,
        closed,
      ],
      "refused-certificate",
      "a certificate was refused, from 203.0.113.66",
    ],
    [
      "the right key from the wrong place",
      [
        "10:00:00 sshd[7]: /home/alice/.ssh/authorized_keys:3: Authentication tried for alice with correct key but not from a permitted host (host=203.0.113.66, ip=203.0.113.66, required=192.0.2.0/24).",
      ],
      "key-from-wrong-host",
      "a key was used where it may not be, from 203.0.113.66",
    ],
  ])("%s", async (_, lines, id, title) => {
    expect(await told(lines, refusedKey)).toEqual([`warning ${id}: ${title}`]);
  });

  test("say whose, which and whence", async () => {
    const { findings } = await nightOf([revoked, closed], refusedKey);
    expect(findings[0]?.detail).toContain(
      "sshd refused it (SHA256:oldoldoldoldoldoldoldoldoldoldoldoldoldoldo) for alice from 203.0.113.66 once, at 10:00.",
    );
  });

  test.each([
    [
      "keys that nobody knows",
      ["10:00:00 sshd[7]: Failed publickey for alice from 203.0.113.66 port 40007 ssh2", closed],
    ],
    [
      "a user who may not",
      ["10:00:00 sshd[7]: User bob from 203.0.113.66 not allowed because not listed in AllowUsers"],
    ],
    ["the night before", [`18 ${revoked}`, `18 ${closed}`]],
  ])("not told: %s", async (_, lines) => {
    expect(await told(lines, refusedKey)).toEqual([]);
  });
});
