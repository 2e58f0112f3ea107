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
  readonly state: { readonly dir: string };
  /** undefined means what this system has. */
  readonly sources: readonly SourceConfig[] | undefined;
  readonly allowlist: AllowlistConfig;
  /** undefined: nobody said where mail goes. */
  readonly mail: MailConfig | undefined;
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

export interface SourceConfig {
  readonly kind: "file";
  /** The live file; its rotated files come along. */
  readonly path: string;
  readonly optional: boolean;
  /** Whose name a line's host is: the config's, the line's own, or the path's. */
  readonly hosts: "config" | "lines" | "path";
  /** Zone of stamps that state none, where it is not the host's; undefined means the host's. */
  readonly timeZone: string | undefined;
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
  /** Present together with exactly one of `passwordFile` and `passwordEnv`; the secret itself is never in the config. */
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordEnv: string | undefined;
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
    state: { dir: optional(file.state.dir) ?? around.stateDir },
    sources: file.sources?.map((source) => ({
      kind: source.kind,
      path: absolute(source.path),
      optional: source.optional,
      hosts: source.hosts,
      timeZone: source.time_zone,
    })),
    allowlist: {
      addresses: [...file.allowlist.addresses, ...around.allowlistFile.addresses],
      users: file.allowlist.users,
      patterns: [...file.allowlist.patterns, ...around.allowlistFile.patterns],
      entries: file.allowlist.entry.map(({ user, address, pattern }) => ({ user, address, pattern })),
    },
    mail: file.mail && toMail(file.mail, absolute, optional),
    templates: { dir: optional(file.templates.dir) },
    limits: { groups: file.limits.groups, textGroups: file.limits.text_groups, keys: file.limits.keys },
  };
}

function toMail(
  mail: NonNullable<ConfigFile["mail"]>,
  absolute: (written: string) => string,
  optional: (written: string | undefined) => string | undefined,
): MailConfig {
  const base = { from: mail.from, to: mail.to, on: mail.on };
  if (mail.transport === "smtp" && mail.smtp !== undefined) {
    const { host, port, tls, user, password_file: passwordFile, password_env: passwordEnv } = mail.smtp;
    return {
      ...base,
      transport: "smtp",
      smtp: {
        host,
        port: port ?? DEFAULT_PORT[tls],
        tls,
        user,
        passwordFile: optional(passwordFile),
        passwordEnv,
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
