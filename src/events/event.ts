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
  /** The second factor was refused: whoever typed it had passed the first, usually the password. */
  readonly secondFactor?: true | undefined;
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
  /** The PAM module whose line this is, where the line says it: modules of one stack tell of the same try. */
  readonly module?: string | undefined;
}

export interface Probe extends Login {
  readonly kind: "probe";
  readonly service: string;
  /** Set when the closing line named the user that was being authenticated: then the connection is a try. */
  readonly basis?: "named" | undefined;
  /** The connection's own process, where the listener speaks of it (`..., pid = 4711`). */
  readonly connectionProcId?: string | undefined;
}

export interface Session extends Peer {
  readonly kind: "session.open" | "session.close";
  readonly service: string;
  readonly user?: string | undefined;
  /** The login's own process, where the line states it elsewhere (macOS: `alice [priv][4711]: USER_PROCESS`). */
  readonly connectionProcId?: string | undefined;
}

/** User and address stand only in the `session.open` of service `sftp-server` under the same process id. */
export interface Sftp extends Peer {
  readonly kind: "sftp";
  readonly user?: string | undefined;
  /** The operation: `open`, `close`, `remove`, `rename`, ... */
  readonly command: string;
  readonly path?: string | undefined;
  /** The new name of a rename, the link of a symlink. */
  readonly target?: string | undefined;
  /** What the line says of the operation: flags, modes, bytes. */
  readonly reason?: string | undefined;
}

export interface Privilege extends Peer {
  readonly kind: "privilege.success" | "privilege.failure";
  readonly service: string;
  /** `pam` lines add nothing beside the program's own lines. */
  readonly basis: "own" | "pam";
  /** As for a login's failure. */
  readonly module?: string | undefined;
  readonly user?: string | undefined;
  readonly target?: string | undefined;
  readonly command?: string | undefined;
  readonly reason?: string | undefined;
  /** As for a login. */
  readonly secondFactor?: true | undefined;
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
  /** The addresses or names, where one line bans several (DenyHosts): `repeat` counts them, and `ip` is absent. */
  readonly addresses?: readonly string[] | undefined;
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
  /** The line admits that lines were left out of the log: of logins, of the firewall, or of any program. */
  readonly drops?: "login" | "firewall" | "all" | undefined;
}

export type Event = {
  readonly head: Head;
  /** How often the line says it happened: 1, or N of "message repeated N times". */
  readonly repeat: number;
} & (LoginSuccess | LoginFailure | Probe | Session | Sftp | Privilege | Account | Ban | Firewall | Service);
