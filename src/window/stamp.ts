// The time at the start of a log line, in the shapes that syslog daemons, fail2ban and `log show` write:
//   Nov  9 03:14:07            RFC 3164: no year, no zone (also `Nov 9` and `Nov 09`)
//   Oct 27 2015 09:24:46       a year after the day;  2015 Nov 13 13:40:01  a year before the month
//   2026-11-19T03:14:07.123456+01:00, 2026-11-19 03:14:07.123456-0800, 2026-11-19T03:14:07Z   ISO 8601
//   2026-11-19 03:14:07,123    Python's logging (fail2ban): local time, no zone. With an offset behind it, or a T
//                              before the time, the comma is ISO 8601's own and a host name follows
// Fixed columns and digit arithmetic: this runs on every line of a known program.

/** What a line says about its time. Fields are written in place, one object for all lines of a file. */
export interface Stamp {
  /** Index after the stamp. */
  end: number;
  /** `python`: the stamp of Python's logging, after which the logger's name follows at once (no host name). */
  shape: "bsd" | "iso" | "python";
  /** -1 when the line has no year. */
  year: number;
  /** 1-12; 0 when the line has a time and no date: then nothing tells the day. */
  month: number;
  day: number;
  /** Milliseconds since the local midnight. */
  ofDay: number;
  /** Offset from UTC in milliseconds, or undefined when the line states none. */
  offset: number | undefined;
}

export function emptyStamp(): Stamp {
  return { end: 0, shape: "bsd", year: -1, month: 0, day: 0, ofDay: 0, offset: undefined };
}

const MONTHS = new Map(
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map((name, index) => [
    letters(name, 0),
    index + 1,
  ]),
);
const DAYS_IN_MONTH = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads the stamp that begins at `from` and lies before `to`.
 *
 * @returns false when there is none, or when it names a time that no calendar has (Nov 31, 25:00)
 */
export function readStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  const first = text.charCodeAt(from);
  return first >= 48 && first <= 57 ? readYearFirst(text, from, to, stamp) : readMonthFirst(text, from, to, stamp);
}

function readMonthFirst(text: string, from: number, to: number, stamp: Stamp): boolean {
  if (to - from < 14) return false;
  const month = MONTHS.get(letters(text, from));
  if (month === undefined || text.charCodeAt(from + 3) !== 32) return false;
  let at = from + 4;
  if (text.charCodeAt(at) === 32) at++;
  let day = digit(text, at++);
  if (day < 0) return false;
  const second = digit(text, at);
  if (second >= 0) {
    day = day * 10 + second;
    at++;
  }
  if (text.charCodeAt(at++) !== 32) return false;
  let year = -1;
  if (text.charCodeAt(at + 4) === 32) {
    year = digits(text, at, 4);
    if (year < 0) return false;
    at += 5;
  }
  return finish(text, at, to, stamp, "bsd", year, month, day);
}

function readYearFirst(text: string, from: number, to: number, stamp: Stamp): boolean {
  if (to - from < 19) return false;
  const year = digits(text, from, 4);
  if (year < 0) return false;
  const separator = text.charCodeAt(from + 4);
  if (separator === 32) {
    // 2015 Nov 13 13:40:01
    if (!readMonthFirst(text, from + 5, to, stamp) || stamp.year >= 0) return false;
    stamp.year = year;
    return exists(stamp.year, stamp.month, stamp.day);
  }
  if (separator !== 45 || text.charCodeAt(from + 7) !== 45) return false;
  const month = digits(text, from + 5, 2);
  const day = digits(text, from + 8, 2);
  const between = text.charCodeAt(from + 10);
  if (between !== 84 && between !== 32) return false;
  return finish(text, from + 11, to, stamp, "iso", year, month, day);
}

/** Reads `HH:MM:SS`, a fraction and an offset from `at` on, and fills the stamp. */
function finish(
  text: string,
  at: number,
  to: number,
  stamp: Stamp,
  shape: "bsd" | "iso",
  year: number,
  month: number,
  day: number,
): boolean {
  const separator = text.charCodeAt(at - 1);
  if (to - at < 8 || text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return false;
  const hour = digits(text, at, 2);
  const minute = digits(text, at + 3, 2);
  const second = digits(text, at + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  if (!exists(year, month, day)) return false;
  stamp.shape = shape;
  stamp.year = year;
  stamp.month = month;
  stamp.day = day;
  stamp.ofDay = (hour * 3600 + minute * 60 + second) * 1000;
  stamp.offset = undefined;
  at += 8;
  const mark = at < to ? text.charCodeAt(at) : 0;
  if (mark === 46 || mark === 44) {
    const fraction = ++at;
    let scale = 100;
    for (; at < to; at++) {
      const value = digit(text, at);
      if (value < 0) break;
      if (scale >= 1) stamp.ofDay += value * scale;
      scale /= 10;
    }
    if (at === fraction) return false;
  }
  if (shape === "iso" && at < to) {
    const sign = text.charCodeAt(at);
    if (sign === 90) {
      stamp.offset = 0;
      at++;
    } else if (sign === 43 || sign === 45) {
      const hours = digits(text, at + 1, 2);
      const colon = text.charCodeAt(at + 3) === 58 ? 1 : 0;
      const minutes = digits(text, at + 3 + colon, 2);
      if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
      const minutesEast = sign === 45 ? -hours * 60 - minutes : hours * 60 + minutes;
      stamp.offset = minutesEast * 60_000;
      at += 5 + colon;
    }
  }
  if (mark === 44 && stamp.offset === undefined && separator !== 84) stamp.shape = "python";
  stamp.end = at;
  return at <= to;
}

/**
 * A year-less 29 February may exist; a leap second counts as the second after it. Years before 100 are no years: Date
 * takes them for those of the twentieth century.
 */
function exists(year: number, month: number, day: number): boolean {
  if (year >= 0 && year < 100) return false;
  if (month < 1 || month > 12 || day < 1 || day > (DAYS_IN_MONTH[month] as number)) return false;
  return month !== 2 || day < 29 || year < 0 || isLeapYear(year);
}

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function letters(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : -1;
}

function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const next = digit(text, at + i);
    if (next < 0) return -1;
    value = value * 10 + next;
  }
  return value;
}
