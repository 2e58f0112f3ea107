// What the firewall blocked, by port.
import { isManyCast } from "../events/address.ts";
import type { Event, Firewall, Instant } from "../events/event.ts";
import { type Counted, raise, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface FirewallRow extends Counted {
  destinationPort: number | null;
  protocol: string | null;
  /** Addresses that sent them: as many as are remembered. */
  readonly sources: Set<string>;
  host: string;
}

/** Source addresses remembered of one port, and of all of them together. */
const SOURCES_OF_PORT = 20_000;
const SOURCES_OF_ALL = 200_000;

export class Packets {
  readonly table: Table<FirewallRow>;
  /** Blocked packets that were meant for one machine: the others are no reason for a mail. */
  unicastBlocks = 0;
  private sources = 0;
  /** The last group of each port: most ports have one, so the key with all its parts is seldom made. */
  private readonly lastOfPort = new Map<number | null, FirewallRow>();
  private readonly counts: Counts;

  constructor(counts: Counts, keys: number) {
    this.counts = counts;
    this.table = new Table(keys, (row) => this.giveUp(row));
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
    let row = this.lastOfPort.get(destinationPort);
    if (row !== undefined && row.protocol === protocol && row.host === host) raise(row, repeat, at);
    else {
      const key = `${destinationPort}|${protocol}|${host}`;
      row = this.table.add(key, repeat, at, () => ({ destinationPort, protocol, sources: new Set<string>(), host }));
      this.lastOfPort.set(destinationPort, row);
    }
    if (ip !== undefined) this.addSource(row.sources, ip);
  }

  private addSource(sources: Set<string>, ip: string): void {
    const before = sources.size;
    if (before >= SOURCES_OF_PORT || this.sources >= SOURCES_OF_ALL) return;
    sources.add(ip);
    this.sources += sources.size - before;
  }

  private giveUp(row: FirewallRow): void {
    this.sources -= row.sources.size;
    if (this.lastOfPort.get(row.destinationPort) === row) this.lastOfPort.delete(row.destinationPort);
  }
}
