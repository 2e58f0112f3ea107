import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/events/event.ts";
import { at, digestOf, fail2ban, service, sshd, windowOf } from "../events.ts";

const IP = "203.0.113.66";
const alice = (fields = {}) => sshd({ user: "alice", ip: IP, ...fields });

/** So many tries, each a connection, a minute apart and ending at `last`. */
function tries(count: number, last: string, fields = {}): Event[] {
  return Array.from({ length: count }, (_, i) => {
    const time = new Date(at(last) - i * 60_000).toISOString();
    return alice(fields).failed(`${time.slice(8, 10)} ${time.slice(11, 23)}`);
  });
}

const found = (...events: Event[]) => digestOf(events).findings.filter(({ id }) => id === "success-after-failures");

describe("a login is found", () => {
  test.each<[string, Event[], string]>([
    ["after five tries from its address", [...tries(5, "08:00"), alice().accepted("09:00")], "critical"],
    ["after five guesses in its own connection", guessedHere(), "critical"],
    ["after three names from its address", [...threeNames(), alice().accepted("09:00")], "critical"],
    ["by key: a warning, for a key cannot be guessed", [...tries(5, "08:00"), byKey()], "warning"],
    ["after tries of the evening before", [...tries(5, "18 10:00"), alice().accepted("09:00")], "critical"],
    ["after tries exactly 24 hours before", [...tries(5, "18 09:04"), alice().accepted("09:00")], "critical"],
    ["after tries that only PAM told", [...onlyPam(), alice().accepted("09:00")], "critical"],
    ["by screen sharing", [...vnc(5), service("screensharingd", { ip: IP }).accepted("09:00")], "critical"],
    [
      "on another machine than the tries",
      [...tries(5, "08:00"), alice({ hostname: "web2" }).accepted("09:00")],
      "critical",
    ],
  ])("%s", (_, events, severity) => {
    expect(found(...events)).toMatchObject([{ severity }]);
  });

  test("once, however often it comes back", () => {
    const events = [...tries(6, "08:00"), alice().accepted("09:00"), alice().accepted("09:10")];
    expect(found(...events)).toHaveLength(1);
  });

  test("a login of each user and address", () => {
    const events = [...tries(6, "08:00"), alice().accepted("09:00"), sshd({ user: "bob", ip: IP }).accepted("09:10")];
    expect(found(...events).map(({ title }) => title)).toEqual([
      "alice logged in after 6 failures from the same address",
      "bob logged in after 6 failures from the same address",
    ]);
  });
});

describe("a login is not found", () => {
  test.each<[string, Event[]]>([
    ["after one typo", [alice().failed("08:59"), alice().accepted("09:00")]],
    ["after four", [...tries(4, "08:00"), alice().accepted("09:00")]],
    ["after tries more than 24 hours before", [...tries(5, "18 08:59:59"), alice().accepted("09:00")]],
    ["after tries from another address", [...tries(9, "08:00"), alice({ ip: "192.0.2.1" }).accepted("09:00")]],
    ["before the tries", [alice().accepted("07:00"), ...tries(9, "08:00")]],
    ["before the window", [...tries(9, "18 08:00"), alice().accepted("18 09:00")]],
    ["after keys that were offered", [alice().offered("08:00", { repeat: 9 }), alice().accepted("09:00")]],
    [
      "on the console, which has no address",
      [...tries(9, "08:00"), service("login", { ip: undefined }).accepted("09:00")],
    ],
  ])("%s", (_, events) => {
    expect(found(...events)).toEqual([]);
  });
});

describe("a login from the range of the tries is found", () => {
  /** So many tries, each from another address of 203.0.113.0/24. */
  const beside = (count: number, user = "alice", from = 10) =>
    Array.from({ length: count }, (_, i) => sshd({ user, ip: `203.0.113.${from + i}` }).failed(`08:0${i}`));

  test.each<[string, Event[], string]>([
    ["guessed for this user: critical", [...beside(5), alice().accepted("09:00")], "critical"],
    ["guessed for others: a warning", [...beside(5, "root"), alice().accepted("09:00")], "warning"],
    [
      "some of them from its own address",
      [...beside(2, "root"), ...tries(3, "08:30"), alice().accepted("09:00")],
      "warning",
    ],
    [
      "by screen sharing, after tries at sshd of another machine",
      [...beside(5), service("screensharingd", { ip: IP, hostname: "web2" }).accepted("09:00")],
      "critical",
    ],
    [
      "an IPv6 /64, which one customer has",
      [...within64(5), sshd({ user: "alice", ip: "2001:db8:7::9" }).accepted("09:00")],
      "critical",
    ],
  ])("%s", (_, events, severity) => {
    expect(found(...events)).toMatchObject([
      { severity, title: "alice logged in after 5 failures from the same range" },
    ]);
  });

  test("and tells of how many addresses", () => {
    expect(found(...beside(6), alice({ procId: "4121" }).accepted("09:00"))[0]?.detail).toBe(
      "6 addresses of 203.0.113.0/24 failed 6 times for alice from 08:00 to 08:05; at 09:00 203.0.113.66 of the same range " +
        "got in as alice by password, and it was never banned. If that was not alice: end the session (sshd 4121), " +
        "lock the account and ban the address.",
    );
  });

  test.each<[string, Event[]]>([
    ["after four tries", [...beside(4), alice().accepted("09:00")]],
    ["by key, for a range has many owners", [...beside(9), byKey()]],
    [
      "after tries of the range beside it",
      [...beside(5), sshd({ user: "alice", ip: "203.0.112.66" }).accepted("09:00")],
    ],
    [
      "after tries of the IPv6 range beside it",
      [...within64(5), sshd({ user: "alice", ip: "2001:db8:7:1::9" }).accepted("09:00")],
    ],
    [
      "after typos of colleagues who then got in",
      [...office(6), sshd({ user: "zoe", ip: "10.0.1.99" }).accepted("09:00")],
    ],
    [
      "after a few names, for an office has many users",
      [...beside(1, "bob"), ...beside(1, "carol", 20), ...beside(1, "dave", 30), alice().accepted("09:00")],
    ],
    [
      "after its own typos of the whole day, each time put right",
      [0, 1, 2, 3].flatMap((hour) => [
        alice().failed(`0${hour}:00:00`),
        alice().failed(`0${hour}:00:10`),
        alice().accepted(`0${hour}:00:20`),
      ]),
    ],
  ])("not %s", (_, events) => {
    expect(found(...events)).toEqual([]);
  });

  function within64(count: number): Event[] {
    return Array.from({ length: count }, (_, i) =>
      sshd({ user: "alice", ip: `2001:db8:7::${i + 1}0` }).failed(`08:0${i}`),
    );
  }

  /** Everybody mistypes once and then gets in. */
  function office(count: number): Event[] {
    return Array.from({ length: count }, (_, i) => {
      const who = { user: `user${i}`, ip: `10.0.1.${10 + i}` };
      return [sshd(who).failed(`08:0${i}:00`), sshd(who).accepted(`08:0${i}:10`)];
    }).flat();
  }
});

describe("it tells", () => {
  test("who, whence, when, whether it was banned, and what to do", () => {
    const s = alice({ procId: "26426" });
    const [finding] = found(...tries(14, "23:25:00"), s.accepted("23:42:10", { method: "password" }));
    expect(finding).toMatchObject({
      title: "alice logged in after 14 failures from the same address",
      detail:
        "203.0.113.66 failed 14 times for alice from 23:12 to 23:25 and was never banned; at 23:42 it got in as alice by " +
        "password. If that was not alice: end the session (sshd 26426), lock the account and ban the address.",
      evidence: [
        { what: "first try", at: at("23:12:00"), source: "/var/log/auth.log" },
        { what: "last try", at: at("23:25:00") },
        { what: "login by password", at: at("23:42:10") },
      ],
    });
    expect(finding).not.toHaveProperty("host");
  });

  test("that the session is still open", () => {
    const s = alice();
    expect(found(...tries(5, "08:00"), s.accepted("09:00"), s.opened("09:00"))[0]?.detail).toContain(
      "by password, and its session was still open at the end.",
    );
    expect(
      found(...tries(5, "08:00"), s.accepted("09:00"), s.opened("09:00"), s.ended("10:00"))[0]?.detail,
    ).not.toContain("still open");
  });

  test("that the address had been banned", () => {
    const [finding] = found(...tries(5, "08:00"), fail2ban({ ip: IP }).ban("08:01"), alice().accepted("09:00"));
    expect(finding?.detail).toContain("and was banned at 08:01;");
  });

  test("the date of what happened on another day", () => {
    const [finding] = found(...tries(5, "18 22:00"), alice().accepted("09:00"));
    expect(finding?.detail).toContain("from 2026-11-18 21:56 to 2026-11-18 22:00");
  });

  test("a few of many names", () => {
    const names = ["root", "admin", "test", "pi"].map((user) => sshd({ user, ip: IP }).failed("08:00"));
    expect(found(...names, alice().accepted("09:00"))[0]?.detail).toContain(
      "failed 4 times for root, admin, test and others at 08:00",
    );
  });

  test("which machine, where there are several", () => {
    const events = [...tries(5, "08:00"), alice({ hostname: "web2" }).accepted("09:00")];
    expect(found(...events)).toMatchObject([{ host: "web2" }]);
  });
});

test("more tries than are remembered one by one are still counted", () => {
  const [finding] = found(...tries(500, "20:00"), alice().accepted("20:01"));
  expect(finding?.title).toBe("alice logged in after 500 failures from the same address");
});

test("a hundred thousand other addresses do not make it forget", () => {
  const others = Array.from({ length: 100_000 }, (_, i) =>
    sshd({ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }).failed("07:59:30"),
  );
  expect(found(...tries(5, "08:00"), ...others, alice().accepted("08:10"))).toHaveLength(1);
});

test("in a window of minutes the tries of the hours before are known", () => {
  const events = [...tries(5, "08:00"), alice().accepted("09:01")];
  expect(digestOf(events, { window: windowOf("09:00", "09:05") }).findings).toHaveLength(1);
});

function guessedHere(): Event[] {
  const s = alice();
  return [s.failed("08:00", { repeat: 5 }), s.accepted("08:01")];
}

function threeNames(): Event[] {
  return ["root", "admin", "alice"].map((user) => sshd({ user, ip: IP }).failed("08:00"));
}

function byKey(): Event {
  return alice().accepted("09:00", { method: "publickey" });
}

function onlyPam(): Event[] {
  return Array.from({ length: 5 }, (_, i) => alice().pam(`08:0${i}`));
}

function vnc(count: number): Event[] {
  return Array.from({ length: count }, (_, i) => service("screensharingd", { ip: IP }).failed(`08:0${i}`));
}
