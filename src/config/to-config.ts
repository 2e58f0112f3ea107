// Turns the checked file into the config: the one place where TOML's names become the code's.
import { join, resolve } from "node:path";
import type { AllowlistFile } from "./allowlist-file.ts";
import type { ChannelConfig, Config, MailConfig, SecretConfig, SourceConfig } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

/** What the file alone cannot say. */
interface Surroundings {
  /** Folder that relative paths start from: the config's own, because cron runs in no particular one. */
  readonly folder: string;
  readonly home: string;
  readonly stateDir: string;
  /** What `allowlist.file` holds. */
  readonly allowlistFile: AllowlistFile;
}

const DEFAULT_PORT = { starttls: 587, implicit: 465, none: 25 } as const;

/** Returns the absolute path that `written` means in a config: `~/` is the home folder, else from the config's folder. */
export function configPath(written: string, { folder, home }: Pick<Surroundings, "folder" | "home">): string {
  return /^~(\/|$)/.test(written) ? join(home, written.slice(1)) : resolve(folder, written);
}

export function toConfig(file: ConfigFile, around: Surroundings): Config {
  const absolute = (written: string) => configPath(written, around);
  const optional = (written: string | undefined) => (written === undefined ? undefined : absolute(written));
  return {
    host: file.host,
    timeZone: file.time_zone,
    schedule: file.schedule.trim(),
    catchUpDays: file.catch_up_days,
    sections: file.sections,
    state: { dir: optional(file.state.dir) ?? around.stateDir },
    sources: file.sources?.map((source) => toSource(source, absolute)),
    allowlist: {
      addresses: [...file.allowlist.addresses, ...around.allowlistFile.addresses],
      users: file.allowlist.users,
      patterns: [...file.allowlist.patterns, ...around.allowlistFile.patterns],
      entries: file.allowlist.entry.map(({ user, address, pattern }) => ({ user, address, pattern })),
    },
    mail: file.mail && toMail(file.mail, absolute, optional),
    channels: file.channels.map((channel) => toChannel(channel, absolute)),
    outbox: { maxAgeMs: file.outbox.max_age_days * 86_400_000 },
    thresholds: camelCased(file.thresholds),
    silences: file.silence.map(({ id, match, reason, until }) => ({ id, match, reason, until })),
    heartbeat: {
      url: file.heartbeat.url ?? secretOf(file.heartbeat, "url", absolute),
      timeoutMs: file.heartbeat.timeout_seconds * 1000,
      mail: file.heartbeat.mail,
    },
    addresses: {
      reverseDns: file.addresses.reverse_dns,
      deadlineSeconds: file.addresses.deadline_seconds,
      databases: file.addresses.databases.map(absolute),
    },
    archive: file.archive && { dir: absolute(file.archive.dir), keepDays: file.archive.keep_days },
    templates: { dir: optional(file.templates.dir) },
    limits: { groups: file.limits.groups, textGroups: file.limits.text_groups, keys: file.limits.keys },
  };
}

function camelCased(thresholds: ConfigFile["thresholds"]): Config["thresholds"] {
  const written = Object.entries(thresholds).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    written.map(([key, value]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}

function toSource(
  source: NonNullable<ConfigFile["sources"]>[number],
  absolute: (written: string) => string,
): SourceConfig {
  const { kind, optional, expect_lines: expectLines } = source;
  switch (kind) {
    case "file":
      return {
        kind,
        optional,
        expectLines,
        hosts: source.hosts ?? "config",
        path: absolute(source.path as string),
        timeZone: source.time_zone,
      };
    case "journald": {
      const directory = source.directory && absolute(source.directory);
      // Journals that were brought to a folder are of many machines, as a rule.
      return { kind, optional, expectLines, hosts: source.hosts ?? (directory ? "lines" : "config"), directory };
    }
    case "unified-log":
      return {
        kind,
        optional,
        expectLines,
        hosts: source.hosts ?? "config",
        archive: source.archive && absolute(source.archive),
      };
  }
}

function toChannel(channel: ConfigFile["channels"][number], absolute: (written: string) => string): ChannelConfig {
  return {
    kind: channel.kind,
    name: channel.name ?? channel.kind,
    on: channel.on,
    severity: channel.severity,
    // The schema lets a channel pass only with its url.
    url: channel.url ?? (secretOf(channel, "url", absolute) as SecretConfig),
    topic: channel.topic,
    token: secretOf(channel, "token", absolute),
    secret: secretOf(channel, "secret", absolute),
    body: channel.body && absolute(channel.body),
    contentType: channel.content_type ?? "application/json",
    timeoutMs: channel.timeout_seconds * 1000,
  };
}

/** Returns where the secret `name` is, by the one of its keys that is written. */
function secretOf(
  settings: Readonly<Record<string, unknown>>,
  name: string,
  absolute: (written: string) => string,
): SecretConfig | undefined {
  const { [`${name}_file`]: file, [`${name}_env`]: env, [`${name}_credential`]: credential } = settings;
  const command = settings[`${name}_command`];
  if (typeof file === "string") return { kind: "file", path: absolute(file) };
  if (typeof env === "string") return { kind: "env", name: env };
  if (typeof credential === "string") return { kind: "credential", name: credential };
  return Array.isArray(command) ? { kind: "command", argv: command } : undefined;
}

function toMail(
  mail: NonNullable<ConfigFile["mail"]>,
  absolute: (written: string) => string,
  optional: (written: string | undefined) => string | undefined,
): MailConfig {
  const base = { from: mail.from, to: mail.to, on: mail.on };
  if (mail.transport === "smtp" && mail.smtp !== undefined) {
    const { host, port, tls, user } = mail.smtp;
    return {
      ...base,
      transport: "smtp",
      smtp: {
        host,
        port: port ?? DEFAULT_PORT[tls],
        tls,
        user,
        password: secretOf(mail.smtp, "password", absolute),
        caFile: optional(mail.smtp.ca_file),
        timeoutMs: mail.smtp.timeout_seconds * 1000,
      },
    };
  }
  if (mail.transport === "maildir" && mail.maildir !== undefined) {
    return { ...base, transport: "maildir", maildir: { path: absolute(mail.maildir.path) } };
  }
  // The schema lets the other transports pass only with their tables.
  return { ...base, transport: "sendmail", sendmail: { path: absolute(mail.sendmail.path) } };
}
