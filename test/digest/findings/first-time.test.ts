// What only memory can tell of a login: seven nights of habit, and then the eighth.
import { describe, expect, test } from "vitest";
import { nightsOf, same, toldIn } from "../nights.ts";

const KEY = "SHA256:q1ZrexampleexampleexampleexampleexampleexA";
const OTHER_KEY = "SHA256:wN8vexampleexampleexampleexampleexampleexB";
const OFFICE = "192.0.2.40";
const OFFICE_TOO = "192.0.2.77";
const HOTEL = "203.0.113.9";

let pids = 100;

const byKey = (time: string, user: string, ip: string, key = KEY, host = "mini") =>
  `${time} @${host} sshd[${++pids}]: Accepted publickey for ${user} from ${ip} port 40000 ssh2: ED25519 ${key}`;
const byPassword = (time: string, user: string, ip: string, host = "mini") =>
  `${time} @${host} sshd[${++pids}]: Accepted password for ${user} from ${ip} port 40000 ssh2`;

/** alice's habits: her key in the morning, her password at noon, both from the office. */
const usual = (nights = 7) =>
  same(nights, [byKey("09:00:00", "alice", OFFICE), byPassword("12:10:00", "alice", OFFICE)]);

describe("after seven nights, a login is told", () => {
  test.each<[string, string[], string[]]>([
    [
      "by password from a new network: a warning",
      [byPassword("12:30:00", "alice", HOTEL)],
      ["warning first-time-network: alice logged in from a new network (203.0.113.9) by password"],
    ],
    [
      "by a known key from a new network: a notice",
      [byKey("09:30:00", "alice", HOTEL)],
      ["notice first-time-network: alice logged in from a new network (203.0.113.9) by publickey"],
    ],
    [
      "by a key that is known, and then by password, from a new network: a warning",
      [byKey("09:30:00", "alice", HOTEL), byPassword("12:30:00", "alice", HOTEL)],
      ["warning first-time-network: alice logged in from a new network (203.0.113.9)"],
    ],
    [
      "by a new key from a new network: a warning",
      [byKey("09:30:00", "alice", HOTEL, OTHER_KEY)],
      ["warning first-time-network: alice logged in from a new network (203.0.113.9) by publickey"],
    ],
    [
      "by a new key from where she always is: a notice",
      [byKey("09:30:00", "alice", OFFICE, OTHER_KEY)],
      ["notice first-time-key: alice logged in with a new key from 192.0.2.40"],
    ],
    [
      "of a user who never came, by password: a warning",
      [byPassword("09:30:00", "mallory", OFFICE)],
      ["warning first-time-user: mallory logged in for the first time, by password from 192.0.2.40"],
    ],
    [
      "of a user who never came, by key from where others sit: a notice",
      [byKey("09:30:00", "bob", OFFICE_TOO, OTHER_KEY)],
      ["notice first-time-user: bob logged in for the first time, by publickey from 192.0.2.77"],
    ],
    [
      "of a user who never came, by key from where nobody was: a warning",
      [byKey("09:30:00", "bob", HOTEL, OTHER_KEY)],
      ["warning first-time-user: bob logged in for the first time, by publickey from 203.0.113.9"],
    ],
    [
      "by a method that she never used",
      [byPassword("09:30:00", "alice", OFFICE).replace("password", "keyboard-interactive/pam")],
      ["notice first-time-method: alice logged in by keyboard-interactive for the first time"],
    ],
    [
      "at an hour at which she never came",
      [byKey("03:30:00", "alice", OFFICE)],
      ["notice first-time-hour: alice logged in between 03:00 and 04:00 for the first time"],
    ],
    [
      "once, though it brings everything at once, and comes back",
      [
        byKey("03:30:00", "alice", HOTEL, OTHER_KEY),
        byKey("04:30:00", "alice", "203.0.113.10", OTHER_KEY),
        byPassword("04:40:00", "alice", HOTEL),
      ],
      ["warning first-time-network: alice logged in from a new network (2 addresses)"],
    ],
    [
      "once for each network, and its hour once",
      [
        byKey("03:10:00", "alice", HOTEL),
        byKey("03:30:00", "alice", "198.51.100.5"),
        byKey("03:40:00", "alice", OFFICE),
      ],
      [
        "notice first-time-network: alice logged in from a new network (203.0.113.9) by publickey",
        "notice first-time-network: alice logged in from a new network (198.51.100.5) by publickey",
      ],
    ],
    [
      "once for many networks",
      ["198.51.100.5", HOTEL, "203.0.112.9", "203.0.111.9"].map((ip) => byKey("09:30:00", "alice", ip)),
      ["notice first-time-network: alice logged in from 4 new networks by publickey"],
    ],
    [
      "by password apart from many networks by a known key",
      [
        ...["198.51.100.5", HOTEL, "203.0.112.9", "203.0.111.9"].map((ip) => byKey("09:30:00", "alice", ip)),
        byPassword("12:30:00", "alice", "203.0.110.9"),
      ],
      [
        "warning first-time-network: alice logged in from a new network (203.0.110.9) by password",
        "notice first-time-network: alice logged in from 4 new networks by publickey",
      ],
    ],
    [
      "from an IPv6 network that is new",
      [byPassword("12:30:00", "alice", "2001:db8:7:1::9")],
      ["warning first-time-network: alice logged in from a new network (2001:db8:7:1::9) by password"],
    ],
  ])("%s", async (_, night, told) => {
    expect((await toldIn([...usual(), night])).at(-1)).toEqual(told);
  });

  test("with all that is new about it, and on what that rests", async () => {
    const nights = await nightsOf([...usual(9), [byKey("03:30:00", "alice", HOTEL, OTHER_KEY)]]);
    expect(nights.at(-1)?.findings).toEqual([
      {
        id: "first-time-network",
        severity: "warning",
        title: "alice logged in from a new network (203.0.113.9) by publickey",
        detail:
          `alice logged in once at 03:30 from 203.0.113.9 by publickey. New in the 9 nights that are known: the network ` +
          `203.0.113.0/24, the key ${OTHER_KEY}, logins between 03:00 and 04:00. If that was not alice: end the session, ` +
          "lock the account and ban the address.",
        evidence: [
          { source: "/var/log/auth.log", line: 19, at: Date.UTC(2026, 10, 10, 3, 30), what: "login by publickey" },
        ],
      },
    ]);
  });

  test("with what many networks have in common", async () => {
    const addresses = Array.from({ length: 50 }, (_, i) => `203.0.${i}.9`);
    const nights = await nightsOf([...usual(7), addresses.map((ip, i) => byKey(`09:30:${i + 10}`, "alice", ip))]);
    const [found, ...others] = nights.at(-1)?.findings ?? [];
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: "notice", evidence: [{ what: "login by publickey" }, {}] });
    expect(found?.detail).toBe(
      "alice logged in 50 times at 09:30 from 203.0.0.9, 203.0.1.9, 203.0.2.9 and 47 others by publickey. New in the 7 " +
        "nights that are known: 50 networks (203.0.0.0/24, 203.0.1.0/24, 203.0.2.0/24 and 47 others). The key was known. " +
        "If that was not alice: end the session, lock the account and ban the address.",
    );
  });

  test("of the machine that it is new on", async () => {
    const both = same(7, [
      byKey("09:00:00", "alice", OFFICE, KEY, "web1"),
      byKey("09:00:00", "bob", HOTEL, KEY, "web2"),
    ]);
    const [last] = (await nightsOf([...both, [byKey("09:00:00", "alice", HOTEL, KEY, "web1")]])).slice(-1);
    expect(last?.findings.map(({ id, severity }) => ({ id, severity }))).toEqual([
      { id: "first-time-network", severity: "notice" },
    ]);
  });
});

describe("where a database tells countries", () => {
  const countries: Readonly<Record<string, string>> = {
    [OFFICE]: "IT",
    "198.51.100.7": "IT",
    [HOTEL]: "NL",
    "203.0.115.9": "NL",
    "2001:db8:7:1::9": "DE",
  };
  const countryOf = (address: string) => countries[address];
  const lastOf = async (night: readonly string[], nights: Parameters<typeof toldIn>[1] = { countryOf }) =>
    (await toldIn([...usual(), night], nights)).at(-1);
  const strange = [byPassword("12:30:00", "alice", HOTEL)];
  const network = ["warning first-time-network: alice logged in from a new network (203.0.113.9) by password"];

  test.each<[string, string[], string[]]>([
    [
      "a new one is told in the place of its network",
      strange,
      ["warning first-time-country: alice logged in from a new country (NL, 203.0.113.9) by password"],
    ],
    [
      "it is as grave as the network: by a known key a notice",
      [byKey("09:30:00", "alice", HOTEL)],
      ["notice first-time-country: alice logged in from a new country (NL, 203.0.113.9) by publickey"],
    ],
    [
      "a new network in a known one is a new network",
      [byPassword("12:30:00", "alice", "198.51.100.7")],
      ["warning first-time-network: alice logged in from a new network (198.51.100.7) by password"],
    ],
    [
      "one is told once, where two networks lie in it",
      [...strange, byPassword("12:40:00", "alice", "203.0.115.9")],
      [
        "warning first-time-country: alice logged in from a new country (NL, 203.0.113.9) by password",
        "warning first-time-network: alice logged in from a new network (203.0.115.9) by password",
      ],
    ],
    [
      "it is each user's own",
      [byKey("09:30:00", "bob", HOTEL, OTHER_KEY)],
      ["warning first-time-user: bob logged in for the first time, by publickey from 203.0.113.9"],
    ],
    [
      "that of an address which it does not know is not told",
      [byPassword("12:30:00", "alice", "198.51.100.99")],
      ["warning first-time-network: alice logged in from a new network (198.51.100.99) by password"],
    ],
  ])("%s", async (_, night, told) => {
    expect(await lastOf(night)).toEqual(told);
  });

  test("the detail has country and network, and on what the country rests", async () => {
    const late = (address: string, day: number) => (day < 2 ? undefined : countryOf(address));
    const nights = await nightsOf([...usual(9), strange], { countryOf: late });
    expect(nights.at(-1)?.findings.map(({ detail }) => detail)).toEqual([
      expect.stringContaining(
        "New in the 9 nights that are known: the country NL (countries are known of 7), the network 203.0.113.0/24. If",
      ),
    ]);
    const all = await nightsOf([...usual(9), strange], { countryOf });
    expect(all.at(-1)?.findings[0]?.detail).toContain("that are known: the country NL, the network 203.0.113.0/24. If");
  });

  test.each<[string, (address: string, day: number) => string | undefined]>([
    ["the database came in six nights ago", (address, day) => (day < 1 ? undefined : countryOf(address))],
    ["it could not be read in one of seven", (address, day) => (day === 3 ? undefined : countryOf(address))],
    ["it cannot be read in this one", (address, day) => (day === 7 ? undefined : countryOf(address))],
    ["it knows nothing of countries", () => undefined],
  ])("only the network is told when %s", async (_, told) => {
    expect(await lastOf(strange, { countryOf: told })).toEqual(network);
  });

  test("a known network whose entry changes is no news", async () => {
    const moved = (address: string, day: number) => (day === 7 ? "FR" : countryOf(address));
    expect(await lastOf([byPassword("12:10:00", "alice", OFFICE)], { countryOf: moved })).toEqual([]);
  });

  test("a machine that only its own house logs in to learns that nobody came from a country", async () => {
    const inside = same(7, [byPassword("12:10:00", "alice", "192.168.1.7")]);
    expect((await toldIn([...inside, strange], { countryOf })).at(-1)).toEqual([
      "warning first-time-country: alice logged in from a new country (NL, 203.0.113.9) by password",
    ]);
  });

  test("many are one finding, and do not drown in the networks that are new in old ones", async () => {
    const codes = ["AA", "BB", "CC", "DD", "EE"];
    const from = (third: number) => byPassword("12:30:00", "alice", `203.0.${third}.9`);
    const placed = (address: string) => codes[Number(address.split(".")[2]) - 10] ?? "IT";
    const night = [10, 11, 12, 13, 14, 20, 21, 22, 23].map(from);
    expect(await lastOf(night, { countryOf: placed })).toEqual([
      "warning first-time-country: alice logged in from 5 new countries (AA, BB, CC and 2 others) by password",
      "warning first-time-network: alice logged in from 4 new networks by password",
    ]);
  });

  test("a login that the allowlist expects teaches its country", async () => {
    const allowsLogin = ({ user }: { user: string }, day: number) => user === "alice" && day < 7;
    expect(await lastOf([byPassword("12:30:00", "alice", "198.51.100.7")], { countryOf, allowsLogin })).toEqual([
      "warning first-time-network: alice logged in from a new network (198.51.100.7) by password",
    ]);
  });
});

describe("nothing is told", () => {
  test.each<[string, string[][]]>([
    ["of habits", [...usual(9)]],
    ["in the first seven nights, whatever they bring", [...usual(6), [byPassword("03:00:00", "mallory", HOTEL)]]],
    ["of another address of a known network", [...usual(), [byPassword("12:00:00", "alice", OFFICE_TOO)]]],
    [
      "of another address of a known IPv6 network",
      [
        ...same(7, [byPassword("12:00:00", "alice", "2001:db8:7::1")]),
        [byPassword("12:00:00", "alice", "2001:db8:7::ffff:2")],
      ],
    ],
    [
      "of a certificate of the morning, whose authority is known",
      Array.from({ length: 8 }, (_, night) => [
        `09:00:00 sshd[${++pids}]: Accepted publickey for alice from ${OFFICE} port 40000 ssh2: ED25519-CERT ` +
          `SHA256:night${night}exampleexampleexampleexampleexampleex ID alice@example.org (serial ${night}) CA ED25519 ${KEY}`,
      ]),
    ],
    ["of the console", [...same(8, ["10:00:00 login[9]: LOGIN ON tty1 BY alice"])]],
  ])("%s", async (_, nights) => {
    expect((await toldIn(nights)).flat()).toEqual([]);
  });

  test("a second time", async () => {
    const strange = (time: string) => [byPassword(time, "mallory", HOTEL)];
    const nights = await toldIn([...usual(), strange("03:00:00"), strange("03:30:00")]);
    expect(nights.slice(-2)).toEqual([[expect.stringContaining("warning first-time-user: mallory")], []]);
  });

  test("of the hours of somebody who has just come", async () => {
    const nights = await toldIn([
      ...usual(),
      [byKey("09:00:00", "bob", OFFICE, OTHER_KEY)],
      [byKey("15:00:00", "bob", OFFICE, OTHER_KEY)],
    ]);
    expect(nights.slice(-2)).toEqual([[expect.stringContaining("notice first-time-user: bob")], []]);
  });

  test("of a login that the allowlist expects; taken off it later, it is known", async () => {
    const night = [byPassword("03:00:00", "backup", HOTEL)];
    const allowsLogin = ({ user }: { user: string }, day: number) => user === "backup" && day < 8;
    expect((await toldIn([...usual(), night, night], { allowsLogin })).flat()).toEqual([]);
  });

  test("of a machine whose logs came in later, until it is known for seven nights itself", async () => {
    const late = same(7, [byKey("09:00:00", "alice", OFFICE), byKey("09:00:00", "carol", OFFICE, KEY, "web2")]);
    const odd = [byKey("09:00:00", "alice", OFFICE), byPassword("09:00:00", "carol", HOTEL, "web2")];
    expect((await toldIn([...usual(3), ...late.slice(0, 6), odd])).at(-1)).toEqual([]);
    expect((await toldIn([...usual(3), ...late, odd])).at(-1)).toEqual([
      expect.stringContaining("warning first-time-network: carol"),
    ]);
  });
});
