// heartbeat.mail = "weekly": a mail says that nothing was worth one for a week.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { quietSince } from "../../src/run/all-quiet.ts";
import type { RecipientState } from "../../src/state/state.ts";
import { logdigest, machine, toMaildir } from "./run.ts";

type Machine = ReturnType<typeof machine>;

const day = (n: number) => new Date(Date.UTC(2026, 9, n)).toISOString().slice(0, 10);
const quiet = (n: number) => `${day(n)}T10:00:00+01:00 mini cron[7]: (root) CMD (true)\n`;
const tryOn = (n: number) =>
  `${day(n)}T11:00:00+01:00 mini sshd[${100 + n}]: Failed password for root from 203.0.113.9 port 4711 ssh2\n`;
const WEEKLY = '[heartbeat]\nmail = "weekly"\n';

/** The nights from one day of October on to another; something happens on `events`. */
async function nights(host: Machine, first: number, last: number, events: readonly number[] = []) {
  for (let n = first; n <= last; n += 1) {
    appendFileSync(join(host.dir, "auth.log"), quiet(n) + (events.includes(n) ? tryOn(n) : ""));
    const end = await logdigest(["report", "--config", host.config, "--now", `${day(n)}T23:55:20`]);
    expect(end).toEqual({ status: 0, out: "", err: "" });
  }
}

async function mailsOf({ dir }: Machine) {
  const box = join(dir, "Maildir/new");
  if (!existsSync(box)) return [];
  const mails = await Promise.all(readdirSync(box).map((name) => simpleParser(readFileSync(join(box, name)))));
  return mails.sort((a, b) => (a.date?.getTime() ?? 0) - (b.date?.getTime() ?? 0));
}

test("comes after seven quiet nights, once a week, and counts from the first night on", async () => {
  const host = machine(quiet(1), toMaildir() + WEEKLY);
  await nights(host, 2, 7);
  expect(await mailsOf(host)).toEqual([]);
  await nights(host, 8, 17);
  const mails = await mailsOf(host);
  expect(mails.map(({ subject }) => subject)).toEqual([
    "mini: all quiet since 2026-10-01 (7 nights)",
    "mini: all quiet since 2026-10-01 (14 nights)",
  ]);
  expect(mails[0]?.text).toContain("nothing was worth a mail since 2026-10-01 23:55 (7 nights)");
  expect(mails[0]?.html).toContain("nothing was worth a mail since");
});

test("begins again after a mail, and comes in the week in which the clocks change", async () => {
  const host = machine(quiet(19), toMaildir() + WEEKLY);
  await nights(host, 20, 27, [21]);
  expect((await mailsOf(host)).map(({ subject }) => subject)).toEqual(["mini: 1 failure (Wed 21 Oct)"]);
  await nights(host, 28, 28);
  expect((await mailsOf(host)).at(-1)?.subject).toBe("mini: all quiet since 2026-10-21 (7 nights)");
});

const state = (recipient: RecipientState): Parameters<typeof quietSince>[0] => {
  const at = Date.UTC(2026, 9, 1);
  const window = { from: at - 86_400_000, to: at, timeZone: "UTC", label: "" };
  const recipients = [{ to: "a@example.org", state: recipient, code: undefined, text: "", at }];
  const entry = { id: 1, channel: "mail", messageId: "<1@mini>", subject: "", from: "", to: [], attempts: 1 };
  return {
    nights: () => [{ window, totals: {}, empty: false, completedAt: at }],
    outbox: () => [{ ...entry, window, recipients, createdAt: at, nextTryAt: at }],
    deliveries: () => [],
  };
};

test("does not come while a mail waits", () => {
  const to = Date.UTC(2026, 9, 9);
  const quietWeek = { from: Date.UTC(2026, 9, 1), to };
  const states = ["waiting", "unknown", "refused", "given-up"] as const;
  expect(states.map((one) => quietSince(state(one), to))).toEqual([undefined, undefined, quietWeek, quietWeek]);
});

test("does not come where nobody asked for it", async () => {
  const host = machine(quiet(1), toMaildir());
  await nights(host, 2, 9);
  expect(await mailsOf(host)).toEqual([]);
});
