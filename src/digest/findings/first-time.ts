// What a login brings that this user never had: a country, a network, a key, a method, an hour; or the user itself. One
// finding a user and network, named after the weightiest news, with all that is new beside it.
import type { Window } from "../../window/window.ts";
import type { Severity } from "../digest.ts";
import { Distinct } from "../distinct.ts";
import type { Found } from "../finding-rule.ts";
import type { LoginsFrom } from "../learning.ts";
import { type FactKind, type Past, twoParts } from "../past.ts";
import type { Place } from "../places.ts";
import { OVER_NIGHTS } from "../thresholds.ts";
import { Seen } from "./evidence.ts";
import { countOf, listOf, oneOf, spanIn, timesOf } from "./words.ts";

const MOST_FOUND = 100;
/** New networks of one user that are told one by one: a machine that builds in a cloud brings fifty every night. */
const MOST_NETWORKS = 3;
const MOST_PARTS = 10_000;

/** What is new about the logins of a user from one network, or from many that are all new. */
interface News {
  readonly from: LoginsFrom;
  /** How many nights of this machine are known. */
  readonly nights: number;
  readonly user: boolean;
  /** None for one that is known, and for the console. */
  readonly networks: readonly string[];
  /** Of new networks only: an old one that changes its country has changed its entry in a database. */
  readonly countries: readonly string[];
  /** In how many nights countries were told. */
  readonly locatedNights: number;
  readonly keys: readonly string[];
  readonly methods: readonly string[];
  readonly hours: readonly string[];
  readonly severity: Severity;
  /** Every login was by a key that is known. */
  readonly isKnownKey: boolean;
}

type Places = ReadonlyMap<string, Place>;

/**
 * @param places of the addresses that logins came from
 * @returns the weightiest first
 */
export function firstTimes(
  groups: readonly LoginsFrom[],
  past: Past,
  window: Window,
  places: Places,
): readonly Found[] {
  const byHost = new Map<string, LoginsFrom[]>();
  for (const group of groups) {
    const list = byHost.get(group.host);
    if (list === undefined) byHost.set(group.host, [group]);
    else list.push(group);
  }
  const news = [...byHost].flatMap(([host, list]) => newsOf(host, list, past, places));
  const weight = ({ severity }: News) => (severity === "warning" ? 0 : 1);
  return foldNetworks(news)
    .sort((a, b) => weight(a) - weight(b) || a.from.seen.first.at - b.from.seen.first.at)
    .slice(0, MOST_FOUND)
    .map((one) => tell(one, window));
}

function newsOf(host: string, groups: readonly LoginsFrom[], past: Past, places: Places): readonly News[] {
  const nights = past.nightsOf(host);
  if (nights < OVER_NIGHTS.nightsToKnow) return [];
  const ask = (kind: FactKind, keysOf: (group: LoginsFrom) => readonly string[]) =>
    past.known(kind, host, new Set(groups.flatMap(keysOf)));
  const both = (kind: FactKind, partsOf: (group: LoginsFrom) => readonly string[]) =>
    ask(kind, (group) => partsOf(group).map((part) => twoParts(part, group.user)));
  const locatedNights = past.nightsOf(host, "countries");
  const countriesOf = ({ addresses }: LoginsFrom) =>
    locatedNights < OVER_NIGHTS.nightsToKnow
      ? []
      : [...new Set(names(addresses).flatMap((address) => places.get(address)?.country ?? []))];
  const networksOf = ({ network }: LoginsFrom) => (network === undefined ? [] : [network]);

  const users = ask("user", ({ user }) => [user]);
  const anybodys = ask("network", networksOf);
  const networks = both("login-network", networksOf);
  const countries = both("login-country", countriesOf);
  const keys = both("login-key", (group) => names(group.keys));
  const methods = both("login-method", (group) => names(group.methods));
  const hours = both("login-hour", (group) => names(group.hours));

  /** What two groups bring is the news of the earlier one. */
  const told = new Set<string>();
  const isNews = (kind: FactKind, key: string) => {
    const name = `${kind}\n${key}`;
    return told.size < told.add(name).size;
  };

  return [...groups]
    .sort((a, b) => a.seen.first.at - b.seen.first.at)
    .flatMap((from) => {
      const { user, network, guessable } = from;
      const own = (part: string) => twoParts(part, user);
      const fresh = (kind: FactKind, known: ReadonlyMap<string, unknown>, parts: readonly string[]) =>
        parts.filter((part) => !known.has(own(part)) && isNews(kind, own(part)));
      const fact = users.get(user);
      const isStrange = network !== undefined && !networks.has(own(network));
      const isKnownKey = !guessable && names(from.keys).every((key) => keys.has(own(key)));
      const news = {
        from,
        nights,
        user: fact === undefined && isNews("user", user),
        networks: isStrange ? [network] : [],
        countries: isStrange ? fresh("login-country", countries, countriesOf(from)) : [],
        locatedNights,
        keys: fresh("login-key", keys, names(from.fingerprints)),
        methods: fresh("login-method", methods, names(from.methods)),
        // Whoever came once has not shown yet when he sleeps.
        hours: isOld(fact) ? fresh("login-hour", hours, names(from.hours).sort()) : [],
        isKnownKey,
      };
      const { keys: newKeys, methods: newMethods, hours: newHours } = news;
      if (!news.user && !isStrange && newKeys.length + newMethods.length + newHours.length === 0) return [];
      // The first login of a colleague by key comes from where the others sit.
      const isOdd = isStrange && !isKnownKey && (fact !== undefined || guessable || !anybodys.has(network));
      return [{ ...news, severity: isOdd ? "warning" : "notice" } as const];
    });

  function isOld(fact: Parameters<Past["nightsSince"]>[0] | undefined): boolean {
    return fact !== undefined && past.nightsSince(fact) >= OVER_NIGHTS.nightsToKnow;
  }
}

/**
 * Makes one of a user's news where new networks are all they are and there are many; each is as grave as the others,
 * and a new country is not lost among them.
 */
function foldNetworks(news: readonly News[]): News[] {
  const many = new Map<string, News[]>();
  for (const one of news) {
    if (one.user || one.networks.length === 0) continue;
    const key = `${one.severity}\n${one.countries.length > 0}\n${one.from.host}\n${one.from.user}`;
    const list = many.get(key);
    if (list === undefined) many.set(key, [one]);
    else list.push(one);
  }
  const folded = [...many.values()].filter((list) => list.length > MOST_NETWORKS);
  const gone = new Set(folded.flat());
  return [...news.filter((one) => !gone.has(one)), ...folded.map(foldOf)];
}

/** @param list in the order in which they came */
function foldOf(list: readonly News[]): News {
  const [first] = list as readonly [News];
  const froms = list.map(({ from }) => from);
  const seen = new Seen(first.from.seen.first);
  for (const from of froms) seen.again(from.seen.last, from.seen.count);
  const all = (partsOf: (from: LoginsFrom) => Distinct) => {
    const parts = new Distinct(MOST_PARTS);
    for (const part of froms.flatMap((from) => names(partsOf(from)))) parts.add(part);
    return parts;
  };
  return {
    ...first,
    from: { ...first.from, addresses: all((from) => from.addresses), methods: all((from) => from.methods), seen },
    networks: list.flatMap(({ networks }) => networks),
    countries: list.flatMap(({ countries }) => countries),
    keys: list.flatMap(({ keys }) => keys),
    methods: list.flatMap(({ methods }) => methods),
    hours: list.flatMap(({ hours }) => hours).sort(),
    isKnownKey: list.every(({ isKnownKey }) => isKnownKey),
  };
}

/** `the network 203.0.113.0/24`, `4 networks (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 1 other)` */
function networksWords(networks: readonly string[]): readonly string[] {
  if (networks.length === 0) return [];
  return [networks.length === 1 ? `the network ${networks[0]}` : `${networks.length} networks (${listOf(networks)})`];
}

/** `the country NL`; on what that rests, where it is less than for all the rest */
function countriesWords({ countries, nights, locatedNights }: News): readonly string[] {
  if (countries.length === 0) return [];
  const known = locatedNights === nights ? "" : ` (countries are known of ${locatedNights})`;
  return [`the ${countries.length === 1 ? "country" : "countries"} ${listOf(countries)}${known}`];
}

function tell(news: News, window: Window): Found {
  const { from, nights, severity, isKnownKey } = news;
  const { user, host, seen, addresses, methods } = from;
  const where = addresses.size === 0 ? "" : ` from ${listOf(addresses.top(3), addresses.size)}`;
  const how = listOf(methods.top(3), methods.size);
  const all = [
    ...(news.user ? ["the user"] : []),
    ...countriesWords(news),
    ...networksWords(news.networks),
    ...(news.keys.length === 0 ? [] : [`the key ${listOf(news.keys)}`]),
    ...(news.methods.length === 0 ? [] : [`the method ${listOf(news.methods)}`]),
    ...(news.hours.length === 0 ? [] : [`logins ${hoursOf(news.hours)}`]),
  ];
  const key = isKnownKey ? " The key was known." : "";
  return {
    ...headline(news),
    severity,
    detail:
      `${user} logged in ${timesOf(seen.count)} ${spanIn(window)(seen.first.at, seen.last.at)}${where} by ${how}. ` +
      `New in the ${countOf(nights, "night that is", "nights that are")} known: ${all.join(", ")}.${key} ` +
      `If that was not ${user}: end the session, lock the account and ban the address.`,
    evidence: seen.evidence,
    host,
  };
}

/** A title names the user, and an address where it is about one. */
function headline({ from, ...news }: News): Pick<Found, "id" | "title"> {
  const { user, addresses, methods } = from;
  const by = methods.size === 1 ? ` by ${methods.top(1)[0]}` : "";
  const place = addresses.size === 0 ? "" : oneOf(addresses.top(1), "addresses", addresses.size);
  const where = place === "" ? "" : ` from ${place}`;
  const how = by === "" && where === "" ? "" : `,${by}${where}`;
  if (news.user) return { id: "first-time-user", title: `${user} logged in for the first time${how}` };
  if (news.countries.length > 1) {
    return {
      id: "first-time-country",
      title: `${user} logged in from ${news.countries.length} new countries (${listOf(news.countries)})${by}`,
    };
  }
  if (news.countries.length === 1) {
    const what = `a new country (${news.countries[0]}${place === "" ? "" : `, ${place}`})`;
    return { id: "first-time-country", title: `${user} logged in from ${what}${by}` };
  }
  if (news.networks.length > 1) {
    return {
      id: "first-time-network",
      title: `${user} logged in from ${news.networks.length} new networks${by}`,
    };
  }
  if (news.networks.length === 1) {
    return { id: "first-time-network", title: `${user} logged in from a new network (${place})${by}` };
  }
  if (news.keys.length > 0) return { id: "first-time-key", title: `${user} logged in with a new key${where}` };
  if (news.methods.length > 0) {
    return { id: "first-time-method", title: `${user} logged in by ${listOf(news.methods)} for the first time` };
  }
  return { id: "first-time-hour", title: `${user} logged in ${hoursOf(news.hours)} for the first time` };
}

/** `between 03:00 and 04:00`, `in the hours 03, 04 and 2 others` */
function hoursOf(hours: readonly string[]): string {
  const [only = ""] = hours;
  if (hours.length > 1) return `in the hours ${listOf(hours)}`;
  return `between ${only}:00 and ${String((Number(only) + 1) % 24).padStart(2, "0")}:00`;
}

function names(set: LoginsFrom["keys"]): string[] {
  return set.top(100);
}
