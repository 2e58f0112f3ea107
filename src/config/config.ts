// The config as the code sees it: all defaults filled, all paths absolute, nothing left to check. Plain data.
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
  /** From when on something is told as a finding; what is left out has its default. */
  readonly thresholds: { readonly [Key in keyof ConfigFile["thresholds"] as CamelCase<Key>]?: number };
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

/** `flood_tries` as `floodTries`. */
export type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
