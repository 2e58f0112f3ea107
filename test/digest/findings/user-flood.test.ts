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
