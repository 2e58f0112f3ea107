import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expandFolder } from "../../src/sources/folder.ts";
import { folder, make } from "./logs.ts";
import { buildTree } from "./trees/build.ts";

/** `HOST PATH`, `*` where it may hold logins, `?` where only rotated files are there. */
function expand(root: string, since?: number) {
  const { logs, problems } = expandFolder(root, since);
  const inTree = (path: string) => path.replace(`${root}/`, "").replace(root, ".");
  return {
    logs: logs.map(({ host, path, login, optional }) => {
      return `${host} ${inTree(path)}${login ? "*" : ""}${optional ? "?" : ""}`;
    }),
    problems: problems.map(({ source, status, note }) => `${status} ${inTree(source)}: ${note}`),
  };
}

function expandNames(names: readonly string[]) {
  return expand(buildTree({ lines: Object.fromEntries(names.map((name) => [name, null])) }));
}

describe("a folder that a central syslog server writes", () => {
  test.each<{ name: string; has: string[]; logs: string[] }>([
    {
      name: "a folder a machine",
      has: ["web1/auth.log", "web1/auth.log.1", "web1/auth.log.2.gz", "web1/fail2ban.log", "db1.example.org/secure"],
      logs: ["db1.example.org db1.example.org/secure*", "web1 web1/auth.log*", "web1 web1/fail2ban.log"],
    },
    {
      name: "a file a machine",
      has: [
        "web1.log",
        "web1.log-20261118.gz",
        "web2.example.org.log",
        "gateway",
        "192.0.2.7.log",
        "192.0.2.8",
        "2001:db8::7.log",
      ],
      logs: [
        "192.0.2.7 192.0.2.7.log*",
        "192.0.2.8 192.0.2.8*",
        "2001:db8::7 2001:db8::7.log*",
        "gateway gateway*",
        "web1 web1.log*",
        "web2.example.org web2.example.org.log*",
      ],
    },
    {
      name: "a folder a day below the machine's",
      has: ["web1/2026/11/18/auth.log", "web1/2026/11/19/auth.log", "web2/2026-11-19.log", "web2/20261118.log"],
      logs: [
        "web1 web1/2026/11/18/auth.log*",
        "web1 web1/2026/11/19/auth.log*",
        "web2 web2/2026-11-19.log*",
        "web2 web2/20261118.log*",
      ],
    },
    {
      name: "the machine below the day",
      has: ["2026-11-19/web1.log", "2026/11/19/web2/auth.log", "web3-2026-11-19.log"],
      logs: ["web1 2026-11-19/web1.log*", "web2 2026/11/19/web2/auth.log*", "web3 web3-2026-11-19.log*"],
    },
    {
      name: "a machine that has sent nothing since its log was rotated",
      has: ["web1/auth.log.1", "web1/auth.log.2.gz", "web2/messages-20261118.xz"],
      logs: ["web1 web1/auth.log*?", "web2 web2/messages*?"],
    },
    {
      name: "rotated files in a folder of their own",
      has: [
        "web1/auth.log",
        "web1/old/auth.log.1",
        "web2/archive/auth.log-20261118.gz",
        "old/web3.log.1",
        "old/web3.log",
      ],
      logs: ["old old/web3.log*", "web1 web1/auth.log*", "web2 web2/auth.log*?", "web3 web3.log*?"],
    },
    {
      name: "rotated files that kept their extension",
      has: [
        "web1.log",
        "web1.1.log",
        "web1.2.log.gz",
        "web2.log",
        "web2-20261118.log",
        "web3-20261118.log",
        "10.0.0.1.log",
      ],
      logs: ["10.0.0.1 10.0.0.1.log*", "web1 web1.log*", "web2 web2.log*", "web3 web3-20261118.log*"],
    },
    { name: "hidden files", has: [".web1.log.swp", ".git/config"], logs: [] },
  ])("$name", ({ has, logs }) => {
    expect(expandNames(has)).toEqual({ logs, problems: [] });
  });

  test("files that were last written before the window are left out", () => {
    const root = folder();
    make(join(root, "web1"), {
      "2026-11-01.log": { at: "2026-11-01T23:59Z" },
      "2026-11-19.log": { at: "2026-11-19T22:00Z" },
    });
    expect(expand(root, Date.parse("2026-11-18T00:00Z")).logs).toEqual(["web1 web1/2026-11-19.log*"]);
  });

  test("what links lead to is taken once, under its own name", () => {
    const root = buildTree({ lines: { "web1/auth.log": null } });
    symlinkSync("web1", join(root, "alias"));
    symlinkSync("auth.log", join(root, "web1/a-link.log"));
    symlinkSync("..", join(root, "web1/up"));
    const elsewhere = buildTree({ lines: { "auth.log": null } });
    symlinkSync(elsewhere, join(root, "web2"));
    expect(expand(root)).toEqual({ logs: ["web1 web1/auth.log*", "web2 web2/auth.log*"], problems: [] });
  });

  test("what cannot be read is told", () => {
    const root = buildTree({ lines: { "web1/auth.log": null } });
    execFileSync("mkfifo", [join(root, "web1/pipe")]);
    symlinkSync("nowhere", join(root, "web1/broken.log"));
    symlinkSync("loop.log", join(root, "web1/loop.log"));
    expect(expand(root)).toEqual({
      logs: ["web1 web1/auth.log*"],
      problems: [
        "unreadable web1/pipe: is no file",
        "missing web1/broken.log: does not exist, or is a link that leads nowhere",
        "unreadable web1/loop.log: cannot be read: a loop of symbolic links",
      ],
    });
  });

  test("a folder that is not there, or is none, is told", () => {
    const root = buildTree({ lines: { "auth.log": null } });
    expect(expandFolder(join(root, "remote"))).toEqual({
      logs: [],
      problems: [
        {
          source: join(root, "remote"),
          status: "missing",
          login: true,
          note: "does not exist, or is a link that leads nowhere",
        },
      ],
    });
    expect(expand(join(root, "auth.log")).problems).toEqual(["unreadable .: is no folder"]);
  });

  test("no more than 10,000 logs are read, and that is told", () => {
    const root = folder();
    for (let i = 0; i < 10_003; i++) writeFileSync(join(root, `host${i}.log`), "");
    const { logs, problems } = expandFolder(root);
    expect(logs).toHaveLength(10_000);
    expect(problems.map(({ note }) => note)).toEqual(["3 of 10003 logs are not read: name its folders one by one"]);
  });
});
