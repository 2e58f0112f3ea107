// The totals of a window, of each of its days, and of the hours of the day.
import type { Instant } from "../events/event.ts";
import { dateAt } from "../window/day.ts";
import type { Window } from "../window/window.ts";
import { type ZoneClock, zoneClock } from "../window/zone.ts";
import type { Totals } from "./digest.ts";

const QUARTER = 900_000;
const HOUR = 3_600_000;

export function emptyTotals(): Totals {
  return {
    logins: 0,
    failures: 0,
    invalidUsers: 0,
    denied: 0,
    probes: 0,
    sessions: 0,
    privileges: 0,
    privilegeFailures: 0,
    bans: 0,
    bannedAddresses: 0,
    bansRepeated: 0,
    unbans: 0,
    firewallBlocks: 0,
    firewallAllows: 0,
    sftp: 0,
    accounts: 0,
    services: 0,
  };
}

/** Adds up; what lies outside the window is the caller's to leave out. */
export class Counts {
  readonly totals = emptyTotals();
  /** By local date, `yyyy-MM-dd`. */
  readonly days = new Map<string, Totals>();
  /** Tries by local hour, 24 numbers. */
  readonly triesByHour = new Array<number>(24).fill(0);
  private readonly clock: ZoneClock;
  private readonly from: Instant;
  private quarter = Number.NaN;
  private today = emptyTotals();
  private hourQuarter = Number.NaN;
  private hour = 0;

  constructor({ from, timeZone }: Window) {
    this.from = from;
    this.clock = zoneClock(timeZone);
  }

  raise(total: keyof Totals, n: number, at: Instant): void {
    this.totals[total] += n;
    this.dayOf(at)[total] += n;
  }

  raiseTries(n: number, at: Instant, invalid: boolean): void {
    const day = this.dayOf(at);
    this.totals.failures += n;
    day.failures += n;
    if (invalid) {
      this.totals.invalidUsers += n;
      day.invalidUsers += n;
    }
    const hour = this.hourOf(at);
    this.triesByHour[hour] = (this.triesByHour[hour] as number) + n;
  }

  /** The local hour of `at`, which a quarter of an hour does not leave either. */
  private hourOf(at: Instant): number {
    const quarter = Math.floor(at / QUARTER);
    if (quarter !== this.hourQuarter) {
      const hours = Math.floor(this.clock.wallOf(at) / HOUR) % 24;
      // Before 1970 the remainder is negative.
      this.hour = hours < 0 ? hours + 24 : hours;
      this.hourQuarter = quarter;
    }
    return this.hour;
  }

  /** The totals of the local day of `at`; what was written too late for its day is counted on the first one. */
  dayOf(written: Instant): Totals {
    const at = Math.max(written, this.from);
    // A quarter of an hour never spans two local days: zones turn on quarter hours.
    const quarter = Math.floor(at / QUARTER);
    if (quarter === this.quarter) return this.today;
    const date = dateAt(this.clock, at);
    let day = this.days.get(date);
    if (day === undefined) {
      day = emptyTotals();
      this.days.set(date, day);
    }
    this.quarter = quarter;
    this.today = day;
    return day;
  }
}
