// Under cron there is no terminal, hardly an environment, the folder is / and every word that is written becomes a
// mail. So a run that went well writes nothing at all, and one that did not writes one line.

import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { schema } from "../src/config/schema.ts";
import { FAILURE, folder, machine, NOW, program, QUIET, repository, toMaildir, toSendmail } from "./cli/run.ts";

const CRON = ["-i", "PATH=/usr/bin:/bin", process.execPath, program, "report"];

/** Runs as cron does: `env -i`, in `/`, with pipes (cron) or files (launchd, `>>log 2>&1`) as outputs. */
function underCron(outputs: "pipes" | "files", args: readonly string[]) {
  if (outputs === "pipes") {
    const { status, stdout, stderr } = spawnSync("/usr/bin/env", [...CRON, ...args], {
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    });
    return { status, out: stdout, err: stderr };
  }
  const [out, err] = ["out", "err"].map((name) => join(folder(), name)) as [string, string];
  const [outFile, errFile] = [openSync(out, "w"), openSync(err, "w")];
  const { status } = spawnSync("/usr/bin/env", [...CRON, ...args], { cwd: "/", stdio: ["ignore", outFile, errFile] });
  closeSync(outFile);
  closeSync(errFile);
  return { status, out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8") };
}

const CUT = gzipSync(QUIET.repeat(200)).subarray(0, -40);

describe.each(["pipes", "files"] as const)("with %s", (outputs) => {
  const nightly = (host: { config: string }, ...args: readonly string[]) =>
    underCron(outputs, ["--config", host.config, "--now", NOW, ...args]);

  test.each([
    { name: "nothing to report", status: 0, host: () => machine(QUIET, toMaildir()) },
    { name: "an event is mailed", status: 0, host: () => machine(QUIET + FAILURE, toMaildir()) },
    { name: "a log is cut", status: 65, host: () => machine(CUT, toMaildir(), "auth.log.gz") },
    {
      name: "a log is missing",
      status: 66,
      host: () => machine(undefined, toMaildir()),
    },
  ])(
    "$name: $status, and not a word",
    ({ status, host }) => {
      expect(nightly(host())).toEqual({ status, out: "", err: "" });
    },
    15_000,
  );

  test.each([
    { name: "a contradiction", status: 64, host: () => machine(QUIET), args: ["--until", "2026-11-19"] },
    {
      name: "mail is refused",
      status: 69,
      host: () => machine(QUIET + FAILURE, toSendmail("/nonexistent/sendmail")),
      args: [],
    },
    {
      name: "the output cannot be written",
      status: 73,
      host: () => machine(QUIET),
      args: ["--output", "/proc/digest"],
    },
    {
      name: "the Maildir cannot be written",
      status: 75,
      host: () => {
        const host = machine(QUIET + FAILURE, toMaildir());
        writeFileSync(join(host.dir, "Maildir"), "a file");
        return host;
      },
      args: [],
    },
    { name: "nobody said where mail goes", status: 78, host: () => machine(QUIET + FAILURE), args: [] },
    { name: "a misspelt key", status: 78, host: () => machine(QUIET, "[mial]"), args: [] },
  ])("$name: $status, and one line on standard error", ({ status, host, args }) => {
    const end = nightly(host(), ...args);
    expect({ status: end.status, out: end.out }, end.err).toEqual({ status, out: "" });
    expect(end.err).toMatch(/^logdigest: [^\n]+\n$/);
  });

  test("a preview writes the digest and nothing else", () => {
    const end = nightly(machine(QUIET + FAILURE), "--stdout");
    expect({ status: end.status, err: end.err }).toEqual({ status: 0, err: "" });
    expect(end.out).toContain("203.0.113.9");
  });
});

describe("the crontab line of the README", () => {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  const { schedule } = schema.parse({});

  test("runs the report at the time that is the schedule's default", () => {
    const line = readme.split("\n").find((text) => text.startsWith(`${schedule} `));
    expect(line).toBe("55 23 * * * /usr/bin/node /opt/logdigest/dist/logdigest.js report");
  });
});
