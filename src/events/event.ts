// What a line of a log says, in the field's own words. Every stage after the parsers speaks only of these.

/** UTC epoch milliseconds. */
export type Instant = number;

/** Where an event came from and when it happened. */
export interface Head {
  /** Path of the file as it was opened, or the name of the engine. */
  readonly file: string;
  /** 1-based line number in the decompressed file. */
  readonly line: number;
  /** Absent time (`null`) means the line states none; such a line is never counted in a window. */
  readonly at: Instant | null;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
}

/** An address as the log states it: `ip` when it is one, `host` when the log has only a name. */
export interface Peer {
  readonly ip?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * What an sshd line means for its connection (design: counting):
 * - `verdict`: a `Failed` line that is a guess (not publickey, hostbased, none)
 * - `offer`: a `Failed` line that is no guess
 * - `pam-error`: sshd's own `error: PAM: ...`
 * - `named`: the connection named a user and was refused or ended before authentication
 * - `unnamed`: refused without having named a user: no try
 */
export type TryBasis = "verdict" | "offer" | "pam-error" | "named" | "unnamed";

interface Login extends Peer {
  readonly user?: string | undefined;
  readonly method?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly invalidUser?: true | undefined;
  readonly preauth?: true | undefined;
  readonly reason?: string | undefined;
}

export interface LoginSuccess extends Login {
  readonly kind: "login.success";
  readonly user: string;
  readonly method: string;
  /** The program that let the user in: `sshd`, `screensharingd`, `login`. */
  readonly service: string;
  /** The message of the line, for the allowlist's patterns; at most 1,024 characters. */
  readonly message: string;
}

export interface LoginFailure extends Login {
  readonly kind: "login.failure" | "login.invalid-user" | "login.denied";
  readonly service: string;
  /** `pam`: a PAM module's line, which counts only where the service itself says nothing; `own`: one line, one try. */
  readonly basis: TryBasis | "pam" | "own";
}

export interface Probe extends Login {
  readonly kind: "probe";
  readonly service: string;
  /** Set when the closing line named the user that was being authenticated: then the connection is a try. */
  readonly basis?: "named" | undefined;
}

export interface Session extends Peer {
  readonly kind: "session.open" | "session.close";
  readonly service: string;
  readonly user?: string | undefined;
}

export interface Sftp extends Peer {
  readonly kind: "sftp";
  readonly user?: string | undefined;
  readonly command: string;
  readonly path?: string | undefined;
}

export interface Privilege extends Peer {
  readonly kind: "privilege.success" | "privilege.failure";
  readonly service: string;
  /** `pam` lines add nothing beside the program's own lines. */
  readonly basis: "own" | "pam";
  readonly user?: string | undefined;
  readonly target?: string | undefined;
  readonly command?: string | undefined;
  readonly reason?: string | undefined;
}

export interface Account {
  readonly kind: "account";
  readonly user?: string | undefined;
  readonly message: string;
}

export interface Ban extends Peer {
  readonly kind: "ban" | "unban" | "ban.restored" | "ban.increased" | "ban.already" | "ban.found";
  readonly tool: string;
  readonly jail?: string | undefined;
}

export interface Firewall extends Peer {
  readonly kind: "firewall.block" | "firewall.allow";
  readonly tool: string;
  readonly protocol?: string | undefined;
  readonly sourcePort?: number | undefined;
  readonly destinationIp?: string | undefined;
  readonly destinationPort?: number | undefined;
  readonly interface?: string | undefined;
}

export interface Service {
  readonly kind: "service";
  readonly tool: string;
  readonly message: string;
  /** `problem`: a WARNING, ERROR, CRITICAL or failed action; the others are told but never a reason for a mail. */
  readonly state: "problem" | "start" | "stop" | "rotation" | "action" | "note";
  /** The jail that started or stopped, or the address of an action, where the line names one. */
  readonly jail?: string | undefined;
}

export type Event = {
  readonly head: Head;
  /** How often the line says it happened: 1, or N of "message repeated N times". */
  readonly repeat: number;
} & (
  | LoginSuccess
  | LoginFailure
  | Probe
  | Session
  | Sftp
  | Privilege
  | Account
  | Ban
  | Firewall
  | Service
);

export type EventKind = Event["kind"];
