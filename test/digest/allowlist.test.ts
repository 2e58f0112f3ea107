// design: expected logins. They are counted and named in one line and are no reason for a mail; nothing else is quieter.
import { describe, expect, test } from "vitest";
import { compileAllowlist } from "../../src/config/allowlist.ts";
import type { AllowlistConfig } from "../../src/config/config.ts";
import type { Event } from "../../src/events/event.ts";
import { digestOf, fail2ban, sshd, sudo } from "./events.ts";

const NOTHING: AllowlistConfig = { addresses: [], users: [], patterns: [], entries: [] };

function digestWith(allowlist: Partial<AllowlistConfig>, events: readonly Event[]) {
  return digestOf(events, { expected: compileAllowlist({ ...NOTHING, ...allowlist }) });
}

const login = (user: string, ip: string) => {
  const s = sshd({ user, ip });
  return [
    s.accepted("01:00:00", { message: `Accepted publickey for ${user} from ${ip} port 22 ssh2` }),
    s.opened("01:00:00"),
    s.ended("01:05:00"),
  ];
};

describe("a login is expected", () => {
  test.each([
    ["by its user", { users: ["backup"] }],
    ["by its address", { addresses: ["192.0.2.10"] }],
    ["by a range", { addresses: ["192.0.2.0/24"] }],
    ["by a pattern on its message", { patterns: ["from 192\\.0\\.2\\."] }],
    ["by an entry all of whose parts match", { entries: [{ user: "backup", address: "192.0.2.0/24" }] }],
  ] as const)("%s", (_, allowlist) => {
    const digest = digestWith(allowlist as Partial<AllowlistConfig>, login("backup", "192.0.2.10"));
    expect(digest).toMatchObject({
      empty: true,
      reasons: [],
      totals: { logins: 0, sessions: 0 },
      allowlisted: {
        logins: 1,
        users: [{ user: "backup", count: 1 }],
        addresses: [{ ip: "192.0.2.10", count: 1 }],
      },
    });
    expect(digest.sections.map(({ groups }) => groups.length)).toEqual(digest.sections.map(() => 0));
  });

  test("not when one part of an entry does not match", () => {
    const allowlist = { entries: [{ user: "backup", address: "10.0.0.0/8" }] } as unknown as AllowlistConfig;
    const digest = digestWith(allowlist, login("backup", "192.0.2.10"));
    expect(digest.totals).toMatchObject({ logins: 1, sessions: 1 });
    expect(digest.reasons).toEqual(["logins"]);
  });

  test("one login of many: the others are told", () => {
    const digest = digestWith({ users: ["backup"] }, [
      ...login("backup", "192.0.2.10"),
      ...login("alice", "192.0.2.11"),
    ]);
    expect(digest).toMatchObject({ totals: { logins: 1, sessions: 1 }, allowlisted: { logins: 1 } });
  });

  test("before the window: its session inside is not counted either", () => {
    const s = sshd({ user: "backup" });
    const digest = digestWith({ users: ["backup"] }, [
      s.accepted("18 23:59:58"),
      s.opened("00:00:01"),
      s.ended("00:10"),
    ]);
    expect(digest).toMatchObject({ totals: { sessions: 0 }, allowlisted: { logins: 0 } });
  });
});

describe("an allowlisted address", () => {
  const own = { addresses: ["192.0.2.10"] };

  test("has its probes counted apart", () => {
    const digest = digestWith(own, [sshd({ ip: "192.0.2.10" }).vanished("01:00:00")]);
    expect(digest).toMatchObject({ empty: true, totals: { probes: 0 }, allowlisted: { probes: 1, logins: 0 } });
  });

  test("whose probe turns out to be a try is counted as one", () => {
    const s = sshd({ ip: "192.0.2.10" });
    const digest = digestWith(own, [s.vanished("01:00:00"), s.closed("01:00:00")]);
    expect(digest).toMatchObject({ totals: { failures: 1, probes: 0 }, allowlisted: { probes: 0 } });
  });

  test.each([
    ["failures", sshd({ ip: "192.0.2.10" }).failed("01:00:00")],
    ["denials", sshd({ ip: "192.0.2.10" }).refused("01:00:00")],
    ["bans", fail2ban({ ip: "192.0.2.10" }).ban("01:00:00")],
    ["privileges", sudo({ user: "backup", ip: "192.0.2.10" }).ran("01:00:00")],
  ])("has its %s told like anybody's", (_, event) => {
    const { totals } = digestWith({ ...own, users: ["backup"] }, [event]);
    expect(Object.values(totals).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
  });

  test("that guessed five times before it got in is found all the same", () => {
    const s = sshd({ ip: "192.0.2.10", user: "backup" });
    const digest = digestWith(own, [s.failed("01:00:00", { repeat: 5 }), s.accepted("01:01:00")]);
    expect(digest.totals.logins).toBe(0);
    expect(digest.findings.map(({ id, severity }) => [id, severity])).toEqual([["success-after-failures", "critical"]]);
    expect(digest.reasons).toEqual(["failures", "finding"]);
  });
});

test("a user who is expected has no probes of his own: a probe names nobody", () => {
  const digest = digestWith({ users: ["root"] }, [sshd().vanished("01:00:00")]);
  expect(digest).toMatchObject({ totals: { probes: 1 }, allowlisted: { probes: 0 } });
});

test("an entry that names more than an address allows no probe", () => {
  const entries = [{ user: "git", address: "203.0.113.7" }] as unknown as AllowlistConfig["entries"];
  expect(digestWith({ entries }, [sshd().vanished("01:00:00")]).totals.probes).toBe(1);
});
