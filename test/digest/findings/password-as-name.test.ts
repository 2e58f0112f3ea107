import { describe, expect, test } from "vitest";
import { passwordAsName } from "../../../src/digest/findings/password-as-name.ts";
import { MASK } from "../../../src/digest/mask.ts";
import { digestToJson } from "../../../src/render/json.ts";
import { ALL_RULES, failed, invalid, login, nightOf, series, told } from "./lines.ts";

const IP = "192.0.2.40";
const SECRET = "Tr0ub4dor&3";
/** What sshd writes of a name that does not exist, and of a password for it. */
const typed = (time: string, name = SECRET, ip = IP, pid = 50) => [
  `${time} ${invalid(pid, name, ip)}`,
  `${time} ${failed(pid, `invalid user ${name}`, ip)}`,
  `${time} sshd[${pid}]: Connection closed by invalid user ${name} ${ip} port ${40_000 + pid} [preauth]`,
];
const gotIn = login("10:00:30", 51, "alice", IP);
const headline = "notice password-as-name: alice may have typed a password where the name is asked for";

describe("a password typed as the name is told and masked", () => {
  test("everywhere", async () => {
    const digest = await nightOf(
      [
        ...typed("10:00:00"),
        ...gotIn,
        `11:00:00 sudo:    alice : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql --password=${SECRET}`,
        `12:00:00 fail2ban.filter[812]: WARNING [sshd] Please check jail has possibly a timezone issue. Line: invalid user ${SECRET} from ${IP}`,
      ],
      ALL_RULES,
    );
    expect(digest.findings.map(({ id }) => id)).toEqual(["password-as-name"]);
    const [finding] = digest.findings;
    expect(finding).toEqual({
      id: "password-as-name",
      severity: "notice",
      title: "alice may have typed a password where the name is asked for",
      detail:
        `At 10:00 ${IP} tried a name that no account has, and at 10:00 it got in as alice. If that name was a password: ` +
        "change it, for it stands readable in the log. It is masked here.",
      evidence: [
        { source: "/var/log/auth.log", line: 1, at: Date.parse("2026-11-19T10:00:00Z"), what: "name tried" },
        { source: "/var/log/auth.log", line: 4, at: Date.parse("2026-11-19T10:00:30Z"), what: "login by password" },
      ],
    });
    const json = digestToJson(digest);
    expect(json).not.toContain(SECRET);
    expect(JSON.parse(json).sections[1].groups).toMatchObject([{ users: [MASK], ip: IP, count: 1 }]);
    expect(json).toContain(`--password=${MASK}`);
    expect(json).toContain(`Line: invalid user ${MASK} from`);
  });

  test("at the console", async () => {
    const digest = await nightOf(
      [
        `10:00:00 login[70]: FAILED LOGIN (1) on '/dev/tty1' FOR '${SECRET}', User not known to the underlying authentication module`,
        "10:00:20 login[70]: LOGIN ON tty1 BY alice",
      ],
      ALL_RULES,
    );
    expect(digest.findings.map(({ detail }) => detail)).toEqual([
      "At 10:00 somebody at the console tried a name that no account has, and at 10:00 got in as alice. If that name was a " +
        "password: change it, for it stands readable in the log. It is masked here.",
    ]);
    expect(digestToJson(digest)).not.toContain(SECRET);
  });

  test("in a finding that names what was tried", async () => {
    const guesses = series(6, "09:00:00", 60, (i) => failed(60 + i, "alice", IP));
    const digest = await nightOf([...guesses, ...typed("10:00:00"), ...gotIn]);
    const critical = digest.findings.find(({ id }) => id === "success-after-failures");
    expect(critical?.detail).toContain(`for alice, ${MASK} from`);
  });

  test("also when it is a word that findings use", async () => {
    const guesses = series(6, "09:00:00", 60, (i) => failed(60 + i, "alice", IP));
    const digest = await nightOf([...guesses, ...typed("10:00:00", "banned"), ...gotIn]);
    const critical = digest.findings.find(({ id }) => id === "success-after-failures");
    expect(critical?.detail).toMatch(
      /^192\.0\.2\.40 failed 7 times for alice, \*{8} from 09:00 to 10:00 and was never banned;/,
    );
  });

  test.each([
    ["tried twice", [...typed("10:00:00"), ...typed("10:00:10", SECRET, IP, 52), ...gotIn]],
    ["with blanks in it", [...typed("10:00:00", "correct horse"), ...gotIn]],
    ["120 seconds before", [...typed("09:58:30"), ...gotIn]],
    ["beside one other name", [...typed("10:00:00"), ...typed("10:00:10", "alcie", IP, 52), ...gotIn]],
    ["before midnight", [...typed("18 23:59:30"), ...login("00:00:30", 51, "alice", IP)]],
    ["of six digits", [...typed("10:00:00", "482913"), ...gotIn]],
  ])("%s", async (_, lines) => {
    expect(await told(lines, passwordAsName)).toEqual([headline]);
  });
});

describe("a name is shown as it is", () => {
  const mistyped = ["alcie", "alic", "alicee", "Alice", "alixe", "alice@example.org", "EXAMPLE\\alice"];
  test.each([
    ...mistyped.map((name): [string, string[]] => [
      `${name} is a slip of alice`,
      [...typed("10:00:00", name), ...gotIn],
    ]),
    ["121 seconds before", [...typed("09:58:29"), ...gotIn]],
    ["after the login", [...gotIn, ...typed("10:01:00")]],
    ["from another address", [...typed("10:00:00", SECRET, "192.0.2.41"), ...gotIn]],
    [
      "that was tried elsewhere before",
      [...typed("03:00:00", SECRET, "203.0.113.9", 40), ...typed("10:00:00"), ...gotIn],
    ],
    [
      "that was tried elsewhere later",
      [...typed("10:00:00"), ...gotIn, ...typed("13:00:00", SECRET, "203.0.113.9", 40)],
    ],
    ["that was tried three times", [50, 52, 53].flatMap((pid) => typed("10:00:00", SECRET, IP, pid)).concat(gotIn)],
    [
      "that was tried again later",
      [...typed("10:00:00"), ...gotIn, ...[52, 53].flatMap((pid) => typed("11:00:00", SECRET, IP, pid))],
    ],
    [
      "among three",
      [
        ...typed("10:00:00"),
        ...typed("10:00:05", "hunter2x", IP, 52),
        ...typed("10:00:09", "letmein9", IP, 53),
        ...gotIn,
      ],
    ],
    ["that systems bring along", [...typed("10:00:00", "ubuntu"), ...gotIn]],
    [
      "that somebody has",
      [...typed("10:00:00", "webmaster7"), ...gotIn, ...login("12:00:00", 70, "webmaster7", "192.0.2.9")],
    ],
    [
      "that policy refuses",
      [
        "10:00:00 sshd[50]: User mallory from 192.0.2.40 not allowed because listed in DenyUsers",
        `10:00:00 ${failed(50, "invalid user mallory", IP)}`,
        ...gotIn,
      ],
    ],
    ["that looks like an address", [...typed("10:00:00", "203.0.113.9"), ...gotIn]],
    ["that looks like a time", [...typed("10:00:00", "10:00"), ...gotIn]],
    ["that is short", [...typed("10:00:00", "xyz"), ...gotIn]],
    ["of an account that exists", [`10:00:00 ${failed(50, "bobby", IP)}`, ...gotIn]],
  ])("%s", async (_, lines) => {
    const digest = await nightOf(lines, passwordAsName);
    expect(digest.findings).toEqual([]);
    expect(digestToJson(digest)).not.toContain(MASK);
  });
});

describe("many of one night", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const time = `${String(i).padStart(2, "0")}:00`;
      const ip = `192.0.2.${100 + i}`;
      return [...typed(`${time}:00`, `S3cret-word-${i}`, ip, 100 + i), ...login(`${time}:30`, 200 + i, "alice", ip)];
    }).flat();
  const rest = (count: number) => `notice password-as-name: ${count} more names that were tried may be passwords`;

  test("the fourth and all others are told together", async () => {
    expect(await told(many(3), passwordAsName)).toEqual([headline, headline, headline]);
    expect(await told(many(4), passwordAsName)).toEqual([
      headline,
      headline,
      headline,
      "notice password-as-name: 1 more name that was tried may be a password",
    ]);
    expect(await told(many(6), passwordAsName)).toEqual([headline, headline, headline, rest(3)]);
  });

  test("they are masked as well, up to twenty of a machine", async () => {
    expect(digestToJson(await nightOf(many(20), ALL_RULES))).not.toContain("S3cret-word");
    const digest = await nightOf(many(22), passwordAsName);
    expect(digest.findings.at(-1)?.title).toBe("17 more names that were tried may be passwords");
    expect(new Set(digestToJson(digest).match(/S3cret-word-\d+/g))).toEqual(
      new Set(["S3cret-word-20", "S3cret-word-21"]),
    );
  });

  test("another machine has its own", async () => {
    const second = [
      ...typed("23:00:00", "An0ther-word", IP, 300).map((line) => line.replace(" sshd", " @web2 sshd")),
      ...login("23:00:30", 301, "alice", IP).map((line) => line.replace(" sshd", " @web2 sshd")),
    ];
    expect(await told([...many(6), ...second], passwordAsName)).toHaveLength(5);
  });
});

test("a flood of names does not make it forget the last minutes", async () => {
  const flood = series(60_000, "09:00:00", 0.05, (i) => invalid(i, `name${i}`, `198.51.${(i >> 8) & 255}.${i & 255}`));
  expect(await told([...flood, ...typed("10:00:00"), ...gotIn], passwordAsName)).toEqual([headline]);
});
