import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { runCommand, startCommand } from "../../src/sources/command.ts";
import { folder } from "./logs.ts";
import { never } from "./read-source.ts";

/** A program `teller` of a folder on PATH. */
function install(script: string) {
  const dir = folder();
  writeFileSync(join(dir, "teller"), `#!/bin/sh\nhere=${dir}\n${script}\n`, { mode: 0o755 });
  const command = (silenceMs = 20_000, ...args: string[]) => ({
    path: "teller",
    args,
    env: { PATH: `${dir}:${process.env.PATH}`, SYSTEMD_COLORS: "1", LANG: "it_IT.UTF-8" },
    silenceMs,
  });
  return { dir, command };
}

const run = (script: string, silenceMs?: number) => runCommand(install(script).command(silenceMs), never, 65_536);

/** The program is gone when its number is nobody's, or a zombie's that init has not fetched yet. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, "latin1"));
}

test("no shell reads an argument", async () => {
  const { command } = install(`printf '%s\\n' "$@"`);
  const { text } = await runCommand(command(20_000, "$(id)", "a b", "; exit 3", "--x='y'"), never, 65_536);
  expect(text).toBe("$(id)\na b\n; exit 3\n--x='y'\n");
});

test("a program runs in the C locale and in UTC, without the caller's other variables", async () => {
  const { text } = await run(`echo "$LC_ALL $TZ [$LANG] [$SYSTEMD_COLORS]"`);
  expect(text).toBe("C UTC [] []\n");
});

describe("how a program ended", () => {
  test.each([
    { name: "well", script: "echo line", end: { code: 0, complaints: [], text: "line\n" } },
    { name: "with a status", script: "echo no >&2; exit 64", end: { code: 64, complaints: ["no"], text: "" } },
    { name: "by a signal", script: "kill -9 $$", end: { code: null, complaints: [], text: "" } },
    {
      name: "with a colourful complaint",
      script: "printf '\\n\\033[31mone\\a\\ttwo\\r\\n\\342\\200\\256three\\n' >&2",
      end: { code: 0, complaints: ["[31mone two", "three"], text: "" },
    },
    {
      name: "with an endless line",
      script: "printf '%0300d' 0 >&2",
      end: { code: 0, complaints: [`${"0".repeat(199)}…`], text: "" },
    },
  ])("$name", async ({ script, end }) => {
    expect(await run(script)).toEqual(end);
  });

  test("more complaints than are kept do not hold it up", async () => {
    const { code, complaints } = await run("yes 'what now' | head -n 100000 >&2; exit 1");
    expect(code).toBe(1);
    expect(complaints.join("\n").length).toBeLessThanOrEqual(8192);
  });

  test("a child that holds standard error open is not waited for", async () => {
    const { dir, command } = install('sleep 30 >/dev/null & echo $! >"$here/pid"; echo bye');
    expect(await runCommand(command(), never, 65_536)).toEqual({ code: 0, complaints: [], text: "bye\n" });
    process.kill(Number(readFileSync(join(dir, "pid"), "utf8")));
  });
});

describe("a program that cannot be started", () => {
  test.each([
    { name: "is not there", path: "teller-that-is-not-there", missing: true },
    { name: "may not be run", path: import.meta.filename, missing: false },
  ])("$name", async ({ path, missing }) => {
    const end = await runCommand({ path, args: [], env: process.env, silenceMs: 1000 }, never, 100);
    expect(end).toMatchObject({ code: null, text: "", failure: { missing } });
  });
});

describe("a program is ended", () => {
  test("when it says nothing for too long", async () => {
    const { dir, command } = install('echo $$ >"$here/pid"; echo first; exec sleep 1000');
    const end = await runCommand(command(300), never, 65_536);
    expect(end).toEqual({ code: null, complaints: [], stopped: "silent", text: "first\n" });
    expect(isRunning(Number(readFileSync(join(dir, "pid"), "utf8")))).toBe(false);
  });

  test("also when it does not listen to SIGTERM", async () => {
    const { dir, command } = install(`trap '' TERM; echo $$ >"$here/pid"; while :; do read -r _ </dev/zero; done`);
    expect(await runCommand(command(300), never, 65_536)).toMatchObject({ code: null, stopped: "silent" });
    expect(isRunning(Number(readFileSync(join(dir, "pid"), "utf8")))).toBe(false);
  });

  test("when its children hold the output open", async () => {
    const { dir, command } = install('sleep 1000 & echo $! >"$here/pid"; exit 0');
    expect(await runCommand(command(300), never, 65_536)).toMatchObject({ stopped: "silent" });
    process.kill(Number(readFileSync(join(dir, "pid"), "utf8")));
  });

  test("when the run is stopped", async () => {
    const { dir, command } = install('echo $$ >"$here/pid"; exec sleep 1000');
    const stop = new AbortController();
    const end = runCommand(command(), stop.signal, 65_536);
    await vi.waitFor(() => expect(readFileSync(join(dir, "pid"), "utf8")).toMatch(/\n/), { timeout: 10_000 });
    stop.abort();
    expect(await end).toMatchObject({ code: null, stopped: "unwanted" });
    expect(isRunning(Number(readFileSync(join(dir, "pid"), "utf8")))).toBe(false);
  });

  test("when nobody wants the rest", async () => {
    const { dir, command } = install('echo $$ >"$here/pid"; exec yes');
    expect(await runCommand(command(), never, 4)).toMatchObject({ text: "y\ny\n", stopped: "unwanted" });
    expect(isRunning(Number(readFileSync(join(dir, "pid"), "utf8")))).toBe(false);
  });
});

test("a program writes no faster than it is read, and is not blamed for that", async () => {
  const script = 'yes | head -c 20000000; echo done >"$here/done"';
  const [slow, fast] = [install(script), install(`${script}; sleep 2`)];
  const { output, ended } = startCommand(slow.command(1_000), never);
  const into = Buffer.alloc(65_536);
  let read = await output.read(into, 0, into.length);
  // Time enough to write all of it, and longer than it may say nothing when it is waited for.
  expect(await runCommand(fast.command(), never, 30_000_000)).toMatchObject({ code: 0 });
  expect([slow, fast].map(({ dir }) => existsSync(join(dir, "done")))).toEqual([false, true]);
  for (let more = read; more > 0; read += more) more = await output.read(into, 0, into.length);
  output.close();
  expect({ read, end: await ended() }).toEqual({ read: 20_000_000, end: { code: 0, complaints: [] } });
});
