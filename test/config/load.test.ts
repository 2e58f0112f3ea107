import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readTextFile } from "../../src/config/text-file.ts";
import { Exit, ReportError } from "../../src/errors.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "logdigest-config-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(name: string, text: string | Uint8Array): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function load(text: string | Uint8Array) {
  return loadConfig({ path: write("config.toml", text), env: {}, home, uid: 1000 }).config;
}

/** The error's one line, with the folder of this test as HOME. */
function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ReportError) || error.exit !== Exit.Config) throw error;
    expect(error.message).not.toContain("\n");
    return error.message.replaceAll(home, "HOME");
  }
  throw new Error("no error was thrown");
}

const DEFAULTS: Config = {
  host: undefined,
  timeZone: undefined,
  schedule: "55 23 * * *",
  catchUpDays: 14,
  sections: undefined,
  state: { dir: "HOME/.local/state/logdigest" },
  sources: undefined,
  allowlist: { addresses: [], users: [], patterns: [], entries: [] },
  mail: undefined,
  channels: [],
  outbox: { maxAgeMs: 7 * 86_400_000 },
  thresholds: {},
  silences: [],
  heartbeat: { url: undefined, timeoutMs: 5_000, mail: "never" },
  addresses: { reverseDns: false, deadlineSeconds: 5, databases: [] },
  archive: undefined,
  templates: { dir: undefined },
  limits: { groups: 1000, textGroups: 10, keys: 100_000 },
};
const defaults = (): Config => ({ ...DEFAULTS, state: { dir: join(home, ".local/state/logdigest") } });

describe("a config", () => {
  test("that is empty has all defaults", () => {
    expect(load("")).toStrictEqual(defaults());
  });

  test("that sets everything arrives whole, under the names of the code", () => {
    write(
      "allowlist",
      "# offices\n192.0.2.128/25   # Rome\n\n/for \\S+ from 198\\.51\\.100\\./ # Oslo\r\n2001:db8::1\n/a#b\\/c/\n",
    );
    const config = load(`
host = "mini"
time_zone = "Europe/Rome"
schedule = "*/5 * * * *"
catch_up_days = 3
sections = ["logins"]
[state]
dir = "/var/lib/logdigest"
[[sources]]
kind = "file"
path = "/var/log/auth.log"
optional = false
[[sources]]
path = "/var/log/remote/web1.log"
time_zone = "UTC"
optional = true
hosts = "path"
[[sources]]
kind = "journald"
expect_lines = true
[[sources]]
kind = "journald"
directory = "remote"
[[sources]]
kind = "unified-log"
archive = "/var/tmp/mini.logarchive"
[allowlist]
addresses = ["192.0.2.10", "10.0.0.0/8", "2001:db8::/32"]
users = ["backup"]
patterns = ['from 198\\.51\\.100\\.']
file = "allowlist"
[[allowlist.entry]]
user = "git"
address = "10.0.0.0/8"
[[allowlist.entry]]
pattern = "ED25519"
[mail]
from = "logdigest@example.org"
to = ["admin@example.org", "root@localhost"]
on = "finding"
transport = "smtp"
[mail.smtp]
host = "mail.example.org"
port = 2525
tls = "implicit"
user = "logdigest"
password_file = "smtp-password"
timeout_seconds = 20
[mail.maildir]
path = "/var/mail/logdigest"
[[channels]]
kind = "ntfy"
url = "https://ntfy.example.org"
topic = "mini"
token_file = "ntfy-token"
[[channels]]
kind = "webhook"
name = "chat"
on = "source"
severity = "notice"
url_env = "CHAT_URL"
secret_command = ["pass", "show", "chat"]
body = "chat.hbs"
content_type = "text/plain"
timeout_seconds = 5
[thresholds]
tries_before_login = 1
names_before_login = 2
key_logins = 3
session_pairs = 4
blocked_ports = 5
never_banned_tries = 6
silent_tries = 7
flood_tries = 8
flood_addresses = 9
tries_after_ban = 10
unusual_times = 11
unusual_least = 12
[[silence]]
id = "never-banned"
match = "203.0.113.9"
reason = "our scanner"
until = 2026-12-31
[outbox]
max_age_days = 2
[heartbeat]
url_credential = "heartbeat"
timeout_seconds = 3
mail = "weekly"
[addresses]
reverse_dns = true
deadline_seconds = 2
databases = ["GeoLite2-Country.mmdb"]
[archive]
dir = "archive"
keep_days = 30
[templates]
dir = "~/templates"
[limits]
groups = 50
text_groups = 5
keys = 2000
`);
    expect(config).toStrictEqual({
      host: "mini",
      timeZone: "Europe/Rome",
      schedule: "*/5 * * * *",
      catchUpDays: 3,
      sections: ["logins"],
      state: { dir: "/var/lib/logdigest" },
      sources: [
        {
          kind: "file",
          path: "/var/log/auth.log",
          optional: false,
          expectLines: false,
          hosts: "config",
          timeZone: undefined,
        },
        {
          kind: "file",
          path: "/var/log/remote/web1.log",
          optional: true,
          expectLines: false,
          hosts: "path",
          timeZone: "UTC",
        },
        { kind: "journald", optional: false, expectLines: true, hosts: "config", directory: undefined },
        { kind: "journald", optional: false, expectLines: false, hosts: "lines", directory: join(home, "remote") },
        {
          kind: "unified-log",
          optional: false,
          expectLines: false,
          hosts: "config",
          archive: "/var/tmp/mini.logarchive",
        },
      ],
      allowlist: {
        addresses: ["192.0.2.10", "10.0.0.0/8", "2001:db8::/32", "192.0.2.128/25", "2001:db8::1"],
        users: ["backup"],
        patterns: ["from 198\\.51\\.100\\.", "for \\S+ from 198\\.51\\.100\\.", "a#b\\/c"],
        entries: [
          { user: "git", address: "10.0.0.0/8", pattern: undefined },
          { user: undefined, address: undefined, pattern: "ED25519" },
        ],
      },
      mail: {
        from: "logdigest@example.org",
        to: ["admin@example.org", "root@localhost"],
        on: "finding",
        transport: "smtp",
        smtp: {
          host: "mail.example.org",
          port: 2525,
          tls: "implicit",
          user: "logdigest",
          password: { kind: "file", path: join(home, "smtp-password") },
          caFile: undefined,
          timeoutMs: 20_000,
        },
      },
      channels: [
        {
          kind: "ntfy",
          name: "ntfy",
          on: "finding",
          severity: "warning",
          url: "https://ntfy.example.org",
          topic: "mini",
          token: { kind: "file", path: join(home, "ntfy-token") },
          secret: undefined,
          body: undefined,
          contentType: "application/json",
          timeoutMs: 30_000,
        },
        {
          kind: "webhook",
          name: "chat",
          on: "source",
          severity: "notice",
          url: { kind: "env", name: "CHAT_URL" },
          topic: undefined,
          token: undefined,
          secret: { kind: "command", argv: ["pass", "show", "chat"] },
          body: join(home, "chat.hbs"),
          contentType: "text/plain",
          timeoutMs: 5_000,
        },
      ],
      outbox: { maxAgeMs: 2 * 86_400_000 },
      thresholds: {
        triesBeforeLogin: 1,
        namesBeforeLogin: 2,
        keyLogins: 3,
        sessionPairs: 4,
        blockedPorts: 5,
        neverBannedTries: 6,
        silentTries: 7,
        floodTries: 8,
        floodAddresses: 9,
        triesAfterBan: 10,
        unusualTimes: 11,
        unusualLeast: 12,
      },
      silences: [{ id: "never-banned", match: "203.0.113.9", reason: "our scanner", until: "2026-12-31" }],
      heartbeat: { url: { kind: "credential", name: "heartbeat" }, timeoutMs: 3_000, mail: "weekly" },
      addresses: { reverseDns: true, deadlineSeconds: 2, databases: [join(home, "GeoLite2-Country.mmdb")] },
      archive: { dir: join(home, "archive"), keepDays: 30 },
      templates: { dir: join(home, "templates") },
      limits: { groups: 50, textGroups: 5, keys: 2000 },
    } satisfies Config);
  });

  const sender = 'from = "a@example.org"\nto = ["b@example.org"]';
  test.each<[string, string, Config["mail"]]>([
    [
      "sendmail",
      'transport = "sendmail"',
      {
        from: "a@example.org",
        to: ["b@example.org"],
        on: "event",
        transport: "sendmail",
        sendmail: { path: "/usr/sbin/sendmail" },
      },
    ],
    [
      "a Maildir",
      'on = "login"\ntransport = "maildir"\nmaildir.path = "/var/mail/logdigest"',
      {
        from: "a@example.org",
        to: ["b@example.org"],
        on: "login",
        transport: "maildir",
        maildir: { path: "/var/mail/logdigest" },
      },
    ],
  ])("can send by %s", (_, settings, mail) => {
    expect(load(`[mail]\n${sender}\n${settings}\n`).mail).toStrictEqual(mail);
  });

  test.each([
    ["starttls by default", "", { tls: "starttls", port: 587 }],
    ["implicit TLS", 'tls = "implicit"', { tls: "implicit", port: 465 }],
    ["no TLS", 'tls = "none"', { tls: "none", port: 25 }],
    [
      "no TLS and a password on this machine",
      'tls = "none"\nuser = "u"\npassword_env = "P"',
      { tls: "none", port: 25 },
    ],
  ])("has the port of %s", (_, settings, expected) => {
    expect(load(`[mail]\n${sender}\n[mail.smtp]\nhost = "127.0.0.1"\n${settings}\n`).mail).toMatchObject({
      smtp: expected,
    });
  });
});

describe("a wrong config is refused with its line:", () => {
  const mail = '[mail]\nfrom = "a@example.org"\nto = ["b@example.org"]\n';
  const smtp = `${mail}[mail.smtp]\nhost = "mail.example.org"\n`;
  test.each([
    ["a key misspelt at the top", 'hots = "x"', '1: unknown key "hots" (did you mean "host"?)'],
    [
      "a key that is like no other",
      `${mail}recipients = []\ntransport = "sendmail"`,
      '4: mail: unknown key "recipients" (known here: from, to, on, transport, smtp, maildir, sendmail)',
    ],
    [
      "a key misspelt in an element",
      '[[sources]]\npath = "/a"\n\n[[sources]]\npath = "/b"\noptionl = true',
      '6: sources[1]: unknown key "optionl" (did you mean "optional"?)',
    ],
    [
      "a key misspelt, and so another one missing",
      '[mail]\nto = ["b@c"]\ntransport = "sendmail"\nform = "a@b"',
      '4: mail: unknown key "form" (did you mean "from"?) (and 1 more)',
    ],
    ["a table misspelt", "\n[malil]\nx = 1", '2: unknown key "malil" (did you mean "mail"?)'],
    [
      "a key named like a method",
      "[constructor]\na = 1",
      "1: no valid TOML: document contains an unsafe property (column 2)",
    ],
    ["a value of the wrong type", "[limits]\ngroups = '5'", "2: limits.groups: must be a whole number, not a string"],
    ["a fraction", "limits.groups = 1.5", "1: limits.groups: must be a whole number, not a fraction"],
    ["infinity", "limits.groups = inf", "1: limits.groups: must be a whole number, not a fraction"],
    ["a number too small", "[limits]\n\nkeys = 0", "3: limits.keys: must be at least 1"],
    ["a table where a text belongs", "[host]\na = 1", "1: host: must be a string, not a table"],
    ["a text where a table belongs", 'mail = "a@b"', "1: mail: must be a table, not a string"],
    [
      "a text where an array belongs",
      '[mail]\nto = "b@c"\nfrom = "a@b"\ntransport = "sendmail"',
      "2: mail.to: must be an array, not a string",
    ],
    ["a date", "host = 2026-11-19", "1: host: must be a string, not a date"],
    ["an unknown choice", `${mail}on = "always"`, '4: mail.on: must be "event", "finding" or "login", not "always"'],
    ["an empty host", 'host = ""', "1: host: is empty"],
    ["a line break in the host", 'host = "a\\nb"', "1: host: has a control character in it"],
    [
      "a zone",
      'time_zone = "Europe/Roma"',
      '1: time_zone: "Europe/Roma" is no time zone known here (write a name such as "Europe/Rome")',
    ],
    [
      "a schedule",
      'schedule = "55 23 * *"',
      '1: schedule: "55 23 * *" has 4 fields (write five: minute hour day month weekday, for example "55 23 * * *")',
    ],
    [
      "a kind that is for later",
      '[[sources]]\nkind = "clickhouse"',
      '2: sources[0].kind: this version does not read "clickhouse" yet',
    ],
    [
      "a kind that is none",
      '[[sources]]\npath = "/a"\nkind = "pipe"',
      '3: sources[0].kind: must be "file", "journald" or "unified-log", not "pipe"',
    ],
    [
      "a path of the journal",
      '[[sources]]\nkind = "journald"\npath = "/var/log/journal"',
      '3: sources[0].path: is a key of kind = "file"',
    ],
    [
      "a folder of journals as a file",
      '[[sources]]\ndirectory = "/var/log/journal"\npath = "/a"',
      '2: sources[0].directory: is a key of kind = "journald"',
    ],
    [
      "hosts by the path of an archive",
      '[[sources]]\nkind = "unified-log"\nhosts = "path"',
      '3: sources[0].hosts: "path" is of use with kind = "file" only',
    ],
    ["a channel without its url", '[[channels]]\nkind = "discord"', "1: channels[0].url: is missing"],
    [
      "a channel with two urls",
      '[[channels]]\nkind = "webhook"\nurl = "https://a"\nurl_env = "B"',
      "3: channels[0].url: stands beside another key of the url (keep one of them)",
    ],
    [
      "Discord's url for everybody to see",
      '[[channels]]\nkind = "discord"\nurl = "https://discord.example.org/api/webhooks/1/geheim"',
      "3: channels[0].url: is a secret (use url_file, url_env, url_credential or url_command)",
    ],
    [
      "a password in a url, which is not repeated",
      '[heartbeat]\nurl = "https://u:geheim@ping.example.org"',
      "2: heartbeat.url: has a secret in it (use url_file, url_env, url_credential or url_command)",
    ],
    [
      "a topic that is a path",
      '[[channels]]\nkind = "ntfy"\nurl = "https://a"\ntopic = "a/b"',
      "4: channels[0].topic: is no topic (1 to 64 letters, digits, hyphens and underscores)",
    ],
    [
      "ntfy without a topic",
      '[[channels]]\nkind = "ntfy"\nurl = "https://ntfy.example.org"',
      "1: channels[0].topic: is missing",
    ],
    [
      "a url that is none",
      '[heartbeat]\nurl = "ping.example.org"',
      '2: heartbeat.url: "ping.example.org" is no web address (write https://...)',
    ],
    [
      "a literal token",
      '[[channels]]\nkind = "ntfy"\nurl = "https://a"\ntopic = "t"\ntoken = "geheim"',
      "5: channels[0].token: a secret does not belong in the config (use token_file, token_env, token_credential or token_command)",
    ],
    [
      "a body of ntfy",
      '[[channels]]\nkind = "ntfy"\nurl = "https://a"\ntopic = "t"\nbody = "b.hbs"',
      '5: channels[0].body: is a key of kind = "webhook"',
    ],
    [
      "a section that does not exist",
      'sections = ["login"]',
      '1: sections[0]: must be "logins", "failures", "bans", "firewall", "privileges", "sessions", "sftp", "accounts" or "services", not "login"',
    ],
    [
      "two channels that the outbox could not tell apart",
      '[[channels]]\nkind = "webhook"\nurl = "https://a"\n[[channels]]\nkind = "webhook"\nurl = "https://b"',
      '4: channels[1].name: is "webhook", as another channel is called (give each a name of its own)',
    ],
    [
      "a channel with the name of the mail",
      '[[channels]]\nkind = "ntfy"\nurl = "https://a"\ntopic = "t"\nname = "mail"',
      '5: channels[0].name: is "mail", as another channel is called (give each a name of its own)',
    ],
    ["a source without a path", "[[sources]]\noptional = true", "1: sources[0].path: is missing"],
    ["no sources at all", "sources = []", "1: sources: is empty (leave it out to read what this system has)"],
    [
      "an address in a long list",
      '[allowlist]\naddresses = [\n  "10.0.0.0/8",\n  "10.1",\n]',
      '4: allowlist.addresses[1]: "10.1" is no IP address or range (write for example 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32)',
    ],
    [
      "host bits",
      "[[allowlist.entry]]\naddress = '10.1.2.3/8'",
      '2: allowlist.entry[0].address: "10.1.2.3/8" has bits set behind its prefix (write 10.0.0.0/8 for the range, 10.1.2.3 for the one address)',
    ],
    [
      "an entry without parts",
      "[[allowlist.entry]]\nuser = 'a'\n[[allowlist.entry]]",
      "3: allowlist.entry[1]: names nothing (give it a user, an address or a pattern)",
    ],
    [
      "a pattern",
      "allowlist.patterns = ['(']",
      '1: allowlist.patterns[0]: pattern "(" is no regular expression: unterminated group',
    ],
    ["mail without a sender", '[mail]\nto = ["b@c"]\ntransport = "sendmail"', "1: mail.from: is missing"],
    [
      "no recipient",
      '[mail]\nfrom = "a@b"\nto = []\ntransport = "sendmail"',
      "3: mail.to: is empty (name at least one recipient)",
    ],
    ["smtp without a server", `${mail}transport = "smtp"`, '4: mail.transport: "smtp" needs [mail.smtp] with its host'],
    ["smtp by default, without a server", mail, '1: mail.transport: "smtp" needs [mail.smtp] with its host'],
    [
      "maildir without a folder",
      `${mail}transport = "maildir"`,
      '4: mail.transport: "maildir" needs [mail.maildir] with its path',
    ],
    [
      "a server name",
      `${mail}[mail.smtp]\nhost = "mail example"`,
      '5: mail.smtp.host: "mail example" is no host name or address',
    ],
    ["a port", `${smtp}port = 70000`, "6: mail.smtp.port: must be at most 65535"],
    [
      "a user without a password",
      `${smtp}user = "u"`,
      "6: mail.smtp.user: has no password (add password_file, password_env, password_credential or password_command)",
    ],
    [
      "a password without a user",
      `${smtp}password_file = "/p"`,
      "6: mail.smtp.password_file: is of no use without a user (add user)",
    ],
    [
      "two passwords",
      `${smtp}user = "u"\npassword_file = "/p"\npassword_env = "P"`,
      "8: mail.smtp.password_env: stands beside password_file (keep one of them)",
    ],
    [
      "a password sent readable",
      `${smtp}user = "u"\npassword_env = "P"\ntls = "none"`,
      '8: mail.smtp.tls: "none" would send the password readable to mail.example.org (use "starttls" or "implicit")',
    ],
    ["TOML", "a = 1\nb = \n", "2: no valid TOML: invalid value (column 5)"],
    ["several things", "limits.keys = 0\nhost = 1\n[mail]\n", "1: limits.keys: must be at least 1 (and 3 more)"],
  ])("%s", (_, toml, message) => {
    expect(complaint(() => load(toml))).toBe(`HOME/config.toml:${message}`);
  });

  test.each([
    [
      "as a key",
      `${smtp}password = "hunter2"`,
      "6: mail.smtp.password: a secret does not belong in the config (use password_file, password_env, password_credential or password_command)",
    ],
    [
      "on a line that is no TOML",
      `${smtp}password = "hunter2" x`,
      "6: no valid TOML: each key-value declaration must be followed by an end-of-line (column 22)",
    ],
  ])("a literal password %s, which is not repeated", (_, toml, message) => {
    expect(complaint(() => load(toml))).toBe(`HOME/config.toml:${message}`);
  });

  test.each<[string, string | Uint8Array, string]>([
    ["larger than 1 MiB", `# ${"x".repeat(1024 * 1024)}`, "it is larger than 1 MiB"],
    ["not UTF-8", Uint8Array.of(0x23, 0xff), "it is not UTF-8 text"],
  ])("a file that is %s", (_, content, reason) => {
    expect(complaint(() => load(content))).toBe(
      `cannot read HOME/config.toml: ${reason} (let this user read it, or name another one with --config)`,
    );
  });

  test("every key of a full-sized file is wrong, and it still answers at once", () => {
    const toml = Array.from({ length: 60_000 }, (_, index) => `key${index} = 1`).join("\n");
    expect(complaint(() => load(toml))).toMatch(/^HOME\/config\.toml:1: unknown key "key0" .* \(and 59999 more\)$/);
  });
});

describe("the allowlist file", () => {
  test.each([
    [
      "an address",
      "# x\n10.1\n",
      'HOME/allow:2: "10.1" is no IP address or range (write for example 192.0.2.10, 10.0.0.0/8 or 2001:db8::/32)',
    ],
    ["a pattern without its end", "/abc\n", 'HOME/allow:1: "/abc" is no /pattern/ (write a slash inside it as \\/)'],
    [
      "a pattern that may take hours",
      "\n\n/(a+)+b/\n10.2\n",
      'HOME/allow:3: pattern "(a+)+b" repeats a group that itself repeats or has alternatives, which can take hours (give both small bounds, such as {1,3}) (and 1 more)',
    ],
  ])("is refused at its own line for %s", (_, text, message) => {
    const path = write("allow", text);
    expect(complaint(() => load(`[allowlist]\nfile = "${path}"\n`))).toBe(message);
  });

  test("that is missing is a mistake in the config", () => {
    expect(complaint(() => load('[allowlist]\nfile = "nowhere"\n'))).toBe(
      "HOME/config.toml:2: allowlist.file: cannot read HOME/nowhere: there is no such file (create it, or remove the key)",
    );
  });
});

describe("without --config", () => {
  // /etc belongs to the machine that runs the tests, so it is looked for in the test's own folder.
  const search = () =>
    loadConfig({
      env: {},
      home: join(home, "user"),
      uid: 1000,
      readFile: (path) => readTextFile(path.replace(/^\/etc/, join(home, "etc"))),
    });

  test("the system's config goes before the user's", () => {
    write("etc/logdigest/config.toml", 'host = "system"');
    write("user/.config/logdigest/config.toml", 'host = "user"');
    expect([search().path, search().config.host]).toEqual(["/etc/logdigest/config.toml", "system"]);
  });

  test("the user's is read where there is no other", () => {
    const path = write("user/.config/logdigest/config.toml", 'host = "user"');
    expect([search().path, search().config.host]).toEqual([path, "user"]);
  });

  test("no config at all means the defaults", () => {
    expect(search()).toStrictEqual({
      path: undefined,
      config: { ...defaults(), state: { dir: join(home, "user/.local/state/logdigest") } },
    });
  });

  test("one that cannot be read is an error, though another one could be", () => {
    mkdirSync(join(home, "etc/logdigest/config.toml"), { recursive: true });
    write("user/.config/logdigest/config.toml", "");
    expect(complaint(search)).toBe(
      "cannot read /etc/logdigest/config.toml: it is no regular file (let this user read it, or name another one with --config)",
    );
  });
});

test("a config that was named and is missing is an error", () => {
  expect(complaint(() => loadConfig({ path: join(home, "nowhere.toml"), env: {}, home, uid: 0 }))).toBe(
    "cannot read HOME/nowhere.toml: there is no such file (name another one with --config)",
  );
});

test.each([
  [
    "the unit's folder under systemd",
    { STATE_DIRECTORY: "/var/lib/private/a:/b", XDG_STATE_HOME: "/x" },
    0,
    "/var/lib/private/a",
  ],
  ["the system's folder for root", { XDG_STATE_HOME: "/x" }, 0, "/var/lib/logdigest"],
  ["the user's state folder", { XDG_STATE_HOME: "/x" }, 1000, "/x/logdigest"],
  ["the usual one when XDG_STATE_HOME is relative", { XDG_STATE_HOME: "x" }, undefined, "HOME/.local/state/logdigest"],
])("the state lies in %s", (_, env, uid, dir) => {
  const { config } = loadConfig({ path: write("empty.toml", ""), env, home, uid });
  expect(config.state.dir.replace(home, "HOME")).toBe(dir);
});
