// The programs of this machine, captured anew (fixtures/captures) and held against what the clients did: another
// release of sshd, sudo or fail2ban may write other lines. Needs root or sudo, and namespaces; skipped without them.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { done, toldOf, unrecognised } from "../captures/compare.ts";
import { UNTOLD } from "../captures/untold.ts";
import { folder, repository } from "../cli/run.ts";

const programs = ["/usr/sbin/sshd", "/usr/bin/sudo", "/usr/bin/fail2ban-server", "/usr/sbin/rsyslogd", "/bin/ip"];
const missing = programs.filter((path) => !existsSync(path));
const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "--non-interactive"];
const [file = "", ...args] = [...asRoot, "unshare", "--net", "--mount", "--pid", "--fork", "true"];
const isAble = missing.length === 0 && spawnSync(file, args).status === 0;
if (!isAble) console.warn(`skipped: ${missing.join(", ") || "namespaces, which root may make,"} not there`);

const captures = ["sshd-info", "privileges", "lockout", "bans"];

describe.skipIf(!isAble)("a new capture", () => {
  const dir = folder();

  beforeAll(() => {
    const script = join(repository, "fixtures/captures/capture.mjs");
    const [program = "", ...rest] = [...asRoot, process.execPath, script, dir, ...captures];
    execFileSync(program, rest, { stdio: "pipe", timeout: 120_000 });
  }, 120_000);

  test.each(captures)("%s is told as it happened", async (capture) => {
    const path = join(dir, capture);
    const truth = done(path, UNTOLD[capture]);
    const told = await toldOf(path, "auth-iso.log");
    // How many of its probes sshd tells of is another number in every release: UNTOLD has that of Debian 12.
    const { probes } = told.totals;
    expect({ ...told, totals: { ...told.totals, probes: truth.totals.probes } }).toEqual(truth);
    expect(probes).toBeGreaterThanOrEqual(truth.totals.probes ?? 0);
  });

  test.each(captures)("%s has no line that is not recognised", async (capture) => {
    expect(await unrecognised(join(dir, capture))).toBe("");
  });
});
