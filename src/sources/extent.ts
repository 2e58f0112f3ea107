// Looks at both ends of a log before it is read: which period it covers, and which year its year-less lines begin in.
import type { Instant } from "../events/event.ts";
import { lineClock } from "../window/line-clock.ts";
import { emptyStamp, readStamp, type Stamp } from "../window/stamp.ts";
import { zoneClock } from "../window/zone.ts";
import { type OpenLog, openBytes, readParts } from "./open.ts";

const DAY = 86_400_000;
/** A file's time and its last line differ by this much at most when nobody copied it. */
const FRESH = 2 * DAY;
const LOOK = 64 * 1024;
const PROBES = 64;

export interface Extent {
  readonly log: OpenLog;
  /** First stamp of the file; null when its beginning holds none. */
  readonly head: Instant | null;
  /** Last stamp of a plain file; null when unknown. */
  readonly tail: Instant | null;
  /** No line is later. */
  readonly newest: Instant;
  /** Year of the first line, -1 when its lines say it themselves. */
  readonly firstYear: number;
  /** The first bytes of its text: two files that begin alike are copies. */
  readonly beginning: string;
}

/**
 * Reads the ends of a log.
 *
 * @param newest no line can be later: now, or the first line of the next file of the rotation
 * @param hint for copies that lost their time: the period that is asked for
 */
export async function readExtent(log: OpenLog, zone: string, newest: Instant, hint?: Instant): Promise<Extent> {
  const beginning = await readBeginning(log);
  const head = firstStamp(beginning);
  let bound = Math.min(newest, log.modifiedAt + DAY);
  if (head === undefined) return { log, head: null, tail: null, newest: bound, firstYear: -1, beginning };
  const stamps = log.compression === "plain" ? probe(log, head) : [head];
  const last = stamps.at(-1) as Stamp;
  const dated = (stamp: Stamp, limit: Instant) => lineClock(zoneClock(zone), limit).read(stamp);
  if (hint !== undefined && last.year < 0) {
    const end = dated(last, bound);
    // The copy's own time says nothing about its lines: the period asked for does.
    if (end !== null && Math.abs(log.modifiedAt - end) > FRESH) bound = Math.min(bound, hint + 183 * DAY);
  }
  const tail = dated(last, bound);
  let firstYear = -1;
  if (head.year < 0) {
    const lastYear = tail === null ? -1 : new Date(zoneClock(zone).wallOf(tail)).getUTCFullYear();
    if (lastYear >= 0) firstYear = lastYear - turnsOfYear(stamps);
  }
  const first = lineClock(zoneClock(zone), bound, firstYear).read(head);
  return { log, head: first, tail: log.compression === "plain" ? tail : null, newest: bound, firstYear, beginning };
}

async function readBeginning(log: OpenLog): Promise<string> {
  if (log.compression !== "plain" && log.compression !== "gzip") return "";
  const reader = openBytes(log, {});
  const buffer = Buffer.allocUnsafe(LOOK);
  let filled = 0;
  try {
    while (filled < LOOK) {
      const read = await reader.read(buffer, filled, LOOK - filled);
      if (read === 0) break;
      filled += read;
    }
  } finally {
    reader.close();
  }
  return buffer.toString("latin1", 0, filled);
}

function firstStamp(text: string): Stamp | undefined {
  const stamp = emptyStamp();
  for (let at = 0; at < text.length; at = lineAfter(text, at)) {
    if (stampOfLine(text, at, stamp)) return stamp;
  }
  return undefined;
}

function lineAfter(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

/** Skips what may stand before a stamp: NULs, a byte order mark, a priority and the version of RFC 5424. */
export function stampOfLine(text: string, at: number, stamp: Stamp): boolean {
  while (text.charCodeAt(at) === 0) at++;
  if (text.startsWith("\xef\xbb\xbf", at)) at += 3;
  if (text.charCodeAt(at) === 60) {
    const close = text.indexOf(">", at);
    if (close < 0 || close - at > 4) return false;
    at = close + 1;
    if (text.startsWith("1 ", at)) at += 2;
  }
  return readStamp(text, at, Math.min(text.length, at + 40), stamp);
}

/** Stamps at even distances through a plain file, its last one included. */
function probe(log: OpenLog, head: Stamp): Stamp[] {
  return readParts(log, (part) => {
    const stamps = [head];
    for (let i = 1; i < PROBES; i++) {
      const text = part(Math.floor((log.size / PROBES) * i), 4096);
      const stamp = firstStamp(text.slice(lineAfter(text, 0)));
      if (stamp !== undefined) stamps.push(stamp);
    }
    const end = part(Math.max(0, log.size - LOOK), LOOK);
    const stamp = emptyStamp();
    let last: Stamp | undefined;
    for (let at = log.size > LOOK ? lineAfter(end, 0) : 0; at < end.length; at = lineAfter(end, at)) {
      if (stampOfLine(end, at, stamp)) last = { ...stamp };
    }
    if (last !== undefined) stamps.push(last);
    return stamps;
  });
}

/** How often the year turns between these stamps, as far as their months and days show it. */
function turnsOfYear(stamps: readonly Stamp[]): number {
  let turns = 0;
  for (let i = 1; i < stamps.length; i++) {
    const before = stamps[i - 1] as Stamp;
    const after = stamps[i] as Stamp;
    if (before.year >= 0 || after.year >= 0) continue;
    // Days of a 31-day grid; a step back of a week or less is disorder.
    if (after.month * 31 + after.day < before.month * 31 + before.day - 7) turns++;
  }
  return turns;
}
