// Tells several nights, one after the other, in the lines of their logs, with a real state between them.
//
//   nightsOf([...same(7, login("09:00:00", 7, "alice", "192.0.2.7")), login("10:00:00", 7, "alice", "203.0.113.7")])
import { buildDigest } from "../../src/digest/build.ts";
import type { Digest } from "../../src/digest/digest.ts";
import { successAfterFailures } from "../../src/digest/findings/success-after-failures.ts";
import { historyOf } from "../../src/digest/history.ts";
import { Learning } from "../../src/digest/learning.ts";
import { pastOf } from "../../src/digest/past.ts";
import { type Expected, Tally } from "../../src/digest/tally.ts";
import { THRESHOLDS } from "../../src/digest/thresholds.ts";
import { eventsOf } from "../parsers/fixtures.ts";
import { close, DAY, open, quietNight, stateDir } from "../state/sample.ts";

const FIRST = Date.UTC(2026, 10, 1);

type Login = Parameters<Expected["allowsLogin"]>[0];

export interface Nights {
  /** @param day 0 is 1 November */
  readonly allowsLogin?: (login: Login, day: number) => boolean;
  /** Where there is a database: the country of an address, on that day. */
  readonly countryOf?: (address: string, day: number) => string | undefined;
  /** These days are reported together with the one after them. */
  readonly missed?: readonly number[];
}

/** The digest of each night from 1 November on, from midnight to midnight in UTC; lines as in findings/lines.ts. */
export async function nightsOf(nights: readonly (readonly string[])[], options: Nights = {}): Promise<Digest[]> {
  const { missed = [] } = options;
  const dir = stateDir();
  const text = nights.flatMap((lines, day) => lines.map((line) => `${stampOf(day)} ${onHost(line)}\n`));
  const events = await eventsOf(Buffer.from(text.join("")), "/var/log/auth.log");
  const digests: Digest[] = [];
  let from = FIRST;
  for (const day of nights.keys()) {
    if (missed.includes(day)) continue;
    const to = FIRST + (day + 1) * DAY;
    const window = { from, to, timeZone: "UTC", label: "" };
    const state = await open(dir, { now: to + 20_000 });
    const past = pastOf(state, from);
    const allowsLogin = (login: Login) => options.allowsLogin?.(login, day) ?? false;
    const learning = new Learning(window, { allowsLogin }, past);
    const rules = [successAfterFailures(window, THRESHOLDS, past), learning];
    const tally = new Tally(window, { allowsLogin, allowsAddress: () => false }, rules, 100_000);
    const seen = events.filter(({ head: { at } }) => at !== null && at >= window.from - DAY && at < window.to);
    tally.add(
      seen.map((event) => ({
        event,
        keyOne: 0,
        keyOther: 0,
        host: event.head.hostname,
        counts: (event.head.at as number) >= window.from,
      })),
    );
    tally.conclude();
    const { countryOf } = options;
    if (countryOf !== undefined) {
      learning.locate(new Map(learning.addresses().map((address) => [address, { country: countryOf(address, day) }])));
    }
    const digest = buildDigest({
      window,
      tally,
      ledgers: [],
      findings: rules.flatMap((rule) => rule.conclude()),
      history: historyOf(past, window),
      host: "mini",
      on: "event",
      onRequest: false,
      groups: 100,
    });
    const { totals, empty, hosts } = digest;
    state.complete(quietNight(0, { window, totals: { ...totals }, empty, learned: learning.learned(hosts) }));
    close(state);
    digests.push(digest);
    from = to;
  }
  return digests;
}

/** What each night finds: `SEVERITY id: title`. */
export async function toldIn(nights: readonly (readonly string[])[], options?: Nights): Promise<string[][]> {
  return (await nightsOf(nights, options)).map(({ findings }) =>
    findings.map(({ severity, id, title }) => `${severity} ${id}: ${title}`),
  );
}

/** So many nights of the same lines. */
export function same(count: number, lines: readonly string[]): readonly string[][] {
  return Array.from({ length: count }, () => [...lines]);
}

function stampOf(day: number): string {
  return `Nov ${String(day + 1).padStart(2)}`;
}

function onHost(line: string): string {
  const [, time, host = "mini", rest] = /^(\d\d:\d\d:\d\d) (?:@(\S+) )?(.*)$/s.exec(line) ?? [];
  if (rest === undefined) throw new Error(`no line of a log: ${line}`);
  return `${time} ${host} ${rest}`;
}
