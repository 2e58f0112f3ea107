// What earlier nights know, as findings ask for it. It is learned in learning.ts.
import type { Instant } from "../events/event.ts";

const DAY = 86_400_000;
/** More than are kept. */
const NIGHTS_READ = 1_000;
/** What was not seen for so long is forgotten. */
const DAYS_KEPT = 90;

/** Things that are remembered of a machine. A key of two parts has a tab between them. */
export type FactKind =
  /** The machine itself: that its logs were read. */
  | "host"
  /** The machine, in nights in which the countries of its logins could be told. */
  | "countries"
  /** A user who logged in. */
  | "user"
  /** Where anybody logged in from. */
  | "network"
  | "address"
  /** What a user logged in with: that, and the user. */
  | "login-network"
  | "login-country"
  | "login-address"
  | "login-key"
  | "login-method"
  /** `00` to `23`, by the wall clock. */
  | "login-hour"
  /** A date and an address that tried a little that night. */
  | "few-tries";

export interface Fact {
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** In how many runs. */
  readonly nights: number;
}

export interface PastNight {
  readonly window: { readonly from: Instant; readonly to: Instant; readonly timeZone: string };
  readonly totals: Readonly<Record<string, number>>;
}

/** What remembers: plain questions, answered at once. */
export interface Memory {
  /** Newest first. */
  nights(limit: number): readonly PastNight[];
  known(kind: string, host: string, keys: Iterable<string>): ReadonlyMap<string, Fact>;
}

/** What was known when a window began: a night that is reported again, or late, does not know itself. */
export interface Past {
  /** Newest first. */
  nights(): readonly PastNight[];
  /** Of these keys, those that are known. */
  known(kind: FactKind, host: string, keys: Iterable<string>): ReadonlyMap<string, Fact>;
  /**
   * How many nights a machine's logs were read for: as long as there are few, nothing of it can be called new. Of
   * `countries`, those in which countries could be told.
   */
  nightsOf(host: string, kind?: "host" | "countries"): number;
  /** How many nights ago a thing was first seen. */
  nightsSince(fact: Fact): number;
}

export const twoParts = (first: string, second: string): string => `${first}\t${second}`;

/** @param key of which the first part has no tab: an address, a country */
export function partsOf(key: string): readonly [first: string, second: string] {
  const tab = key.indexOf("\t");
  return [key.slice(0, tab), key.slice(tab + 1)];
}

export function pastOf(memory: Memory, before: Instant): Past {
  const known: Past["known"] = (kind, host, keys) =>
    new Map([...memory.known(kind, host, keys)].filter(([, { firstSeen }]) => firstSeen < before));
  return {
    nights: () => memory.nights(NIGHTS_READ).filter(({ window }) => window.to <= before),
    known,
    nightsOf(host, kind = "host") {
      const fact = known(kind, host, [host]).get(host);
      // A machine that nobody read for weeks is not known for weeks; a run every hour is no night.
      return fact === undefined ? 0 : Math.min(fact.nights, Math.round((before - fact.firstSeen) / DAY), DAYS_KEPT);
    },
    nightsSince: ({ firstSeen }) => Math.ceil((before - firstSeen) / DAY),
  };
}
