// Who was banned, by which jail. One address in two jails is two bans; what is restored or made longer is none.
import type { Ban, Event, Instant } from "../events/event.ts";
import type { Totals } from "./digest.ts";
import { Distinct } from "./distinct.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface BanRow extends Counted {
  ip: string | null;
  jail: string | null;
  tool: string;
  unbanned: number;
  host: string;
}

const ADDRESSES_OF_DAY = 10_000;

export class Bans {
  readonly table: Table<BanRow>;
  readonly addresses: Distinct;
  private readonly addressesOfDay = new Map<Totals, Distinct>();
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys);
    this.addresses = new Distinct(keys);
  }

  add(event: Event & Ban, at: Instant, host: string): void {
    switch (event.kind) {
      case "ban":
        this.counts.raise("bans", event.repeat, at);
        for (const [ip, n] of targetsOf(event)) this.addBan(event, ip, n, at, host);
        return;
      case "unban":
        this.counts.raise("unbans", event.repeat, at);
        for (const [ip, n] of targetsOf(event)) {
          const row = this.table.get(keyOf(event, ip, host));
          if (row !== undefined) row.unbanned += n;
        }
        return;
      case "ban.restored":
      case "ban.increased":
      case "ban.already":
        this.counts.raise("bansRepeated", event.repeat, at);
        return;
      case "ban.found":
        return;
      default:
        event.kind satisfies never;
    }
  }

  private addBan(event: Ban, ip: string | null, n: number, at: Instant, host: string): void {
    const { jail = null, tool } = event;
    this.table.add(keyOf(event, ip, host), n, at, () => ({ ip, jail, tool, unbanned: 0, host }));
    if (ip === null) return;
    this.addresses.add(ip);
    this.counts.totals.bannedAddresses = this.addresses.size;
    const day = this.counts.dayOf(at);
    let ofDay = this.addressesOfDay.get(day);
    if (ofDay === undefined) {
      ofDay = new Distinct(ADDRESSES_OF_DAY);
      this.addressesOfDay.set(day, ofDay);
    }
    ofDay.add(ip);
    day.bannedAddresses = ofDay.size;
  }
}

/** Addresses, ranges or names that a line bans, and how often each. */
export function targetsOf(event: Event & Ban): readonly (readonly [string | null, number])[] {
  const { addresses } = event;
  if (addresses === undefined || addresses.length === 0) return [[event.ip ?? event.host ?? null, event.repeat]];
  return addresses.map((address) => [address, Math.max(1, Math.round(event.repeat / addresses.length))]);
}

function keyOf({ jail, tool }: Ban, ip: string | null, host: string): string {
  return `${ip}|${jail}|${tool}|${host}`;
}
