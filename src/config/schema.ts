// The config as it is written: TOML names, defaults, and every rule that a value must keep. `config.ts` turns what
// passes into the names of the code.
import * as z from "zod";
import { rangeProblem } from "./address-range.ts";
import { mailAddressProblem } from "./mail-address.ts";
import { patternProblem } from "./pattern.ts";
import { scheduleProblem } from "./schedule.ts";
import { timeZoneProblem } from "./time-zone.ts";

/** A string for which `problemOf` has nothing to say. */
function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

const word = checked((text) => {
  if (text === "") return "is empty";
  return /\p{Cc}/u.test(text) ? "has a control character in it" : undefined;
});

const path = checked((text) => {
  if (text === "") return "is empty";
  if (text.includes("\0")) return "has a control character in it";
  return /^~[^/]/.test(text) ? "begins with ~ and a name (write the whole path)" : undefined;
});

const count = (most: number) => z.int().min(1, "must be at least 1").max(most, `must be at most ${most}`);

/** The keys that say where a source is, and the kinds that take each. */
const PLACES = { path: "file", directory: "journald", archive: "unified-log" } as const;

const source = z
  .strictObject({
    kind: z
      .enum(["file", "journald", "unified-log"], {
        error: ({ input }) => (input === "clickhouse" ? `this version does not read "clickhouse" yet` : undefined),
      })
      .default("file"),
    path: path.optional(),
    directory: path.optional(),
    archive: path.optional(),
    optional: z.boolean().default(false),
    expect_lines: z.boolean().default(false),
    hosts: z.enum(["config", "lines", "path"]).optional(),
    time_zone: checked(timeZoneProblem).optional(),
  })
  .superRefine((settings, context) => {
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const { kind } = settings;
    if (kind === "file" && settings.path === undefined) wrong("path", "is missing");
    for (const [key, of] of Object.entries(PLACES)) {
      if (of !== kind && settings[key as keyof typeof PLACES] !== undefined) wrong(key, `is a key of kind = "${of}"`);
    }
    if (kind !== "file" && settings.hosts === "path") wrong("hosts", `"path" is of use with kind = "file" only`);
    if (kind !== "file" && settings.time_zone !== undefined) wrong("time_zone", `is a key of kind = "file"`);
  });

const entry = z
  .strictObject({
    user: word.optional(),
    address: checked(rangeProblem).optional(),
    pattern: checked(patternProblem).optional(),
  })
  .superRefine((parts, context) => {
    // An entry without parts would match every login.
    if (Object.keys(parts).length === 0) {
      context.addIssue({ code: "custom", message: "names nothing (give it a user, an address or a pattern)" });
    }
  });

const threshold = (usual: number) => count(1_000_000).default(usual);

const argv = z.array(word).min(1, "is empty (name the program and its arguments)");

const SECRET_KEYS = ["file", "env", "credential", "command"] as const;

/** The key of a secret itself, which does not belong in the config. */
const never = (name: string) =>
  z.never({ error: `a secret does not belong in the config (use ${secretKeys(name)})` }).optional();

function secretKeys(name: string): string {
  return SECRET_KEYS.map((key) => `${name}_${key}`)
    .join(", ")
    .replace(/, (?!.*, )/, " or ");
}

/** The keys of the secret `name` that are written. */
function writtenSecrets(settings: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return SECRET_KEYS.map((key) => `${name}_${key}`).filter((key) => settings[key] !== undefined);
}

/** Tells of a secret that two keys say, and returns whether one does. */
function checkSecret(settings: Readonly<Record<string, unknown>>, name: string, context: z.RefinementCtx): boolean {
  const [first, second] = writtenSecrets(settings, name);
  if (second !== undefined) {
    context.addIssue({ code: "custom", path: [second], message: `stands beside ${first} (keep one of them)` });
  }
  return first !== undefined;
}

const smtp = z
  .strictObject({
    host: checked((text) =>
      /^[^\s\p{Cc}]+$/u.test(text) ? undefined : `${JSON.stringify(text)} is no host name or address`,
    ),
    port: count(65_535).optional(),
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    user: word.optional(),
    password: never("password"),
    password_file: path.optional(),
    password_env: word.optional(),
    password_credential: word.optional(),
    password_command: argv.optional(),
    ca_file: path.optional(),
    timeout_seconds: count(600).default(60),
  })
  .superRefine((server, context) => {
    const { user } = server;
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const hasPassword = checkSecret(server, "password", context);
    if (user !== undefined && !hasPassword) {
      wrong("user", `has no password (add ${secretKeys("password")})`);
    }
    if (user === undefined && hasPassword) {
      wrong(writtenSecrets(server, "password")[0] as string, "is of no use without a user (add user)");
    }
    if (user !== undefined && server.tls === "none" && !isLoopback(server.host)) {
      wrong("tls", `"none" would send the password readable to ${server.host} (use "starttls" or "implicit")`);
    }
  });

/** True for names and addresses that never leave this machine. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

const mail = z
  .strictObject({
    from: checked(mailAddressProblem),
    to: z.array(checked(mailAddressProblem)).min(1, "is empty (name at least one recipient)"),
    on: z.enum(["event", "finding", "login"]).default("event"),
    transport: z.enum(["smtp", "sendmail", "maildir"]).default("smtp"),
    smtp: smtp.optional(),
    maildir: z.strictObject({ path }).optional(),
    sendmail: z.strictObject({ path: path.default("/usr/sbin/sendmail") }).prefault({}),
  })
  .superRefine((settings, context) => {
    const { transport } = settings;
    if (transport !== "sendmail" && settings[transport] === undefined) {
      const missing = transport === "smtp" ? "[mail.smtp] with its host" : "[mail.maildir] with its path";
      context.addIssue({
        code: "custom",
        path: ["transport"],
        message: `${JSON.stringify(transport)} needs ${missing}`,
      });
    }
  });

const url = checked((text) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    return `${JSON.stringify(text)} is no web address (write https://...)`;
  }
  const { username, password } = new URL(text);
  return username + password === "" ? undefined : `has a secret in it (use ${secretKeys("url")})`;
});

const topic = checked((text) =>
  /^[-_A-Za-z0-9]{1,64}$/.test(text) ? undefined : "is no topic (1 to 64 letters, digits, hyphens and underscores)",
);

const ON = ["event", "finding", "source"] as const;
const SEVERITIES = ["critical", "warning", "notice"] as const;

const channel = z
  .strictObject({
    kind: z.enum(["ntfy", "discord", "webhook"]),
    name: word.optional(),
    on: z.enum(ON).default("finding"),
    severity: z.enum(SEVERITIES).default("warning"),
    url: url.optional(),
    url_file: path.optional(),
    url_env: word.optional(),
    url_credential: word.optional(),
    url_command: argv.optional(),
    topic: topic.optional(),
    token: never("token"),
    token_file: path.optional(),
    token_env: word.optional(),
    token_credential: word.optional(),
    token_command: argv.optional(),
    secret: never("secret"),
    secret_file: path.optional(),
    secret_env: word.optional(),
    secret_credential: word.optional(),
    secret_command: argv.optional(),
    body: path.optional(),
    content_type: word.optional(),
    timeout_seconds: count(600).default(30),
  })
  .superRefine((settings, context) => {
    const { kind } = settings;
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const hasUrl = checkSecret(settings, "url", context);
    if (settings.url !== undefined && hasUrl) wrong("url", "stands beside another key of the url (keep one of them)");
    if (settings.url === undefined && !hasUrl) wrong("url", "is missing");
    if (settings.url !== undefined && kind === "discord") wrong("url", `is a secret (use ${secretKeys("url")})`);
    const hasToken = checkSecret(settings, "token", context);
    if (hasToken && kind === "discord") wrong("kind", `"discord" takes no token: its url is the secret`);
    const signs = checkSecret(settings, "secret", context);
    if (kind === "ntfy" && settings.topic === undefined) wrong("topic", "is missing");
    if (kind !== "ntfy" && settings.topic !== undefined) wrong("topic", `is a key of kind = "ntfy"`);
    if (kind === "webhook") return;
    if (signs) wrong("kind", `${JSON.stringify(kind)} signs nothing: a secret is of use with kind = "webhook"`);
    for (const key of ["body", "content_type"] as const) {
      if (settings[key] !== undefined) wrong(key, `is a key of kind = "webhook"`);
    }
  });

/** The mail's own, and that of the folder of those who have none. */
const TAKEN_NAMES = ["mail", "folder"];

/** The outbox knows a message by its channel's name: of two under one name the second would never be stored. */
function checkNames(channels: readonly z.infer<typeof channel>[], context: z.RefinementCtx): void {
  const taken = new Set(TAKEN_NAMES);
  for (const [i, { name, kind }] of channels.entries()) {
    const called = name ?? kind;
    if (taken.has(called)) {
      const message = `is ${JSON.stringify(called)}, as another channel is called (give each a name of its own)`;
      context.addIssue({ code: "custom", path: [i, "name"], message });
    }
    taken.add(called);
  }
}

const heartbeat = z
  .strictObject({
    url: url.optional(),
    url_file: path.optional(),
    url_env: word.optional(),
    url_credential: word.optional(),
    url_command: argv.optional(),
    timeout_seconds: count(60).default(5),
    mail: z.enum(["never", "weekly"]).default("never"),
  })
  .superRefine((settings, context) => {
    if (checkSecret(settings, "url", context) && settings.url !== undefined) {
      context.addIssue({ code: "custom", path: ["url"], message: "stands beside another key of the url" });
    }
  });

/** A TOML date, or the same as a string. */
const date = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value),
  checked((text) =>
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? undefined : "is no date (write 2026-11-19)",
  ),
);

const SECTIONS = [
  "logins",
  "failures",
  "bans",
  "firewall",
  "privileges",
  "sessions",
  "sftp",
  "accounts",
  "services",
] as const;

/** The whole file. */
export const schema = z.strictObject({
  host: word.optional(),
  time_zone: checked(timeZoneProblem).optional(),
  schedule: checked(scheduleProblem).default("55 23 * * *"),
  catch_up_days: count(366).default(14),
  sections: z.array(z.enum(SECTIONS)).min(1, "is empty (leave it out to tell of everything)").optional(),
  state: z.strictObject({ dir: path.optional() }).prefault({}),
  sources: z.array(source).min(1, "is empty (leave it out to read what this system has)").optional(),
  allowlist: z
    .strictObject({
      addresses: z.array(checked(rangeProblem)).default([]),
      users: z.array(word).default([]),
      patterns: z.array(checked(patternProblem)).default([]),
      file: path.optional(),
      entry: z.array(entry).default([]),
    })
    .prefault({}),
  mail: mail.optional(),
  channels: z.array(channel).default([]).superRefine(checkNames),
  thresholds: z
    .strictObject({
      tries_before_login: threshold(5),
      names_before_login: threshold(3),
      key_logins: threshold(5),
      session_pairs: threshold(3),
      blocked_ports: threshold(3),
      never_banned_tries: threshold(50),
      silent_tries: threshold(10),
      flood_tries: threshold(100),
      flood_addresses: threshold(10),
    })
    .prefault({}),
  silence: z
    .array(z.strictObject({ id: word, match: word.optional(), reason: word, until: date.optional() }))
    .default([]),
  outbox: z.strictObject({ max_age_days: count(366).default(7) }).prefault({}),
  heartbeat: heartbeat.prefault({}),
  addresses: z
    .strictObject({
      reverse_dns: z.boolean().default(false),
      deadline_seconds: count(60).default(5),
      databases: z.array(path).max(8, "has more than 8").default([]),
    })
    .prefault({}),
  archive: z.strictObject({ dir: path, keep_days: count(36_500).default(400) }).optional(),
  templates: z.strictObject({ dir: path.optional() }).prefault({}),
  limits: z
    .strictObject({
      groups: count(100_000).default(1000),
      text_groups: count(1000).default(10),
      keys: count(10_000_000).default(100_000),
    })
    .prefault({}),
});

export type ConfigFile = z.infer<typeof schema>;
