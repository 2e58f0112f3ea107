// Addresses that try a little every night: below the limits of every jail, and never done.
import { copyOf } from "../events/address.ts";
import type { Ban, Event } from "../events/event.ts";
import { dateOfWall, WALL_DAY_MS, wallOfDate } from "../window/calendar.ts";
import { dateAt } from "../window/day.ts";
import { daysOf } from "../window/label.ts";
import type { Window } from "../window/window.ts";
import { type ZoneClock, zoneClock } from "../window/zone.ts";
import { targetsOf } from "./bans.ts";
import type { Evidence } from "./digest.ts";
import type { Try } from "./finding-rule.ts";
import { evidenceOfLines, noteTry, type Tried } from "./findings/evidence.ts";
import { Guessers } from "./guessers.ts";
import { dateOfNight } from "./history.ts";
import { Latest } from "./latest.ts";
import type { Learned } from "./learning.ts";
import { type Past, twoParts } from "./past.ts";
import { type Counted, Table } from "./table.ts";
import { OVER_NIGHTS } from "./thresholds.ts";

const NIGHTS = 7;
/** Of the seven nights, two may be missing. */
const LATELY = NIGHTS - OVER_NIGHTS.slowNights + 1;
const MOST_ADDRESSES = 10_000;
const MOST_SETTLED = 100_000;
const MOST_LEARNED = 1_000;

interface NightsGuesser extends Counted, Tried {
  readonly ip: string;
  readonly host: string;
  readonly date: string;
}

export interface SlowGuesser {
  readonly ip: string;
  readonly host: string;
  /** In the last night. */
  readonly tries: number;
  /** Of the last seven, this one among them. */
  readonly nights: number;
  /** The nights before it made it one already. */
  readonly wasOne: boolean;
  readonly evidence: readonly Evidence[];
}

export class SlowGuessers {
  /** Of the whole window, which is what one night asks about. */
  readonly guessers = new Guessers();
  /** By night, in a window of several. */
  private readonly nights = new Table<NightsGuesser>(MOST_ADDRESSES);
  /** Addresses that need no second look, by machine: banned, or let in. */
  private readonly settled = new Latest<true>(MOST_SETTLED);
  private readonly window: Window;
  private readonly clock: ZoneClock;
  /** Of a window that is one night. */
  private readonly date: string | undefined;
  private readonly isNights: boolean;
  private asked: ReadonlyMap<NightsGuesser, readonly string[]> | undefined;

  constructor(window: Window) {
    this.window = window;
    this.clock = zoneClock(window.timeZone);
    this.date = dateOfNight(window);
    // What an hour knows says nothing of a night.
    this.isNights = this.date !== undefined || daysOf(window).length > 0;
  }

  observeTry(attempt: Try): void {
    this.guessers.add(attempt);
    if (this.date === undefined && this.isNights) this.observeInNight(attempt);
  }

  observeBan(event: Event & Ban, host: string): void {
    for (const [target] of targetsOf(event)) if (target !== null) this.settle(target, host);
  }

  observeLogin(ip: string, host: string): void {
    this.settle(ip, host);
  }

  private observeInNight({ at, count, event: { head }, ip, host, inside }: Try): void {
    if (!inside || ip === undefined) return;
    const date = dateAt(this.clock, Math.max(at, this.window.from));
    const begin = () => ({ ip, host, date, firstHead: head, firstAt: at, lastHead: head, lastAt: at });
    noteTry(this.nights.add(`${date}|${host}|${ip}`, count, at, begin), head, at);
  }

  /** Those who tried most first. */
  private rows(): readonly NightsGuesser[] {
    const { date } = this;
    if (!this.isNights || date === undefined) return this.nights.sorted();
    return this.guessers.sorted().map((row) => ({ ...row, date }));
  }

  private settle(ip: string, host: string): void {
    this.settled.set(copyOf(`${host}|${ip}`), true);
  }

  /** Who guessed slowly up to the last night of the window, most nights first. */
  of(past: Past): readonly SlowGuesser[] {
    const last = this.lastDate();
    const earliest = sevenBefore(last).at(-1);
    return [...this.nightsBefore(past)]
      .filter(([{ date }]) => date === last)
      .map(([guesser, before]) => ({
        ip: guesser.ip,
        host: guesser.host,
        tries: guesser.count,
        // The earliest of the seven before it is no longer one of the last seven.
        nights: 1 + before.filter((date) => date !== earliest).length,
        wasOne: before.length >= OVER_NIGHTS.slowNights,
        evidence: evidenceOfLines(guesser),
      }))
      .filter(({ nights }) => nights >= OVER_NIGHTS.slowNights)
      .sort((a, b) => b.nights - a.nights || b.tries - a.tries);
  }

  /** Those who came before stand first: a flood of new ones does not push them out. */
  learned(past: Past): readonly Learned[] {
    return [...this.nightsBefore(past)]
      .sort(([a, nights], [b, others]) => others.length - nights.length || b.count - a.count)
      .slice(0, MOST_LEARNED)
      .map(([{ ip, host, date, first, last }]) => {
        return { kind: "few-tries", host, key: twoParts(date, ip), firstSeen: first, lastSeen: last };
      });
  }

  /** Of each address that tried a little in a night, on which of the seven nights before it did so too. */
  private nightsBefore(past: Past): ReadonlyMap<NightsGuesser, readonly string[]> {
    if (this.asked !== undefined) return this.asked;
    // Rows have few dates.
    const sevenOf = new Map<string, readonly string[]>();
    /** Of the seven dates before that of a row, those from one place to another. */
    const nightsOf = ({ date }: NightsGuesser, from: number, to?: number) => {
      const seven = sevenOf.get(date) ?? sevenBefore(date);
      sevenOf.set(date, seven);
      return seven.slice(from, to);
    };
    const asked = new Map<NightsGuesser, readonly string[]>();
    for (const [host, rows] of this.fewByHost()) {
      const friends = past.known("address", host, new Set(rows.map(({ ip }) => ip)));
      const strangers = rows.filter(({ ip }) => !friends.has(ip));
      const own = new Set(rows.map((row) => keyOn(row)));
      const cameOn = (row: NightsGuesser, nights: readonly string[], known: ReadonlyMap<string, unknown>) =>
        nights.filter((night) => known.has(keyOn(row, night)) || own.has(keyOn(row, night)));
      const ask = (some: readonly NightsGuesser[], from: number, to?: number) =>
        past.known(
          "few-tries",
          host,
          new Set(some.flatMap((row) => nightsOf(row, from, to).map((night) => keyOn(row, night)))),
        );
      // Who stayed away for the last three nights is none, and in a flood that is nearly everybody.
      const lately = ask(strangers, 0, LATELY);
      const again = strangers.filter((row) => cameOn(row, nightsOf(row, 0, LATELY), lately).length > 0);
      const earlier = ask(again, LATELY);
      for (const row of strangers) asked.set(row, []);
      for (const row of again) {
        const before = cameOn(row, nightsOf(row, 0, LATELY), lately);
        asked.set(row, [...before, ...cameOn(row, nightsOf(row, LATELY), earlier)]);
      }
    }
    this.asked = asked;
    return asked;
  }

  private fewByHost(): ReadonlyMap<string, readonly NightsGuesser[]> {
    const hosts = new Map<string, NightsGuesser[]>();
    for (const row of this.rows()) {
      if (row.count > OVER_NIGHTS.fewTries || this.settled.has(`${row.host}|${row.ip}`)) continue;
      const rows = hosts.get(row.host);
      if (rows === undefined) hosts.set(row.host, [row]);
      else rows.push(row);
    }
    return hosts;
  }

  private lastDate(): string {
    return this.date ?? dateAt(this.clock, this.window.to - 1);
  }
}

function keyOn({ ip, date }: NightsGuesser, night: string = date): string {
  return twoParts(night, ip);
}

/** The seven dates before one, the latest first. */
function sevenBefore(date: string): readonly string[] {
  const midnight = wallOfDate(date) ?? Number.NaN;
  return Array.from({ length: NIGHTS }, (_, i) => dateOfWall(midnight - (i + 1) * WALL_DAY_MS));
}
