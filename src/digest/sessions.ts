// Sessions: how many were opened, how long the longest lasted, which are open still. After privilege separation most
// of a session's lines stand under a child's process id; its opening and its end have that of the login.
import { copyOf } from "../events/address.ts";
import type { Event, Instant, LoginSuccess, Session } from "../events/event.ts";
import { Latest } from "./latest.ts";
import type { LoginRow } from "./logins.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface SessionRow extends Counted {
  user: string | null;
  service: string;
  host: string;
  /** Of those that were opened in the window: how many have not ended. */
  open: number;
  /** The longest that ended in the window, in milliseconds; it may have begun before. */
  longest: number | undefined;
}

/** Processes of logins and sessions that are remembered; the oldest are forgotten first. */
const MOST_PRESENT = 20_000;

/** Somebody who was let in by one process. */
interface Presence {
  readonly user: string | undefined;
  /** An expected login: its sessions are not counted. */
  readonly expected: boolean;
  readonly login: LoginRow | undefined;
  /** The group that counts its session, when that was opened in the window. */
  row: SessionRow | undefined;
  open: number;
  openedAt: Instant;
}

export class Sessions {
  readonly table: Table<SessionRow>;
  private readonly present = new Latest<Presence>(MOST_PRESENT);
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys);
  }

  /**
   * Somebody was let in.
   *
   * @param login the group that counts it; undefined before the window, and when it is expected
   */
  letIn(event: Event & LoginSuccess, expected: boolean, login: LoginRow | undefined): void {
    const key = keyOf(event);
    if (key === undefined) return;
    this.remember(key, { user: copyOf(event.user), expected, login, row: undefined, open: 0, openedAt: 0 });
  }

  opened(event: Event & Session, at: Instant, host: string, inside: boolean): void {
    const key = keyOf(event);
    let presence = key === undefined ? undefined : this.present.get(key);
    if (presence?.expected) return;
    if (presence === undefined && key !== undefined) {
      const user = event.user === undefined ? undefined : copyOf(event.user);
      presence = { user, expected: false, login: undefined, row: undefined, open: 0, openedAt: 0 };
      this.remember(key, presence);
    }
    if (inside) {
      this.counts.raise("sessions", event.repeat, at);
      const row = this.rowOf(event, presence, event.repeat, at, host);
      if (presence !== undefined) {
        row.open += event.repeat;
        presence.row = row;
      }
    }
    if (presence === undefined) return;
    if (presence.open === 0) {
      presence.openedAt = at;
      if (presence.login !== undefined) presence.login.open++;
    }
    presence.open += event.repeat;
  }

  closed(event: Event & Session, at: Instant, host: string, inside: boolean): void {
    const key = keyOf(event);
    const presence = key === undefined ? undefined : this.present.get(key);
    if (presence === undefined || presence.expected || presence.open === 0) return;
    leave(presence, Math.min(presence.open, event.repeat));
    if (presence.open > 0 || !inside) return;
    const { login } = presence;
    const lasted = at - presence.openedAt;
    const row = presence.row ?? this.rowOf(event, presence, 0, at, host);
    row.longest = Math.max(row.longest ?? 0, lasted);
    if (login !== undefined) login.longest = Math.max(login.longest ?? 0, lasted);
  }

  private rowOf(
    event: Event & Session,
    presence: Presence | undefined,
    n: number,
    at: Instant,
    host: string,
  ): SessionRow {
    const { service } = event;
    const user = event.user ?? presence?.user ?? null;
    const key = `${user}|${service}|${host}`;
    return this.table.add(key, n, at, () => ({ user, service, host, open: 0, longest: undefined }));
  }

  private remember(key: string, presence: Presence): void {
    const gone = this.present.get(key);
    if (gone !== undefined) {
      this.present.delete(key);
      // The process id came round: that session is over, since when is not known.
      leave(gone, gone.open);
    }
    this.present.set(key, presence);
  }
}

/** So many of somebody's sessions are over. */
function leave(presence: Presence, ended: number): void {
  if (ended === 0) return;
  presence.open -= ended;
  if (presence.row !== undefined) presence.row.open = Math.max(0, presence.row.open - ended);
  if (presence.open === 0 && presence.login !== undefined) presence.login.open = Math.max(0, presence.login.open - 1);
}

/** Hostname, program and process; undefined where the log states no process. */
function keyOf(event: Event & (LoginSuccess | Session)): string | undefined {
  const { hostname, procId } = event.head;
  const own = "connectionProcId" in event ? event.connectionProcId : procId;
  return own ? `${hostname}|${event.service}|${own}` : undefined;
}
