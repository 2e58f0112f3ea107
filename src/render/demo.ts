// A night with everything that templates can show, made up, so that a template is tried before the night that needs it.
import type { Digest, Totals } from "../digest/digest.ts";
import { render } from "./render.ts";
import type { Templates } from "./templates.ts";

const TO = Date.UTC(2026, 10, 19, 22, 55);
const FROM = TO - 86_400_000;
const seen = { count: 12, first: FROM + 3_600_000, last: TO - 3_600_000 };

const totals: Totals = {
  logins: 12,
  failures: 1341,
  invalidUsers: 965,
  denied: 4,
  probes: 88,
  sessions: 12,
  privileges: 9,
  privilegeFailures: 3,
  bans: 16,
  bannedAddresses: 2,
  bansRepeated: 1,
  unbans: 14,
  firewallBlocks: 2659,
  firewallAllows: 20,
  sftp: 12,
  accounts: 12,
  services: 12,
};

const finding = (severity: "critical" | "warning" | "notice") => ({
  id: "success-after-failures",
  severity,
  title: "alice logged in after 14 failures from the same address",
  detail:
    "203.0.113.66 failed for alice 14 times from 21:02; at 23:42 it got in by password. <If> that was not alice & co.",
  evidence: [{ source: "/var/log/auth.log", line: 10_412, at: TO - 900_000, what: "login by password" }],
  host: "web1",
});

const log = (source: string, status: Digest["coverage"][number]["status"], note: string) => {
  return {
    source,
    status,
    note,
    from: FROM,
    to: TO,
    bytes: 6_200_000,
    lines: 20_484,
    inWindow: 20_000,
    events: 4_100,
    unrecognised: 0,
    undated: 3,
  };
};

/** A night of several hosts with every section, finding and remark, and more of each than is shown. */
export const demoDigest: Digest = {
  window: {
    from: FROM,
    to: TO,
    timeZone: "Europe/Rome",
    label: "2026-11-19",
    days: [
      { date: "2026-11-18", totals },
      { date: "2026-11-19", totals },
    ],
  },
  hosts: ["web1", "web2"],
  onRequest: true,
  empty: false,
  reasons: ["logins", "failures", "bans", "firewall", "accounts", "privilegeFailures", "services", "finding", "source"],
  totals,
  atLeast: ["firewallBlocks"],
  allowlisted: {
    logins: 6,
    probes: 2,
    users: [{ user: "backup", count: 6 }],
    addresses: [{ ip: "192.0.2.10", count: 6 }],
  },
  findings: [finding("critical"), finding("warning"), ...Array.from({ length: 30 }, () => finding("notice"))],
  silenced: [{ id: "never-banned", reason: "the jump host" }],
  triesByHour: Array.from({ length: 24 }, (_, hour) => (hour === 4 ? 0 : 10 * hour + 41)),
  sections: [
    {
      id: "logins",
      title: "Logins",
      total: 12,
      more: 0,
      groups: [
        {
          ...seen,
          user: "alice",
          ip: "203.0.113.66",
          method: "password",
          service: "sshd",
          open: 1,
          longestSeconds: 7_803,
          name: "a.example",
          country: "NL",
          network: "AS64500 Example Net",
        },
      ],
    },
    {
      id: "failures",
      title: "Failures",
      total: 1341,
      more: 210,
      groups: [{ ...seen, ip: "198.51.100.57", users: ["root", "<admin>"], userCount: 43, bans: 14, country: "NL" }],
      rollup: [{ kind: "prefix", name: "198.51.100.0/24", tries: 340, addresses: 12 }],
    },
    {
      id: "bans",
      title: "Bans",
      total: 16,
      more: 1,
      groups: [{ ...seen, ip: "198.51.100.57", jail: "sshd", tool: "fail2ban", unbanned: 11 }],
    },
    {
      id: "firewall",
      title: "Firewall",
      total: 2659,
      more: 211,
      groups: [{ ...seen, destinationPort: 22, protocol: "tcp", sources: 7 }],
    },
    {
      id: "privileges",
      title: "Privileges",
      total: 12,
      more: 0,
      groups: [{ ...seen, user: "alice", target: "root", service: "sudo", outcome: "failure", command: "/bin/sh" }],
    },
    {
      id: "sessions",
      title: "Sessions",
      total: 12,
      more: 0,
      groups: [{ ...seen, user: "alice", service: "sshd", open: 1, longestSeconds: 7_803 }],
    },
    { id: "sftp", title: "SFTP", total: 12, more: 0, groups: [{ ...seen, user: "bob", ip: null, command: "open" }] },
    {
      id: "accounts",
      title: "Accounts",
      total: 12,
      more: 0,
      groups: [{ ...seen, tool: "useradd", state: "account", message: "new user: name=deploy" }],
    },
    {
      id: "services",
      title: "Services",
      total: 12,
      more: 0,
      groups: [{ ...seen, tool: "fail2ban", state: "problem", message: "ERROR ipfw list returned 400" }],
    },
  ],
  coverage: [
    ...Array.from({ length: 30 }, (_, i) => log(`/var/log/remote/${i}.log`, "missing", "no such file")),
    ...Array.from({ length: 30 }, (_, i) => log(`/var/log/remote/${i}.log.1`, "ok", "12 lines came late")),
  ],
  history: {
    nights: 30,
    medians: totals,
    trend: Array.from({ length: 30 }, (_, i) => ({
      date: new Date(TO - (30 - i) * 86_400_000).toISOString().slice(0, 10),
      failures: 1000 + i,
      logins: 11,
      bans: 14,
    })),
  },
};

/** A window in which nothing was seen. */
const quiet: Digest = {
  ...demoDigest,
  window: { from: FROM, to: TO, timeZone: "UTC", label: "2026-11-19" },
  hosts: ["web1"],
  empty: true,
  findings: [],
  sections: [],
  coverage: [log("/var/log/auth.log", "ok", "")],
  history: undefined,
};

/**
 * Renders the demo with `templates`, also an empty night, so that all that they ask for has been asked for.
 *
 * @throws ReportError Exit.Config naming file and line when a user's template asks for what is not there
 */
export function checkTemplates(templates: Templates): void {
  for (const digest of [demoDigest, { ...demoDigest, onRequest: false }, quiet]) render(digest, templates);
}
