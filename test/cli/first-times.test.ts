// Ten scheduled nights of the built program: habits are silent, and what breaks them is told on the night that breaks it.
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { mmdbFile } from "../addresses/mmdb-writer.ts";
import { logdigest, machine, toMaildir } from "./run.ts";

const KEY = "ED25519 SHA256:q1ZrexampleexampleexampleexampleexampleexA";
const HOME = "192.0.2.7";
const HOTEL = "203.0.113.9";
const FIRST = 10;

type Machine = ReturnType<typeof machine>;

const lineOf = (day: number, time: string, rest: string) =>
  `2026-11-${String(day).padStart(2, "0")}T${time}+01:00 mini ${rest}\n`;
const cron = (day: number, time: string) => lineOf(day, time, "cron[7]: (root) CMD (true)");
const byKey = (day: number, time: string, ip = HOME) =>
  lineOf(day, time, `sshd[${day}1]: Accepted publickey for alice from ${ip} port 50022 ssh2: ${KEY}`);
const byPassword = (day: number, time: string, ip = HOME) =>
  lineOf(day, time, `sshd[${day}2]: Accepted password for alice from ${ip} port 50023 ssh2`);
const failed = (day: number, count: number, ip: string) =>
  Array.from({ length: count }, (_, i) => {
    const time = `04:${String(i % 60).padStart(2, "0")}:${String(Math.floor(i / 60)).padStart(2, "0")}`;
    return lineOf(day, time, `sshd[${1_000 + i}]: Failed password for root from ${ip} port 4${i} ssh2`);
  }).join("");

function run(host: Machine, day: number) {
  return logdigest(["report", "--config", host.config, "--now", `2026-11-${day}T23:55:20+01:00`]);
}

/** Runs ten nights, each with alice's habits and what `more` brings; returns the texts of their mails, by day. */
async function tenNights(host: Machine, more: Readonly<Record<number, string>>): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  const read = new Set<string>();
  for (let day = FIRST; day < FIRST + 10; day++) {
    const habits = cron(day, "00:10:00") + (more[day] ?? "") + byKey(day, "09:00:00") + byPassword(day, "12:00:00");
    appendFileSync(join(host.dir, "auth.log"), habits);
    expect(await run(host, day)).toEqual({ status: 0, out: "", err: "" });
    const folder = join(host.dir, "Maildir/new");
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (read.has(name)) continue;
      read.add(name);
      const { text = "" } = await simpleParser(readFileSync(join(folder, name)));
      texts.set(day, text.replace(/\s+/g, " "));
    }
  }
  return texts;
}

describe("over ten nights, where findings alone are worth a mail", () => {
  const quiet = () => machine(cron(FIRST - 1, "23:40:00"), toMaildir('on = "finding"'));

  test("habits are silent, and so is a known key from a new address", async () => {
    expect(await tenNights(quiet(), { 19: byKey(19, "08:10:00", HOTEL) })).toEqual(new Map());
  });

  test("a password from a new network is told, once", async () => {
    const texts = await tenNights(quiet(), {
      // Before seven nights are known nothing is new.
      12: byPassword(12, "08:10:00", "198.51.100.1"),
      18: byPassword(18, "08:10:00", HOTEL),
      19: byPassword(19, "08:20:00", HOTEL),
    });
    expect([...texts.keys()]).toEqual([18]);
    expect(texts.get(18)).toContain("alice logged in from a new network (203.0.113.9) by password");
    expect(texts.get(18)).toContain("New in the 8 nights that are known: the network 203.0.113.0/24. If");
  });

  test("a new country is told with its network, where a database knows it", async () => {
    const host = machine(
      cron(FIRST - 1, "23:40:00"),
      `${toMaildir('on = "finding"')}[addresses]\ndatabases = ["places.mmdb"]\n`,
    );
    const placed = (first: number, second: number, third: number, code: string) => {
      return { bytes: [first, second, third, 0], bits: 24, data: { country: { iso_code: code } } };
    };
    const database = mmdbFile([placed(192, 0, 2, "IT"), placed(203, 0, 113, "NL"), placed(198, 51, 100, "IT")]);
    writeFileSync(join(host.dir, "places.mmdb"), database);
    const texts = await tenNights(host, {
      18: byPassword(18, "08:10:00", HOTEL),
      19: byPassword(19, "08:20:00", "198.51.100.1"),
    });
    expect(texts.get(18)).toContain("alice logged in from a new country (NL, 203.0.113.9) by password");
    expect(texts.get(18)).toContain(
      "New in the 8 nights that are known: the country NL, the network 203.0.113.0/24, logins",
    );
    expect(texts.get(18)).not.toContain("from a new network");
    expect(texts.get(19)).toContain("alice logged in from a new network (198.51.100.1) by password");
    expect([...texts.keys()]).toEqual([18, 19]);
  });

  test("an address that tries a little every night is told in the fifth night", async () => {
    const more = Object.fromEntries([10, 11, 13, 14, 16, 17, 18].map((day) => [day, failed(day, 3, HOTEL)]));
    const texts = await tenNights(quiet(), more);
    expect([...texts.keys()]).toEqual([16]);
    expect(texts.get(16)).toContain("203.0.113.9 tried in 5 of the last 7 nights, 3 times in this one");
  });
});

test("notices stand in a mail that is sent anyway", async () => {
  const host = machine(cron(FIRST - 1, "23:40:00"), toMaildir());
  const texts = await tenNights(host, { 18: failed(18, 600, "198.51.100.1"), 19: byKey(19, "09:10:00", HOTEL) });
  expect([...texts.keys()]).toHaveLength(10);
  expect(texts.get(18)).toContain("far more than usual: 600 tries, usually 0");
  expect(texts.get(19)).toContain("alice logged in from a new network (203.0.113.9) by publickey");
  expect(texts.get(19)).toContain("The key was known.");
});
