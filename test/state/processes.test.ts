// Several processes and one state: a lock that a dead process cannot keep, and transactions that a kill cannot halve.
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { readState } from "../../src/state/read.ts";
import { script, start } from "./child.ts";
import { close, open, quietNight, sql, stateDir } from "./sample.ts";

const HOLD = `await openState(options); say("held"); setInterval(() => {}, 1000);`;

test("a second run ends at once while another holds the lock; a preview reads; a kill gives the lock back", async () => {
  const dir = stateDir();
  const first = await open(dir);
  first.complete(quietNight());
  close(first);
  const holder = start([process.execPath, script(HOLD), dir]);
  await holder.begun;
  const lock = join(dir, "lock");
  await expect(open(dir)).rejects.toMatchObject({
    exit: Exit.Later,
    message: `another run of logdigest holds ${lock} (it gives it back when it ends; fuser ${lock} names its process)`,
  });
  expect((await readState({ dir, machineId: undefined }))?.lastEnd).toBe(quietNight().window.to);
  holder.child.kill("SIGKILL");
  await holder.ended;
  const next = await open(dir);
  expect(next.lastEnd).toBe(quietNight().window.to);
});

test("two openings in one process exclude each other, too", async () => {
  const dir = stateDir();
  const state = await open(dir);
  await expect(open(dir)).rejects.toMatchObject({ exit: Exit.Later });
  // A lock that was lost to the other opening would show in another process.
  const other = await start([process.execPath, script(HOLD), dir]).ended;
  expect(other.map((line) => JSON.parse(line).exit)).toEqual([Exit.Later]);
  close(state);
  expect((await open(dir)).notices).toEqual([]);
});

test("of five that begin together one makes the state, and the others are told to come later", async () => {
  const dir = stateDir();
  const path = script(HOLD);
  const five = Array.from({ length: 5 }, () => start([process.execPath, path, dir]));
  await Promise.all(five.map(({ begun }) => begun));
  // The one that holds the lock does not end by itself.
  for (const { child } of five) child.kill("SIGKILL");
  const said = await Promise.all(five.map(({ ended }) => ended));
  const outcomes = said.flat().map((line) => (line === "held" ? line : JSON.parse(line).exit));
  expect(outcomes.sort()).toEqual([Exit.Later, Exit.Later, Exit.Later, Exit.Later, "held"]);
});

test("previews beside runs that come and go see whole nights only", { timeout: 60_000 }, async () => {
  const dir = stateDir();
  const runs = `for (let n = 1; n <= 50; n += 1) {
    const state = await openState(options);
    state.complete(night(n));
    if (n === 1) say("begun");
    state.close();
  }`;
  const { child, begun, ended } = start([process.execPath, script(runs), dir]);
  await begun;
  let previews = 0;
  let seen = 0;
  while (child.exitCode === null) {
    const view = await readState({ dir, machineId: undefined });
    const n = (view?.lastEnd ?? 0) / 1000;
    expect(n).toBeGreaterThanOrEqual(seen);
    expect(view?.sources.get("auth.log")?.position?.offset).toBe(n);
    expect(view?.outbox().length).toBeGreaterThanOrEqual(n);
    seen = n;
    previews += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await ended).toEqual(["begun"]);
  expect(previews).toBeGreaterThan(10);
});

const WRITE = `
  const state = await openState(options);
  let n = Math.round((state.lastEnd ?? 0) / 1000);
  say("begun");
  for (;;) {
    n += 1;
    state.complete(night(n));
    say("completed " + n);
    for (const { id } of state.outbox().slice(0, -3)) {
      state.recordReceipts(id, [{ to: "b@example.org", result: "accepted", text: "ok" }], NOW, undefined);
    }
  }
`;

test("a run that is killed at any moment has left all of a night or nothing", { timeout: 180_000 }, async () => {
  const dir = stateDir();
  const path = join(dir, "state.db");
  const program = script(WRITE);
  let completed = 0;
  const [moments = []] = fc.sample(fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 20, maxLength: 20 }), 1);
  for (const moment of moments) {
    const { child, begun, ended } = start([process.execPath, program, dir]);
    await begun;
    await new Promise((resolve) => setTimeout(resolve, moment));
    child.kill("SIGKILL");
    const said = await ended;
    const last = said.at(-1)?.split(" ")[1];
    if (last !== undefined) completed = Number(last);

    const view = await readState({ dir, machineId: undefined });
    const nights = (view?.lastEnd ?? 0) / 1000;
    // What was said to be completed is there; at most one more had completed without having said so.
    expect([completed, completed + 1]).toContain(nights);
    completed = nights;
    if (nights === 0) continue;
    expect(view?.nights(1)[0]?.totals).toEqual({ n: nights });
    expect(view?.sources.get("auth.log")?.position?.offset).toBe(nights);
    expect(view?.known("night", "mini", [`night ${nights}`, `night ${nights + 1}`]).size).toBe(1);
    const entries = [
      ...(view?.outbox() ?? []).map(({ id }) => id),
      ...(view?.deliveries(10_000) ?? []).map(({ id }) => id),
    ].sort((a, b) => b - a);
    const recent = Array.from({ length: Math.min(nights, 900) }, (_, i) => nights - i);
    expect(entries.slice(0, recent.length)).toEqual(recent);
    expect(sql(path, "PRAGMA integrity_check", "PRAGMA foreign_key_check")).toEqual([{ integrity_check: "ok" }]);
  }
  expect(completed).toBeGreaterThan(20);
});

test("a first run that is killed at any moment leaves a state that the next one can use", {
  timeout: 120_000,
}, async () => {
  const program = script(
    `say("begun"); const state = await openState(options); state.complete(night(1)); say("done");`,
  );
  for (const moment of [0, 2, 4, 6, 8, 10, 12, 14, 16, 20]) {
    const dir = stateDir();
    const { child, begun, ended } = start([process.execPath, program, dir]);
    await begun;
    await new Promise((resolve) => setTimeout(resolve, moment));
    child.kill("SIGKILL");
    const said = await ended;
    const state = await open(dir);
    if (said.includes("done")) expect(state.lastEnd).toBe(1000);
    expect([undefined, 1000]).toContain(state.lastEnd);
    expect(state.notices).toEqual([]);
    close(state);
  }
});
