// The README's crontab line, read by the cron that most people have: Debian's (apt-get install cron). Skipped where it
// is not installed; other crons have no -n.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "logdigest-crontab-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(text: string): number | null {
  const file = join(folder, "crontab");
  writeFileSync(file, text);
  return spawnSync("crontab", ["-n", file]).status;
}

const isThere = check("55 23 * * * true\n") === 0;
if (!isThere) console.warn("skipped: no crontab -n (apt-get install cron)");

describe.skipIf(!isThere)("crontab -n", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const lines = readme.split("\n").filter((line) => /^[\d*]\S*( \S+){4} .*logdigest/.test(line));

  test("accepts the crontab line of the README", () => {
    expect(lines).toHaveLength(1);
    expect(check(`${lines[0]}\n`)).toBe(0);
  });

  test("would refuse a line that is none", () => {
    expect(check(`${lines[0]}\n`.replace("55 23", "75 23"))).not.toBe(0);
    expect(check(`${lines[0]}\n`.replace("* * * ", ""))).not.toBe(0);
  });
});
