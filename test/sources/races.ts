// A log that is written and rotated by another process while it is read again and again.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Position } from "../../src/sources/source.ts";
import { folder, readOn } from "./logs.ts";

/** What may be told: such a night says that it has not seen everything, and the next one has the rest. */
export const DOUBTS = [
  "auth.log became shorter while it was read",
  "its files were renamed again and again while they were looked at (run again)",
  // No doubt, but it may be told beside one.
  "auth.log.1.gz is a compression that is not finished: its text is read",
];

export interface Race {
  /** Lines that were written. */
  readonly written: number;
  /** The numbers of the lines that were new in one of the runs, in the order they came. */
  readonly seen: readonly number[];
  readonly runs: number;
  /** What ledgers named. */
  readonly told: readonly string[];
}

/** Rotates a log some times, and reads it as scheduled runs do, as often as it can until then, and once more. */
export async function race(how: "rename" | "copytruncate", rotations: number): Promise<Race> {
  const log = join(folder(), "auth.log");
  writeFileSync(log, "");
  const rotator = spawn(process.execPath, [join(import.meta.dirname, "rotator.mjs"), log, how, String(rotations)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  let isOver = false;
  rotator.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  rotator.on("close", () => {
    isOver = true;
  });
  let position: Position | undefined;
  const seen: number[] = [];
  const told: string[] = [];
  let runs = 0;
  for (let isLast = false; !isLast; runs++) {
    isLast = isOver;
    const run = await readOn(join(log, ".."), position, undefined, { patienceMs: 1000 });
    position = run.position ?? position;
    seen.push(...run.fresh.map((line) => Number(/ line (\d+)$/.exec(line)?.[1] ?? Number.NaN)));
    if (run.status !== "ok") told.push(...run.notes);
    await new Promise(setImmediate);
  }
  return { written: Number(/done (\d+)/.exec(out)?.[1]), seen, runs, told };
}
