import { describe, expect, test } from "vitest";
import { userFlood } from "../../../src/digest/findings/user-flood.ts";
import { failed, invalid, login, nightOf, series, told } from "./lines.ts";

/** Tries for one user, from so many addresses in turn. */
const tries = (count: number, addresses: number, user = "alice", message = failed) =>
  series(count, "02:00:00", 60, (i) => message(1000 + i, user, `198.51.100.${i % addresses}`));

describe("a flood against one user is found", () => {
  test("with its numbers", async () => {
    const { findings } = await nightOf(tries(120, 12), userFlood);
    expect(findings).toMatchObject([
      {
        id: "user-flood",
        severity: "warning",
        title: "120 tries for alice from 12 addresses",
        detail: expect.stringContaining(
          "alice exists, and 120 tries for this one name came from 02:00 to 03:59 from so many",
        ),
        evidence: [{ line: 1 }, { line: 120 }],
      },
    ]);
  });

  test("and says who got in, wherever from", async () => {
    const byPassword = login("05:00:00", 7, "alice", "203.0.113.9");
    const { findings } = await nightOf([...tries(120, 12), ...byPassword], userFlood);
    expect(findings).toMatchObject([
      {
        detail: expect.stringContaining(
          "alice got in by password after that began, last at 05:00 from 203.0.113.9: if that was not alice, end",
        ),
        evidence: [{ line: 1 }, { line: 120 }, { line: 121, what: "login by password" }],
      },
    ]);
  });

  test("and says nothing of who came before it, by key, or as another user", async () => {
    const others = [
      ...login("01:00:00", 7, "alice", "203.0.113.9"),
      ...tries(120, 12),
      ...login("05:00:00", 8, "bob", "203.0.113.9"),
      "05:10:00 sshd[9]: Accepted publickey for alice from 203.0.113.9 port 40000 ssh2: ED25519 SHA256:q1Zrexample",
    ];
    const { findings } = await nightOf(others, userFlood);
    expect(findings[0]?.detail).not.toContain("got in");
  });

  test.each([
    ["at the thresholds", tries(100, 10), "warning user-flood: 100 tries for alice from 10 addresses"],
    [
      "against root, whose name everybody knows",
      tries(100, 10, "root"),
      "notice user-flood: 100 tries for root from 10 addresses",
    ],
    [
      "of a service that does not say who exists, of a user who logs in",
      [
        ...login("01:00:00", 7, "alice", "192.0.2.40"),
        ...tries(100, 10, "alice", (pid, user, ip) => `vsftpd[${pid}]: [${user}] FAIL LOGIN: Client "${ip}"`),
      ],
      "warning user-flood: 100 tries for alice from 10 addresses",
    ],
  ])("%s", async (_, lines, headline) => {
    expect(await told(lines, userFlood)).toEqual([headline]);
  });
});

test.each([
  ["fewer tries", tries(99, 10)],
  ["fewer addresses", tries(200, 9)],
  ["a name that no account has", tries(200, 20, "oracle", invalid)],
  [
    "a name of which no service says that it exists",
    tries(200, 20, "alice", (pid, user, ip) => `vsftpd[${pid}]: [${user}] FAIL LOGIN: Client "${ip}"`),
  ],
  ["many names", series(200, "02:00:00", 60, (i) => failed(i, `user${i % 7}`, `198.51.100.${i % 20}`))],
  [
    "two machines that had half each",
    tries(120, 12).map((line, i) => (i % 2 ? line : line.replace(" sshd", " @web2 sshd"))),
  ],
])("no flood: %s", async (_, lines) => {
  expect(await told(lines, userFlood)).toEqual([]);
});
