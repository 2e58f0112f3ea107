import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  discoverLogs,
  discoverSources,
  type Facts,
  type FoundSource,
  mayHoldLogins,
} from "../../src/sources/discover.ts";
import { folder } from "./logs.ts";
import {
  buildTree,
  freeBsdRelease,
  journalHeader,
  LIVES,
  MACHINE_ID,
  macRelease,
  NIGHT,
  osRelease,
  PERSISTENT,
  type TreeSpec,
  VOLATILE,
} from "./trees/build.ts";

/** A folder with a program of that name in it, so that nothing depends on what is installed here. */
const programs = folder();
writeFileSync(join(programs, "journalctl"), "#!/bin/sh\n");
chmodSync(join(programs, "journalctl"), 0o755);

const ELSEWHERE: Facts = {
  machine: undefined,
  searchPath: programs,
  window: NIGHT,
  timeZone: "UTC",
  newest: NIGHT.to,
};
const LINUX = { platform: "linux", release: "6.1.0", home: undefined };
const MAC = { platform: "darwin", release: "24.1.0", home: undefined };

interface Told {
  /** `*`: holds logins. */
  readonly sources: readonly string[];
  readonly leftOut?: readonly string[];
  readonly problems?: readonly string[];
}

/** Discovers what a tree has, in short. */
async function discover(spec: TreeSpec | string, facts: Partial<Facts> = {}): Promise<Told> {
  const root = typeof spec === "string" ? spec : buildTree(spec);
  const inTree = (text: string) => text.replaceAll(root, "");
  const nameOf = (source: FoundSource) => {
    const place = source.kind === "file" ? source.path : source.kind === "journald" ? source.directory : source.archive;
    return inTree([source.kind === "file" ? "" : source.kind, place ?? ""].filter(Boolean).join(" "));
  };
  const { sources, leftOut, problems } = await discoverSources(root, { ...ELSEWHERE, ...facts });
  return {
    sources: sources.map((source) => `${nameOf(source)}${source.login ? "*" : ""}`),
    ...(leftOut.length > 0 && { leftOut: leftOut.map(({ source, because }) => `${nameOf(source)}: ${because}`) }),
    ...(problems.length > 0 && {
      problems: problems.map(({ source, status, login, note }) => `${status} ${source}${login ? "*" : ""}: ${note}`),
    }),
  };
}

const SAME = "the log files hold the same messages";
const UBUNTU = ["/var/log/auth.log", "/var/log/syslog", "/var/log/kern.log", "/var/log/ufw.log", "/var/log/dpkg.log"];
const RED_HAT = ["/var/log/secure", "/var/log/messages", "/var/log/maillog", "/var/log/cron"];
const JOURNAL_ONLY = { journals: { [PERSISTENT]: LIVES } };
const READ_JOURNAL: Told = { sources: [`journald ${PERSISTENT}*`] };

interface SystemCase {
  readonly name: string;
  readonly tree: TreeSpec;
  readonly facts?: Partial<Facts>;
  readonly told: Told;
}

/** A stock install of each. */
const SYSTEMS: readonly SystemCase[] = [
  ...["10.5.8", "10.6.8", "10.7.5"].map((version) => ({
    name: `Mac OS X ${version}`,
    tree: {
      release: macRelease(version),
      logs: ["secure.log", "system.log", "ipfw.log", "appfirewall.log", "install.log"].map(
        (name) => `/var/log/${name}`,
      ),
    },
    told: {
      sources: ["/var/log/secure.log*", "/var/log/system.log", "/var/log/ipfw.log", "/var/log/appfirewall.log"],
    },
  })),
  {
    name: "OS X 10.8.5 that was 10.7, with fail2ban of MacPorts",
    tree: {
      release: macRelease("10.8.5"),
      logs: ["/var/log/system.log", "/var/log/appfirewall.log", "/opt/local/var/log/fail2ban.log"],
      lines: { "/var/log/secure.log": ["2012-07-01T08:00Z", "2012-07-25T08:00Z"] },
    },
    told: {
      sources: [
        "/var/log/secure.log",
        "/var/log/system.log*",
        "/opt/local/var/log/fail2ban.log",
        "/var/log/appfirewall.log",
      ],
    },
  },
  {
    name: "OS X 10.11.6",
    tree: { release: macRelease("10.11.6"), logs: ["/var/log/system.log", "/var/log/appfirewall.log"] },
    told: { sources: ["/var/log/system.log*", "/var/log/appfirewall.log"] },
  },
  ...["10.12.6", "10.15.7", "14.5", "26.0.1"].map((version) => ({
    name: `this Mac with macOS ${version} and fail2ban of Homebrew`,
    tree: {
      release: macRelease(version),
      logs: ["/var/log/system.log", "/opt/homebrew/var/log/fail2ban.log", "/usr/local/var/log/fail2ban.log"],
      lines: { "/var/log/appfirewall.log": null },
      folders: ["/var/db/diagnostics"],
    },
    facts: { machine: MAC },
    told: {
      sources: [
        "unified-log*",
        "/var/log/system.log",
        "/usr/local/var/log/fail2ban.log",
        "/opt/homebrew/var/log/fail2ban.log",
        "/var/log/appfirewall.log",
      ],
    },
  })),
  {
    name: "the disk of a Mac with macOS 15.1",
    tree: { release: macRelease("15.1"), logs: ["/private/var/log/system.log"], links: { "/var": "private/var" } },
    told: {
      sources: ["/var/log/system.log"],
      problems: [
        "missing login messages*: login source not read: macOS 15.1 keeps them in the unified log, which only a Mac can read (there: log collect --output logs.logarchive; put that into the folder)",
      ],
    },
  },
  {
    name: "a Mac's data volume, which does not say its release",
    tree: {
      logs: ["/private/var/log/system.log"],
      folders: ["/private/var/db/diagnostics"],
    },
    told: {
      sources: ["/private/var/log/system.log"],
      problems: [
        "missing login messages*: login source not read: macOS keeps them in the unified log, which only a Mac can read (there: log collect --output logs.logarchive; put that into the folder)",
      ],
    },
  },
  {
    name: "the disk of a Mac with an archive of its unified log",
    tree: { release: macRelease("15.1"), logs: ["/var/log/system.log"], folders: ["/system_logs.logarchive"] },
    told: { sources: ["unified-log /system_logs.logarchive*", "/var/log/system.log"] },
  },
  {
    name: "Debian 11",
    tree: {
      release: osRelease("debian", "Debian GNU/Linux 11 (bullseye)"),
      logs: ["/var/log/auth.log", "/var/log/syslog", "/var/log/messages", "/var/log/kern.log", "/var/log/fail2ban.log"],
      journals: { [PERSISTENT]: LIVES },
    },
    told: {
      sources: [
        "/var/log/auth.log*",
        "/var/log/syslog",
        "/var/log/messages",
        "/var/log/fail2ban.log",
        "/var/log/kern.log",
      ],
      leftOut: [`journald ${PERSISTENT}: ${SAME}`],
    },
  },
  ...["12 (bookworm)", "13 (trixie)"].flatMap((version) => [
    {
      name: `Debian ${version}`,
      tree: {
        release: osRelease("debian", `Debian GNU/Linux ${version}`),
        logs: ["/var/log/fail2ban.log", "/var/log/dpkg.log"],
        journals: { [PERSISTENT]: LIVES },
      },
      told: { sources: [`journald ${PERSISTENT}*`, "/var/log/fail2ban.log"] },
    },
    {
      name: `Debian ${version} with rsyslog`,
      tree: {
        release: osRelease("debian", `Debian GNU/Linux ${version}`),
        logs: ["/var/log/auth.log", "/var/log/syslog", "/var/log/kern.log"],
        journals: { [PERSISTENT]: LIVES },
      },
      told: {
        sources: ["/var/log/auth.log*", "/var/log/syslog", "/var/log/kern.log"],
        leftOut: [`journald ${PERSISTENT}: ${SAME}`],
      },
    },
  ]),
  ...["20.04.6", "22.04.5", "24.04.1"].map((version) => ({
    name: `Ubuntu ${version}`,
    tree: {
      release: osRelease("ubuntu", `Ubuntu ${version} LTS`, "debian"),
      logs: UBUNTU,
      journals: { [PERSISTENT]: LIVES },
    },
    told: {
      sources: ["/var/log/auth.log*", "/var/log/syslog", "/var/log/kern.log", "/var/log/ufw.log"],
      leftOut: [`journald ${PERSISTENT}: ${SAME}`],
    },
  })),
  ...["7.9", "8.10", "9.5"].map((version) => ({
    name: `Red Hat ${version}, whose journal is that since the last start`,
    tree: {
      release: osRelease("rhel", `Red Hat Enterprise Linux ${version}`, "fedora"),
      logs: RED_HAT,
      journals: { [VOLATILE]: ["2026-11-19T06:00Z", "2026-11-19T22:50Z"] as const },
    },
    told: {
      sources: ["/var/log/secure*", "/var/log/messages"],
      leftOut: [`journald ${VOLATILE}: it begins 2026-11-19 06:00, and /var/log/secure 2026-11-12 22:00`],
    },
  })),
  {
    name: "Rocky Linux 10",
    tree: {
      release: osRelease("rocky", "Rocky Linux 10.0 (Red Quartz)", "rhel centos fedora"),
      logs: RED_HAT,
      journals: { [PERSISTENT]: LIVES },
    },
    told: { sources: ["/var/log/secure*", "/var/log/messages"], leftOut: [`journald ${PERSISTENT}: ${SAME}`] },
  },
  ...["39 (Server Edition)", "43 (Server Edition)"].map((version) => ({
    name: `Fedora ${version}`,
    tree: { release: osRelease("fedora", `Fedora Linux ${version}`), logs: ["/var/log/dnf.log"], ...JOURNAL_ONLY },
    told: READ_JOURNAL,
  })),
  { name: "Arch Linux", tree: { release: osRelease("arch", "Arch Linux"), ...JOURNAL_ONLY }, told: READ_JOURNAL },
  {
    name: "openSUSE Tumbleweed",
    tree: {
      release: { "/usr/lib/os-release": 'ID="opensuse-tumbleweed"\nPRETTY_NAME="openSUSE Tumbleweed"\n' },
      links: { "/etc/os-release": "../usr/lib/os-release" },
      ...JOURNAL_ONLY,
    },
    told: READ_JOURNAL,
  },
  {
    name: "openSUSE Leap 15.6 with rsyslog",
    tree: {
      release: osRelease("opensuse-leap", "openSUSE Leap 15.6", "suse opensuse"),
      logs: ["/var/log/messages", "/var/log/firewall", "/var/log/warn"],
      journals: { [VOLATILE]: ["2026-11-19T06:00Z", "2026-11-19T22:50Z"] },
    },
    told: {
      sources: ["/var/log/messages*", "/var/log/firewall"],
      leftOut: [`journald ${VOLATILE}: it begins 2026-11-19 06:00, and /var/log/messages 2026-11-12 22:00`],
    },
  },
  {
    name: "Alpine 3.20",
    tree: { release: osRelease("alpine", "Alpine Linux v3.20"), logs: ["/var/log/messages", "/var/log/fail2ban.log"] },
    told: { sources: ["/var/log/messages*", "/var/log/fail2ban.log"] },
  },
  ...["12.4-RELEASE-p9", "13.3-RELEASE", "14.1-RELEASE-p5"].map((version) => ({
    name: `FreeBSD ${version}`,
    tree: {
      release: freeBsdRelease(version),
      logs: ["auth.log", "messages", "security", "denyhosts", "pflog", "userlog"].map((name) => `/var/log/${name}`),
      links: { "/etc/os-release": "../var/run/os-release" },
    },
    told: {
      sources: ["/var/log/auth.log*", "/var/log/messages", "/var/log/denyhosts", "/var/log/security"],
      leftOut: ["/var/log/pflog: is a packet capture of pf (tcpdump -n -e -tttt -r pflog makes text of it)"],
    },
  })),
  {
    name: "OpenBSD",
    tree: { logs: ["/var/log/authlog", "/var/log/messages", "/var/log/secure"] },
    told: { sources: ["/var/log/secure*", "/var/log/authlog*", "/var/log/messages"] },
  },
  {
    name: "CrowdSec and DenyHosts beside the journal",
    tree: {
      release: osRelease("debian", "Debian GNU/Linux 12 (bookworm)"),
      logs: ["/var/log/crowdsec.log", "/var/log/denyhosts", "/var/log/fail2ban.log"],
      ...JOURNAL_ONLY,
    },
    told: {
      sources: [`journald ${PERSISTENT}*`, "/var/log/fail2ban.log", "/var/log/crowdsec.log", "/var/log/denyhosts"],
    },
  },
  {
    name: "a folder of logs without a system",
    tree: { logs: ["/var/log/fail2ban.log"] },
    told: { sources: ["/var/log/fail2ban.log"] },
  },
  {
    name: "an empty folder",
    tree: {},
    told: {
      sources: [],
      problems: [
        "missing login messages*: login source not read: no log that holds them was found (name it under [[sources]] in the config)",
      ],
    },
  },
];

describe("a stock install is read without a config", () => {
  test.each(SYSTEMS)("$name", async ({ tree, facts, told }) => {
    expect(await discover(tree, facts)).toEqual(told);
  });
});

const DEBIAN = osRelease("debian", "Debian GNU/Linux 12 (bookworm)");
const SYSLOGD = ["/var/log/auth.log", "/var/log/syslog", "/var/log/kern.log", "/var/log/ufw.log"];
const NO_LOGIN_SOURCE = (on: string) =>
  `missing login messages*: login source not read: no log that holds them was found on ${on} (name it under [[sources]] in the config)`;

describe("files and journal of the same messages are never both read", () => {
  test("auth.log that nobody writes since rsyslog was removed gives way to the journal", async () => {
    const dead = ["2024-03-01T08:00Z", "2024-05-03T10:00Z"] as const;
    const told = await discover({
      release: DEBIAN,
      logs: ["/var/log/fail2ban.log"],
      lines: Object.fromEntries(SYSLOGD.map((path) => [path, dead])),
      ...JOURNAL_ONLY,
    });
    const because = "/var/log/auth.log ends 2024-05-03 10:00, and the journal goes on";
    expect(told).toEqual({
      sources: [`journald ${PERSISTENT}*`, "/var/log/fail2ban.log"],
      leftOut: SYSLOGD.map((path) => `${path}: ${because}`),
    });
  });

  test("a log that says no year is dated by its time", async () => {
    const told = await discover({
      release: DEBIAN,
      lines: { "/var/log/auth.log": ["2025-11-12T22:00Z", "2025-11-19T22:50Z"] },
      ...JOURNAL_ONLY,
    });
    expect(told.leftOut).toEqual([
      "/var/log/auth.log: /var/log/auth.log ends 2025-11-19 22:50, and the journal goes on",
    ]);
  });

  test("the rotated files count as the log's own", async () => {
    const told = await discover({
      release: DEBIAN,
      lines: {
        "/var/log/auth.log": ["2026-11-19T00:05Z", "2026-11-19T22:50Z"],
        "/var/log/auth.log.1.gz": ["2026-11-12T00:05Z", "2026-11-19T00:00Z"],
      },
      ...JOURNAL_ONLY,
    });
    expect(told).toEqual({ sources: ["/var/log/auth.log*"], leftOut: [`journald ${PERSISTENT}: ${SAME}`] });
  });

  test("a log that was only set up today gives way to a journal that is older", async () => {
    const told = await discover({
      release: DEBIAN,
      lines: { "/var/log/auth.log": ["2026-11-19T12:00Z", "2026-11-19T22:50Z"] },
      ...JOURNAL_ONLY,
    });
    expect(told).toEqual({
      sources: [`journald ${PERSISTENT}*`],
      leftOut: ["/var/log/auth.log: /var/log/auth.log begins 2026-11-19 12:00, and the journal 2026-11-12 22:00"],
    });
  });

  test("where journalctl is not installed, the log is read", async () => {
    const lines = { "/var/log/auth.log": ["2026-11-19T12:00Z", "2026-11-19T22:50Z"] } as const;
    const told = await discover({ release: DEBIAN, lines, ...JOURNAL_ONLY }, { searchPath: folder() });
    expect(told).toEqual({
      sources: ["/var/log/auth.log*"],
      leftOut: [`journald ${PERSISTENT}: journalctl is not installed`],
    });
  });

  test.each<{ name: string; tree: TreeSpec; why: string }>([
    { name: "an empty log", tree: { lines: { "/var/log/auth.log": null } }, why: "holds no line with a time" },
    { name: "a folder", tree: { folders: ["/var/log/auth.log"] }, why: "is a directory, not a log file" },
    { name: "a link that leads nowhere", tree: { links: { "/var/log/auth.log": "nowhere" } }, why: "does not exist" },
  ])("$name in place of auth.log gives way to the journal, and is told", async ({ tree, why }) => {
    expect(await discover({ release: DEBIAN, ...tree, ...JOURNAL_ONLY })).toEqual({
      sources: [`journald ${PERSISTENT}*`],
      leftOut: [`/var/log/auth.log: /var/log/auth.log ${why}; the journal is read`],
    });
  });

  test("a journal that cannot be read gives way to the log", async () => {
    const root = buildTree({ release: DEBIAN, logs: ["/var/log/auth.log"], ...JOURNAL_ONLY });
    writeFileSync(join(root, PERSISTENT, MACHINE_ID, "system.journal"), "damaged");
    expect(await discover(root)).toEqual({
      sources: ["/var/log/auth.log*"],
      leftOut: [`journald ${PERSISTENT}: its records cannot be read (run as root)`],
    });
  });

  test("a user's own journal does not tell how far back the system's goes", async () => {
    const root = buildTree({
      release: DEBIAN,
      logs: ["/var/log/auth.log"],
      journals: { [PERSISTENT]: ["2026-11-19T06:00Z", "2026-11-19T22:50Z"] },
    });
    writeFileSync(
      join(root, PERSISTENT, MACHINE_ID, "user-1000.journal"),
      journalHeader(["2026-10-01T06:00Z", "2026-11-19T22:50Z"]),
    );
    expect((await discover(root)).leftOut).toEqual([
      `journald ${PERSISTENT}: it begins 2026-11-19 06:00, and /var/log/auth.log 2026-11-12 22:00`,
    ]);
  });

  test("the journal on disk and the one in memory are both read", async () => {
    const half = ["2026-11-19T12:00Z", "2026-11-19T22:50Z"] as const;
    expect(await discover({ release: DEBIAN, journals: { [PERSISTENT]: LIVES, [VOLATILE]: half } })).toEqual({
      sources: [`journald ${PERSISTENT}*`, `journald ${VOLATILE}*`],
    });
  });

  test("this machine's journal is asked for as a whole, and another machine's beside it is not", async () => {
    const own = { ...DEBIAN, "/etc/machine-id": `${MACHINE_ID}\n` };
    const other = { ...DEBIAN, "/etc/machine-id": `${MACHINE_ID.replace("5", "6")}\n` };
    expect(await discover({ release: own, ...JOURNAL_ONLY }, { machine: LINUX })).toEqual({ sources: ["journald*"] });
    expect(await discover({ release: other, ...JOURNAL_ONLY }, { machine: LINUX })).toEqual({
      sources: [],
      problems: [NO_LOGIN_SOURCE("Debian GNU/Linux 12 (bookworm)")],
    });
  });
});

describe("a log is no login source by its name alone", () => {
  test.each<{ name: string; tree: TreeSpec; told: Told }>([
    {
      name: "Debian's syslog, from which logins are split off",
      tree: { release: DEBIAN, logs: ["/var/log/syslog"] },
      told: { sources: ["/var/log/syslog"], problems: [NO_LOGIN_SOURCE("Debian GNU/Linux 12 (bookworm)")] },
    },
    {
      name: "FreeBSD's messages",
      tree: { release: freeBsdRelease("14.1-RELEASE"), logs: ["/var/log/messages"] },
      told: { sources: ["/var/log/messages"], problems: [NO_LOGIN_SOURCE("FreeBSD 14.1-RELEASE")] },
    },
    {
      name: "a system that only has a watcher",
      tree: { release: osRelease("arch", "Arch Linux"), logs: ["/var/log/fail2ban.log"] },
      told: { sources: ["/var/log/fail2ban.log"], problems: [NO_LOGIN_SOURCE("Arch Linux")] },
    },
  ])("$name", async ({ tree, told }) => {
    expect(await discover(tree)).toEqual(told);
  });
});

describe("~/.ssh_logins", () => {
  test("of this user is read, and does not stand in for the system's log", async () => {
    const home = folder();
    writeFileSync(join(home, ".ssh_logins"), "");
    const { sources } = await discoverSources(buildTree({ release: DEBIAN, logs: ["/var/log/auth.log"] }), {
      ...ELSEWHERE,
      machine: { ...LINUX, home },
    });
    expect(sources.at(-1)).toEqual({ kind: "file", path: join(home, ".ssh_logins"), login: true });
    const { problems } = await discoverSources(folder(), { ...ELSEWHERE, machine: { ...LINUX, home } });
    expect(problems).toHaveLength(1);
  });

  test("of another tree's users is read where it is a file", async () => {
    const told = await discover({
      release: DEBIAN,
      logs: ["/var/log/auth.log"],
      lines: { "/root/.ssh_logins": null, "/home/alice/.ssh_logins": null, "/Users/carol/.ssh_logins": null },
      links: { "/home/mallory/.ssh_logins": "/etc/passwd" },
      folders: ["/home/bob/.ssh_logins"],
    });
    expect(told).toEqual({
      sources: ["/var/log/auth.log*", "/root/.ssh_logins*", "/home/alice/.ssh_logins*", "/Users/carol/.ssh_logins*"],
    });
  });
});

describe("what hides a log is told", () => {
  test.each<{ name: string; tree: TreeSpec; told: Told }>([
    {
      name: "a folder in place of a log",
      tree: { folders: ["/var/log/auth.log"] },
      told: { sources: ["/var/log/auth.log*"] },
    },
    {
      name: "a link that leads nowhere",
      tree: { links: { "/var/log/auth.log": "nowhere" } },
      told: { sources: ["/var/log/auth.log*"] },
    },
    {
      name: "a loop of links",
      tree: { links: { "/var/log/auth.log": "/var/log/secure", "/var/log/secure": "/var/log/auth.log" } },
      told: {
        sources: ["/var/log/auth.log (a loop of symbolic links)*", "/var/log/secure (a loop of symbolic links)*"],
      },
    },
    {
      name: "a folder of logs that leads nowhere",
      tree: { links: { "/var/log": "/data/log" } },
      told: { sources: [], problems: ["missing /var/log*: is a link to a folder that does not exist"] },
    },
    {
      name: "a log that a rotation has just taken away",
      tree: {
        lines: { "/var/log/auth.log.1": LIVES, "/var/log/syslog.1": ["2024-03-01T08:00Z", "2024-05-03T10:00Z"] },
      },
      told: { sources: ["/var/log/auth.log*"] },
    },
  ])("$name", async ({ tree, told }) => {
    expect(await discover(tree)).toEqual(told);
  });

  test.runIf(process.getuid?.() === 0)("a folder that lets nobody in", async () => {
    const root = buildTree({ logs: ["/var/log/auth.log"] });
    chmodSync(join(root, "var/log"), 0);
    for (let parent = root; parent !== dirname(parent); parent = dirname(parent)) {
      if (parent.includes("logdigest")) chmodSync(parent, 0o755);
    }
    const told = await asNobody(() => discover(root));
    expect(told).toEqual({
      sources: [],
      problems: [
        "unreadable /var/log*: its logs cannot be looked up: permission denied (run as root, or as a member of adm, or admin on macOS)",
      ],
    });
  });
});

async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe("another machine's tree", () => {
  test("has links that lead to its own files, not to ours", async () => {
    const root = buildTree({
      logs: ["/data/log/auth.log"],
      lines: { "/data/release": null },
      links: { "/var/log": "/data/log", "/etc/os-release": "/data/release" },
    });
    writeFileSync(join(root, "data/release"), "ID=alpine\nPRETTY_NAME='Alpine Linux v3.20'\n");
    expect(await discover(root)).toEqual({ sources: ["/data/log/auth.log*"] });
    rmSync(join(root, "data/log/auth.log"));
    expect(await discover(root)).toEqual({ sources: [], problems: [NO_LOGIN_SOURCE("Alpine Linux v3.20")] });
  });

  test("climbs no higher than its top", async () => {
    const outside = buildTree({ logs: ["/auth.log"] });
    mkdirSync(join(outside, "tree/var/log"), { recursive: true });
    symlinkSync("../../../auth.log", join(outside, "tree/var/log/auth.log"));
    expect(await discover(join(outside, "tree"))).toEqual({ sources: ["/auth.log*"] });
    expect((await discoverSources(join(outside, "tree"), ELSEWHERE)).sources).toEqual([
      { kind: "file", path: join(outside, "tree/auth.log"), login: true },
    ]);
  });

  test("does not make us wait for a pipe", async () => {
    const root = buildTree({ logs: ["/var/log/secure"] });
    mkdirSync(join(root, "etc"));
    execFileSync("mkfifo", [join(root, "etc/os-release")]);
    expect(await discover(root)).toEqual({ sources: ["/var/log/secure*"] });
  });
});

/** Makes empty logs below a folder and returns what is found, `*` for a log that holds logins. */
function found(paths: readonly string[], prepare: (root: string) => void = () => undefined): readonly string[] {
  const root = buildTree({ lines: Object.fromEntries(paths.map((path) => [path, null])) });
  prepare(root);
  return discoverLogs(root).map(({ path, login }) => `${path.slice(root.length)}${login ? "*" : ""}`);
}

describe("logs by existence alone", () => {
  test.each<{ name: string; has: string[]; logs: string[] }>([
    {
      name: "Debian",
      has: ["/var/log/syslog", "/var/log/kern.log", "/var/log/auth.log", "/var/log/fail2ban.log", "/var/log/dpkg.log"],
      logs: ["/var/log/auth.log*", "/var/log/syslog", "/var/log/fail2ban.log", "/var/log/kern.log"],
    },
    {
      name: "an old Mac with MacPorts",
      has: ["/var/log/system.log", "/var/log/appfirewall.log", "/opt/local/var/log/fail2ban.log"],
      logs: ["/var/log/system.log*", "/opt/local/var/log/fail2ban.log", "/var/log/appfirewall.log"],
    },
    { name: "nothing", has: [], logs: [] },
    { name: "a file in place of a folder", has: ["/opt", "/usr/local", "/var/log"], logs: [] },
  ])("$name", ({ has, logs }) => {
    expect(found(has)).toEqual(logs);
  });

  test("a link that leads nowhere is a log, so that it is told", () => {
    const broken = (root: string) => {
      rmSync(join(root, "var/log/auth.log"));
      symlinkSync("nowhere", join(root, "var/log/auth.log"));
    };
    expect(found(["/var/log/auth.log"], broken)).toEqual(["/var/log/auth.log*"]);
  });
});

test.each([
  ["/var/log/auth.log", true],
  ["/srv/logs/web1/syslog", true],
  ["/home/alice/.ssh_logins", true],
  ["/var/log/fail2ban.log", false],
  ["/var/log/ufw.log", false],
  ["/var/log/firewall", false],
  ["/var/log/firewalld", false],
  ["/var/log/pflog.txt", true],
])("%s may hold logins: %s", (path, may) => {
  expect(mayHoldLogins(path)).toBe(may);
});
