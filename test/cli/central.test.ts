// A central log server: folders and files that many machines write to. Who did what is told with the machine, and a
// machine that falls silent is told though all its files can be read.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { folder, logdigest, toMaildir } from "./run.ts";

const HOUR = 3_600_000;
const FIRST = Date.parse("2024-11-04T00:00Z");

/** The server, in UTC: `remote` is where it keeps the logs of the others. */
class Server {
  readonly dir = folder();
  readonly config = join(this.dir, "config.toml");

  constructor(source: string) {
    mkdirSync(join(this.dir, "remote"));
    writeFileSync(
      this.config,
      `host = "loghost"\ntime_zone = "UTC"\nstate.dir = "state"\n[[sources]]\n${source}\n${toMaildir()}`,
    );
  }

  write(name: string, at: number, line: string): void {
    const path = join(this.dir, "remote", name);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${new Date(at).toISOString()} ${line}\n`);
    utimesSync(path, at / 1000, at / 1000);
  }

  /** A day of cron on `host`. */
  day(name: string, host: string, day: number): void {
    for (let hour = 0; hour < 24; hour++) {
      const at = FIRST + (day * 24 + hour) * HOUR;
      this.write(
        name,
        at,
        `${host} CRON[${hour + 1}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`,
      );
    }
  }

  report(day: number) {
    const now = new Date(FIRST + (day * 24 + 23) * HOUR + 55 * 60_000 + 20_000).toISOString();
    return logdigest(["report", "--config", this.config, "--now", now]);
  }

  preview(day: number) {
    const now = new Date(FIRST + (day * 24 + 23) * HOUR + 55 * 60_000 + 20_000).toISOString();
    return logdigest(["report", "--config", this.config, "--now", now, "--stdout", "--format", "json"]);
  }

  async mails() {
    const mails = join(this.dir, "Maildir/new");
    if (!existsSync(mails)) return [];
    const read = await Promise.all(readdirSync(mails).map((name) => simpleParser(readFileSync(join(mails, name)))));
    return read.sort((a, b) => (a.date?.getTime() ?? 0) - (b.date?.getTime() ?? 0));
  }
}

const failed = (host: string) => `${host} sshd[7]: Failed password for root from 203.0.113.9 port 4711 ssh2`;
const at = (day: number, hour: number) => FIRST + (day * 24 + hour) * HOUR;

describe("who did what is told with the machine", () => {
  test.each([
    { name: "a folder for each", paths: ["web1/auth.log", "web2/auth.log"], hosts: "path" },
    { name: "a file for each", paths: ["web1.log", "web2.log"], hosts: "path" },
    {
      name: "folders for each day below each",
      paths: ["web1/2024/11/04/auth.log", "web2/2024/11/04/auth.log"],
      hosts: "path",
    },
    { name: "a folder for each day", paths: ["2024-11-04/web1.log", "2024-11-04/web2.log"], hosts: "path" },
    { name: "all of them in one file", paths: ["all.log", "all.log"], hosts: "lines" },
  ])("$name", async ({ paths: [one = "", two = ""], hosts }) => {
    const server = new Server(`path = "remote"\nhosts = "${hosts}"`);
    server.day(one, "web1", 0);
    server.day(two, "web2", 0);
    for (let i = 0; i < 6; i++) server.write(two, at(0, 12) + i * 1000, failed("web2"));
    server.write(two, at(0, 13), "web2 sshd[8]: Accepted password for root from 203.0.113.9 port 4712 ssh2");
    server.write(
      one,
      at(0, 14),
      "web1 sshd[9]: Accepted publickey for alice from 192.0.2.7 port 4713 ssh2: ED25519 SHA256:abc",
    );
    const { status, out, err } = await server.preview(0);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const digest = JSON.parse(out);
    const section = (id: string) => digest.sections.find((one: { id: string }) => one.id === id).groups;
    expect({
      hosts: digest.hosts,
      logins: section("logins").map(({ host, user }: { host: string; user: string }) => `${user}@${host}`),
      failures: section("failures").map(({ host, count }: { host: string; count: number }) => `${count} on ${host}`),
      critical: digest.findings
        .filter(({ id }: { id: string }) => id === "success-after-failures")
        .map(({ host }: { host: string }) => host),
    }).toEqual({
      hosts: ["web1", "web2"],
      logins: expect.arrayContaining(["root@web2", "alice@web1"]),
      failures: ["6 on web2"],
      critical: ["web2"],
    });
  });
});

describe("a machine that has spoken every night for a week and is silent", () => {
  test.concurrent.each([
    {
      name: "among others in one file",
      path: () => "all.log",
      source: 'path = "remote/all.log"\nhosts = "lines"',
      row: "web2 in all.log",
    },
    {
      name: "with a log of its own",
      path: (host: string) => `${host}/auth.log`,
      source: 'path = "remote"\nhosts = "path"',
      row: "web2/auth.log",
    },
    {
      name: "with a file for each day",
      path: (host: string, day: number) => `2024-11-${String(4 + day).padStart(2, "0")}/${host}.log`,
      source: 'path = "remote"\nhosts = "path"',
      row: "web2 in remote",
    },
    {
      name: "with folders for each day below its own",
      path: (host: string, day: number) => `${host}/2024/11/${String(4 + day).padStart(2, "0")}/auth.log`,
      source: 'path = "remote"\nhosts = "path"',
      row: "web2 in remote",
    },
    {
      name: "among others in a file for each day",
      path: (_: string, day: number) => `2024-11-${String(4 + day).padStart(2, "0")}.log`,
      source: 'path = "remote"\nhosts = "lines"',
      row: "web2 in remote",
    },
  ])(
    "is told by name: $name",
    async ({ path, source, row }) => {
      const server = new Server(source);
      for (let day = 0; day < 8; day++) {
        server.day(path("web1", day), "web1", day);
        if (day < 7) server.day(path("web2", day), "web2", day);
        const ended = await server.report(day);
        expect({ day, ...ended }).toEqual({ day, status: day < 7 ? 0 : 65, out: "", err: "" });
      }
      const mails = await server.mails();
      expect(mails.map(({ subject }) => subject)).toEqual([expect.stringContaining("1 log silent")]);
      const [log = "", place] = row.split(" in ");
      const named =
        place === undefined
          ? join(server.dir, "remote", log)
          : `${log} in ${join(server.dir, "remote", place === "remote" ? "" : place)}`.replace(/\/$/, "");
      expect(mails[0]?.text?.replace(/\s+/g, " ")).toContain(named);
    },
    60_000,
  );

  test("is none when it never spoke that often", async () => {
    const server = new Server('path = "remote/all.log"\nhosts = "lines"');
    for (let day = 0; day < 8; day++) {
      server.day("all.log", "web1", day);
      if (day < 7)
        server.write("all.log", at(day, 12), "web3 CRON[9]: pam_unix(cron:session): session closed for user root");
      expect((await server.report(day)).status).toBe(0);
    }
    expect(await server.mails()).toEqual([]);
  }, 180_000);
});
