// When a schedule ticks. cron-parser walks the wall clock, the zone's clock turns each tick into an instant:
// - in a gap (clocks put forward) a tick happens when the clock of before the gap would have shown it, 02:30 at 03:30
// - in a repeated hour (clocks put back) a tick of a fixed hour happens at the first pass only, as in cron
// - a schedule of every hour follows real time instead: both passes tick, a gap has nothing to catch up
// All three questions below are asked of the same set of instants, so ticks tile time.

import type { Instant } from "../events/event.ts";
import type { ZoneClock } from "../window/zone.ts";
import { validateSchedule, wallClockTicks } from "./expression.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A zone's clock never jumped by more than a day (Apia, Kwajalein). */
const LONGEST_JUMP_MS = 26 * HOUR_MS;
/** A run this long before a tick was started for it: cron and launchd may be early, clocks are stepped. */
const EARLY_MS = 90_000;
/** Lines of the last second of a window may be written late. */
const SETTLE_MS = 10_000;

/**
 * Returns the newest tick at or before `now`; a tick exactly at `now` counts.
 *
 * @param expr five fields, or a name like `@daily`
 * @throws ReportError Exit.Config when `expr` is no schedule
 * @example newestTick("55 23 * * *", zoneClock("UTC"), Date.UTC(2026, 10, 20, 8)) // 2026-11-19T23:55Z
 */
export function newestTick(expr: string, clock: ZoneClock, now: Instant): Instant {
  const fields = validateSchedule(expr);
  const start = clock.wallOf(now) + jumpNear(clock, now);
  // From a second after the minute: prev() leaves out a tick at the very time it starts from.
  const walls = wallClockTicks(fields, minuteOf(start) + 1_000);
  const everyHour = ticksEveryHour(walls);
  let newest: Instant | undefined;
  let enough = Number.POSITIVE_INFINITY;
  for (let wallMs = walls.prev().getTime(); ; wallMs = walls.prev().getTime()) {
    for (const tick of instantsOfTick(wallMs, everyHour, clock)) {
      if (tick <= now && (newest === undefined || tick > newest)) {
        newest = tick;
        // Around a change of offset an earlier time of the wall clock can be the later instant.
        enough = clock.wallOf(tick) - jumpNear(clock, tick);
      }
    }
    if (newest !== undefined && wallMs <= enough) return newest;
  }
}

/** Returns the tick before `tick`: where the window that ends at `tick` begins when no earlier run says otherwise. */
export function tickBefore(expr: string, clock: ZoneClock, tick: Instant): Instant {
  return newestTick(expr, clock, tick - 1);
}

/**
 * Returns the first tick after `now`.
 *
 * @throws ReportError Exit.Config when `expr` is no schedule
 */
export function nextTick(expr: string, clock: ZoneClock, now: Instant): Instant {
  const fields = validateSchedule(expr);
  const start = clock.wallOf(now) - jumpNear(clock, now);
  const walls = wallClockTicks(fields, minuteOf(start) - 1_000);
  const everyHour = ticksEveryHour(walls);
  let next: Instant | undefined;
  let enough = Number.NEGATIVE_INFINITY;
  for (let wallMs = walls.next().getTime(); ; wallMs = walls.next().getTime()) {
    for (const tick of instantsOfTick(wallMs, everyHour, clock)) {
      if (tick > now && (next === undefined || tick < next)) {
        next = tick;
        enough = clock.wallOf(tick) + jumpNear(clock, tick);
      }
    }
    if (next !== undefined && wallMs >= enough) return next;
  }
}

/** The end of the window that is due, and when reading may begin. */
interface Settled {
  readonly tick: Instant;
  /** At or after now, and 10 s after the tick. */
  readonly readAt: Instant;
}

/**
 * Returns which tick a run that starts at `now` reports, and when it may read: a run up to 90 s before a tick waits
 * for it, and the lines of the last second get 10 s to be written.
 *
 * @throws ReportError Exit.Config when `expr` is no schedule
 * @example settle("55 23 * * *", clock, at("23:54:30")) // tick 23:55:00, readAt 23:55:10
 */
export function settle(expr: string, clock: ZoneClock, now: Instant): Settled {
  const newest = newestTick(expr, clock, now);
  const next = nextTick(expr, clock, now);
  // The nearer of the two: with a tick a minute every run is less than 90 s early for the next one.
  const early = next - now <= EARLY_MS && next - now < now - newest;
  const tick = early ? next : newest;
  return { tick, readAt: Math.max(now, tick + SETTLE_MS) };
}

function instantsOfTick(wallMs: number, everyHour: boolean, clock: ZoneClock): readonly Instant[] {
  return everyHour ? clock.instantsOfWall(wallMs) : [clock.gapInstant(wallMs)];
}

function ticksEveryHour(walls: ReturnType<typeof wallClockTicks>): boolean {
  return walls.fields.hour.values.length === 24;
}

/** Returns how far apart the zone's offsets lie around `instant`: 0 on all but a few days of the year. */
function jumpNear(clock: ZoneClock, instant: Instant): number {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = instant - LONGEST_JUMP_MS; at <= instant + LONGEST_JUMP_MS; at += HOUR_MS) {
    const offset = clock.offsetAt(at);
    least = Math.min(least, offset);
    most = Math.max(most, offset);
  }
  return most - least;
}

function minuteOf(wallMs: number): number {
  return Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
}
