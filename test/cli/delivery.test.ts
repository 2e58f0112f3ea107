// What a scheduled run sends, to whom, and when it sends nothing.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { login, startMailServer } from "../deliver/mail-server.ts";
import {
  BREACH,
  FAILURE,
  LOGIN,
  logdigest,
  machine,
  nightly,
  QUIET,
  repository,
  toMaildir,
  toSendmail,
  toServer,
} from "./run.ts";

const trusted = { env: { NODE_EXTRA_CA_CERTS: join(repository, "test/deliver/tls/ca.pem") } };
const mini = ["report", "--root", join(repository, "fixtures/hosts/mini"), "--send"];
const thursday = ["--since", "2012-04-18T23:55", "--until", "2012-04-19T23:55", "--now", "2012-04-19T23:55:30"];
const allowed = '[allowlist]\naddresses = ["192.0.2.10"]\n';

test("the night of the mini host arrives over STARTTLS with a login: one mail to all recipients", async () => {
  const { port, received } = await startMailServer();
  const { config, dir } = machine(
    QUIET,
    `${allowed}${toServer(port, `tls = "starttls"\nuser = "${login.user}"\npassword_file = "password"`)}`,
  );
  writeFileSync(join(dir, "password"), `${login.password}\n`, { mode: 0o600 });
  expect(await logdigest([...mini, ...thursday, "--config", config], trusted)).toEqual({ status: 0, out: "", err: "" });
  expect(received.map(({ raw, ...envelope }) => envelope)).toEqual([
    {
      from: "logdigest@example.org",
      to: ["admin@example.org", "ops@example.org"],
      user: login.user,
      encrypted: true,
      ehlo: expect.any(String),
    },
  ]);
  const mail = await simpleParser(received[0]?.raw ?? Buffer.alloc(0), { skipHtmlToText: true });
  expect(mail.subject).toMatch(/^mini: 1 critical, .*9 logins, 186 failures, 27 bans.* \(Thu 19 Apr\), on request$/);
  expect(mail.date).toEqual(new Date("2012-04-19T21:55:30Z"));
  expect(mail.text?.trimEnd()).toBe(readFileSync(join(repository, "fixtures/hosts/mini.digest.txt"), "utf8").trimEnd());
  expect(mail.html).toContain("alice");
  expect(mail.html).not.toContain("<script>alert");
});

test("a certificate that nobody vouches for: nothing is sent, 75 and why", async () => {
  const { port, received } = await startMailServer();
  const { status, out, err } = await nightly(machine(QUIET + FAILURE, toServer(port, 'tls = "starttls"')));
  expect({ status, out, received }).toEqual({ status: 75, out: "", received: [] });
  expect(err).toContain("certificate");
  expect(err.split("\n")).toHaveLength(2);
});

test("through sendmail: one message, both recipients, and the sender of the envelope", async () => {
  const host = machine(QUIET + LOGIN);
  const path = join(host.dir, "sendmail");
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" >${host.dir}/arguments\ncat >>${host.dir}/mail\n`, {
    mode: 0o755,
  });
  writeFileSync(host.config, `${readFileSync(host.config, "utf8")}${toSendmail(path)}`);
  expect(await nightly(host)).toEqual({ status: 0, out: "", err: "" });
  expect(readFileSync(join(host.dir, "arguments"), "utf8").trim().split("\n")).toEqual(
    "-i -f logdigest@example.org -- admin@example.org ops@example.org".split(" "),
  );
  const mail = await simpleParser(readFileSync(join(host.dir, "mail")), { skipHtmlToText: true });
  expect(mail.subject).toBe("mini: 1 login (Thu 19 Nov)");
  expect(mail.text).toContain("203.0.113.77");
});

test("a run that has lost its state sends a mail with the same Message-ID", async () => {
  const host = machine(QUIET + LOGIN, toMaildir());
  await nightly(host);
  rmSync(join(host.dir, "state"), { recursive: true });
  await nightly(host);
  const mails = readdirSync(join(host.dir, "Maildir/new")).map((name) => join(host.dir, "Maildir/new", name));
  const ids = await Promise.all(mails.map(async (mail) => (await simpleParser(readFileSync(mail))).messageId));
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

describe("mail.on says what is worth a mail", () => {
  const LOGS = { event: FAILURE, login: LOGIN, finding: BREACH };
  test.each([
    { on: "event", of: "event", sends: true },
    { on: "event", of: "login", sends: true },
    { on: "event", of: "finding", sends: true },
    { on: "login", of: "event", sends: false },
    { on: "login", of: "login", sends: true },
    { on: "login", of: "finding", sends: true },
    { on: "finding", of: "event", sends: false },
    { on: "finding", of: "login", sends: false },
    { on: "finding", of: "finding", sends: true },
  ] as const)('on = "$on", a log with a(n) $of: $sends', async ({ on, of, sends }) => {
    const host = machine(QUIET + LOGS[of], toMaildir(`on = "${on}"`));
    expect(await nightly(host)).toEqual({ status: 0, out: "", err: "" });
    expect(existsSync(join(host.dir, "Maildir"))).toBe(sends);
  });

  test('a damaged log is worth one, also with on = "finding"', async () => {
    const host = machine(Buffer.from([0x1f, 0x8b, 8, 0, 0]), toMaildir('on = "finding"'), "auth.log.gz");
    expect((await nightly(host)).status).toBe(65);
    expect(existsSync(join(host.dir, "Maildir"))).toBe(true);
  });
});

test("an expected login is no reason for a mail; with --all it is", async () => {
  const toml = `[allowlist]\naddresses = ["203.0.113.0/24"]\n${toMaildir()}`;
  const host = machine(QUIET + LOGIN, toml);
  expect((await nightly(host)).status).toBe(0);
  expect(existsSync(join(host.dir, "Maildir"))).toBe(false);
  rmSync(join(host.dir, "state"), { recursive: true });
  expect((await nightly(host, ["--all"])).status).toBe(0);
  expect(readdirSync(join(host.dir, "Maildir/new"))).toHaveLength(1);
});

test("without --send another machine's logs are printed, with it they are mailed", async () => {
  const host = machine(QUIET + FAILURE, toMaildir());
  const args = ["report", "--config", host.config, "--log", join(host.dir, "auth.log"), "--now", "2026-11-20"];
  const printed = await logdigest(args);
  expect({ status: printed.status, err: printed.err }).toEqual({ status: 0, err: "" });
  expect(printed.out).toContain("203.0.113.9");
  expect(existsSync(join(host.dir, "Maildir"))).toBe(false);
  expect(await logdigest([...args, "--send"])).toEqual({ status: 0, out: "", err: "" });
  expect(readdirSync(join(host.dir, "Maildir/new"))).toHaveLength(1);
});
