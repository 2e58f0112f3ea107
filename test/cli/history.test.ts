// logdigest history, over a state that runs have left.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { type HistoryOptions, historyCommand } from "../../src/cli/history.ts";
import { ReportError } from "../../src/errors.ts";
import { close, DAY, open, quietNight, stateDir } from "../state/sample.ts";

const MACHINE = "0123456789abcdef0123456789abcdef";

interface Past {
  readonly failures: number;
  readonly label?: string;
}

/** A folder with a config, and the state that a run of each night has left. */
async function machineAfter(nights: readonly Past[]): Promise<string> {
  const dir = stateDir();
  const config = join(dir, "../config.toml");
  writeFileSync(config, 'state.dir = "state"\n');
  for (const [n, { failures, label = `2026-11-${n + 10}` }] of nights.entries()) {
    const { window, ...run } = quietNight(n - 9);
    const state = await open(dir, { now: window.to });
    const totals = { logins: 2, failures, bans: failures > 1_000 ? 12 : 0, firewallBlocks: n };
    state.complete({ ...run, window: { ...window, label }, totals, empty: failures === 0 });
    close(state);
  }
  return config;
}

async function run(options: HistoryOptions, { toTerminal = false, env = {} } = {}) {
  let out = "";
  const said: string[] = [];
  const terminal = {
    print: async (text: string) => {
      out += text;
      return true;
    },
    say: (line: string) => void said.push(line),
    progress: undefined,
    isTerminal: toTerminal,
    attended: toTerminal,
    stdin: Readable.from([]),
  };
  const io = {
    now: Date.UTC(2026, 10, 20),
    isClockTold: true,
    elapsed: () => 0,
    machineId: MACHINE,
    env,
    hostname: "mini",
    pid: 1,
    platform: "linux",
    release: "6.1.0",
    home: "/nonexistent",
    signal: new AbortController().signal,
  };
  const surroundings = { io, terminal, uid: 1000, timeZone: "UTC", waitUntil: async () => undefined };
  const status = await historyCommand(options, surroundings as unknown as Parameters<typeof historyCommand>[1]);
  return { status, out, said };
}

const THREE = [{ failures: 0 }, { failures: 1_341 }, { failures: 60 }];

test("shows a night a row, oldest first, and how each number went", async () => {
  expect(await run({ config: await machineAfter(THREE) })).toEqual({
    status: 0,
    said: [],
    out: `  night       logins  failures  bans  blocks
  2026-11-10       2         0     0       0
  2026-11-11       2     1,341    12       1
  2026-11-12       2        60     0       2

  logins    ███  most 2, median 2
  failures  ▁█▂  most 1,341, median 60
  bans      ▁█▁  most 12, median 0
  blocks    ▁▅█  most 2, median 1
`,
  });
});

test("shows the last nights that are asked for", async () => {
  const { out } = await run({ config: await machineAfter(THREE), nights: "2", format: "csv" });
  expect(out.split("\n").map((row) => row.slice(0, 12))).toEqual(["label,from,t", '"2026-11-11"', '"2026-11-12"', ""]);
});

test("writes CSV whose labels stay in their column", async () => {
  const config = await machineAfter([{ failures: 7, label: '2026-11-10 "and", more' }]);
  expect((await run({ config, format: "csv" })).out).toBe(
    "label,from,to,empty,logins,failures,bans,firewallBlocks\n" +
      '"2026-11-10 ""and"", more",2026-11-09T23:55:00+01:00,2026-11-10T23:55:00+01:00,false,2,7,0,0\n',
  );
});

test("writes one JSON document with all totals", async () => {
  const { out } = await run({ config: await machineAfter([{ failures: 0 }]), format: "json" });
  expect(JSON.parse(out)).toEqual([
    {
      window: {
        from: "2026-11-09T23:55:00+01:00",
        to: "2026-11-10T23:55:00+01:00",
        timeZone: "Europe/Rome",
        label: "2026-11-10",
      },
      empty: true,
      completedAt: "2026-11-10T23:55:00+01:00",
      totals: { logins: 2, failures: 0, bans: 0, firewallBlocks: 0 },
    },
  ]);
});

test.each([
  { format: "text", out: "no night is known yet: the first scheduled run (logdigest report) begins the history\n" },
  { format: "json", out: "[]\n" },
  { format: "csv", out: "label,from,to,empty,logins,failures,bans,firewallBlocks\n" },
] as const)("says that no night is known, as $format", async ({ format, out }) => {
  const dir = stateDir();
  mkdirSync(dir, { recursive: true });
  const config = join(dir, "../config.toml");
  writeFileSync(config, 'state.dir = "state"\n');
  expect(await run({ config, format })).toEqual({ status: 0, out, said: [] });
});

test("paints on a terminal alone, and never where NO_COLOR is set", async () => {
  const config = await machineAfter(THREE);
  const painted = (await run({ config }, { toTerminal: true })).out;
  expect(painted).toContain("\x1b[2m  2026-11-10       2         0     0       0\x1b[0m\n");
  expect(painted).toContain("\n  2026-11-12       2        60     0       2\n");
  const plain = (await run({ config })).out;
  expect(plain).not.toContain("\x1b");
  expect((await run({ config }, { toTerminal: true, env: { NO_COLOR: "1" } })).out).toBe(plain);
});

test.each(["0", "-1", "401", "many", "1e2"])("refuses --nights %s", async (nights) => {
  const config = await machineAfter([]);
  await expect(run({ config, nights })).rejects.toThrow(
    new ReportError(64, `--nights: ${nights} is no number from 1 to 400`),
  );
});

test("says why it is empty where another machine began the state", async () => {
  const config = await machineAfter(THREE);
  const state = await open(join(config, "../state"), { machineId: "another", now: Date.UTC(2026, 10, 20) + DAY });
  close(state);
  const { out, said } = await run({ config });
  expect(out).toContain("no night is known yet");
  expect(said).toEqual([expect.stringContaining("was begun on another machine")]);
});
