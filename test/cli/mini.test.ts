// The mini host (fixtures/hosts/mini.md), told by the built program: its golden digest, its totals, and its windows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logdigest, repository } from "./run.ts";

const hosts = join(repository, "fixtures/hosts");
const base = ["report", "--root", join(hosts, "mini"), "--config", join(repository, "fixtures/demo.toml")];

type Totals = Readonly<Record<string, number>>;
interface Told {
  readonly window: { readonly from: string; readonly to: string; readonly label: string };
  readonly totals: Totals;
  readonly allowlisted: { readonly logins: number };
}

async function tell(...args: readonly string[]): Promise<Told> {
  const { status, out, err } = await logdigest([...base, "--format", "json", ...args]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}
const night = (last: string, date: string) =>
  tell("--since", `${last}T23:55`, "--until", `${date}T23:55`, "--now", "2012-04-19T23:55:30");

test("Thursday's digest reads as the golden one", async () => {
  const range = ["--since", "2012-04-18T23:55", "--until", "2012-04-19T23:55", "--now", "2012-04-19T23:55:30"];
  const { status, out, err } = await logdigest([...base, ...range]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  await expect(out).toMatchFileSnapshot(join(hosts, "mini.digest.txt"));
});

test("Thursday's totals are those that were counted by hand", async () => {
  const expected = JSON.parse(readFileSync(join(hosts, "mini.expected.json"), "utf8"));
  const { totals, allowlisted } = await night("2012-04-18", "2012-04-19");
  expect({ ...totals, allowlistedLogins: allowlisted.logins }).toMatchObject(expected);
});

test("--all tells the expected logins with the others", async () => {
  const { totals, allowlisted } = await tell("--date", "2012-04-19", "--now", "2012-04-20T08:00", "--all");
  const usual = await tell("--date", "2012-04-19", "--now", "2012-04-20T08:00");
  expect(allowlisted.logins).toBe(0);
  expect(totals.logins).toBe((usual.totals.logins ?? 0) + usual.allowlisted.logins);
});

test.each(["yesterday", "-1d", "2012-04-19"])("--date %s is the calendar day", async (date) => {
  const { window } = await tell("--date", date, "--now", "2012-04-20T08:00");
  expect(window).toMatchObject({ from: "2012-04-19T00:00:00+02:00", to: "2012-04-20T00:00:00+02:00" });
  expect(window.label).toBe("2012-04-19");
});

test("--date today ends now", async () => {
  const { window } = await tell("--date", "today", "--now", "2012-04-19T20:00");
  expect(window).toMatchObject({ from: "2012-04-19T00:00:00+02:00", to: "2012-04-19T20:00:00+02:00" });
});

describe("the nights tile the time", () => {
  /** Counted by hand: fixtures/hosts/mini.md; Tuesday with the try of guest, whom AllowUsers refused at 15:05:33. */
  const NIGHTS = [
    ["2012-04-15", "2012-04-16", [3, 16, 8, 3, 3, 237, 15]],
    ["2012-04-16", "2012-04-17", [3, 12, 0, 2, 2, 219, 14]],
    ["2012-04-17", "2012-04-18", [3, 7, 3, 1, 0, 140, 14]],
    ["2012-04-18", "2012-04-19", [9, 186, 98, 27, 27, 523, 20]],
  ] as const;
  const COLUMNS = ["logins", "failures", "invalidUsers", "bans", "unbans", "firewallBlocks", "firewallAllows"];

  test("each has what was counted by hand, and together they are the whole range", async () => {
    const nights = await Promise.all(NIGHTS.map(([last, date]) => night(last, date)));
    for (const [i, [, , numbers]] of NIGHTS.entries()) {
      expect(COLUMNS.map((name) => nights[i]?.totals[name])).toEqual(numbers);
    }
    const { bannedAddresses, ...whole } = (await night("2012-04-15", "2012-04-19")).totals;
    const sums = Object.keys(whole).map((name) => [
      name,
      nights.reduce((sum, { totals }) => sum + (totals[name] ?? 0), 0),
    ]);
    expect(Object.fromEntries(sums)).toEqual(whole);
    expect(bannedAddresses).toBeGreaterThan(0);
  });

  test("cut anywhere, nothing is lost or counted twice", async () => {
    const cuts = ["00:00", "03:07", "08:02", "12:30", "14:21:20", "21:02:03", "23:42:11"].map(
      (time) => `2012-04-19T${time}`,
    );
    const ends = ["2012-04-18T23:55", ...cuts, "2012-04-19T23:55"];
    const parts = await Promise.all(
      ends.slice(1).map((until, i) => tell("--since", ends[i] ?? "", "--until", until, "--now", "2012-04-19T23:55:30")),
    );
    const { bannedAddresses, ...whole } = (await night("2012-04-18", "2012-04-19")).totals;
    const sums = Object.keys(whole).map((name) => [
      name,
      parts.reduce((sum, { totals }) => sum + (totals[name] ?? 0), 0),
    ]);
    expect(Object.fromEntries(sums)).toEqual(whole);
    expect(bannedAddresses).toBe(5);
  });

  test("a long window tells its days, which add up", async () => {
    const whole = await tell("--since", "2012-04-16", "--until", "2012-04-20", "--now", "2012-04-20");
    const { days } = whole.window as unknown as { days: readonly { readonly date: string; readonly totals: Totals }[] };
    expect(days.map(({ date }) => date)).toEqual(["2012-04-16", "2012-04-17", "2012-04-18", "2012-04-19"]);
    const alone = await Promise.all(days.map(({ date }) => tell("--date", date, "--now", "2012-04-20")));
    expect(alone.map(({ totals }) => totals)).toEqual(days.map(({ totals }) => totals));
  });
});
