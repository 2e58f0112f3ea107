// The digest: everything that is told about one window, as plain data. `--format json` prints it as it stands, the
// templates see a view of it, and its names are a contract (docs/json.md).
import type { Instant } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import type { Place } from "./places.ts";

export type Severity = "critical" | "warning" | "notice";

export interface Evidence {
  /** Path of the log. */
  readonly source: string;
  readonly line: number;
  readonly at: Instant;
  /** Our own words about the line, never the line itself. */
  readonly what: string;
}

export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  /** Our own words; may quote a user name or an address. */
  readonly title: string;
  readonly detail: string;
  readonly evidence: readonly Evidence[];
  readonly host?: string | undefined;
}

export interface Totals {
  /** Allowlisted logins excluded. */
  logins: number;
  /** Tries: guesses that a service refused. */
  failures: number;
  /** Tries among `failures` whose account does not exist. */
  invalidUsers: number;
  /** Connections refused by policy. */
  denied: number;
  /** Connections that ended before authentication. */
  probes: number;
  sessions: number;
  privileges: number;
  privilegeFailures: number;
  bans: number;
  bannedAddresses: number;
  /** Restored, increased, already banned. */
  bansRepeated: number;
  unbans: number;
  firewallBlocks: number;
  firewallAllows: number;
  sftp: number;
  accounts: number;
  services: number;
}

interface GroupBase {
  readonly count: number;
  readonly first: Instant;
  readonly last: Instant;
  /** Present only when the digest speaks of more than one host. */
  readonly host?: string | undefined;
}
export interface LoginGroup extends GroupBase, Place {
  readonly user: string;
  readonly ip: string | null;
  readonly method: string;
  readonly service: string;
  /** Logins whose session was open when the window ended. */
  readonly open: number;
  /** The longest session of these logins that ended; null when none did. */
  readonly longestSeconds: number | null;
}
export interface FailureGroup extends GroupBase, Place {
  /** The address, or the name when the log has only that, or null for a local try. */
  readonly ip: string | null;
  /** The users tried most, most first; at most 10. */
  readonly users: readonly string[];
  readonly userCount: number;
  /** How often this address was banned in the window. */
  readonly bans: number;
}
export interface BanGroup extends GroupBase, Place {
  readonly ip: string | null;
  readonly jail: string | null;
  readonly tool: string;
  readonly unbanned: number;
}
export interface FirewallGroup extends GroupBase {
  readonly destinationPort: number | null;
  readonly protocol: string | null;
  /** Distinct source addresses. */
  readonly sources: number;
}
export interface PrivilegeGroup extends GroupBase {
  readonly user: string | null;
  readonly target: string | null;
  readonly service: string;
  readonly outcome: "success" | "failure";
  /** The command or the reason that was seen last. */
  readonly command: string | null;
}
/** `count` sessions were opened; it is 0 where one that began before the window ended in it. */
export interface SessionGroup extends GroupBase {
  readonly user: string | null;
  readonly service: string;
  /** Of these, how many were open when the window ended. */
  readonly open: number;
  /** The longest that ended in the window, also when it began before; null when none did. */
  readonly longestSeconds: number | null;
}
export interface SftpGroup extends GroupBase {
  readonly user: string | null;
  readonly ip: string | null;
  readonly command: string;
}
export interface MessageGroup extends GroupBase {
  readonly tool: string;
  /** `problem`, `start`, `stop`, `rotation`, `action`, `note`; `account` in the section accounts. */
  readonly state: string;
  /** The first message of this shape. */
  readonly message: string;
}
/** Tries of a network or a country, added up over the groups. */
export interface Rollup {
  /** `prefix`: a /24 or a /64; `network`: an autonomous system. */
  readonly kind: "prefix" | "network" | "country";
  readonly name: string;
  readonly tries: number;
  readonly addresses: number;
}
interface SectionBase<Id extends string, Group> {
  readonly id: Id;
  readonly title: string;
  /** Exact, also when groups were cut. */
  readonly total: number;
  readonly groups: readonly Group[];
  /** Groups that were cut. */
  readonly more: number;
}
export type Section =
  | SectionBase<"logins", LoginGroup>
  | (SectionBase<"failures", FailureGroup> & {
      /** By kind, most tries first; only where many addresses tried. */
      readonly rollup?: readonly Rollup[] | undefined;
    })
  | SectionBase<"bans", BanGroup>
  | SectionBase<"firewall", FirewallGroup>
  | SectionBase<"privileges", PrivilegeGroup>
  | SectionBase<"sessions", SessionGroup>
  | SectionBase<"sftp", SftpGroup>
  | SectionBase<"accounts", MessageGroup>
  | SectionBase<"services", MessageGroup>
  | SectionBase<"sources", Coverage>;

export type SourceStatus = "ok" | "unrecognised" | "stale" | "partial" | "damaged" | "unreadable" | "missing";

/** What was read of one source, and what could not be. */
export interface Coverage {
  readonly source: string;
  readonly status: SourceStatus;
  /** First and last stamp that was seen; null when no line had one. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly bytes: number;
  readonly lines: number;
  /** Lines whose stamp lies in the window. */
  readonly inWindow: number;
  readonly events: number;
  readonly unrecognised: number;
  readonly undated: number;
  /** A plain sentence, empty when there is nothing to say. */
  readonly note: string;
}

export type Reason =
  | "logins"
  | "failures"
  | "bans"
  | "firewall"
  | "accounts"
  | "privilegeFailures"
  | "services"
  | "finding"
  | "source";

export interface Allowlisted {
  readonly logins: number;
  readonly probes: number;
  readonly users: readonly { readonly user: string; readonly count: number }[];
  readonly addresses: readonly { readonly ip: string; readonly count: number }[];
}

/** What earlier nights were like, where a state remembers them. */
export interface History {
  /** Nights that the medians rest on. */
  readonly nights: number;
  /** Of each total; absent where too few nights are known. */
  readonly medians: Partial<Totals>;
  /** One entry a night, oldest first, this one not among them; `date` is `yyyy-MM-dd`. */
  readonly trend: readonly {
    readonly date: string;
    readonly failures: number;
    readonly logins: number;
    readonly bans: number;
  }[];
}

export interface Digest {
  readonly window: Window & { readonly days?: readonly { readonly date: string; readonly totals: Totals }[] };
  readonly hosts: readonly string[];
  /** Asked for by hand (`--date`, `--since`): the subject says so. */
  readonly onRequest: boolean;
  readonly empty: boolean;
  readonly reasons: readonly Reason[];
  readonly totals: Totals;
  /** Names of totals that are lower bounds. */
  readonly atLeast: readonly (keyof Totals)[];
  readonly allowlisted: Allowlisted;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Findings that the config silences, and why. */
  readonly silenced: readonly { readonly id: string; readonly reason: string }[];
  /** Tries by local hour of the window, 24 numbers; index 0 is 00:00-01:00 by the wall clock. */
  readonly triesByHour: readonly number[];
  readonly sections: readonly Section[];
  readonly coverage: readonly Coverage[];
  /** For the eye only, and no part of the JSON. */
  readonly history?: History | undefined;
}
