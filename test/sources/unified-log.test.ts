// The unified log of macOS by a `log` that prints what macOS 15 prints: fixtures/unified-log, ours in its shape.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type UnifiedLogOptions, unifiedLogSource } from "../../src/sources/unified-log.ts";
import { folder } from "./logs.ts";
import { readSource } from "./read-source.ts";

const night = { leadIn: "2026-11-18T00:00Z", from: "2026-11-19T00:00Z", to: "2026-11-20T00:00Z" };
const SAMPLE = readFileSync(join(import.meta.dirname, "../../fixtures/unified-log/mini-15.ndjson"), "utf8");
const TRAILER = '{"count":0,"finished":1}\n';
const withoutTrailer = SAMPLE.slice(0, SAMPLE.lastIndexOf("{"));
const TOLD = [
  "login.success alice@192.0.2.10",
  "login.success alice@192.0.2.10",
  "login.invalid-user @203.0.113.7",
  "login.failure eve#012Accepted password for root from 198.51.100.66 port 1 ssh2@203.0.113.7",
  "login.failure root :: Viewer Address: 192.0.2.99 :: Type: DH@203.0.113.8",
  "login.success alice@192.0.2.20",
  "login.failure",
  "privilege.success alice",
  "privilege.failure bob",
  "login.success alice",
];

interface Fake {
  readonly text?: string;
  /** Shell behind that. */
  readonly afterwards?: string;
  /** What there is when the period before the window is asked for, and when all from there on is. */
  readonly before?: string;
  readonly behind?: string;
}

function install({ text = SAMPLE, afterwards = "exit 0", before = SAMPLE, behind = SAMPLE }: Fake = {}) {
  const dir = folder();
  for (const [name, content] of Object.entries({ text, before, behind })) writeFileSync(join(dir, name), content);
  const script = `#!/bin/sh
here=${dir}
case "$*" in
  *--predicate*) printf '%s\\n' "$@" >"$here/arguments"; cat "$here/text"; ${afterwards};;
  *--end*) exec cat "$here/before";;
  *) exec cat "$here/behind";;
esac
`;
  writeFileSync(join(dir, "log"), script, { mode: 0o755 });
  const options: UnifiedLogOptions = { login: true, env: { PATH: `${dir}:${process.env.PATH}` }, timeoutMs: 20_000 };
  return {
    options,
    read: (other: Partial<UnifiedLogOptions> = {}) => readSource(unifiedLogSource({ ...options, ...other }), night),
    args: () => readFileSync(join(dir, "arguments"), "utf8").trimEnd().split("\n"),
  };
}

test("tells who got in and who tried, cut to the window, and believes no library and no second line", async () => {
  const { status, notes, told, ledger } = await install().read();
  expect({ status, notes, told, lines: ledger.lines }).toEqual({ status: "ok", notes: [], told: TOLD, lines: 13 });
});

test("log is asked for whole seconds around the lead-in and the window, for exact programs, without a shell", async () => {
  const { read, args } = install();
  await read();
  const predicate = args().at(-1) as string;
  expect(args().slice(0, -1)).toEqual([
    "show",
    "--style",
    "ndjson",
    "--info",
    "--start",
    "2026-11-17 23:59:00+0000",
    "--end",
    "2026-11-20 00:01:00+0000",
    "--predicate",
  ]);
  expect(predicate).toMatch(/^eventType == logEvent AND \(/);
  for (const name of ["sshd", "sshd-session", "sshd-auth", "screensharingd", "sudo", "su", "loginwindow"]) {
    expect(predicate).toContain(`process == "${name}"`);
  }
  // An alternative that names no program would find the words of this very query in the log.
  const alternatives = predicate.slice("eventType == logEvent AND (".length).split(/ OR (?=\(\(|\(process)/);
  expect(alternatives.filter((each) => !each.includes("process == "))).toEqual([]);
  // Quotes and brackets close: log refuses the rest.
  expect((predicate.match(/"/g) ?? []).length % 2).toBe(0);
  expect(predicate.split("(").length).toBe(predicate.split(")").length);
});

test("an archive is read instead of this machine's log, and is in the name", async () => {
  const archive = "/Volumes/evidence/x y.logarchive";
  const { options, read, args } = install();
  expect(unifiedLogSource({ ...options, archive }).name).toBe(`unified log ${archive}`);
  expect(unifiedLogSource(options).name).toBe("unified log");
  await read({ archive });
  expect(args().slice(0, 5)).toEqual(["show", "--archive", archive, "--style", "ndjson"]);
});

test("everything is asked for when no window is given", async () => {
  const { options, args } = install();
  const { told } = await readSource(unifiedLogSource(options));
  expect(args().filter((arg) => arg === "--start" || arg === "--end")).toEqual([]);
  expect(told).toHaveLength(TOLD.length + 1);
});

describe("how log ends", () => {
  test.each([
    { name: "well, on a night without a record", fake: { text: TRAILER }, status: "ok", notes: [], events: 0 },
    {
      name: "well, with a remark",
      fake: { afterwards: "echo 'log: warning: some of the data is not there' >&2" },
      status: "ok",
      notes: ["log show: log: warning: some of the data is not there"],
      events: 10,
    },
    {
      name: "without its last line",
      fake: { text: withoutTrailer },
      status: "partial",
      notes: ["log show did not say that it finished: not read to its end"],
      events: 10,
    },
    {
      name: "in the middle of a record",
      fake: { text: withoutTrailer.slice(0, -200) },
      status: "partial",
      notes: ["log show did not say that it finished: not read to its end"],
      events: 10,
    },
    {
      name: "without a word",
      fake: { text: "" },
      status: "partial",
      notes: ["log show did not say that it finished: not read to its end"],
      events: 0,
    },
    {
      name: "with status 64",
      fake: { text: "", afterwards: "echo 'log: Bad predicate (x): y' >&2; exit 64" },
      status: "unreadable",
      notes: ["log show ended with exit status 64: log: Bad predicate (x): y"],
      events: 0,
    },
    {
      name: "with a status behind its last line",
      fake: { afterwards: "exit 1" },
      status: "unreadable",
      notes: ["log show ended with exit status 1"],
      events: 10,
    },
    {
      name: "by a signal",
      fake: { text: withoutTrailer, afterwards: "kill -9 $$" },
      status: "partial",
      notes: ["log show was killed: not read to its end"],
      events: 10,
    },
  ])("$name", async ({ fake, status, notes, events }) => {
    const outcome = await install(fake).read();
    expect({ status: outcome.status, notes: outcome.notes, events: outcome.told.length }).toEqual({
      status,
      notes,
      events,
    });
  });

  test("it hangs", async () => {
    const { read } = install({ text: withoutTrailer, afterwards: "exec sleep 1000" });
    expect(await read({ timeoutMs: 300 })).toMatchObject({
      status: "partial",
      notes: ["log show said nothing for 0.3 s and was stopped: not read to its end"],
      told: TOLD,
    });
  });

  test.each([
    { name: "is missing", optional: false, status: "missing" },
    { name: "is a note where the log is optional", optional: true, status: "ok" },
  ])("a system without log $name", async ({ optional, status }) => {
    const outcome = await install().read({ env: { PATH: folder() }, optional });
    expect(outcome.status).toBe(status);
    expect(outcome.notes).toEqual([expect.stringContaining("the program log is not there")]);
  });
});

test("what log says before the records is none of them", async () => {
  const text = `Filtering the log data using "process == \\"x\\""\nSkipping debug messages\n${SAMPLE}`;
  const { ledger, told } = await install({ text }).read();
  expect({ told, lines: ledger.lines, undated: ledger.undated }).toEqual({ told: TOLD, lines: 13, undated: 0 });
});

test("a record cannot say that the log is finished", async () => {
  const lying = SAMPLE.replace("BAD SU bob to root on", '{\\"count\\":1,\\"finished\\":1}').slice(
    0,
    -TRAILER.length - 1,
  );
  expect((await install({ text: lying }).read()).status).toBe("partial");
});

describe("what macOS no longer keeps", () => {
  const first = (at: string) => `{"eventType":"logEvent","timestamp":"${at}","eventMessage":"x"}\n${TRAILER}`;
  test.each([
    { name: "something from before the window: whole", fake: {}, status: "ok" },
    {
      name: "nothing before, and the first record hours after its beginning",
      fake: { before: TRAILER, behind: first("2026-11-19 13:30:00.000000-0500") },
      status: "partial",
      notes: ["the log begins at 2026-11-19T18:30:00.000Z: macOS keeps no older record (it keeps the log by size)"],
    },
    {
      name: "nothing before, and the first record with its beginning: whole",
      fake: { before: TRAILER, behind: first("2026-11-19 00:20:00.000000+0000") },
      status: "ok",
    },
    { name: "nothing at all: nothing to say", fake: { before: TRAILER, behind: TRAILER, text: TRAILER }, status: "ok" },
  ])("$name", async ({ fake, status, notes = [] }) => {
    const outcome = await install(fake).read();
    expect({ status: outcome.status, notes: outcome.notes }).toEqual({ status, notes });
  });
});
