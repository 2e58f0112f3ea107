import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "plist";
import { describe, expect, test } from "vitest";

const file = join(import.meta.dirname, "../launchd/org.logdigest.nightly.plist");
const text = readFileSync(file, "utf8");
const job = {
  Label: "org.logdigest.nightly",
  ProgramArguments: ["/usr/local/bin/node", "/usr/local/lib/node_modules/logdigest/dist/logdigest.js", "report"],
  StartCalendarInterval: { Hour: 23, Minute: 55 },
  RunAtLoad: false,
  Nice: 5,
  Umask: 0o077,
  StandardErrorPath: "/var/log/logdigest.log",
};
const hasPython = spawnSync("python3", ["-c", "import plistlib"]).status === 0;
/** Reads a plist from standard input and writes it as JSON; ends with 1 when it is none. */
const READ_WITH_PYTHON = "import json, plistlib, sys; json.dump(plistlib.loads(sys.stdin.buffer.read()), sys.stdout)";

describe("the LaunchDaemon", () => {
  test("runs the report at 23:55, without a shell", () => {
    expect(parse(text)).toEqual(job);
  });

  test.skipIf(!hasPython)("reads the same to another reader", () => {
    const json = execFileSync("python3", ["-c", READ_WITH_PYTHON], { input: text, encoding: "utf8" });
    expect(JSON.parse(json)).toEqual(job);
  });

  test("is named after its label", () => {
    expect(file.endsWith(`/${job.Label}.plist`)).toBe(true);
  });

  test("names the script that the package installs", () => {
    const { name, bin } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
    expect(job.ProgramArguments[1]?.endsWith(`/node_modules/${name}/${bin.logdigest}`)).toBe(true);
  });
});

// plistutil converts all of these and ends with 0: the tests above mean something because these fail.
describe.each([
  ["a number that is none", "<integer>55</integer>", "<integer>abc</integer>"],
  ["a key without a value", "<false/>", ""],
  ["a tag that is not closed", "</array>", ""],
  ["a tag that plists do not have", "<false/>", "<no/>"],
])("%s is refused", (_, good, bad) => {
  const broken = text.replace(good, bad);

  test("by the package and the comparison", () => {
    expect(broken).not.toBe(text);
    // It throws, or reads NaN or '' where a value should be, which only the comparison of the whole value shows.
    expect(() => expect(parse(broken)).toEqual(job)).toThrow();
  });

  test.skipIf(!hasPython)("by the other reader", () => {
    expect(spawnSync("python3", ["-c", READ_WITH_PYTHON], { input: broken }).status).toBe(1);
  });
});
