// The config as the code sees it: all defaults filled, all paths absolute, nothing left to check. Plain data.
import { join, resolve } from "node:path";
import type { AllowlistFile } from "./allowlist-file.ts";
import type { ConfigFile } from "./schema.ts";

export interface Config {
  /** Label in subject and digest; undefined means this machine's name. */
  readonly host: string | undefined;
  /** IANA name; undefined means the system's zone. */
  readonly timeZone: string | undefined;
  /** Five fields or a nickname such as `@daily`. */
  readonly schedule: string;
  /** Nights that a run after a pause reports; what lies beyond is named. */
  readonly catchUpDays: number;
  /** Sections that are told; undefined means all. */
  readonly sections: readonly string[] | undefined;
  readonly state: { readonly dir: string };
  /** undefined means what this system has. */
  readonly sources: readonly SourceConfig[] | undefined;
  readonly allowlist: AllowlistConfig;
  /** undefined: nobody said where mail goes. */
  readonly mail: MailConfig | undefined;
  readonly channels: readonly ChannelConfig[];
  /** Mail that cannot leave is given up after this long. */
  readonly outbox: { readonly maxAgeMs: number };
  /** From when on something is told as a finding. */
  readonly thresholds: {
    readonly triesBeforeLogin: number;
    readonly namesBeforeLogin: number;
    readonly keyLogins: number;
    readonly sessionPairs: number;
    readonly blockedPorts: number;
    readonly neverBannedTries: number;
    readonly silentTries: number;
    readonly floodTries: number;
    readonly floodAddresses: number;
  };
  /** Findings that somebody knows about; `until` is a local date, `yyyy-MM-dd`. */
  readonly silences: readonly {
    readonly id: string;
    readonly match: string | undefined;
    readonly reason: string;
    readonly until: string | undefined;
  }[];
  readonly heartbeat: {
    readonly url: string | SecretConfig | undefined;
    readonly timeoutMs: number;
    readonly mail: "never" | "weekly";
  };
  /** What is told of addresses beside the address. */
  readonly addresses: {
    readonly reverseDns: boolean;
    readonly deadlineSeconds: number;
    readonly databases: readonly string[];
  };
  /** Where digests are kept as pages; undefined: nowhere. */
  readonly archive: { readonly dir: string; readonly keepDays: number } | undefined;
  /** The user's folder, whose templates go before the built-in ones. */
  readonly templates: { readonly dir: string | undefined };
  readonly limits: {
    /** Groups a section in JSON. */
    readonly groups: number;
    /** Groups a section in text and HTML. */
    readonly textGroups: number;
    /** Distinct keys that a table counts exactly. */
    readonly keys: number;
  };
}

interface SourceBase {
  readonly optional: boolean;
  /** It has lines every night: a night without one is a problem, as it is of every source of login messages. */
  readonly expectLines: boolean;
  /** Whose name a line's host is: the config's, the line's own, or the path's. */
  readonly hosts: "config" | "lines" | "path";
}

export interface FileConfig extends SourceBase {
  readonly kind: "file";
  /** The live file, whose rotated files come along; or a folder of such files, of one machine or of many. */
  readonly path: string;
  /** Zone of stamps that state none, where it is not the host's; undefined means the host's. */
  readonly timeZone: string | undefined;
}

export interface JournalConfig extends SourceBase {
  readonly kind: "journald";
  /** Of journal files, such as those of systemd-journal-remote; undefined means this machine's own journal. */
  readonly directory: string | undefined;
}

export interface UnifiedLogConfig extends SourceBase {
  readonly kind: "unified-log";
  /** A .logarchive; undefined means this Mac's own log. */
  readonly archive: string | undefined;
}

export type SourceConfig = FileConfig | JournalConfig | UnifiedLogConfig;

/** Where a secret is. The secret itself is never in the config. */
export type SecretConfig =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "env"; readonly name: string }
  /** Of the systemd unit: `LoadCredential=NAME:/path` (systemd.exec(5), "Credentials"). */
  | { readonly kind: "credential"; readonly name: string }
  /** A program that prints it, and its arguments; no shell reads them. */
  | { readonly kind: "command"; readonly argv: readonly string[] };

export interface ChannelConfig {
  readonly kind: "ntfy" | "discord" | "webhook";
  /** How receipts, the outbox and errors call it. */
  readonly name: string;
  readonly on: "event" | "finding" | "source";
  /** The least severe finding that is told. */
  readonly severity: "critical" | "warning" | "notice";
  readonly url: string | SecretConfig;
  readonly topic: string | undefined;
  readonly token: SecretConfig | undefined;
  /** Signs the body. */
  readonly secret: SecretConfig | undefined;
  /** A Handlebars file; undefined: the digest as JSON. */
  readonly body: string | undefined;
  readonly contentType: string;
  readonly timeoutMs: number;
}

export interface AllowlistConfig {
  /** Addresses and ranges, those of the allowlist file included. */
  readonly addresses: readonly string[];
  readonly users: readonly string[];
  /** Sources of regular expressions, those of the allowlist file included. */
  readonly patterns: readonly string[];
  /** All parts that an entry names must match; it names at least one. */
  readonly entries: readonly {
    readonly user: string | undefined;
    readonly address: string | undefined;
    readonly pattern: string | undefined;
  }[];
}

export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: "starttls" | "implicit" | "none";
  /** Present together with `password`. */
  readonly user: string | undefined;
  readonly password: SecretConfig | undefined;
  /** A certificate authority to trust instead of the public ones, as PEM. */
  readonly caFile: string | undefined;
  readonly timeoutMs: number;
}

interface MailBase {
  readonly from: string;
  /** At least one. */
  readonly to: readonly string[];
  /** What makes a digest non-empty. */
  readonly on: "event" | "finding" | "login";
}

/** Only the settings of the transport in use. */
export type MailConfig = MailBase &
  (
    | { readonly transport: "smtp"; readonly smtp: SmtpConfig }
    | { readonly transport: "sendmail"; readonly sendmail: { readonly path: string } }
    | { readonly transport: "maildir"; readonly maildir: { readonly path: string } }
  );

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

/** Turns the checked file into the config: the one place where TOML's names become the code's. */
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
    thresholds: {
      triesBeforeLogin: file.thresholds.tries_before_login,
      namesBeforeLogin: file.thresholds.names_before_login,
      keyLogins: file.thresholds.key_logins,
      sessionPairs: file.thresholds.session_pairs,
      blockedPorts: file.thresholds.blocked_ports,
      neverBannedTries: file.thresholds.never_banned_tries,
      silentTries: file.thresholds.silent_tries,
      floodTries: file.thresholds.flood_tries,
      floodAddresses: file.thresholds.flood_addresses,
    },
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
