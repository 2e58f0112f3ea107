// The window in words: how the header, the subject and the times in the rows name it.
import type { Instant } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import { clockOf, dateWords, dayWords } from "./clock.ts";
import { visible } from "./visible.ts";

/** A window up to this long has each time of day once (a DST day has 25 hours), so times need no date beside them. */
const ONE_DAY = 25 * 3_600_000;

export interface Span {
  /** `Thu 19 Nov 2026`, `17–19 Nov 2026` */
  readonly day: string;
  /** `18 Nov 23:55 – 19 Nov 23:55`, `08:00–09:00` */
  readonly range: string;
  /** `Thu 19 Nov`, `17-19 Nov`, `Thu 19 Nov 08:00-09:00`: ASCII, for the subject */
  readonly subject: string;
  /** `23:42`, `08:02–19:31`; with dates in a long window, and for an instant outside of it (a line that came late). */
  when(first: Instant, last: Instant): string;
}

export function spanOf(window: Window): Span {
  const clock = clockOf(window.timeZone);
  const long = window.to - window.from > ONE_DAY;
  const inside = (at: Instant) => at >= window.from && at < window.to;
  const dated = (at: Instant) => `${clock.date(at)} ${clock.time(at)}`;

  return {
    ...nameOf(window.label),
    range:
      clock.date(window.from) === clock.date(window.to) && !long
        ? `${clock.time(window.from)}–${clock.time(window.to)}`
        : `${dated(window.from)} – ${dated(window.to)}`,
    when(first, last) {
      if (!long && inside(first) && inside(last)) {
        const [from, to] = [clock.time(first), clock.time(last)];
        return from === to ? from : `${from}–${to}`;
      }
      const from = dated(first);
      if (clock.date(first) !== clock.date(last)) return `${from} – ${dated(last)}`;
      return clock.time(first) === clock.time(last) ? from : `${from}–${clock.time(last)}`;
    },
  };
}

/** Reads the label that the window stage gave: it alone knows which date a night belongs to. */
function nameOf(label: string): { day: string; subject: string } {
  const part = /^(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d)| (\d\d:\d\d-\d\d:\d\d))?$/.exec(label);
  const first = part?.[1];
  if (first === undefined) {
    const shown = visible(label, 40);
    return { day: shown, subject: shown };
  }
  const [last, hours] = [part?.[2], part?.[3]];
  if (last === undefined) {
    const day = dayWords(first);
    return { day: `${day} ${first.slice(0, 4)}`, subject: hours === undefined ? day : `${day} ${hours}` };
  }
  return { day: datesWords(first, last, "–", true), subject: datesWords(first, last, "-", false) };
}

/** `17-19 Nov`, `30 Oct-2 Nov`, `30 Dec 2025-2 Jan 2026`; the year is repeated only where it changes. */
function datesWords(first: string, last: string, dash: string, withYear: boolean): string {
  const [yearFirst, yearLast] = [first.slice(0, 4), last.slice(0, 4)];
  if (yearFirst !== yearLast) return `${dateWords(first)} ${yearFirst}${dash}${dateWords(last)} ${yearLast}`;
  const sameMonth = first.slice(5, 7) === last.slice(5, 7);
  const start = sameMonth ? String(Number(first.slice(8, 10))) : dateWords(first);
  return `${start}${dash}${dateWords(last)}${withYear ? ` ${yearLast}` : ""}`;
}
