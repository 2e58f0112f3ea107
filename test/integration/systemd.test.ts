// The systemd units, read by systemd itself, which need not be running (apt-get install systemd). Skipped where it is not
// installed. systemd-analyze ends with 0 whatever it finds: what counts is that it says nothing.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { schema } from "../../src/config/schema.ts";

const units = join(import.meta.dirname, "../../systemd");
const folder = mkdtempSync(join(tmpdir(), "logdigest-systemd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const analyze = (...args: string[]) => spawnSync("systemd-analyze", args, { encoding: "utf8", timeout: 60_000 });

const isThere = analyze("--version").status === 0;
if (!isThere) console.warn("skipped: no systemd-analyze (apt-get install systemd)");

/** Verifies copies of both units, with one change. */
function verify(change: (unit: string) => string = (unit) => unit) {
  cpSync(units, folder, { recursive: true });
  for (const name of ["logdigest.service", "logdigest.timer"]) {
    writeFileSync(join(folder, name), change(readFileSync(join(units, name), "utf8")));
  }
  const { status, stderr } = analyze(
    "verify",
    "--man=no",
    join(folder, "logdigest.service"),
    join(folder, "logdigest.timer"),
  );
  return { status, stderr };
}

describe.skipIf(!isThere)("systemd", () => {
  test("finds nothing wrong with the units", () => {
    expect(verify()).toEqual({ status: 0, stderr: "" });
  });

  test.each([
    ["a misspelt key", "Persistent=true", "Persistant=true"],
    ["a time that is none", "OnCalendar=*-*-* 23:55", "OnCalendar=*-*-* 23:75"],
    ["a program that is not there", "/usr/bin/env node", "/nonexistent/node"],
    ["an exit status that is none", "SuccessExitStatus=65 66", "SuccessExitStatus=65 666"],
  ])("would find %s", (_, good, bad) => {
    expect(verify((unit) => unit.replace(good, bad)).stderr).not.toBe("");
  });

  test("starts it when the schedule says", () => {
    const timer = readFileSync(join(units, "logdigest.timer"), "utf8");
    const calendar = /^OnCalendar=(.*)$/m.exec(timer)?.[1] ?? "";
    const { stdout } = analyze("calendar", "--base-time=2026-11-19 12:00:00", calendar);
    expect(stdout).toMatch(/Next elapse: Thu 2026-11-19 23:55:00/);
    expect(schema.parse({}).schedule).toBe("55 23 * * *");
  });

  test("calls the service well confined", () => {
    const { stdout } = analyze("security", "--offline=true", "--no-pager", join(units, "logdigest.service"));
    const exposure = Number(/Overall exposure level for logdigest\.service: ([\d.]+)/.exec(stdout)?.[1]);
    expect(exposure).toBeLessThan(2.5);
  });
});
