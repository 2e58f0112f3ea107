// The time of a line in any envelope: behind what may stand before a stamp, in the rarer shapes of a stamp, and inside
// the records that are one JSON object a line.
//   Thu 2026-11-19 03:14:07 CET host ...         journalctl -o short-full
//   1795057200.123456 host ...                   journalctl -o short-unix
//   Thu Nov 19 03:14:07 2026 ...                 OpenWrt logread
//   2026-11-19_03:14:07.12345 ...                svlogd -tt (UTC)
//   @400000006741f0370a1b2c3d ...                TAI64N: multilog, svlogd -t
//   [812] Nov 19 03:14:07 ...                    dropbear without a log daemon
//   [20261119-03:14:07] [INFO ] ...              xrdp's own files; [2026-11-19T03:14:07.123+0100] since 0.10
//   00:00:01.123456 rule 0/0(match): ...         tcpdump of a pflog: a time of day or a difference, and no date
//   août 19 11:08:37 host ...                    a month in the language of the system
//   time="2026-11-19T03:14:07+01:00" level=...   logfmt (CrowdSec's own file); time="19-11-2026 03:14:07" before 1.5
//   { ... "__REALTIME_TIMESTAMP" : "1795057200123456" ... }            journalctl -o json
//   { ... "timestamp" : "2026-11-19 03:14:07.123456+0100" ... }        log show --style ndjson
import { readStamp, type Stamp } from "./stamp.ts";

const DAY = 86_400_000;
/** Seconds of TAI64's label 2^62, and the ten by which TAI led UTC when it began: what libtai counts from. */
const TAI_START = 2 ** 62;
const TAI_LEAD = 10;

/** Reads the stamp of the line text[from, to) behind byte order mark, NULs, priority and version, or of a JSON record. */
export function readLineStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  let at = from;
  while (at < to && text.charCodeAt(at) === 0) at++;
  if (text.startsWith("\xef\xbb\xbf", at)) at += 3;
  if (text.charCodeAt(at) === 123) return readJsonStamp(text.slice(at, to), stamp);
  if (text.charCodeAt(at) === 60) {
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 4) return false;
    at = close + 1;
  }
  if (isVersion(text, at)) at += 2;
  return readAnyStamp(text, at, to, stamp);
}

/** RFC 5424's version, with a year behind it; some daemons leave the priority before it out. */
export function isVersion(text: string, at: number): boolean {
  return text.charCodeAt(at) === 49 && text.charCodeAt(at + 1) === 32;
}

/** Reads the stamp that begins at `from`, in every shape that is known. */
export function readAnyStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  return readStamp(text, from, to, stamp) || readRareStamp(text, from, to, stamp);
}

function readRareStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  if (to - from < 14) return false;
  const first = text.charCodeAt(from);
  if (first === 64) return readTai(text, from, to, stamp);
  if (first === 91) return readBehindPid(text, from, to, stamp) || readBracketed(text, from, to, stamp);
  if (first === 32 || first === 45) return readDateless(text, from, to, stamp);
  if (first >= 48 && first <= 57) {
    return (
      readEpoch(text, from, to, stamp) || readUnderscored(text, from, to, stamp) || readDateless(text, from, to, stamp)
    );
  }
  if (text.startsWith('time="', from)) return readQuoted(text, from + 6, to, stamp);
  return readWeekdayFirst(text, from, to, stamp) || readForeignMonth(text, from, to, stamp);
}

function readQuoted(text: string, from: number, to: number, stamp: Stamp): boolean {
  const close = text.indexOf('"', from);
  if (close < 0 || close >= to || close - from > 40) return false;
  const time = text.slice(from, close).replace(/^(\d\d)-(\d\d)-(\d{4})(?= )/, "$3-$2-$1");
  if (!readStamp(time, 0, time.length, stamp)) return false;
  stamp.end = close + 1;
  return true;
}

function readTai(text: string, from: number, to: number, stamp: Stamp): boolean {
  const label = text.slice(from + 1, from + 25);
  if (from + 25 > to || !/^4[0-9a-f]{23}$/.test(label)) return false;
  const seconds = Number(BigInt(`0x${label.slice(0, 16)}`) - BigInt(TAI_START)) - TAI_LEAD;
  const nanoseconds = Number.parseInt(label.slice(16), 16);
  if (nanoseconds >= 1e9) return false;
  return fillStamp(stamp, seconds * 1000 + Math.floor(nanoseconds / 1e6), from + 25);
}

function readBehindPid(text: string, from: number, to: number, stamp: Stamp): boolean {
  const close = text.indexOf("] ", from);
  if (close < 0 || close - from > 12 || !/^\d+$/.test(text.slice(from + 1, close))) return false;
  return readStamp(text, close + 2, to, stamp) && stamp.shape === "bsd";
}

/** xrdp's: a level of five letters in brackets follows, which tells it from the brackets of others. */
function readBracketed(text: string, from: number, to: number, stamp: Stamp): boolean {
  const close = text.indexOf("]", from);
  if (close < from + 18 || close > from + 40 || close + 9 > to || text[close + 2] !== "[" || text[close + 8] !== "]") {
    return false;
  }
  const inside = text.slice(from + 1, close).replace(/^(\d{4})(\d\d)(\d\d)-/, "$1-$2-$3T");
  if (inside[10] !== "T" || !readStamp(inside, 0, inside.length, stamp) || stamp.end < inside.length) return false;
  stamp.end = close + 1;
  return true;
}

const DATELESS = /^[ -]?(?:\d\d:\d\d:\d\d\.\d{6,9}|\d{6}) (?=rule (?:\d|def))/;

/** What `tcpdump` prints of a pflog without -tt or -tttt: true of a line that has a time and no day (month 0). */
function readDateless(text: string, from: number, to: number, stamp: Stamp): boolean {
  const found = DATELESS.exec(text.slice(from, Math.min(to, from + 40)));
  if (found === null) return false;
  Object.assign(stamp, { end: from + found[0].length - 1, shape: "iso", year: -1, month: 0, day: 0 });
  stamp.ofDay = 0;
  stamp.offset = undefined;
  return true;
}

/** Ten digits of seconds, a point, up to nine of a fraction. */
function readEpoch(text: string, from: number, to: number, stamp: Stamp): boolean {
  const found = /^(\d{10})\.(\d{1,9}) /.exec(text.slice(from, Math.min(to, from + 24)));
  if (found === null) return false;
  const fraction = Math.floor(Number(`0.${found[2]}`) * 1000);
  return fillStamp(stamp, Number(found[1]) * 1000 + fraction, from + found[0].length - 1);
}

function readUnderscored(text: string, from: number, to: number, stamp: Stamp): boolean {
  if (text.charCodeAt(from + 10) !== 95) return false;
  const clean = `${text.slice(from, from + 10)}T${text.slice(from + 11, Math.min(to, from + 40))}`;
  if (!readStamp(clean, 0, clean.length, stamp)) return false;
  stamp.end += from;
  stamp.offset ??= 0;
  return true;
}

const WEEKDAYS = new Set(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);

function readWeekdayFirst(text: string, from: number, to: number, stamp: Stamp): boolean {
  if (text.charCodeAt(from + 3) !== 32 || !WEEKDAYS.has(text.slice(from, from + 3))) return false;
  if (!readStamp(text, from + 4, to, stamp)) return false;
  const behind = text.slice(stamp.end, Math.min(to, stamp.end + 8));
  if (stamp.shape === "bsd") {
    const year = /^ (\d{4}) /.exec(behind);
    if (year !== null && stamp.year < 0) {
      stamp.year = Number(year[1]);
      stamp.end += 5;
    }
    return true;
  }
  // The abbreviation of a zone names none for sure: it is the host's own, and lines of other zones say their offset.
  const zone = /^ ([A-Z]{2,5}|[+-]\d{2}(?:\d{2})?) /.exec(behind)?.[1];
  if (zone === undefined || stamp.offset !== undefined) return true;
  stamp.end += zone.length + 1;
  if (zone === "UTC" || zone === "GMT") stamp.offset = 0;
  else if (zone.startsWith("+") || zone.startsWith("-")) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3) || 0);
    stamp.offset = (zone.startsWith("-") ? -1 : 1) * minutes * 60_000;
  }
  return true;
}

/** Abbreviated months as the C libraries of these languages write them, where they differ from English. */
const FOREIGN_MONTHS: readonly (readonly [month: string, names: string])[] = [
  ["Jan", "janv jan ene gen sty"],
  ["Feb", "févr fév fev feb lut"],
  ["Mar", "mär mrz mars mrt mar"],
  ["Apr", "avril avr abr apr kwi"],
  ["May", "mai may mag mei maj"],
  ["Jun", "juin juni jun giu cze"],
  ["Jul", "juil juli jul lug lip"],
  ["Aug", "août ago aug sie"],
  ["Sep", "sept sep set wrz"],
  ["Oct", "okt oct ott out paź"],
  ["Nov", "nov lis"],
  ["Dec", "déc dez dic des dec gru"],
];
/** By the bytes of the name, as UTF-8 and as Latin-1 files hold them. */
const MONTH_OF = new Map(
  FOREIGN_MONTHS.flatMap(([month, names]) =>
    names.split(" ").flatMap((name): [string, string][] => [
      [name, month],
      [Buffer.from(name).toString("latin1"), month],
    ]),
  ),
);

function readForeignMonth(text: string, from: number, to: number, stamp: Stamp): boolean {
  const space = text.indexOf(" ", from);
  if (space < from + 3 || space > from + 7 || space >= to) return false;
  const point = text.charCodeAt(space - 1) === 46 ? 1 : 0;
  const month = MONTH_OF.get(asciiLower(text.slice(from, space - point)));
  if (month === undefined) return false;
  const english = month + text.slice(space, Math.min(to, space + 40));
  if (!readStamp(english, 0, english.length, stamp)) return false;
  stamp.end += space - 3;
  return true;
}

/** Letters of Latin-1 are bytes of UTF-8 here and stay as they are. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function readJsonStamp(line: string, stamp: Stamp): boolean {
  // Inside a JSON string a quote is escaped, so what a message says cannot look like a key.
  const microseconds = /"__REALTIME_TIMESTAMP"\s?:\s?"(\d{1,17})"/.exec(line)?.[1];
  if (microseconds !== undefined) return fillStamp(stamp, Math.floor(Number(microseconds) / 1000), line.length);
  const text = /"(?:timestamp|time)"\s?:\s?"([^"\\]{19,40})"/.exec(line)?.[1];
  return text !== undefined && readStamp(text, 0, text.length, stamp);
}

/** Writes an instant into a stamp, as a stamp of UTC. */
export function fillStamp(stamp: Stamp, at: number, end: number): boolean {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  if (!(year >= 1970 && year <= 9999)) return false;
  stamp.end = end;
  stamp.shape = "iso";
  stamp.year = year;
  stamp.month = date.getUTCMonth() + 1;
  stamp.day = date.getUTCDate();
  stamp.ofDay = ((at % DAY) + DAY) % DAY;
  stamp.offset = 0;
  return true;
}
