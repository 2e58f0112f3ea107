// What a rotation set no longer holds: files of its sequence that are gone, a log that was emptied, the time before it.
import type { Instant } from "../events/event.ts";
import { localMinute } from "../window/local-minute.ts";
import type { Extent } from "./extent.ts";
import type { OpenLog } from "./open.ts";
import { holesIn } from "./rotation.ts";
import { DISORDER, type Ledger, type Range, worsen } from "./source.ts";
import { type LogName, nameOf, type Survey } from "./survey.ts";

/** A file that is emptied this long after it was made was emptied by somebody, not made by a rotation. */
const MOMENT = 60_000;

/** A file of the sequence that is gone is a hole in what the digest can know. */
export function noteGaps(options: LogName, survey: Survey, range: Range, ledger: Ledger): void {
  const { extents, byPath, paths, listed } = survey;
  const minute = (at: Instant) => localMinute(options.timeZone, at);
  if (!listed && (extents[0]?.head ?? Number.POSITIVE_INFINITY) > range.from) {
    worsen(ledger, "partial", "its folder cannot be listed: rotated files were not read");
  }
  for (const { first, last, newer, older } of holesIn(options.path, paths)) {
    const end = headBehind(byPath.get(newer ?? options.path), extents);
    const begin = endOf(byPath.get(older), end);
    if (end <= range.from || begin >= range.to) continue;
    const names = `${nameOf(options, options.path)}.${first}`;
    const period = [
      ...(Number.isFinite(begin) ? [`from ${minute(begin)}`] : []),
      ...(Number.isFinite(end) ? [`to ${minute(end)}`] : []),
    ].join(" ");
    worsen(
      ledger,
      "partial",
      first === last
        ? `${names} is missing: nothing is known ${period}`
        : `${names} to .${last} are missing: nothing is known ${period}`,
    );
  }
}

/** The first moment that a file tells of; of one without a stamp, the first of the next newer one. */
function headBehind(extent: Extent | undefined, extents: readonly Extent[]): Instant {
  if (extent !== undefined && extent.head !== null) return extent.head;
  const newer = extents.slice(extent === undefined ? 0 : extents.indexOf(extent) + 1);
  return newer.find(({ head }) => head !== null)?.head ?? Number.POSITIVE_INFINITY;
}

/** The last moment that a file tells of, as far as it can be known; it lies before `next`. */
function endOf(extent: Extent | undefined, next: Instant): Instant {
  if (extent === undefined) return Number.NEGATIVE_INFINITY;
  if (extent.tail !== null) return extent.tail;
  // A copy that lost its time says no more than when it begins.
  if (extent.log.modifiedAt <= next + DISORDER) return extent.log.modifiedAt;
  return extent.head ?? Number.NEGATIVE_INFINITY;
}

/**
 * A log that is empty, and was written after it was made, was emptied: what it held is gone. A rotation by copytruncate
 * does that too, and then its copy was made at the same moment.
 */
export function noteEmptied(options: LogName, log: OpenLog, { extents }: Survey, range: Range, ledger: Ledger): void {
  const { size, bornAt, modifiedAt } = log;
  if (size > 0 || bornAt <= 0 || modifiedAt - bornAt < MOMENT || modifiedAt < range.from || modifiedAt >= range.to)
    return;
  if (extents.some((extent) => extent.log !== log && Math.abs(extent.log.changedAt - modifiedAt) < MOMENT)) return;
  worsen(
    ledger,
    "partial",
    `${nameOf(options, log.path)} was emptied at ${localMinute(options.timeZone, modifiedAt)}: what it held is not known`,
  );
}

/**
 * Says of a period that somebody asked for where no log of logins reaches back to it: that nothing is read there is no
 * proof that nothing happened. To be called when all sources were read.
 */
export function noteBeginnings(
  ledgers: readonly Ledger[],
  { from, to, timeZone }: { readonly from: Instant; readonly to: Instant; readonly timeZone: string },
): void {
  const logins = ledgers.filter(({ login, begins, lines }) => login && (begins !== undefined || lines > 0));
  const begins = logins.map(({ begins }) => begins ?? Number.NEGATIVE_INFINITY);
  const first = Math.min(...begins);
  if (logins.length === 0 || first <= from + DISORDER) return;
  const ledger = logins[begins.indexOf(first)] as Ledger;
  // It says already what is missing.
  if (ledger.status !== "ok") return;
  worsen(
    ledger,
    first >= to ? "partial" : "ok",
    `begins ${localMinute(timeZone, first)}: of the time before nothing is known`,
  );
}
