// What the firewall blocked, by port.
import { isManyCast } from "../events/address.ts";
import type { Event, Firewall, Instant } from "../events/event.ts";
import { Distinct, type Room } from "./distinct.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface FirewallRow extends Counted {
  destinationPort: number | null;
  protocol: string | null;
  sources: Distinct;
  host: string;
}

/** Source addresses remembered of one port, and of all of them together. */
const SOURCES_OF_PORT = 20_000;
const SOURCES_OF_ALL = 500_000;

export class Packets {
  readonly table: Table<FirewallRow>;
  /** Blocked packets that were meant for one machine: the others are no reason for a mail. */
  unicastBlocks = 0;
  private readonly room: Room = { left: SOURCES_OF_ALL };
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys, (row) => row.sources.release());
  }

  add(event: Event & Firewall, at: Instant, host: string): void {
    const { ip, destinationIp, repeat } = event;
    if (event.kind === "firewall.allow") {
      this.counts.raise("firewallAllows", repeat, at);
      return;
    }
    this.counts.raise("firewallBlocks", repeat, at);
    if (destinationIp === undefined || !isManyCast(destinationIp)) this.unicastBlocks += repeat;
    const destinationPort = event.destinationPort ?? null;
    const protocol = event.protocol ?? null;
    const row = this.table.add(`${destinationPort}|${protocol}|${host}`, repeat, at, () => ({
      destinationPort,
      protocol,
      sources: new Distinct(SOURCES_OF_PORT, this.room),
      host,
    }));
    if (ip !== undefined) row.sources.add(ip);
  }
}
