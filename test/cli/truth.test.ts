// The program against a generator of logs that knows what it wrote. The generator is no part of this repository; where
// it does not stand beside it, these tests are skipped.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, logdigest, repository } from "./run.ts";

const generator = join(repository, "../shared/bench/generate-logs.mjs");
const isThere = existsSync(generator);
if (!isThere) console.warn(`skipped: there is no ${generator}, so nothing is held against generated logs`);

type Counts = Readonly<Record<string, number>>;
interface Day {
  readonly date: string;
  readonly accepted: { readonly total: number };
  readonly failures: { readonly total: number; readonly unknownUser: number };
  readonly vnc?: { readonly succeeded: { readonly total: number }; readonly failed: { readonly total: number } };
  readonly bans: Counts;
  readonly unbans: Counts;
  readonly firewall: { readonly total: number };
  readonly appFirewallStealth?: number;
}

const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0);

function expectedOf(day: Day): Counts {
  return {
    logins: day.accepted.total + (day.vnc?.succeeded.total ?? 0),
    failures: day.failures.total + (day.vnc?.failed.total ?? 0),
    invalidUsers: day.failures.unknownUser,
    bans: sum(day.bans),
    unbans: sum(day.unbans),
    firewallBlocks: day.firewall.total + (day.appFirewallStealth ?? 0),
  };
}

/** Generates logs into `DIR/var/log`, their times and file times in UTC. */
function generate(options: string): { readonly dir: string; readonly days: readonly Day[] } {
  const dir = folder();
  const out = join(dir, "var/log");
  const args = `--quiet --days 3 --mb-per-day 0.5 ${options}`.split(" ");
  execFileSync(process.execPath, [generator, "--out", out, ...args], { env: { ...process.env, TZ: "UTC" } });
  renameSync(join(out, "truth.json"), join(dir, "truth.json"));
  return { dir, days: JSON.parse(readFileSync(join(dir, "truth.json"), "utf8")).days };
}

test
  .skipIf(!isThere)
  .each([
    "--layout macos --seed 1 --end 2012-04-19 --rotate daily --compress gz",
    "--layout macos --seed 2 --end 2012-01-01 --rotate none",
    "--layout macos --seed 3 --end 2012-02-29 --rotate daily --rotate-at 12:30 --until 23:55:00",
    "--layout linux --seed 4 --end 2026-11-19 --rotate daily --compress gz",
    "--layout linux --seed 5 --end 2027-01-01 --rotate daily --compress gz",
    "--layout linux --seed 6 --end 2026-11-19 --stamp iso --rotate daily",
    "--layout linux --seed 7 --end 2027-01-02 --rotate none --jitter 2",
  ])(
  "every day of generated logs: %s",
  async (options) => {
    const { dir, days } = generate(options);
    const tell = async (...args: readonly string[]) => {
      const end = await logdigest(["report", "--root", dir, "--time-zone", "UTC", "--format", "json", ...args]);
      expect({ status: end.status, err: end.err }).toEqual({ status: 0, err: "" });
      const { totals, window } = JSON.parse(end.out);
      return { totals: totals as Counts, days: window.days as readonly { date: string; totals: Counts }[] };
    };
    const pick = (totals: Counts | undefined, like: Counts) =>
      Object.fromEntries(Object.keys(like).map((name) => [name, totals?.[name]]));

    const told = await Promise.all(days.map(({ date }) => tell("--date", date)));
    expect(days.map((day, i) => ({ date: day.date, ...pick(told[i]?.totals, expectedOf(day)) }))).toEqual(
      days.map((day) => ({ date: day.date, ...expectedOf(day) })),
    );

    const end = new Date(Date.parse(days.at(-1)?.date ?? "") + 86_400_000).toISOString();
    const whole = await tell("--since", days[0]?.date ?? "", "--until", end);
    expect(whole.days.map(({ date, totals }, i) => ({ date, ...pick(totals, expectedOf(days[i] as Day)) }))).toEqual(
      days.map((day) => ({ date: day.date, ...expectedOf(day) })),
    );
  },
  30_000,
);
