// Who got in, and who was expected to.
import type { Event, Instant, LoginSuccess } from "../events/event.ts";
import { Distinct } from "./distinct.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface LoginRow extends Counted {
  user: string;
  ip: string | null;
  method: string;
  service: string;
  host: string;
  /** Logins whose session has not ended. */
  open: number;
  /** The longest session that ended, in milliseconds. */
  longest: number | undefined;
}

const MOST_NAMED = 1_000;

export class Logins {
  readonly table: Table<LoginRow>;
  /** Logins that the allowlist expects, told in one line. */
  readonly expected = { count: 0, users: new Distinct(MOST_NAMED), addresses: new Distinct(MOST_NAMED) };
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys);
  }

  add(event: Event & LoginSuccess, at: Instant, host: string): LoginRow {
    const { user, method, service, repeat } = event;
    const ip = event.ip ?? event.host ?? null;
    this.counts.raise("logins", repeat, at);
    const key = `${user}|${ip}|${method}|${service}|${host}`;
    return this.table.add(key, repeat, at, () => ({ user, ip, method, service, host, open: 0, longest: undefined }));
  }

  addExpected({ user, ip, repeat }: Event & LoginSuccess): void {
    this.expected.count += repeat;
    this.expected.users.add(user, repeat);
    if (ip !== undefined) this.expected.addresses.add(ip, repeat);
  }
}
