// Whose tries they were: by address, with the names that were tried.
import type { Instant } from "../events/event.ts";
import { NameCounts, SharedNames } from "./name-counts.ts";
import { type Counted, Table } from "./table.ts";

export interface FailureRow extends Counted {
  ip: string | null;
  users: NameCounts;
  host: string;
}

/** Names remembered of one address, and of all of them together. */
const USERS_OF_ADDRESS = 1_000;
const USERS_OF_ALL = 1_000_000;

export class Failures {
  readonly table: Table<FailureRow>;
  private readonly names = new SharedNames(USERS_OF_ALL);
  /** Most digests speak of one machine: there the address alone is the key, which costs no new string. */
  private onlyHost: string | undefined;

  constructor(keys: number) {
    this.table = new Table(keys, (row) => row.users.release());
  }

  add(from: string | undefined, user: string | undefined, n: number, at: Instant, host: string): void {
    const ip = from ?? null;
    this.onlyHost ??= host;
    const key = host === this.onlyHost ? (from ?? "") : `${from ?? ""}|${host}`;
    const row = this.table.add(key, n, at, () => ({
      ip,
      users: new NameCounts(this.names, USERS_OF_ADDRESS),
      host,
      count: 0,
      first: at,
      last: at,
    }));
    if (user !== undefined) row.users.add(user, n);
  }
}
