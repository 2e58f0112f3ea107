// Files moved over sftp. An operation's line states neither user nor address: the opening of its session does, which
// has the same process id.
import { copyOf } from "../events/address.ts";
import type { Event, Instant, Session, Sftp } from "../events/event.ts";
import { Latest } from "./latest.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

/** The service of such a session; it is part of a session of sshd and none of its own. */
export const SFTP_SERVER = "sftp-server";

export interface SftpRow extends Counted {
  user: string | null;
  ip: string | null;
  command: string;
  host: string;
}

/** Sessions that are remembered; the oldest are forgotten first. */
const MOST_SESSIONS = 10_000;

interface Owner {
  readonly user: string | undefined;
  readonly ip: string | undefined;
}

export class SftpOperations {
  readonly table: Table<SftpRow>;
  private readonly owners = new Latest<Owner>(MOST_SESSIONS);
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys);
  }

  /** A session of sftp-server began or ended. */
  session(event: Event & Session): void {
    const key = keyOf(event);
    this.owners.delete(key);
    if (event.kind === "session.close") return;
    const ip = event.ip ?? event.host;
    const owned = (text: string | undefined) => (text === undefined ? undefined : copyOf(text));
    this.owners.set(key, { user: owned(event.user), ip: owned(ip) });
  }

  add(event: Event & Sftp, at: Instant, host: string): void {
    const owner = this.owners.get(keyOf(event));
    const { command, repeat } = event;
    const user = event.user ?? owner?.user ?? null;
    const ip = event.ip ?? owner?.ip ?? null;
    this.counts.raise("sftp", repeat, at);
    this.table.add(`${user}|${ip}|${command}|${host}`, repeat, at, () => ({ user, ip, command, host }));
  }
}

function keyOf({ head }: Event): string {
  return `${head.hostname}|${head.procId}`;
}
