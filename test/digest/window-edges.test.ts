// design: windows tile time, and every event lands in exactly one digest. What a connection adds belongs to the line
// that first says it; a window begins by reading the hours before it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Totals } from "../../src/digest/digest.ts";
import type { Event } from "../../src/events/event.ts";
import { at, digestOf, fail2ban, line, nonZero, packet, service, sshd, sudo, totalsOf, windowOf } from "./events.ts";

const evening = windowOf("00:00", "23:55");
const night = windowOf("23:55", "20 23:55");

describe("a connection across the edge", () => {
  const a = sshd({ user: "oracle" });
  const b = sshd();
  const c = sshd();
  const d = sshd();
  const e = sshd();
  const f = sshd({ user: "alice" });
  const s = sudo();
  const tty = service("login", { ip: undefined });
  const rows: readonly { name: string; events: Event[]; before: Partial<Totals>; after: Partial<Totals> }[] = [
    {
      name: "one guess whose lines lie on both sides belongs to the first line",
      events: [a.invalid("23:54:59"), a.failed("23:55:01", { invalidUser: true }), a.closedInvalid("23:55:02")],
      before: { failures: 1, invalidUsers: 1 },
      after: {},
    },
    {
      name: "further guesses belong to where they were made",
      events: [b.failed("23:54:58"), b.failed("23:55:00"), b.failed("23:55:02"), b.closed("23:55:03")],
      before: { failures: 1 },
      after: { failures: 2 },
    },
    {
      name: "a line exactly at the edge belongs to the next window",
      events: [c.failed("23:55:00")],
      before: {},
      after: { failures: 1 },
    },
    {
      name: "a refusal is told once",
      events: [d.notAllowed("23:54:59"), d.failed("23:55:01"), d.closed("23:55:01")],
      before: { failures: 1, denied: 1 },
      after: {},
    },
    {
      name: "a doubt about DNS before the edge and the login after it",
      events: [f.dnsDoubt("23:54:50"), f.accepted("23:55:10")],
      before: {},
      after: { logins: 1 },
    },
    {
      name: "PAM's line before the edge and sshd's after it are one try",
      events: [e.pam("23:54:59"), e.failed("23:55:01")],
      before: {},
      after: { failures: 1 },
    },
    {
      name: "a try that only PAM told belongs to the moment when that is certain",
      events: [sshd().pam("23:54:30")],
      before: {},
      after: { failures: 1 },
    },
    {
      name: "sudo's typo before the edge and its sum after it",
      events: [s.pam("23:54:50"), s.failed("23:55:10", { repeat: 3 }), s.pam("23:55:10", { repeat: 2 })],
      before: { privilegeFailures: 1 },
      after: { privilegeFailures: 2 },
    },
    {
      name: "PAM's line of the console before the edge and login's own after it",
      events: [tty.pam("23:54:59"), tty.failed("23:55:01")],
      before: { failures: 1 },
      after: {},
    },
  ];
  test.each(rows)("$name", ({ events, before, after }) => {
    expect(totalsOf(events, { window: evening })).toEqual(before);
    expect(totalsOf(events, { window: night })).toEqual(after);
  });
});

/** Additive totals: `bannedAddresses` counts distinct ones. */
function additive(events: readonly Event[], from: number, to: number): Record<string, number> {
  const window = { from, to, timeZone: "Europe/Rome", label: "" };
  const read = events.filter((event) => (event.head.at as number) >= from - 86_400_000);
  const expected = {
    allowsLogin: ({ user }: { user: string }) => user === "backup",
    allowsAddress: (ip: string | undefined) => ip === "192.0.2.0",
  };
  const digest = digestOf(read, { window, expected });
  for (const { id, total, groups } of digest.sections) {
    if (id === "sources") continue;
    const sum = groups.reduce((all, { count }) => all + count, 0);
    expect(sum, `the groups of ${id} make up its total`).toBe(total);
  }
  expect(digest.triesByHour.reduce((all, tries) => all + tries, 0)).toBe(digest.totals.failures);
  const { bannedAddresses: _, ...totals } = digest.totals;
  return { ...totals, expectedLogins: digest.allowlisted.logins, expectedProbes: digest.allowlisted.probes };
}

type Times = (seconds: number) => string;
type Who = Readonly<Record<string, unknown>>;

/** What may happen to one machine, from its first line on; `n` is a small random number. */
const STORIES: readonly ((when: Times, who: Who, n: number) => Event[])[] = [
  (when, who, n) => {
    const s = sshd({ ...who, user: "oracle" });
    const guesses = Array.from({ length: n }, (_, i) => [
      s.pam(when(3 * i)),
      s.failed(when(3 * i + 2), { invalidUser: true, repeat: 1 + (i % 3) }),
    ]);
    return [s.invalid(when(0)), ...guesses.flat(), s.closedInvalid(when(3 * n + 1))];
  },
  (when, who, n) => {
    const s = sshd({ ...who, user: n % 2 ? "backup" : "alice" });
    return [
      s.dnsDoubt(when(0)),
      s.pam(when(n)),
      s.offered(when(n)),
      s.accepted(when(n + 1)),
      s.opened(when(n + 1)),
      s.left(when(60 * n), { procId: "99999" }),
      s.ended(when(60 * n)),
    ];
  },
  (when, who, n) => {
    const s = sshd(who);
    return n % 2 ? [s.vanished(when(0)), s.closed(when(0))] : [s.vanished(when(0)), s.vanished(when(1))];
  },
  (when, who, n) => {
    const s = sshd(who);
    return n % 2 ? [s.dnsDoubt(when(0))] : [s.dnsDoubt(when(0)), s.failed(when(100 * n)), s.closed(when(101 * n))];
  },
  (when, who) => {
    const s = sshd({ ...who, user: "alice" });
    return [s.revokedKey(when(0)), s.closed(when(1))];
  },
  (when, who, n) => {
    const s = sshd({ ...who, user: "mallory" });
    return [s.notAllowed(when(0)), s.pamError(when(4), { repeat: n }), s.failed(when(5)), s.maxAttempts(when(6))];
  },
  (when, who, n) => {
    const s = sshd(who);
    return [s.pam(when(0), { procId: "88888" }), s.pam(when(20 * n), { procId: "88888", repeat: n })];
  },
  (when, _who, n) => {
    const s = sudo({ user: `admin${n}` });
    return [s.pam(when(0)), s.failed(when(10 * n), { repeat: 3 }), s.pam(when(10 * n), { repeat: 2 }), s.ran(when(90))];
  },
  (when, who, n) => {
    const ftp = service("vsftpd", who);
    return [ftp.pam(when(0)), ftp.failed(when(n)), ftp.pam(when(20 * n)), ftp.denied(when(30 * n))];
  },
  (when, who) => {
    const jail = fail2ban(who);
    return [
      jail.ban(when(0)),
      jail.already(when(1)),
      jail.unban(when(600)),
      jail.restored(when(700)),
      jail.problem(when(0)),
    ];
  },
  (when, who, n) => [
    packet({ ...who, destinationPort: n, repeat: n })(when(0)),
    line("firewall.allow", { tool: "ufw" })(when(1)),
    line("account", { message: "new user" })(when(2)),
    line("sftp", { command: "open", procId: "5" })(when(3)),
  ],
];

describe("windows that tile time", () => {
  const begin = at("12:00");
  const hours = 6;
  const seconds = fc.integer({ min: 0, max: hours * 3600 });
  const story = fc.record({
    story: fc.nat({ max: STORIES.length - 1 }),
    offset: seconds,
    n: fc.integer({ min: 1, max: 6 }),
  });

  test("add up to what the whole says, wherever they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(story, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: hours * 3_600_000 }), { minLength: 1, maxLength: 12 }),
        (stories, cuts) => {
          const events = stories.flatMap(({ story, offset, n }, i) => {
            // Few process ids and addresses, never the same pair twice.
            const who = { procId: String(100 + (i % 8)), ip: `192.0.2.${i % 9}`, port: 1000 + i };
            const when = (after: number) => new Date(begin + (offset + after) * 1000).toISOString().slice(11, 23);
            return STORIES[story]?.(when, who, n) ?? [];
          });
          const to = begin + (hours + 3) * 3_600_000;
          const whole = additive(events, begin, to);
          const edges = [begin, ...new Set(cuts.map((cut) => begin + cut).sort((a, b) => a - b)), to];
          const sum: Record<string, number> = {};
          for (let i = 1; i < edges.length; i++) {
            const part = additive(events, edges[i - 1] as number, edges[i] as number);
            for (const [name, value] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + value;
          }
          expect(sum).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("the days of a long window make up its totals", () => {
  const events = ["17 23:59:59", "18 00:00:00", "18 12:00", "19 23:59:59"].flatMap((time) => [
    sshd().failed(time),
    fail2ban().ban(time),
  ]);
  const digest = digestOf(events, { window: windowOf("17 00:00", "20 00:00") });
  expect(digest.window.days?.map(({ date, totals }) => [date, nonZero(totals)])).toEqual([
    ["2026-11-17", { failures: 1, bans: 1, bannedAddresses: 1 }],
    ["2026-11-18", { failures: 2, bans: 2, bannedAddresses: 1 }],
    ["2026-11-19", { failures: 1, bans: 1, bannedAddresses: 1 }],
  ]);
  expect(nonZero(digest.totals)).toEqual({ failures: 4, bans: 4, bannedAddresses: 1 });
});

test("days and hours are those of the window's zone", () => {
  const window = { ...windowOf("17 00:00", "20 00:00"), timeZone: "America/New_York" };
  const digest = digestOf([sshd().failed("19 03:30")], { window });
  expect(digest.window.days?.find(({ date }) => date === "2026-11-18")?.totals.failures).toBe(1);
  expect(digest.triesByHour[22]).toBe(1);
});

test("a line without a time is never counted", () => {
  const undated = { ...sshd().failed("01:00"), head: { ...sshd().failed("01:00").head, at: null } } as Event;
  expect(totalsOf([undated])).toEqual({});
});
