import { expect, test } from "vitest";
import type { Finding } from "../../../src/digest/digest.ts";
import { secondFactor } from "../../../src/digest/findings/second-factor.ts";
import { eventsOf } from "../../parsers/fixtures.ts";

const window = {
  from: Date.parse("2026-11-20T00:00:00Z"),
  to: Date.parse("2026-11-21T00:00:00Z"),
  timeZone: "UTC",
  label: "2026-11-20",
};

/** What the rule finds in these lines of host bastion, each `HH:MM:SS app[pid]: message` of 20 November. */
async function find(...lines: readonly string[]): Promise<readonly Finding[]> {
  const log = lines.map((line) => `Nov 20 ${line.slice(0, 8)} bastion ${line.slice(9)}\n`).join("");
  const rule = secondFactor(window);
  for (const event of await eventsOf(Buffer.from(log), "auth.log"))
    rule.observeEvent(event, event.head.at as number, event.head.hostname, true);
  return rule.conclude();
}

const code = (time: string, pid: number, user = "alice", app = "sshd") =>
  `${time} ${app}(pam_google_authenticator)[${pid}]: Invalid verification code for ${user}`;
const wrongPassword = (time: string, pid: number, user = "alice") =>
  `${time} sshd[${pid}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7  user=${user}`;

test("a wrong one-time code means that the password was right", async () => {
  expect(await find(code("10:00:00", 101))).toEqual([
    {
      id: "second-factor",
      severity: "warning",
      title: "alice: the password was right, the one-time code was not",
      detail:
        "sshd had a wrong one-time code for alice once, at 10:00; no login followed. It is asked for after the password " +
        "or key, so those were right. If that was not alice: somebody holds the password; change it.",
      host: "bastion",
      evidence: [
        { source: "auth.log", line: 1, at: Date.parse("2026-11-20T10:00:00Z"), what: "second factor refused" },
      ],
    },
  ]);
});

test("codes of one user are one finding, from the address of sshd's own lines beside them", async () => {
  const [finding, ...others] = await find(
    code("10:00:00", 101),
    "10:00:01 sshd[100]: error: PAM: Authentication failure for alice from 203.0.113.7",
    code("10:05:00", 102),
    "10:05:01 sshd[100]: error: PAM: Authentication failure for alice from 203.0.113.8",
    "10:30:00 sshd[110]: error: PAM: Authentication failure for alice from 203.0.113.9",
  );
  expect(others).toEqual([]);
  expect(finding?.detail).toContain("for alice from 203.0.113.7, 203.0.113.8 2 times, from 10:00 to 10:05;");
  expect(finding?.evidence.map(({ line }) => line)).toEqual([1, 3]);
});

test("says when the user got in soon after: most often a mistyped code", async () => {
  const [finding] = await find(
    code("10:00:00", 101),
    "10:01:00 sshd[100]: Accepted keyboard-interactive/pam for alice from 192.0.2.10 port 50000 ssh2",
  );
  expect(finding?.severity).toBe("warning");
  expect(finding?.detail).toContain("at 10:01 alice logged in from 192.0.2.10.");
});

test("a login an hour later belongs to another time", async () => {
  const [finding] = await find(
    code("10:00:00", 101),
    "11:00:00 sshd[100]: Accepted keyboard-interactive/pam for alice from 192.0.2.10 port 50000 ssh2",
  );
  expect(finding?.detail).toContain("no login followed");
});

test("a wrong password in the same conversation: the code says nothing of the password", async () => {
  const [finding] = await find(wrongPassword("10:00:00", 101), code("10:00:05", 101));
  expect(finding).toMatchObject({ severity: "notice", title: "alice: wrong password and wrong second factor" });
});

test("a wrong password before, in another process, does not make the right one wrong", async () => {
  const [finding] = await find(wrongPassword("10:00:00", 101), code("10:00:05", 102));
  expect(finding?.severity).toBe("warning");
});

test("Duo's line names the address, and a push that was refused is no code", async () => {
  const [finding] = await find(
    "10:00:00 sshd[101]: Failed Duo login for 'bob' from 203.0.113.7: Login request denied.",
  );
  expect(finding).toMatchObject({
    severity: "warning",
    title: "bob: the password was right, the second factor was refused",
    detail: expect.stringContaining("for bob from 203.0.113.7 once, at 10:00;"),
  });
});

test("users, services and the unnamed are told apart", async () => {
  const found = await find(
    code("10:00:00", 101),
    code("10:00:01", 102, "bob"),
    code("10:00:02", 103, "alice", "sudo"),
    "10:00:03 sshd(pam_google_auth)[104]: Invalid verification code",
  );
  expect(found.map(({ title }) => title.split(":", 1)[0])).toEqual(["alice", "bob", "alice", "somebody"]);
});

test("refusals before the window are no finding of this one", async () => {
  const rule = secondFactor({ ...window, from: Date.parse("2026-11-20T12:00:00Z") });
  const log = Buffer.from(
    `Nov 20 10:00:00 bastion sshd(pam_google_authenticator)[101]: Invalid verification code for alice\n`,
  );
  for (const event of await eventsOf(log, "auth.log"))
    rule.observeEvent(event, event.head.at as number, event.head.hostname, true);
  expect(rule.conclude()).toEqual([]);
});
