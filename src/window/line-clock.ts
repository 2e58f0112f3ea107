// Turns the stamps of one log, read in file order, into instants. What a stamp leaves out is taken from what we know:
// the year from the newest moment the log can hold and from the order of its lines, the zone from the host's, the
// pass through a repeated hour (the night the clocks go back) from the order too.
import type { Instant } from "../events/event.ts";
import { isLeapYear, type Stamp } from "./stamp.ts";
import type { ZoneClock } from "./zone.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** How far a line may lie behind the one before it and still belong to the same year. */
const YEAR_DISORDER = 7 * DAY;
/** How far a line may lie behind the one before it and still be in the first pass of a repeated hour. */
const HOUR_DISORDER = 5 * 60_000;

export interface LineClock {
  /** The instant of a stamp, or null when it cannot be told. Call in file order. */
  read(stamp: Stamp): Instant | null;
  /**
   * The instant of a stamp that differs in its seconds alone from one that was read. NaN when that cannot be said without
   * reading it: lines of another minute were read since, or it lies behind all that the log can hold.
   *
   * @param minute the beginning of its minute
   */
  readInMinute(minute: Instant, ofMinute: number): Instant;
  /** What the last stamp that could be told was. */
  readonly last: Instant | undefined;
}

/**
 * A clock for one log.
 *
 * @param zone of the host that wrote it
 * @param newest no line is later than this; year-less stamps are taken as late as it allows
 * @param oldestYear the year of the first line where a look at the whole file told it; -1 when unknown
 * @param before the last line of the file that was rotated before this one: its order decides about a repeated hour too
 * @param latest a year-less stamp behind this moment cannot be told: a day from now, where now is known
 */
export function lineClock(
  zone: ZoneClock,
  newest: Instant,
  oldestYear = -1,
  before?: Instant,
  latest: Instant = Number.POSITIVE_INFINITY,
): LineClock {
  const latestYear = new Date(newest).getUTCFullYear() + 1;
  let previous: Instant | undefined;
  let year = oldestYear;
  let monthDay = -1;
  /** The day of the last stamp, and its midnight on the wall clock. */
  let day = -1;
  let midnight = 0;

  const wallOf = (stampYear: number, { month, day: ofMonth, ofDay }: Stamp): number => {
    const wanted = (stampYear * 16 + month) * 32 + ofMonth;
    if (wanted !== day) {
      day = wanted;
      midnight = Date.UTC(stampYear, month - 1, ofMonth);
    }
    return midnight + ofDay;
  };

  const local = (stampYear: number, stamp: Stamp): Instant | null => {
    if (stamp.month === 2 && stamp.day === 29 && !isLeapYear(stampYear)) return null;
    const wall = wallOf(stampYear, stamp);
    const only = zone.onlyInstantOfWall(wall);
    if (!Number.isNaN(only)) return only;
    const [first, second] = zone.instantsOfWall(wall);
    if (first === undefined) return zone.gapInstant(wall);
    const reference = previous ?? before;
    return second !== undefined && reference !== undefined && first < reference - HOUR_DISORDER ? second : first;
  };

  /** The latest year in which the stamp is no later than the log can be. */
  const latestYearOf = (stamp: Stamp): number => {
    for (let y = latestYear; y > latestYear - 10; y--) {
      const at = local(y, stamp);
      if (at !== null && at <= newest) return y;
    }
    return -1;
  };

  /** The year of a year-less stamp: logs go forward, so the first year in which it is not before the line before it. */
  const yearOf = (stamp: Stamp): number => {
    if (previous === undefined) return year >= 0 ? year : latestYearOf(stamp);
    const yearBefore = new Date(previous).getUTCFullYear();
    for (let y = yearBefore - 1; y <= yearBefore + 8; y++) {
      const at = local(y, stamp);
      if (at === null || at < previous - YEAR_DISORDER) continue;
      // A small step is believed beyond the newest moment too: that one may be told by a file that overlaps this one.
      if (at <= newest || at <= previous + YEAR_DISORDER) return y;
      break;
    }
    // Later than the log can be: the clock was set back further than disorder explains.
    return latestYearOf(stamp);
  };

  return {
    read(stamp) {
      let at: Instant | null;
      if (stamp.month === 0) return null;
      if (stamp.offset !== undefined) {
        at = wallOf(stamp.year, stamp) - stamp.offset;
      } else if (stamp.year >= 0) {
        at = local(stamp.year, stamp);
      } else {
        const key = stamp.month * 32 + stamp.day;
        // The year is looked for again only when the day changes.
        if (key !== monthDay || previous === undefined) {
          year = yearOf(stamp);
          monthDay = key;
        }
        at = year < 0 ? null : local(year, stamp);
        // Of a clock that ran ahead. What follows it is dated by the line before it.
        if (at !== null && at > latest) at = null;
      }
      if (at !== null) previous = at;
      return at;
    },
    readInMinute(minute, ofMinute) {
      const at = minute + ofMinute;
      if (previous === undefined || previous < minute || previous >= minute + MINUTE || at > latest) return Number.NaN;
      previous = at;
      return at;
    },
    get last() {
      return previous;
    },
  };
}
