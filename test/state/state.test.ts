import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readState } from "../../src/state/read.ts";
import { COUNTS_KEPT, NIGHTS_KEPT } from "../../src/state/state.ts";
import { close, DAY, entry, memory, NOW, open, quietNight, sql, stateDir } from "./sample.ts";

const MACHINE = "0123456789abcdef0123456789abcdef";

describe("a first run", () => {
  test("begins with nothing", async () => {
    const state = await open(stateDir());
    const { lastEnd, sources, notices } = state;
    expect({ lastEnd, sources, notices, nights: state.nights(9), outbox: state.outbox() }).toEqual({
      lastEnd: undefined,
      sources: new Map(),
      notices: [],
      nights: [],
      outbox: [],
    });
  });

  test.each([0o000, 0o022, 0o077, 0o277])(
    "makes a folder and files that only their owner can read, whatever the umask (%i)",
    async (umask) => {
      const dir = stateDir();
      const before = process.umask(umask);
      try {
        const state = await open(dir);
        state.complete(quietNight());
        expect(modes(dir)).toEqual({
          ".": 0o700,
          lock: 0o600,
          "state.db": 0o600,
          "state.db-shm": 0o600,
          "state.db-wal": 0o600,
        });
      } finally {
        process.umask(before);
      }
    },
  );

  test("makes the folders above its own, too", async () => {
    const dir = join(stateDir(), "of", "mini");
    expect((await open(dir)).lastEnd).toBeUndefined();
  });

  test("leaves the mode of a folder that was there", async () => {
    const dir = stateDir();
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    await open(dir);
    expect(modes(dir)["."]).toBe(0o755);
  });

  test("tidies up after one that died while it made the database", async () => {
    const dir = stateDir();
    mkdirSync(dir);
    writeFileSync(join(dir, "state.db-begun"), "half of");
    writeFileSync(join(dir, "state.db-begun-journal"), "half of");
    const state = await open(dir);
    state.complete(quietNight());
    close(state);
    expect(readdirSync(dir).filter((name) => name.includes("begun"))).toEqual([]);
  });
});

test("modes that somebody loosened are set right by the next run", async () => {
  const dir = stateDir();
  close(await open(dir));
  chmodSync(join(dir, "state.db"), 0o644);
  const state = await open(dir);
  state.complete(quietNight());
  expect(Object.values(modes(dir))).toEqual([0o700, 0o600, 0o600, 0o600, 0o600]);
});

describe("the next run", () => {
  test("finds the end, the sources and the history of the last one", async () => {
    const dir = stateDir();
    const first = await open(dir);
    const sources = new Map([
      ["/var/log/auth.log", memory()],
      ["/var/log/été.log", memory({ position: undefined, toldAt: NOW - DAY, toldShapes: "ab12", counts: [] })],
      ["journald", memory({ found: false, lastStamp: undefined })],
    ]);
    first.complete(quietNight(0, { sources, empty: false }));
    close(first);
    const next = await open(dir, { now: NOW + DAY });
    expect(next.lastEnd).toBe(quietNight().window.to);
    expect(next.sources).toEqual(sources);
    expect(next.nights(9)).toEqual([
      { window: quietNight().window, totals: { logins: 0, failures: 0 }, empty: false, completedAt: NOW },
    ]);
  });

  test("forgets a source that the last one did not name", async () => {
    const state = await open(stateDir());
    state.complete(
      quietNight(0, {
        sources: new Map([
          ["a", memory()],
          ["b", memory()],
        ]),
      }),
    );
    state.complete(quietNight(1, { sources: new Map([["b", memory()]]) }));
    expect([...state.sources.keys()]).toEqual(["b"]);
  });

  test("finds an end that is later than now when the clock was set back, and may set it earlier", async () => {
    const dir = stateDir();
    const first = await open(dir);
    first.complete(quietNight(30));
    close(first);
    const next = await open(dir);
    expect(next.lastEnd).toBe(NOW - 20_000 + 30 * DAY);
    next.complete(quietNight(0));
    expect(next.lastEnd).toBe(NOW - 20_000);
    expect(next.nights(9).map(({ window }) => window.label)).toEqual(["night 0", "night 30"]);
  });

  test("keeps a bounded number of nights and counts", async () => {
    const dir = stateDir();
    const state = await open(dir);
    const counts = Array.from({ length: COUNTS_KEPT + 3 }, (_, i) => i);
    for (let n = 0; n < NIGHTS_KEPT + 5; n += 1) {
      state.complete(quietNight(n, { sources: new Map([["a", memory({ counts })]]) }));
    }
    const labels = state.nights(1_000).map(({ window }) => window.label);
    expect([labels.length, labels.at(0), labels.at(-1)]).toEqual([NIGHTS_KEPT, `night ${NIGHTS_KEPT + 4}`, "night 5"]);
    expect(state.sources.get("a")?.counts).toEqual(counts.slice(0, COUNTS_KEPT));
  });

  test("a window that ends before it begins is refused, and nothing of the run is stored", async () => {
    const state = await open(stateDir());
    const { window } = quietNight();
    const run = quietNight(0, { window: { ...window, to: window.from - 1 }, outbox: [entry("a")] });
    expect(() => state.complete(run)).toThrow("CHECK constraint failed");
    expect([state.lastEnd, state.nights(9), state.outbox()]).toEqual([undefined, [], []]);
  });

  test("a run that another one overtook stores nothing", async () => {
    const dir = stateDir();
    const state = await open(dir);
    sql(join(dir, "state.db"), "UPDATE state SET last_end = 5");
    expect(() => state.complete(quietNight(0, { outbox: [entry("a")] }))).toThrow(
      `another run has completed in ${join(dir, "state.db")} meanwhile (run again)`,
    );
    expect([state.nights(9), state.outbox()]).toEqual([[], []]);
  });
});

describe("a preview", () => {
  test("finds nothing where there is no state, and makes nothing", async () => {
    const dir = stateDir();
    expect(await readState({ dir, machineId: MACHINE })).toBeUndefined();
    expect(readdirSync(dirname(dir))).toEqual([]);
  });

  test("sees what the last run left and changes no byte of the folder", async () => {
    const dir = stateDir();
    const state = await open(dir);
    state.complete(quietNight(0, { outbox: [entry("a")], learned: [seen("192.0.2.7", NOW)] }));
    close(state);
    // All of it is in the one file, so that nothing beside it is needed.
    expect(statSync(join(dir, "state.db-wal")).size).toBe(0);
    const before = listing(dir);
    const view = await readState({ dir, machineId: MACHINE });
    expect(view?.lastEnd).toBe(quietNight().window.to);
    expect(view?.sources).toEqual(quietNight().sources);
    expect(view?.nights(9)).toHaveLength(1);
    expect(view?.outbox().map(({ messageId }) => messageId)).toEqual([entry("a").messageId]);
    expect(view?.bodyOf(1)).toEqual(entry("a").raw);
    expect(view?.known("address", "mini", ["192.0.2.7"]).size).toBe(1);
    expect(view?.deliveries(9)).toEqual([]);
    expect(view?.notices).toEqual([]);
    expect(listing(dir)).toEqual(before);
  });

  test("reads while a run holds the lock, and sees the run when it has completed", async () => {
    const dir = stateDir();
    const state = await open(dir);
    state.complete(quietNight(0));
    const view = await readState({ dir, machineId: MACHINE });
    expect(view?.lastEnd).toBe(quietNight(0).window.to);
    state.complete(quietNight(1));
    expect(view?.nights(9)).toHaveLength(2);
    close(state);
    expect(view?.nights(9)).toHaveLength(2);
  });

  test("leaves the state of an earlier version as it is, and says so", async () => {
    const dir = stateDir();
    close(await open(dir));
    const path = join(dir, "state.db");
    sql(path, "PRAGMA user_version = 0");
    expect((await readState({ dir, machineId: MACHINE }))?.notices).toEqual([
      `the state in ${path} is of an earlier version: the next scheduled run brings it up to date`,
    ]);
    expect(sql(path, "PRAGMA user_version")).toEqual([{ user_version: 0 }]);
  });
});

describe("what was seen before", () => {
  test("is known with its first and last time and the number of nights", async () => {
    const state = await open(stateDir());
    state.complete(
      quietNight(0, { learned: [seen("192.0.2.7", NOW - DAY), seen("192.0.2.7", NOW), seen("é\0", NOW)] }),
    );
    state.complete(quietNight(1, { learned: [seen("192.0.2.7", NOW + DAY), { ...seen("a", NOW), host: "web1" }] }));
    expect(state.known("address", "mini", ["192.0.2.7", "192.0.2.8", "é\0", "a"])).toEqual(
      new Map([
        ["192.0.2.7", { firstSeen: NOW - DAY, lastSeen: NOW + DAY, nights: 2 }],
        ["é\0", { firstSeen: NOW, lastSeen: NOW, nights: 1 }],
      ]),
    );
    expect(state.known("user", "mini", ["192.0.2.7"])).toEqual(new Map());
  });

  test("is forgotten when it was not seen for 90 days", async () => {
    const state = await open(stateDir());
    state.complete(quietNight(0, { learned: [seen("a", NOW - 90 * DAY), seen("b", NOW - 90 * DAY - 1)] }));
    expect([...state.known("address", "mini", ["a", "b"]).keys()]).toEqual(["a"]);
  });

  test("keeps names that differ only behind their first kilobyte apart, in little room", async () => {
    const dir = stateDir();
    const state = await open(dir);
    const long = (end: string) => "x".repeat(50_000) + end;
    state.complete(quietNight(0, { learned: [seen(long("a"), NOW)] }));
    expect([...state.known("address", "mini", [long("a"), long("b")]).keys()]).toEqual([long("a")]);
    expect(sql(join(dir, "state.db"), 'SELECT length("key") AS n FROM known')).toEqual([{ n: 71 }]);
  });

  test("is at most 200,000 things: the oldest go first", { timeout: 120_000 }, async () => {
    const state = await open(stateDir());
    const learned = Array.from({ length: 200_010 }, (_, i) => seen(`k${i}`, NOW - 300_000 + i));
    state.complete(quietNight(0, { learned }));
    const kept = state.known("address", "mini", ["k0", "k9", "k10", "k200009"]);
    expect([...kept.keys()]).toEqual(["k10", "k200009"]);
  });
});

function seen(key: string, at: number) {
  return { kind: "address", host: "mini", key, firstSeen: at, lastSeen: at };
}

function modes(dir: string): Readonly<Record<string, number>> {
  const names = [".", ...readdirSync(dir).sort()];
  return Object.fromEntries(names.map((name) => [name, statSync(join(dir, name)).mode & 0o777]));
}

function listing(dir: string): unknown {
  return [".", ...readdirSync(dir).sort()].map((name) => {
    const { ino, size, mtimeNs, ctimeNs, mode } = statSync(join(dir, name), { bigint: true });
    return { name, ino, size, mtimeNs, ctimeNs, mode };
  });
}
