import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { execute, FAILURE, folder, logdigest, program, repository } from "./run.ts";

const lines = (out: string) =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const NEW_YEAR = [
  "Dec 31 23:59:58 mini sshd[1]: Accepted password for alice from 203.0.113.7 port 51022 ssh2",
  "Jan  1 00:00:02 mini sshd[2]: Invalid user x from 203.0.113.8",
  "",
].join("\n");

test("prints one object a line that carries an event, with the fields that the line states", async () => {
  const log = [
    "2026-11-19T08:02:11.5+01:00 mini sshd[300]: Accepted publickey for alice from 203.0.113.77 port 50022 ssh2: ED25519 SHA256:abc",
    "2026-11-19T08:02:12+01:00 mini cron[7]: (root) CMD (true)",
    "not a log line",
    "2026-11-19T08:02:13+01:00 mini sshd[301]: Failed password for invalid user <b> from 2001:0db8::0001 port 22 ssh2",
    "",
  ].join("\n");
  const { status, out, err } = await logdigest(["parse", "-", "--time-zone", "Europe/Rome"], { input: log });
  expect({ status, err }).toEqual({ status: 0, err: "" });
  const head = { file: "-", hostname: "mini", appName: "sshd" };
  expect(lines(out)).toEqual([
    {
      ...head,
      line: 1,
      time: expect.stringMatching(/^2026-11-19T08:02:11(\.5\d*)?\+01:00$/),
      procId: "300",
      kind: "login.success",
      user: "alice",
      ip: "203.0.113.77",
      port: 50022,
      method: "publickey",
      fingerprint: "SHA256:abc",
    },
    {
      ...head,
      line: 4,
      time: "2026-11-19T08:02:13+01:00",
      procId: "301",
      kind: "login.failure",
      user: "<b>",
      ip: "2001:db8::1",
      port: 22,
      method: "password",
      invalidUser: true,
    },
  ]);
});

test("--year is that of the first line; the year turns with the lines", async () => {
  const { out } = await logdigest(["parse", "-", "--year", "2011", "--time-zone", "UTC"], { input: NEW_YEAR });
  expect(lines(out).map(({ time }) => time)).toEqual(["2011-12-31T23:59:58+00:00", "2012-01-01T00:00:02+00:00"]);
});

test("a file and standard input say the same, plain and compressed", async () => {
  const dir = folder();
  writeFileSync(join(dir, "any name"), NEW_YEAR);
  writeFileSync(join(dir, "packed"), gzipSync(NEW_YEAR));
  const parse = (file: string, input?: string) =>
    logdigest(["parse", file, "--year", "2011"], { cwd: dir, ...(input !== undefined && { input }) });
  const piped = await parse("-", NEW_YEAR);
  for (const file of ["any name", "packed"]) {
    const { status, out } = await parse(file);
    expect(status).toBe(0);
    expect(lines(out)).toEqual(lines(piped.out).map((event) => ({ ...event, file })));
  }
});

test("times are told in --time-zone", async () => {
  const { out } = await logdigest(["parse", "-", "--time-zone", "Asia/Kolkata"], { input: FAILURE });
  expect(lines(out)[0].time).toBe("2026-11-19T07:44:07+05:30");
});

test("a login in a line without a time is no login", async () => {
  const input = "sshd[1]: Accepted password for root from 203.0.113.7 port 51022 ssh2\n";
  expect(await logdigest(["parse", "-"], { input })).toEqual({ status: 0, out: "", err: "" });
});

test("--explain prints the shapes of what gave no event instead, how often, and why", async () => {
  const strange = (n: number) => `2026-11-19T03:14:08+01:00 mini sshd[212]: form\x1b[0m ${n} of tomorrow\n`;
  const { status, out } = await logdigest(["parse", "--explain", "-"], {
    input: `${FAILURE}${strange(1)}${strange(22)}no time here\n`,
  });
  expect(status).toBe(0);
  expect(out).not.toContain("\x1b");
  const found = lines(out).map(({ shape, ...row }) => ({ shape: typeof shape, ...row }));
  expect(found).toEqual([
    {
      shape: "string",
      count: 2,
      sample: "form\x1b[0m 1 of tomorrow",
      line: 2,
      file: "-",
      program: "sshd",
      why: "not recognised",
    },
    { shape: "string", count: 1, sample: "no time here", line: 4, file: "-", program: "", why: "no time stamp" },
  ]);
});

test("a missing file: 66 and one line; the others are read", async () => {
  const dir = folder();
  writeFileSync(join(dir, "auth.log"), FAILURE);
  const { status, out, err } = await logdigest(["parse", "missing", "auth.log"], { cwd: dir });
  expect({ status, err }).toEqual({ status: 66, err: "logdigest: missing: does not exist\n" });
  expect(lines(out)).toHaveLength(1);
});

test("a cut file: 65, and what could be read", async () => {
  const dir = folder();
  writeFileSync(join(dir, "auth.log.gz"), gzipSync(FAILURE.repeat(500)).subarray(0, -30));
  const { status, out, err } = await logdigest(["parse", "auth.log.gz"], { cwd: dir });
  expect(status).toBe(65);
  expect(err).toMatch(/^logdigest: auth\.log\.gz: .*the compressed file is cut.*\n$/);
  expect(lines(out).length).toBeGreaterThan(0);
});

test("a folder: 66", async () => {
  const { status, err } = await logdigest(["parse", "/"]);
  expect({ status, err }).toEqual({ status: 66, err: "logdigest: /: is a directory, not a log file\n" });
});

test("every event of the mini host has a kind and a time", async () => {
  const file = join(repository, "fixtures/hosts/mini/var/log/secure.log");
  const { out } = await logdigest(["parse", file, "--year", "2012", "--time-zone", "Europe/Rome"]);
  const events = lines(out);
  expect(events.length).toBeGreaterThan(50);
  for (const event of events) {
    expect(event).toMatchObject({
      file,
      kind: expect.any(String),
      time: expect.stringMatching(/^2012-04-19T.*\+02:00$/),
    });
  }
});

test("an endless input ends when nobody reads any more", async () => {
  const command = `yes '${FAILURE.trim()}' | "$0" "$1" parse - | head -n 1; exit "\${PIPESTATUS[1]}"`;
  const { status, out, err } = await execute("/bin/bash", ["-c", command, process.execPath, program], {});
  expect({ status, err, lines: lines(out).length }).toEqual({ status: 0, err: "", lines: 1 });
});

test("an input that is stopped: 75", async () => {
  const command = 'sleep 2 | { "$0" "$1" parse - & pid=$!; sleep 0.7; kill -TERM $pid; wait $pid; }';
  const { status, err } = await execute("/bin/bash", ["-c", command, process.execPath, program], {});
  expect({ status, err }).toEqual({ status: 75, err: "logdigest: stopped before all lines were read\n" });
});

// What a bundle does with a decompressor's module differs from what Node.js does.
test.each(["gzip", "bzip2", "xz", "zstd"])("reads what %s has compressed, also as installed", async (command) => {
  const { error, stdout } = spawnSync(command, ["-c"], { input: FAILURE });
  if (error !== undefined) return;
  const path = join(folder(), "auth.log.1");
  writeFileSync(path, stdout);
  const { status, out, err } = await logdigest(["parse", path]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(lines(out)).toHaveLength(1);
});
