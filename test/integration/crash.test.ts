// Runs that are killed, and disks that fail under them: bench/crash.mjs does it, with every system call and a thousand
// kills when it is asked to. Here are as many as a minute or two allows.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { execute, program, repository } from "../cli/run.ts";

const traces = spawnSync("strace", ["-V"]).status === 0;
if (!traces) console.warn("skipped: no strace (apt-get install strace)");

async function crash(...args: readonly string[]) {
  const script = join(repository, "bench/crash.mjs");
  const { status, out, err } = await execute(process.execPath, [script, "--program", program, ...args], {});
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}

test("100 runs killed at random times: every night arrives, and what comes twice is the same message", async () => {
  const told = await crash("--random", "100", "--step", "0");
  expect(told).toMatchObject({ random: 100, wrong: [] });
  // The kills came in time.
  expect(told.died).toBeGreaterThan(50);
}, 200_000);

test.skipIf(!traces)(
  "runs killed at a write, a rename, a sync or a connection, or failed by their disk there",
  async () => {
    const told = await crash("--random", "0", "--step", "25");
    expect(told).toMatchObject({ skipped: 0, wrong: [] });
    expect(told.points).toBeGreaterThan(10);
    expect(told.errors).toBeGreaterThan(20);
  },
  200_000,
);
