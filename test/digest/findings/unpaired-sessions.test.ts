import { describe, expect, test } from "vitest";
import { unpairedSessions } from "../../../src/digest/findings/unpaired-sessions.ts";
import { login, nightOf, told } from "./lines.ts";

const [accepted = ""] = login("10:00:00", 77, "mallory", "203.0.113.66");
const opened = "10:00:00 sshd[78]: pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)";

/** So many logins as they should be. */
const healthy = (count: number, host = "") =>
  Array.from({ length: count }, (_, i) =>
    login(`0${i}:00:00${host}`, 100 + i, "alice", "192.0.2.40", "publickey"),
  ).flat();

const noLogin = "warning session-without-login: root: a session that nobody logged in for";
const noSession = "notice login-without-session: mallory: a login without a session";

describe("half of a login is found", () => {
  test.each([
    ["a session alone", [...healthy(3), opened], [noLogin]],
    ["a login alone", [...healthy(3), accepted], [noSession]],
    ["each of another process", [...healthy(3), accepted, opened], [noLogin, noSession]],
    [
      "before the others",
      [
        ...healthy(1),
        "00:30:00 sshd[78]: pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)",
        ...healthy(4).slice(2),
      ],
      [noLogin],
    ],
    ["of a process id that came round", [...healthy(3), opened.replace("[78]", "[100]")], [noLogin]],
    ["beside the evening before", [...healthy(3).map((line) => `18 ${line}`), opened], [noLogin]],
  ])("%s", async (_, lines, headlines) => {
    expect(await told(lines, unpairedSessions)).toEqual(headlines);
  });

  test("and says how often the others were whole", async () => {
    const { findings } = await nightOf([...healthy(4), opened], unpairedSessions);
    expect(findings[0]).toMatchObject({
      detail:
        "PAM opened a session of sshd for root once, at 10:00, and sshd wrote no login for it. The 4 other logins of this " +
        "machine have both lines. Look whether lines were taken out of the log, and compare with last and who.",
      evidence: [{ line: 9, what: "session opened" }],
    });
  });
});

describe("nothing is found", () => {
  test.each([
    ["where all is well", healthy(5)],
    ["in any order", healthy(4).map((_, i, all) => all[i ^ 1] as string)],
    ["after two healthy logins", [...healthy(2), opened]],
    ["on another machine than the healthy ones", [...healthy(5), opened.replace(" sshd", " @web2 sshd")]],
    [
      "where PAM logs no session",
      Array.from({ length: 9 }, (_, i) => login(`0${i}:00:00`, 100 + i, "alice", "192.0.2.40")[0] ?? ""),
    ],
    [
      "where sshd logs no login",
      Array.from({ length: 9 }, (_, i) => login(`0${i}:00:00`, 100 + i, "alice", "192.0.2.40")[1] ?? ""),
    ],
    [
      "where half of the logins have no session",
      [...healthy(3), ...[61, 62, 63, 64].map((pid) => accepted.replace("[77]", `[${pid}]`))],
    ],
    ["of the terminals of macOS", [...healthy(3), "10:00:00 sshd: alice [priv][9271]: USER_PROCESS: 9274 ttys001"]],
    [
      "of sudo, cron and su",
      [
        ...healthy(3),
        "10:00:00 cron[9]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
        "10:00:00 su[9]: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)",
      ],
    ],
    ["in the last minute, whose other half comes tomorrow", [...healthy(3), accepted.replace("10:00:00", "23:59:30")]],
    ["in the first minute that is known", [opened.replace("10:00:00", "00:00:00"), ...healthy(4).slice(2)]],
    ["before the window", [...healthy(3), `18 ${opened}`]],
    [
      "when two modules tell of one session",
      [
        ...healthy(3),
        ...healthy(1).map((line) => line.replace("[100]", "[90]")),
        "00:00:00 sshd[90]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
      ].sort(),
    ],
    [
      "when the log admits to have dropped lines",
      [
        ...healthy(3),
        "09:00:00 rsyslogd: imuxsock[pid 812]: 40 messages lost due to rate-limiting",
        "09:00:01 rsyslogd-2177: imuxsock lost 40 messages from pid 812 due to rate-limiting",
        opened,
      ],
    ],
  ])("%s", async (_, lines) => {
    expect(await told(lines, unpairedSessions)).toEqual([]);
  });
});
