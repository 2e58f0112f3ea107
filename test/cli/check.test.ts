// logdigest check: what works, what does not, what to do about it, and the status that a report would end with.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { say, startHttpServer } from "../deliver/http-server.ts";
import { login, startMailServer } from "../deliver/mail-server.ts";
import { startScriptedServer } from "../deliver/scripted-server.ts";
import { execute, folder, logdigest, program, toMaildir, toSendmail, toServer } from "./run.ts";

const HOUR = 3_600_000;
const now = Date.now();

/** A line of cron, so many hours before now. */
const cron = (hoursAgo: number) =>
  `${new Date(now - hoursAgo * HOUR).toISOString()} mini CRON[7]: pam_unix(cron:session): session closed for user root\n`;
const hourly = (from: number, to: number) => Array.from({ length: from - to }, (_, i) => cron(from - i)).join("");

interface Files {
  readonly [name: string]: string | Buffer;
}

/** A machine in UTC that has these files beside its config. */
function machine(toml: string, files: Files = { "auth.log": hourly(72, 0) }) {
  const dir = folder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    writeFileSync(path, content);
  }
  const config = join(dir, "config.toml");
  writeFileSync(config, `host = "mini"\ntime_zone = "UTC"\nstate.dir = "state"\n${toml}`);
  return { dir, config };
}

const AUTH = '[[sources]]\npath = "auth.log"\n';
const check = (host: { config: string }, ...args: string[]) => logdigest(["check", "--config", host.config, ...args]);

/** `2026-11-18 09:00`, the minute that lies so many hours back. */
const minute = (hoursAgo: number) => new Date(now - hoursAgo * HOUR).toISOString().slice(0, 16).replace("T", " ");

describe("a machine on which all is well", () => {
  test("0: config, state, schedule, mail, and what each log holds with its rotated files", async () => {
    const rotated = gzipSync(hourly(200, 72));
    const host = machine(AUTH + toMaildir(), { "auth.log": hourly(72, 0), "auth.log.1.gz": rotated });
    const at = (now - 72 * HOUR) / 1000;
    utimesSync(join(host.dir, "auth.log.1.gz"), at, at);
    const { status, out, err } = await check(host);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const lines = out.split("\n");
    expect(lines).toContain(`config    ${host.config}`);
    expect(lines).toContain(`state     ${join(host.dir, "state")}: nothing yet, the first scheduled run makes it`);
    expect(out).toMatch(/^schedule {2}55 23 \* \* \* \(UTC\): next run \d{4}-\d\d-\d\d 23:55$/m);
    expect(out).toContain(`mail      maildir ${join(host.dir, "Maildir")}, to admin@example.org, ops@example.org`);
    expect(out).toMatch(
      new RegExp(`^ {2}ok {2}\\S+/auth\\.log {2}${minute(200)} to ${minute(1)} {2}\\d+ lines read`, "m"),
    );
    expect(lines.at(-2)).toBe("result    all is in order");
    expect(existsSync(join(host.dir, "state"))).toBe(false);
    expect(existsSync(join(host.dir, "Maildir"))).toBe(false);
  });

  test("says up to when runs have completed, and which were missed", async () => {
    const host = machine(AUTH + toMaildir());
    const ranAt = now - 4 * 24 * HOUR;
    await logdigest(["report", "--config", host.config, "--now", new Date(ranAt).toISOString()]);
    const { out } = await check(host);
    expect(out).toMatch(
      /^schedule {2}completed up to \d{4}-\d\d-\d\d 23:55: [34] runs were missed, the next one catches up/m,
    );
    expect(out).toMatch(/^state {5}\S+: 1 night kept, 0 messages in the outbox$/m);
    await logdigest(["report", "--config", host.config, "--now", new Date(now).toISOString()]);
    expect((await check(host)).out).toMatch(/^schedule {2}completed up to \d{4}-\d\d-\d\d 23:55$/m);
  });
});

describe("what does not work is said, with what to do", () => {
  const strange = Array.from({ length: 30 }, (_, i) =>
    cron(30 - i).replace(/ CRON.*/, ` sshd[${i}]: a peer was let in`),
  );
  test.each([
    {
      name: "a missing log",
      status: 66,
      files: {},
      says: ["missing", "does not exist", "with optional = true for one"],
    },
    {
      name: "a log that is a folder's socket or pipe",
      status: 66,
      files: {},
      fifo: true,
      says: ["unreadable", "is a named pipe, not a log file"],
    },
    {
      name: "a log that nobody understands",
      status: 65,
      files: { "auth.log": strange.join("") },
      says: ["unrecognised", "a peer was let in", "logdigest parse --explain"],
    },
    {
      name: "a rotated log that is cut",
      status: 65,
      files: { "auth.log": hourly(20, 0), "auth.log.1.gz": gzipSync(hourly(72, 20)).subarray(0, -30) },
      says: ["damaged", "auth.log.1.gz", "restore the file"],
    },
  ])("$status: $name", async ({ status, files, says, fifo }) => {
    const host = machine(AUTH + toMaildir(), files as Files);
    if (fifo) await execute("mkfifo", [join(host.dir, "auth.log")], {});
    const ended = await check(host);
    expect(ended.status).toBe(status);
    for (const words of says) expect(ended.out).toContain(words);
    expect(ended.out).toMatch(new RegExp(`^result .*\\(exit status ${status}\\)$`, "m"));
  });

  test.runIf(process.getuid?.() === 0)("66: a log that this user may not read names the group to join", async () => {
    const host = machine(AUTH + toMaildir());
    chmodSync(join(host.dir, "auth.log"), 0o600);
    for (const path of [host.dir, dirname(host.dir), dirname(dirname(program))]) chmodSync(path, 0o755);
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const command = [...nobody, process.execPath, program, "check", "--config", host.config];
    const ended = await execute("setpriv", command, {});
    expect(ended.out).toContain("permission denied (run as root, or as a member of adm, or admin on macOS)");
    // The state folder is closed to it, too.
    expect(ended).toMatchObject({ status: 73, err: "" });
  });

  test("78: nobody gets a digest", async () => {
    const { status, out } = await check(machine(AUTH));
    expect(status).toBe(78);
    expect(out).toContain("mail      no [mail] in the config: nobody gets a digest");
  });

  test("78: a password that cannot be read", async () => {
    const { status, out } = await check(
      machine(AUTH + toServer(25, 'tls = "starttls"\nuser = "u"\npassword_file = "secret"')),
    );
    expect(status).toBe(78);
    expect(out).toMatch(/^mail {6}cannot read \S+secret: .*mail\.smtp\.password_file/m);
  });

  test("78: a channel whose address cannot be read, though the mail is in order", async () => {
    const channel = '[[channels]]\nkind = "ntfy"\nname = "phone"\ntopic = "logs"\nurl_file = "nowhere"\n';
    const { status, out } = await check(machine(AUTH + toMaildir() + channel));
    expect(status).toBe(78);
    expect(out).toMatch(/^phone {5}.*nowhere/m);
    expect(out).toMatch(/^mail {6}maildir/m);
  });

  test("78: templates that are not there", async () => {
    const { status, out } = await check(machine(`templates.dir = "nowhere"\n${AUTH}${toMaildir()}`));
    expect(status).toBe(78);
    expect(out).toMatch(/^templates .*nowhere/m);
  });

  test("69: a mailer that is not installed", async () => {
    const { status, out } = await check(machine(AUTH + toSendmail("/nonexistent/sendmail")));
    expect(status).toBe(69);
    expect(out).toContain("/nonexistent/sendmail is not there or no program");
  });

  test("73: a state that is none", async () => {
    const host = machine(AUTH + toMaildir());
    mkdirSync(join(host.dir, "state"));
    writeFileSync(join(host.dir, "state/state.db"), "no database at all ".repeat(300));
    const { status, out } = await check(host);
    expect(status).toBe(73);
    expect(out).toMatch(/^state .*state\.db/m);
  });

  test("the worst one is the exit status, and all are told", async () => {
    const { status, out } = await check(machine(AUTH, {}));
    expect(status).toBe(78);
    expect(out).toContain("does not exist");
  });

  test("a log of another zone than fail2ban's", async () => {
    const auth: string[] = [];
    const bans: string[] = [];
    for (let i = 0; i < 12; i++) {
      const at = now - (20 - i) * HOUR;
      const ip = `203.0.113.${i + 1}`;
      for (let n = 0; n < 3; n++) {
        auth.push(
          `${new Date(at + n * 1000).toISOString()} mini sshd[${i + 1}]: Failed password for root from ${ip} port 4711 ssh2\n`,
        );
      }
      const told = new Date(at - 5 * HOUR + 3000).toISOString().slice(0, 19).replace("T", " ");
      bans.push(`${told},123 fail2ban.actions [731]: NOTICE  [sshd] Ban ${ip}\n`);
    }
    const sources = `${AUTH}[[sources]]\npath = "fail2ban.log"\n`;
    const files = { "auth.log": auth.join(""), "fail2ban.log": bans.join("") };
    const { status, out } = await check(machine(sources + toMaildir(), files));
    expect(status).toBe(0);
    expect(out).toContain("fail2ban's times are 5 h behind those of the log that it watches");
  });
});

describe("--send-test", () => {
  test("0: a mail that says that it is a test, though there is nothing to report", async () => {
    const { port, received } = await startMailServer();
    const host = machine(AUTH + toServer(port));
    const { status, out } = await check(host, "--send-test");
    expect(status).toBe(0);
    expect(out).toContain("test      mail to admin@example.org: accepted");
    expect(out).toContain("test      mail to ops@example.org: accepted");
    const mail = await simpleParser(received[0]?.raw ?? Buffer.alloc(0));
    expect(mail.subject).toMatch(/^test: mini: nothing to report \(/);
    for (const part of [mail.text, mail.html || ""]) expect(part).toContain("this is a test");
    expect(existsSync(join(host.dir, "state"))).toBe(false);
  });

  test("0: through every channel", async () => {
    const server = await startHttpServer(say(200, '{"id":"x","event":"message"}'));
    const channels = ["ntfy", "discord", "webhook"].map(
      (kind) =>
        `[[channels]]\nkind = "${kind}"\nname = "${kind}"\nurl_file = "${kind}-url"\n${kind === "ntfy" ? 'topic = "logs"\n' : ""}`,
    );
    const urls = ["ntfy", "discord", "webhook"].map(
      (kind) => [`${kind}-url`, `${server.url}${kind === "ntfy" ? "" : `/${kind}`}`] as const,
    );
    const host = machine(AUTH + toMaildir() + channels.join(""), {
      "auth.log": hourly(72, 0),
      ...Object.fromEntries(urls),
    });
    for (const [name] of urls) chmodSync(join(host.dir, name), 0o600);
    const { status, out, err } = await check(host, "--send-test");
    expect({ status, err }, out).toEqual({ status: 0, err: "" });
    expect(
      server.heard.filter(({ body, headers }) => `${JSON.stringify(headers)}${body}`.includes("this is a test")),
    ).toHaveLength(3);
    expect(out.match(/^test {6}.*accepted/gm)).toHaveLength(5);
    const mails = readdirSync(join(host.dir, "Maildir/new"));
    expect(mails.map((name) => readFileSync(join(host.dir, "Maildir/new", name), "utf8"))).toEqual([
      expect.stringMatching(/^Subject: test: mini/m),
    ]);
  });

  test("69: a server that refuses the recipients", async () => {
    const { port } = await startScriptedServer("220 ready", (line) => {
      if (line.startsWith("RCPT")) return "550 5.1.1 no such user";
      return line.startsWith("QUIT") ? "221 bye" : "250 ok";
    });
    const { status, out } = await check(machine(AUTH + toServer(port)), "--send-test");
    expect(status).toBe(69);
    expect(out).toMatch(/^test {6}mail to admin@example\.org: refused, .*550/m);
  });

  test("78: nobody to send to", async () => {
    const host = machine(AUTH);
    const { status, out } = await check(host, "--send-test");
    expect(status).toBe(78);
    expect(out).toContain("test      not sent: no [mail] in the config");
    expect(existsSync(join(host.dir, "state"))).toBe(false);
  });

  test("a password is in no word of the output", async () => {
    const { port } = await startMailServer();
    const settings = `tls = "starttls"\nuser = "${login.user}"\npassword_file = "secret"\nca_file = "${join(import.meta.dirname, "../deliver/tls/ca.pem")}"`;
    const host = machine(AUTH + toServer(port, settings), { "auth.log": hourly(72, 0), secret: login.password });
    chmodSync(join(host.dir, "secret"), 0o600);
    const { out, err } = await check(host, "--send-test");
    expect(out + err).not.toContain(login.password);
    expect(out).toContain(`mail      smtp 127.0.0.1:${port}, TLS starttls`);
  });
});
