// Runs pieces of program that use the state, each in a process of its own, which can be killed.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll } from "vitest";

const repository = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "logdigest-child-"));
// Other users run programs from it, too.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

buildSync({
  entryPoints: [join(repository, "src/state/open.ts"), join(repository, "src/state/read.ts")],
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
});
symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));

const PROLOGUE = `
  import { writeSync } from "node:fs";
  import { openState } from "./open.mjs";
  import { readState } from "./read.mjs";
  const [dir, rest] = process.argv.slice(2);
  const NOW = 1795128920000;
  const options = { dir, machineId: undefined, now: NOW, giveUpAfterMs: 1e9 };
  const say = (text) => writeSync(1, text + "\\n");
  const entry = (n, bytes) => ({ channel: "mail", messageId: "<" + n + "@mini>", from: "a@example.org",
    to: ["b@example.org"], subject: "night " + n, raw: Buffer.alloc(bytes, n), window: { from: 0, to: 1 } });
  /** Night n leaves a trace in every table. */
  const night = (n, bytes = 20_000) => ({
    window: { from: (n - 1) * 1000, to: n * 1000, timeZone: "UTC", label: "night " + n },
    totals: { n }, empty: false, outbox: [entry(n, bytes)],
    sources: new Map([["auth.log", { end: n * 1000, position: { identity: "1", offset: n, check: "c" }, counts: [n],
      toldAt: undefined, toldShapes: undefined, found: true, lastStamp: undefined }]]),
    learned: [{ kind: "night", host: "mini", key: "night " + n, firstSeen: NOW, lastSeen: NOW }],
  });
  try {
`;
const EPILOGUE = `
  } catch (thrown) {
    say(JSON.stringify({ name: thrown.name, exit: thrown.exit, message: thrown.message }));
    process.exitCode = 1;
  }
`;

let scripts = 0;

/** Writes a program of `body`, which has `options`, `say(text)` and `night(n)`; run it with the folder as argument. */
export function script(body: string): string {
  scripts += 1;
  const path = join(folder, `script-${scripts}.mjs`);
  writeFileSync(path, PROLOGUE + body + EPILOGUE);
  return path;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when the program has said a first line. */
  readonly begun: Promise<void>;
  /** What it said, line by line, when it has ended. */
  readonly ended: Promise<readonly string[]>;
}

export function start(command: readonly string[], options: SpawnOptions = {}): Running {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  let first: () => void;
  const begun = new Promise<void>((resolve) => {
    first = resolve;
  });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.includes("\n")) first();
  });
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    child.on("error", reject).on("close", () => {
      first();
      // A line that was cut by a kill was not said.
      resolve(said.split("\n").slice(0, -1));
    });
  });
  return { child, begun, ended };
}

/** Runs a script to its end. @returns what it said */
export function runScript(body: string, dir: string, options: SpawnOptions = {}): Promise<readonly string[]> {
  return start([process.execPath, script(body), dir], options).ended;
}
