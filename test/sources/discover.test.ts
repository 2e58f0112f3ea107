import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { discoverLogs, mayHoldLogins } from "../../src/sources/discover.ts";
import { folder } from "./logs.ts";

/** Makes empty logs below a folder and returns what is found, `*` for a log that holds logins. */
function found(paths: readonly string[], prepare: (root: string) => void = () => undefined): readonly string[] {
  const root = folder();
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "");
  }
  prepare(root);
  return discoverLogs(root).map(({ path, login }) => `${path.slice(root.length)}${login ? "*" : ""}`);
}

describe("which logs a system has", () => {
  test.each<{ name: string; has: string[]; logs: string[] }>([
    {
      name: "Debian",
      has: ["/var/log/syslog", "/var/log/kern.log", "/var/log/auth.log", "/var/log/fail2ban.log", "/var/log/dpkg.log"],
      logs: ["/var/log/auth.log*", "/var/log/syslog", "/var/log/fail2ban.log", "/var/log/kern.log"],
    },
    {
      name: "Fedora",
      has: ["/var/log/secure", "/var/log/messages", "/var/log/kern.log"],
      logs: ["/var/log/secure*", "/var/log/messages", "/var/log/kern.log"],
    },
    {
      name: "an old Mac with MacPorts",
      has: ["/var/log/system.log", "/var/log/appfirewall.log", "/opt/local/var/log/fail2ban.log"],
      logs: ["/var/log/system.log*", "/opt/local/var/log/fail2ban.log", "/var/log/appfirewall.log"],
    },
    { name: "Alpine", has: ["/var/log/messages"], logs: ["/var/log/messages*"] },
    { name: "nothing", has: [], logs: [] },
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

  test("a file in place of a folder has none", () => {
    expect(found(["/opt", "/usr/local", "/var/log"])).toEqual([]);
  });
});

test.each([
  ["/var/log/auth.log", true],
  ["/srv/logs/web1/syslog", true],
  ["/var/log/fail2ban.log", false],
  ["/var/log/ufw.log", false],
  ["/var/log/firewalld", false],
  ["/var/log/pflog.txt", true],
])("%s may hold logins: %s", (path, may) => {
  expect(mayHoldLogins(path)).toBe(may);
});
