// Rights that were used or refused: sudo, su, doas, and PAM's lines beside theirs, which add nothing.
import type { Event, Instant, Privilege } from "../events/event.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";
import { raise, Voices } from "./voices.ts";

export interface PrivilegeRow extends Counted {
  user: string | null;
  target: string | null;
  service: string;
  outcome: "success" | "failure";
  command: string | null;
  host: string;
}

/** sudo sums up when the last password was wrong, and people think between passwords. */
const SILENCE = 300_000;
/** Longest command or reason that is kept. */
const LONGEST = 300;

/** A group that PAM's lines made, until the program says whom and what it was about. */
interface FromPam {
  readonly key: string;
  readonly row: PrivilegeRow;
  readonly count: number;
}

export class Privileges {
  readonly table: Table<PrivilegeRow>;
  private readonly counts: Counts;
  private readonly voices = new Voices<FromPam>(SILENCE);

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys);
  }

  /** @param inside lines before the window are passed in too: a story may have begun there */
  add(event: Event & Privilege, at: Instant, host: string, inside: boolean): void {
    if (event.kind === "privilege.success") {
      this.voices.end(storyOf(event));
      if (!inside) return;
      this.counts.raise("privileges", event.repeat, at);
      this.group(event, event.repeat, at, host);
      return;
    }
    const told = this.voices.of(storyOf(event), at);
    const count = raise(told, event.basis, event.repeat);
    if (!inside) return;
    if (count > 0) this.counts.raise("privilegeFailures", count, at);
    if (event.basis === "pam") {
      if (count === 0) return;
      const row = this.group(event, count, at, host);
      told.note = { key: keyOf(event, host), row, count: count + (told.note?.count ?? 0) };
    } else {
      const moved = Math.min(told.note?.count ?? 0, event.repeat);
      if (told.note !== undefined) this.take(told.note, moved);
      told.note = undefined;
      if (count + moved > 0) this.group(event, count + moved, at, host);
    }
  }

  private group(event: Event & Privilege, n: number, at: Instant, host: string): PrivilegeRow {
    const { service } = event;
    const outcome = event.kind === "privilege.success" ? "success" : "failure";
    const user = event.user ?? null;
    const target = event.target ?? null;
    const row = this.table.add(keyOf(event, host), n, at, () => ({
      user,
      target,
      service,
      outcome,
      command: null,
      host,
    }));
    const command = event.command ?? event.reason;
    if (command !== undefined && command !== "") row.command = command.slice(0, LONGEST);
    return row;
  }

  private take({ key, row }: FromPam, n: number): void {
    row.count -= n;
    if (row.count === 0) this.table.delete(key);
  }
}

function keyOf(event: Event & Privilege, host: string): string {
  const { kind, user, target, service } = event;
  return `${user}|${target}|${service}|${kind}|${host}`;
}

/** Who asked. Not the process: on Debian PAM's line under su has no process id, and su's own has one. */
function storyOf({ head, service, user }: Event & Privilege): string {
  const dash = service.indexOf("-");
  return `${head.hostname}|${dash < 0 ? service : service.slice(0, dash)}|${user || head.procId}`;
}
