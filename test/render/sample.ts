// One digest that has everything, attackers' names included, and smaller ones made of it.
import type { Coverage, Digest, Totals } from "../../src/digest/digest.ts";
import type { Instant } from "../../src/events/event.ts";

/** `2026-11-19 08:02` by the clock of Rome in winter. */
export function rome(text: string): Instant {
  return Date.parse(`${text.replace(" ", "T")}:00+01:00`);
}

export const HOSTILE = {
  script: "<script>alert(1)</script>",
  template: "{{constructor}}",
  override: "root\u202egpj.exe",
  clear: "\x1b[2J\x1b[Hroot",
  header: "root\r\nBcc: everybody@example.org",
  quote: `" onmouseover="alert(1)`,
  spoof: "alice, 203.0.113.66 (banned 99 times)",
  long: "x".repeat(3_000),
} as const;

const totals: Totals = {
  logins: 12,
  failures: 1341,
  invalidUsers: 965,
  denied: 4,
  probes: 88,
  sessions: 31,
  privileges: 9,
  privilegeFailures: 2,
  bans: 16,
  bannedAddresses: 2,
  bansRepeated: 3,
  unbans: 14,
  firewallBlocks: 2659,
  firewallAllows: 0,
  sftp: 7,
  accounts: 1,
  services: 14,
};

export const NO_TOTALS = Object.fromEntries(Object.keys(totals).map((name) => [name, 0])) as unknown as Totals;

export function source(path: string, over: Partial<Coverage> = {}): Coverage {
  return {
    source: path,
    status: "ok",
    from: rome("2026-11-18 23:55"),
    to: rome("2026-11-19 23:54"),
    bytes: 6_200_000,
    lines: 20_484,
    inWindow: 20_000,
    events: 4_100,
    unrecognised: 0,
    undated: 0,
    note: "",
    ...over,
  };
}

const at = (time: string) => rome(`2026-11-19 ${time}`);

const ports: readonly (readonly [number | null, string | null, number])[] = [
  [22, "tcp", 437],
  [445, "tcp", 144],
  [443, "tcp", 63],
  [23, "tcp", 61],
  [8080, "tcp", 44],
  [3389, "tcp", 40],
  [5060, "udp", 31],
  [53413, "udp", 12],
  [null, "icmp", 9],
  [1433, "tcp", 8],
  [null, null, 2],
];

export const sample: Digest = {
  window: {
    from: rome("2026-11-18 23:55"),
    to: rome("2026-11-19 23:55"),
    timeZone: "Europe/Rome",
    label: "2026-11-19",
  },
  hosts: ["mini"],
  onRequest: false,
  empty: false,
  reasons: ["logins", "failures", "bans", "firewall", "accounts", "privilegeFailures", "services", "finding"],
  totals,
  atLeast: ["firewallBlocks"],
  allowlisted: {
    logins: 6,
    probes: 2,
    users: [{ user: "backup", count: 6 }],
    addresses: [{ ip: "10.0.0.9", count: 6 }],
  },
  findings: [
    {
      id: "success-after-failures",
      severity: "critical",
      title: "alice logged in after 14 failures from the same address",
      detail:
        "203.0.113.66 failed for alice 14 times from 21:02, one try every 11 minutes, and was never banned; at 23:42 it got in by password. The session was open when the window ended. If that was not alice: end the session (sshd 4121), lock the account, ban the address.",
      evidence: [
        { source: "/var/log/auth.log", line: 10_412, at: at("21:02"), what: "first failure" },
        { source: "/var/log/auth.log", line: 10_688, at: at("23:42"), what: "login by password" },
      ],
    },
    {
      id: "ban-gap",
      severity: "warning",
      title: `${HOSTILE.script} went on for 40 minutes after its ban`,
      detail: `198.51.100.57 was banned at 02:10 and tried ${HOSTILE.override} until 02:50. Check that the firewall holds what fail2ban says.`,
      evidence: [{ source: "/var/log/fail2ban.log", line: 88, at: at("02:10"), what: "ban" }],
    },
    {
      id: "first-login",
      severity: "notice",
      title: "First login of bob from 2001:db8:ffff::d0",
      detail: "publickey SHA256:q1ZrT0Y0bVvJtq2f0gkqJ7m1m1r5xw0n3QwQyY8v5eE, 08:14",
      evidence: [],
    },
  ],
  silenced: [],
  triesByHour: [20, 3, 8, 7, 33, 12, 9, 21, 25, 14, 176, 219, 414, 98, 44, 28, 0, 26, 24, 2, 9, 27, 40, 82],
  sections: [
    {
      id: "logins",
      title: "Logins",
      total: 12,
      more: 0,
      groups: [
        { ...login("alice", "203.0.113.66", "password", 1, at("23:42")), open: 1 },
        { ...login("alice", "10.0.1.40", "publickey", 4, at("08:02"), at("19:31")), longestSeconds: 7_803 },
        login("bob", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffd0", "publickey", 3, at("08:14"), at("08:14")),
        { ...login("carol", "10.0.1.41", "password", 2, at("09:00"), at("17:30")), service: "screensharingd" },
        { ...login("carol", null, "password", 2, at("09:01"), at("13:30")), service: "login" },
      ],
    },
    {
      id: "failures",
      title: "Failures",
      total: 1341,
      more: 199,
      groups: [
        failure("198.51.100.57", ["root", "admin", "test"], 44, 230, at("00:03"), at("23:51"), 14),
        failure("2001:db8:7::104", ["root"], 1, 39, at("02:11"), at("02:40"), 1),
        failure("203.0.113.66", ["alice"], 1, 14, at("21:02"), at("23:20"), 0),
        failure("192.0.2.1", [HOSTILE.script, HOSTILE.template, HOSTILE.override], 3, 13, at("03:00"), at("03:02"), 0),
        failure("192.0.2.2", [HOSTILE.clear, HOSTILE.header, HOSTILE.quote], 9, 12, at("03:10"), at("03:12"), 0),
        failure("192.0.2.3", [HOSTILE.spoof], 1, 11, at("03:20"), at("03:20"), 0),
        failure("192.0.2.4", [HOSTILE.long, ""], 2, 10, at("03:30"), at("03:30"), 0),
        failure("evil.example.net", ["oracle", "postgres"], 2, 9, at("04:30"), at("05:30"), 0),
        failure(null, ["alice"], 1, 8, at("08:30"), at("08:31"), 0),
        failure("192.0.2.6", ["pi", "ubnt", "guest"], 7, 7, rome("2026-11-18 23:51"), at("08:31"), 0),
        failure("192.0.2.7", ["pi"], 1, 6, at("08:30"), at("08:31"), 0),
        failure("192.0.2.8", ["pi"], 1, 5, at("08:30"), at("08:31"), 0),
      ],
    },
    {
      id: "bans",
      title: "Bans",
      total: 16,
      more: 0,
      groups: [
        {
          ip: "198.51.100.57",
          jail: "sshd",
          tool: "fail2ban",
          count: 14,
          unbanned: 14,
          first: at("00:04"),
          last: at("23:40"),
        },
        {
          ip: "2001:db8:7::104",
          jail: null,
          tool: "sshguard",
          count: 2,
          unbanned: 0,
          first: at("02:12"),
          last: at("02:41"),
        },
      ],
    },
    {
      id: "firewall",
      title: "Firewall",
      total: 2659,
      more: 203,
      groups: ports.map(([destinationPort, protocol, count]) => ({
        destinationPort,
        protocol,
        count,
        sources: Math.ceil(count / 3),
        first: at("00:01"),
        last: at("23:54"),
      })),
    },
    {
      id: "privileges",
      title: "Privileges",
      total: 11,
      more: 0,
      groups: [
        {
          user: "alice",
          target: "root",
          service: "sudo",
          outcome: "success",
          command: "/usr/bin/apt-get upgrade",
          count: 9,
          first: at("09:00"),
          last: at("09:40"),
        },
        {
          user: "www-data",
          target: "root",
          service: "sudo",
          outcome: "failure",
          command: `/bin/sh -c "${HOSTILE.clear}"`,
          count: 2,
          first: at("04:44"),
          last: at("04:44"),
        },
      ],
    },
    {
      id: "sessions",
      title: "Sessions",
      total: 31,
      more: 0,
      groups: [
        {
          user: "alice",
          service: "sshd",
          open: 1,
          longestSeconds: 7_803,
          count: 19,
          first: at("08:02"),
          last: at("23:42"),
        },
        {
          user: "backup",
          service: "sshd",
          open: 0,
          longestSeconds: 45,
          count: 12,
          first: at("00:30"),
          last: at("22:30"),
        },
      ],
    },
    {
      id: "sftp",
      title: "SFTP",
      total: 7,
      more: 0,
      groups: [
        { user: "bob", ip: "2001:db8:ffff::d0", command: "open", count: 6, first: at("08:15"), last: at("08:20") },
        { user: null, ip: null, command: "remove", count: 1, first: at("08:21"), last: at("08:21") },
      ],
    },
    {
      id: "accounts",
      title: "Accounts",
      total: 1,
      more: 0,
      groups: [
        {
          tool: "useradd",
          state: "account",
          message: "new user: name=deploy, UID=1003, GID=1003, home=/home/deploy, shell=/bin/bash",
          count: 1,
          first: at("10:10"),
          last: at("10:10"),
        },
      ],
    },
    {
      id: "services",
      title: "Services",
      total: 14,
      more: 0,
      groups: [
        {
          tool: "fail2ban",
          state: "problem",
          message: "ERROR ipfw list returned 400",
          count: 12,
          first: at("02:10"),
          last: at("02:50"),
        },
        {
          tool: "sshd",
          state: "start",
          message: "Server listening on 0.0.0.0 port 22.",
          count: 2,
          first: at("06:25"),
          last: at("06:25"),
        },
      ],
    },
    { id: "sources", title: "Sources", total: 5, more: 0, groups: [] },
  ],
  coverage: [
    source("/var/log/auth.log", { note: "12 lines came late and are counted here" }),
    source("/var/log/fail2ban.log"),
    source("/var/log/ufw.log"),
    source("/var/log/syslog"),
    source("/var/log/kern.log"),
  ],
};

function login(user: string, ip: string | null, method: string, count: number, first: Instant, last = first) {
  return { user, ip, method, service: "sshd", open: 0, longestSeconds: null as number | null, count, first, last };
}

function failure(
  ip: string | null,
  users: readonly string[],
  userCount: number,
  count: number,
  first: Instant,
  last: Instant,
  bans: number,
) {
  return { ip, users, userCount, count, first, last, bans };
}

const NIGHTS = [
  [1302, 11, 14],
  [1290, 9, 12],
  [0, 2, 0],
  [904, 11, 13],
  [2104, 12, 31],
  [1188, 11, 16],
  [1, 3, 0],
] as const;

/** The sample after a month of nights that are remembered, of which this one is much like the others. */
export const familiar: Digest = {
  ...sample,
  history: {
    nights: 30,
    medians: { ...NO_TOTALS, logins: 11, failures: 1290, bans: 1.5, firewallBlocks: 2540, probes: 87, denied: 4 },
    trend: Array.from({ length: 30 }, (_, night) => {
      const [failures, logins, bans] = NIGHTS[night % NIGHTS.length] as (typeof NIGHTS)[number];
      const date = new Date(Date.UTC(2026, 9, 20 + night)).toISOString().slice(0, 10);
      return { date, failures, logins, bans };
    }),
  },
};

/** A digest of a window in which nothing was seen. */
export const quiet: Digest = {
  ...sample,
  empty: true,
  reasons: [],
  totals: NO_TOTALS,
  atLeast: [],
  allowlisted: { logins: 0, probes: 0, users: [], addresses: [] },
  findings: [],
  silenced: [],
  triesByHour: Array.from({ length: 24 }, () => 0),
  sections: [],
  coverage: [source("/var/log/auth.log"), source("/var/log/fail2ban.log")],
};

/** A night on which a log was missing and another one damaged. */
export const troubled: Digest = {
  ...quiet,
  empty: false,
  reasons: ["source"],
  coverage: [
    source("/var/log/syslog", { status: "damaged", note: "the rotated file syslog.2.gz ends in the middle" }),
    source("/var/log/auth.log", {
      status: "missing",
      lines: 0,
      bytes: 0,
      note: "no such file; last read 18 Nov 23:55",
    }),
    source("/var/log/fail2ban.log"),
  ],
};

/** A weekend caught up, from several hosts. */
export const weekend: Digest = {
  ...sample,
  window: {
    from: rome("2026-11-16 23:55"),
    to: rome("2026-11-19 23:55"),
    timeZone: "Europe/Rome",
    label: "2026-11-17 to 2026-11-19",
    days: [
      { date: "2026-11-17", totals: { ...NO_TOTALS, failures: 300, logins: 2 } },
      { date: "2026-11-18", totals: NO_TOTALS },
      { date: "2026-11-19", totals },
    ],
  },
  hosts: ["web1", "web2", "<b>db</b>"],
  onRequest: true,
  findings: sample.findings.map((finding) => ({ ...finding, host: "web2" })),
  sections: sample.sections.map((section) =>
    section.id === "logins"
      ? { ...section, groups: section.groups.map((group) => ({ ...group, host: "web1" })) }
      : section,
  ),
};
