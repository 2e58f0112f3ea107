import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holesIn, newestFirst, rotatedFiles } from "../../src/sources/rotation.ts";
import { newLedger } from "../../src/sources/source.ts";
import { bsdLine, byFile, cronDay, folder, type HowToRead, type MadeFile, make, readAll, sourceOf } from "./logs.ts";

const nov = (day: number) => `2026-11-${String(day).padStart(2, "0")}`;
/** The cron lines of some days of November, 24 a day. */
const days = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => cronDay(nov(first + i))).join("");
const endOf = (day: number) => `${nov(day)}T23:59:00Z`;
const night = { from: "2026-11-18T22:55:00Z", to: "2026-11-19T22:55:00Z" };

describe("which files belong to a log", () => {
  test.each([
    ["auth.log.0", true],
    ["auth.log.1", true],
    ["auth.log.12.gz", true],
    ["auth.log.3.bz2", true],
    ["auth.log.3.xz", true],
    ["auth.log.3.zst", true],
    ["auth.log-20261119", true],
    ["auth.log-20261119.gz", true],
    ["auth.log-2026111903.gz", true],
    ["auth.log.20261119T000000", true],
    ["auth.log.20261119T000000.bz2", true],
    ["auth.log.1.gz.xz", true],
    ["old/auth.log.0", true],
    ["archive/auth.log.2.gz", true],
    ["OLD/auth.log-20261119.xz", true],
    ["other/auth.log.1", false],
    ["auth.log-20261119-1795226047", true],
    ["auth.log.2026-11-19.gz", true],
    ["auth.log.2026-11-19-1794355200.gz", true],
    ["auth.log-2026-11-19_23-55.gz", true],
    ["auth.log_20261119", true],
    ["auth.1.log", true],
    ["auth.2.log.gz", true],
    ["auth-20261119.log.gz", true],
    ["auth.2026-11-19.log", true],
    ["archived/auth.log.1.gz", true],
    ["rotated/auth-20261119.log", true],
    ["auth-x.log", false],
    ["auth.log.old", true],
    ["auth.log.bak.gz", true],
    ["auth.log.gz", true],
    ["auth.log", false],
    ["auth.log.conf", false],
    ["auth.log.1.txt", false],
    ["auth.log2", false],
    ["auth.log-x", false],
    ["auth.log.$(touch pwned).gz", false],
    ["auth.log.;id", false],
    ["xauth.log.1", false],
  ])("%s: %s", (name, belongs) => {
    const dir = folder();
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    make(dir, { [name]: "" });
    expect(rotatedFiles(join(dir, "auth.log"))).toEqual(belongs ? [join(dir, name)] : []);
  });

  test.each(["192.0.2.log", "web", ".log"])("%s: a name of digits behind it is another log", (name) => {
    const dir = folder();
    make(dir, { "192.0.2.1.log": "", "web.1.log": "", ".1.log": "" });
    expect(rotatedFiles(join(dir, name))).toEqual([]);
  });

  test("nobody knows of a folder that is not there", () => {
    expect(rotatedFiles(join(folder(), "none/auth.log"))).toBeUndefined();
  });
});

describe("the order of rotated files", () => {
  test.each<{ name: string; files: [string, number][]; ordered: string[] }>([
    {
      name: "follows the numbers, whatever the times say",
      files: [
        [".10.gz", 9],
        [".2.gz", 5],
        [".1", 1],
      ],
      ordered: [".1", ".2.gz", ".10.gz"],
    },
    {
      name: "follows the dates",
      files: [
        ["-20261101.gz", 9],
        ["-20261115", 1],
        ["-2026111503", 2],
      ],
      ordered: ["-2026111503", "-20261115", "-20261101.gz"],
    },
    {
      name: "follows the times of what is kept by hand",
      files: [
        [".bak", 1],
        [".old", 2],
      ],
      ordered: [".old", ".bak"],
    },
    {
      name: "mixes both by their times",
      files: [
        [".bak", 5],
        [".1", 6],
        [".2", 4],
        ["-20200101", 3],
      ],
      ordered: [".1", ".bak", ".2", "-20200101"],
    },
    {
      name: "keeps numbers in order where times are lost",
      files: [
        [".2", Number.POSITIVE_INFINITY],
        [".1", Number.POSITIVE_INFINITY],
      ],
      ordered: [".1", ".2"],
    },
  ])("$name", ({ files, ordered }) => {
    const logs = files.map(([suffix, modifiedAt]) => ({ path: `/var/log/auth.log${suffix}`, modifiedAt }));
    expect(newestFirst("/var/log/auth.log", logs).map(({ path }) => path.slice(17))).toEqual(ordered);
  });
});

test("what a sequence of numbers lacks", () => {
  const holes = (...suffixes: string[]) =>
    holesIn(
      "auth.log",
      suffixes.map((suffix) => `auth.log${suffix}`),
    );
  expect(holes("", ".1", ".2.gz")).toEqual([]);
  expect(holes("", ".0", ".1.gz")).toEqual([]);
  expect(holes("", "-20261101", "-20261115")).toEqual([]);
  expect(holes("", ".5.gz", ".2.gz")).toEqual([
    { first: 1, last: 1, newer: undefined, older: "auth.log.2.gz" },
    { first: 3, last: 4, newer: "auth.log.2.gz", older: "auth.log.5.gz" },
  ]);
});

interface Set {
  readonly name: string;
  readonly files: Readonly<Record<string, MadeFile | string>>;
  readonly how?: HowToRead;
  readonly read: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly notes?: readonly string[];
}

/** A set rotated every five days; the newest was written to last night. */
const weekly = (suffixes: readonly string[]): Record<string, MadeFile> => ({
  "auth.log": { text: days(16, 19), at: endOf(19) },
  [`auth.log${suffixes[0]}`]: { text: days(11, 15), at: endOf(15) },
  [`auth.log${suffixes[1]}`]: { text: days(6, 10), at: endOf(10) },
  [`auth.log${suffixes[2]}`]: { text: days(1, 5), at: endOf(5) },
});
const everyDay = (suffixes: readonly string[]) => ({
  [`auth.log${suffixes[2]}`]: "120 lines 2026-11-01 to 2026-11-05",
  [`auth.log${suffixes[1]}`]: "120 lines 2026-11-06 to 2026-11-10",
  [`auth.log${suffixes[0]}`]: "120 lines 2026-11-11 to 2026-11-15",
  "auth.log": "96 lines 2026-11-16 to 2026-11-19",
});
const NUMBERS = [".1", ".2.gz", ".3.gz"];
const DATES = ["-20261115", "-20261110.gz", "-20261105.gz"];
const lost = (files: Record<string, MadeFile>, at: string): Record<string, MadeFile> =>
  Object.fromEntries(
    Object.entries(files)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      // Copied one after the other, by name.
      .map(([name, file], i) => [name, { ...file, at: new Date(Date.parse(at) + i * 1000).toISOString() }]),
  );

describe("a log and its rotated files", () => {
  test.each<Set>([
    { name: "logrotate: .1 .2.gz .3.gz", files: weekly(NUMBERS), read: everyDay(NUMBERS) },
    {
      name: "newsyslog: .0 .1.gz .2.gz",
      files: weekly([".0", ".1.gz", ".2.gz"]),
      read: everyDay([".0", ".1.gz", ".2.gz"]),
    },
    {
      name: "savelog, in a folder of its own",
      files: Object.fromEntries(
        Object.entries(weekly([".0", ".1.gz", ".2.gz"])).map(([name, file]) => [
          name === "auth.log" ? name : `old/${name}`,
          file,
        ]),
      ),
      read: everyDay([".0", ".1.gz", ".2.gz"]),
    },
    {
      name: "numbers the wrong way round, and times that say nothing",
      files: {
        "auth.log": { text: isoDays(16, 19), at: endOf(19) },
        "auth.log.1": { text: isoDays(1, 5), at: endOf(19) },
        "auth.log.2": { text: isoDays(6, 10), at: endOf(19) },
        "auth.log.3.gz": { text: isoDays(11, 15), at: endOf(19) },
      },
      read: {
        "auth.log.1": "120 lines 2026-11-01 to 2026-11-05",
        "auth.log.2": "120 lines 2026-11-06 to 2026-11-10",
        "auth.log.3.gz": "120 lines 2026-11-11 to 2026-11-15",
        "auth.log": "96 lines 2026-11-16 to 2026-11-19",
      },
    },
    {
      name: "an empty log was rotated and compressed too",
      files: { ...weekly(NUMBERS), "auth.log.4.gz": { text: "", at: "2026-10-31T00:00:00Z" } },
      read: everyDay(NUMBERS),
    },
    {
      name: "a compression that has just begun",
      files: { ...weekly(NUMBERS), "auth.log.1.gz": { bytes: Buffer.alloc(0), at: endOf(19) } },
      read: everyDay(NUMBERS),
      notes: ["auth.log.1.gz is a compression that is not finished: its text is read"],
    },
    { name: "dateext", files: weekly(DATES), read: everyDay(DATES) },
    { name: "kept by hand", files: weekly([".old", ".bak", ".gz"]), read: everyDay([".old", ".bak", ".gz"]) },
    {
      name: "only files that can hold the night are read",
      files: weekly(NUMBERS),
      how: night,
      read: { "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
    },
    {
      name: "a night long ago needs no newer file",
      files: weekly(NUMBERS),
      how: { from: "2026-11-07T00:00Z", to: "2026-11-08T00:00Z" },
      read: { "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10" },
    },
    {
      name: "a night on both sides of a rotation",
      files: weekly(NUMBERS),
      how: { from: "2026-11-10T12:00Z", to: "2026-11-11T12:00Z" },
      read: {
        "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10",
        "auth.log.1": "120 lines 2026-11-11 to 2026-11-15",
      },
    },
    {
      name: "a writer that was not told of the rotation goes on in the rotated file",
      files: {
        "auth.log": { text: days(12, 19), at: endOf(19) },
        "auth.log.1": { text: days(6, 18), at: endOf(18) },
        "auth.log.2.gz": { text: days(1, 18), at: endOf(18) },
      },
      how: night,
      read: {
        "auth.log.2.gz": "432 lines 2026-11-01 to 2026-11-18",
        "auth.log.1": "312 lines 2026-11-06 to 2026-11-18",
        "auth.log": "192 lines 2026-11-12 to 2026-11-19",
      },
    },
    {
      name: "an empty file between others hides neither",
      files: { ...weekly(NUMBERS), "auth.log.1": { text: "", at: endOf(15) } },
      how: { from: "2026-11-10T12:00Z", to: "2026-11-17T00:00Z" },
      read: { "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10", "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
    },
    {
      name: "a log that begins with a wrong clock is read",
      files: {
        "auth.log": { text: `2027-03-01T00:00:00Z mini kernel: boot\n${isoDays(16, 19)}`, at: endOf(19) },
        "auth.log.1.gz": { text: isoDays(11, 15), at: endOf(15) },
      },
      how: night,
      read: { "auth.log": "97 lines 2027-03-01 to 2026-11-19" },
    },
  ])("$name", expectRead);

  test("a log that was rotated while its lines were in the repeated hour goes on in the second pass", async () => {
    const dir = folder();
    const line = (time: string) => `Oct 25 ${time} mini CRON[1]: (root) CMD (true)\n`;
    make(dir, {
      "auth.log": { text: line("02:25:00") + line("03:01:00"), at: "2026-10-25T02:01:00Z" },
      "auth.log.1": { text: line("02:50:00") + line("02:20:00"), at: "2026-10-25T01:20:00Z" },
    });
    expect((await readAll(dir, { timeZone: "Europe/Berlin" })).lines).toEqual([
      "auth.log.1 1 2026-10-25T00:50:00",
      "auth.log.1 2 2026-10-25T01:20:00",
      "auth.log 1 2026-10-25T01:25:00",
      "auth.log 2 2026-10-25T02:01:00",
    ]);
  });
});

/** The same lines with ISO 8601 stamps. */
function isoDays(first: number, last: number): string {
  return days(first, last).replace(
    /^Nov +(\d+) (\S+)/gm,
    (_, day: string, time: string) => `${nov(Number(day))}T${time}Z`,
  );
}

async function expectRead({ files, how, read, status = "ok", notes = [] }: Set): Promise<void> {
  const dir = folder();
  for (const name of Object.keys(files)) mkdirSync(dirname(join(dir, name)), { recursive: true });
  make(dir, files);
  const found = await readAll(dir, how);
  expect({ read: byFile(found), order: Object.keys(byFile(found)), status: found.status, notes: found.notes }).toEqual({
    read,
    order: Object.keys(read),
    status,
    notes,
  });
}

describe("the year of logs without one", () => {
  test.each<Set>([
    {
      name: "New Year in one file",
      files: { "auth.log": { text: cronDay("2026-12-31") + cronDay("2027-01-01"), at: "2027-01-01T23:59:00Z" } },
      how: { newest: Date.parse("2027-01-02T00:00Z") },
      read: { "auth.log": "48 lines 2026-12-31 to 2027-01-01" },
    },
    {
      name: "New Year across a rotation",
      files: {
        "auth.log": { text: cronDay("2027-01-01"), at: "2027-01-01T23:59:00Z" },
        "auth.log.1": { text: cronDay("2026-12-31"), at: "2026-12-31T23:59:00Z" },
        "auth.log.2.gz": { text: cronDay("2026-12-30"), at: "2026-12-30T23:59:00Z" },
      },
      how: { newest: Date.parse("2027-01-02T00:00Z") },
      read: {
        "auth.log.2.gz": "24 lines 2026-12-30 to 2026-12-30",
        "auth.log.1": "24 lines 2026-12-31 to 2026-12-31",
        "auth.log": "24 lines 2027-01-01 to 2027-01-01",
      },
    },
    {
      name: "a leap day, read in the year after",
      files: { "auth.log": { text: cronDay("2028-02-29") + cronDay("2028-03-01"), at: "2028-03-01T23:59:00Z" } },
      how: { newest: Date.parse("2029-01-10T00:00Z") },
      read: { "auth.log": "48 lines 2028-02-29 to 2028-03-01" },
    },
    {
      name: "a log that nobody rotated for years, with a line a month",
      files: {
        "auth.log": {
          text: Array.from({ length: 40 }, (_, i) => bsdLine(new Date(Date.UTC(2023, 7 + i, 19)), "mini su: x")).join(
            "",
          ),
          at: "2026-11-19T00:00:00Z",
        },
      },
      read: { "auth.log": "40 lines 2023-08-19 to 2026-11-19" },
    },
    {
      name: "the same day a year before is another day",
      files: {
        "auth.log": {
          text: ["2025-11-19T10:00Z", "2026-03-05T10:00Z", "2026-11-19T11:00Z"]
            .map((at) => bsdLine(at, "mini su: x"))
            .join(""),
          at: "2026-11-19T11:00:00Z",
        },
      },
      read: { "auth.log": "3 lines 2025-11-19 to 2026-11-19" },
    },
    {
      name: "quiet years in the first kilobytes of a log that grew",
      files: {
        "auth.log": {
          text: [
            ...Array.from({ length: 60 }, (_, i) => bsdLine(new Date(Date.UTC(2021, 7 + i, 19)), "mini su: quiet")),
            days(1, 19).repeat(1),
            Array.from({ length: 40_000 }, (_, i) =>
              bsdLine(new Date(Date.UTC(2026, 10, 19, 23, 30) + i), "mini su: noise"),
            ).join(""),
          ].join(""),
          at: "2026-11-19T23:59:00Z",
        },
      },
      read: { "auth.log": "40516 lines 2021-08-19 to 2026-11-19" },
    },
    {
      name: "quiet years in the middle of a log of megabytes",
      files: {
        "auth.log": {
          text: [
            Array.from({ length: 40_000 }, (_, i) =>
              bsdLine(new Date(Date.UTC(2022, 2, 1) + i * 60_000), "mini su: noise"),
            ).join(""),
            ...Array.from({ length: 50 }, (_, i) => bsdLine(new Date(Date.UTC(2022, 4 + i, 5)), "mini su: quiet")),
            Array.from({ length: 40_000 }, (_, i) =>
              bsdLine(new Date(Date.UTC(2026, 9, 20) + i * 60_000), "mini su: noise"),
            ).join(""),
          ].join(""),
          at: "2026-11-16T19:00:00Z",
        },
      },
      read: { "auth.log": "80050 lines 2022-03-01 to 2026-11-16" },
    },
    {
      name: "a format that changed to one with years, before New Year",
      files: {
        "auth.log": {
          text: `${cronDay("2026-10-05")}${cronDay("2026-12-28")}2027-01-05T00:00:00Z mini su: x\n`,
          at: "2027-01-05T00:00:00Z",
        },
      },
      how: { newest: Date.parse("2027-01-06T00:00Z") },
      read: { "auth.log": "49 lines 2026-10-05 to 2027-01-05" },
    },
    {
      name: "`--now` of a day before the last line",
      files: weekly(NUMBERS),
      how: { newest: Date.parse("2026-11-17T22:55Z") },
      read: everyDay(NUMBERS),
    },
    {
      name: "copies that lost their times, with numbers",
      files: lost(weekly(NUMBERS), "2027-08-01T00:00Z"),
      how: { newest: Number.MAX_SAFE_INTEGER, yearHint: Date.parse("2026-11-20T00:00Z") },
      read: everyDay(NUMBERS),
    },
    {
      name: "copies that lost their times, with dates in their names",
      files: lost(weekly(DATES), "2027-08-01T00:00Z"),
      how: { newest: Number.MAX_SAFE_INTEGER, yearHint: Date.parse("2026-11-20T00:00Z") },
      read: everyDay(DATES),
    },
    {
      name: "copies of an archive without times",
      files: lost(weekly(NUMBERS), "1970-01-01T00:00Z"),
      how: { newest: Number.MAX_SAFE_INTEGER, yearHint: Date.parse("2026-11-20T00:00Z") },
      read: everyDay(NUMBERS),
    },
    {
      name: "copies that lost their times this month are dated by their order",
      files: lost(weekly(NUMBERS), "2026-11-19T23:59:30Z"),
      how: { newest: Number.MAX_SAFE_INTEGER },
      read: everyDay(NUMBERS),
    },
    {
      name: "files that kept their times are dated by them, whatever is asked for",
      files: weekly(NUMBERS),
      how: { newest: Number.MAX_SAFE_INTEGER, yearHint: Date.parse("2025-11-20T00:00Z") },
      read: everyDay(NUMBERS),
    },
    {
      name: "rotated files alone are dated by their times",
      files: {
        "auth.log.1": { text: days(11, 15), at: endOf(15) },
        "auth.log.2.gz": { text: days(6, 10), at: endOf(10) },
      },
      read: {
        "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10",
        "auth.log.1": "120 lines 2026-11-11 to 2026-11-15",
      },
      status: "missing",
      notes: ["does not exist"],
    },
  ])("$name", expectRead);

  test("cannot be told of a copy without its time when nothing is asked for", async () => {
    const dir = folder();
    make(dir, { "auth.log": { text: bsdLine("2026-11-19T03:14:07Z", "mini su: x"), at: "1970-01-01T00:00Z" } });
    expect(await readAll(dir, { newest: Number.MAX_SAFE_INTEGER })).toEqual({
      lines: ["auth.log 1 undated"],
      status: "ok",
      notes: [],
      bytes: 27,
    });
  });
});

test("a last line of a clock that ran ahead does not put the night into the year before", async () => {
  const dir = folder();
  const lines = ["2026-11-19T03:14:07Z", "2026-11-20T04:00:00Z", "2026-11-24T04:00:00Z"];
  make(dir, {
    "auth.log": { text: lines.map((at) => bsdLine(at, "mini su: x")).join(""), at: "2026-11-20T04:00:05Z" },
  });
  expect((await readAll(dir, { newest: Date.parse("2026-11-20T05:00:00Z") })).lines).toEqual([
    "auth.log 1 2026-11-19T03:14:07",
    "auth.log 2 2026-11-20T04:00:00",
    "auth.log 3 undated",
  ]);
});

test("when the time of the run is made up, a log that ends there is of its year, whatever time the file has", async () => {
  const dir = folder();
  const text = ["2027-01-19T03:14:07Z", "2027-01-20T04:00:00Z"].map((at) => bsdLine(at, "mini su: x")).join("");
  make(dir, { "auth.log": { text, at: "2026-11-20T04:00:05Z" } });
  const night = Date.parse("2027-01-20T23:55:00Z");
  expect((await readAll(dir, { newest: night, yearHint: night })).lines).toEqual([
    "auth.log 1 2027-01-19T03:14:07",
    "auth.log 2 2027-01-20T04:00:00",
  ]);
});

test("whatever was rotated when, every line has the instant at which it was written", async () => {
  const step = fc.oneof(fc.nat(3600), fc.nat(3 * 86_400), fc.nat(300 * 86_400));
  const noise = fc.constantFrom(0, 0, 0, 3000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, noise, fc.nat(9)), { minLength: 1, maxLength: 60 }),
      fc.boolean(),
      async (steps, named) => {
        // Written back from the newest line, so that the set ends in this night.
        let at = Date.parse("2026-11-19T23:00:00Z");
        const files: { instants: number[]; text: string }[] = [{ instants: [], text: "" }];
        for (const [seconds, more, rotate] of steps) {
          let file = files.at(-1) as (typeof files)[number];
          if (rotate === 0 && file.text !== "") {
            file = { instants: [], text: "" };
            files.push(file);
          }
          // Now and then thousands of lines stand in one second.
          const line = bsdLine(new Date(at), "mini su: x");
          file.text = line.repeat(more + 1) + file.text;
          file.instants = [...Array.from({ length: more + 1 }, () => at), ...file.instants];
          at -= (seconds + 1) * 1000;
        }
        const dir = folder();
        const expected = files
          .map(({ instants, text }, i) => {
            const last = new Date(instants.at(-1) as number).toISOString();
            const date = last.slice(0, 19).replace(/\D/g, "");
            const ending = instants.length > 2000 ? "" : ".gz";
            const name = i === 0 ? "auth.log" : `auth.log${named ? `.${i}` : `-${date}`}${ending}`;
            make(dir, { [name]: { text, at: last } });
            return instants.map((at, n) => `${name} ${n + 1} ${new Date(at).toISOString().slice(0, 19)}`);
          })
          .reverse()
          .flat();
        expect((await readAll(dir)).lines).toEqual(expected);
      },
    ),
    // The same cases every time: what fails can be looked at again.
    { numRuns: 40, seed: 20_261_119 },
  );
});

describe("a rotated file that is missing", () => {
  const without = (gone: string) =>
    Object.fromEntries(Object.entries(weekly(NUMBERS)).filter(([name]) => name !== gone));
  test.each<Set>([
    {
      name: "is told with both times when the night lies in the hole",
      files: without("auth.log.1"),
      how: { from: "2026-11-12T00:00Z", to: "2026-11-13T00:00Z" },
      // The file before the hole might reach into it.
      read: { "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10" },
      status: "partial",
      notes: ["auth.log.1 is missing: nothing is known from 2026-11-10 23:00 to 2026-11-16 00:00"],
    },
    {
      name: "is told when the night reaches into the hole",
      files: without("auth.log.2.gz"),
      how: { from: "2026-11-10T12:00Z", to: "2026-11-11T12:00Z" },
      read: {
        "auth.log.3.gz": "120 lines 2026-11-01 to 2026-11-05",
        "auth.log.1": "120 lines 2026-11-11 to 2026-11-15",
      },
      status: "partial",
      notes: ["auth.log.2 is missing: nothing is known from 2026-11-05 23:00 to 2026-11-11 00:00"],
    },
    {
      name: "is no matter when the night lies elsewhere",
      files: without("auth.log.2.gz"),
      how: night,
      read: { "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
    },
    {
      name: "is told in one sentence with its neighbours",
      files: {
        "auth.log": weekly(NUMBERS)["auth.log"] as MadeFile,
        "auth.log.7.gz": { text: days(1, 5), at: endOf(5) },
      },
      how: { from: "2026-11-12T00:00Z", to: "2026-11-13T00:00Z" },
      read: { "auth.log.7.gz": "120 lines 2026-11-01 to 2026-11-05" },
      status: "partial",
      notes: ["auth.log.1 to .6 are missing: nothing is known from 2026-11-05 23:00 to 2026-11-16 00:00"],
    },
    {
      name: "is told of copies that lost their times",
      files: lost(without("auth.log.1"), "2026-11-21T00:00Z"),
      how: { from: "2026-11-12T00:00Z", to: "2026-11-13T00:00Z" },
      read: {
        "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10",
      },
      status: "partial",
      notes: ["auth.log.1 is missing: nothing is known from 2026-11-10 23:00 to 2026-11-16 00:00"],
    },
    {
      name: "is told when the file before it cannot be looked into",
      files: { ...without("auth.log.1"), "auth.log.2.gz": { bytes: Buffer.from("LZIP"), at: endOf(10) } },
      how: { from: "2026-11-12T00:00Z", to: "2026-11-13T00:00Z" },
      read: { "auth.log.3.gz": "120 lines 2026-11-01 to 2026-11-05" },
      status: "partial",
      notes: [
        "auth.log.2.gz is compressed with lzip, which this version does not read",
        "auth.log.1 is missing: nothing is known from 2026-11-10 23:59 to 2026-11-16 00:00",
      ],
    },
    {
      name: "is not a file that is there under another compression",
      files: {
        ...without("auth.log.1"),
        "auth.log.1.lz4": { bytes: Buffer.from([0x04, 0x22, 0x4d, 0x18]), at: endOf(15) },
      },
      how: { from: "2026-11-12T00:00Z", to: "2026-11-13T00:00Z" },
      read: { "auth.log.2.gz": "120 lines 2026-11-06 to 2026-11-10" },
      status: "partial",
      notes: ["auth.log.1.lz4 is compressed with lz4, which this version does not read"],
    },
  ])("$name", expectRead);
});

describe("the same lines twice", () => {
  const text = days(11, 15);
  test.each<Set>([
    {
      name: "a plain file beside its compression that did not finish is read",
      files: {
        "auth.log": { text: days(16, 19), at: endOf(19) },
        "auth.log.1": { text, at: endOf(15) },
        "auth.log.1.gz": { bytes: gzipSync(text).subarray(0, -100), at: endOf(16) },
      },
      read: { "auth.log.1": "120 lines 2026-11-11 to 2026-11-15", "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
      notes: ["auth.log.1.gz is a copy of auth.log.1: read once"],
    },
    {
      name: "a compressed file beside the beginning of its text is read",
      files: {
        "auth.log": { text: days(16, 19), at: endOf(19) },
        "auth.log.1": { text: text.slice(0, 3000), at: endOf(18) },
        "auth.log.1.gz": { text, at: endOf(15) },
      },
      read: { "auth.log.1.gz": "120 lines 2026-11-11 to 2026-11-15", "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
      notes: ["auth.log.1 is a copy of auth.log.1.gz: read once"],
    },
    {
      name: "a backup of the log is read once, in its longer form",
      files: { "auth.log": { text: days(11, 19), at: endOf(19) }, "auth.log.bak": { text, at: endOf(15) } },
      read: { "auth.log": "216 lines 2026-11-11 to 2026-11-19" },
      notes: ["auth.log.bak is a copy of auth.log: read once"],
    },
    {
      name: "two files that both begin with a hole are no copies",
      files: {
        "auth.log": { text: "\0".repeat(200_000) + days(16, 19), at: endOf(19) },
        "auth.log.1": { text: "\0".repeat(200_000) + days(11, 15), at: endOf(15) },
      },
      read: { "auth.log.1": "120 lines 2026-11-11 to 2026-11-15", "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
    },
  ])("$name", expectRead);

  test("a file with two names is read once", async () => {
    const dir = folder();
    make(dir, { "auth.log": { text: days(16, 19), at: endOf(19) } });
    linkSync(join(dir, "auth.log"), join(dir, "auth.log.1"));
    symlinkSync("auth.log", join(dir, "auth.log.old"));
    const read = await readAll(dir);
    expect([byFile(read), read.status, read.notes]).toEqual([
      { "auth.log": "96 lines 2026-11-16 to 2026-11-19" },
      "ok",
      [],
    ]);
  });
});

test("files outside the range are only looked at", async () => {
  const dir = folder();
  const set = weekly(NUMBERS);
  make(dir, set);
  const { bytes } = await readAll(dir, night);
  expect(bytes).toBe(set["auth.log"]?.text?.length);
});

describe("a rotation while the log is read", () => {
  test("takes no line away", async () => {
    const dir = folder();
    make(dir, weekly(NUMBERS));
    const source = sourceOf(dir);
    const ledger = newLedger("auth.log", true);
    const files: Record<string, number> = {};
    for await (const batch of source.read(
      { from: 0, to: Date.parse("2027-01-01") },
      ledger,
      new AbortController().signal,
    )) {
      const name = batch.file;
      if (Object.keys(files).length === 0) {
        // The first batch is here: now logrotate comes, and compresses what it renames.
        for (const [from, to] of [
          [".3.gz", ".4.gz"],
          [".2.gz", ".3.gz"],
        ])
          renameSync(join(dir, `auth.log${from}`), join(dir, `auth.log${to}`));
        rmSync(join(dir, "auth.log.1"));
        rmSync(join(dir, "auth.log"));
        writeFileSync(join(dir, "auth.log"), cronDay("2026-11-20"));
      }
      files[name] = (files[name] ?? 0) + batch.count;
    }
    expect(files).toEqual({ "auth.log.3.gz": 120, "auth.log.2.gz": 120, "auth.log.1": 120, "auth.log": 96 });
    expect([ledger.status, ledger.notes]).toEqual(["ok", []]);
  });

  test("that takes the log away for a moment is waited for", async () => {
    const dir = folder();
    const { text } = weekly(NUMBERS)["auth.log"] as MadeFile;
    const reading = readAll(dir, { patienceMs: 5000 });
    make(dir, { "auth.log": { text: text as string, at: endOf(19) } });
    expect(byFile(await reading)).toEqual({ "auth.log": "96 lines 2026-11-16 to 2026-11-19" });
  });

  test("is not waited for once the run is stopped", async () => {
    const stop = new AbortController();
    const ledger = newLedger("auth.log", true);
    const batches = sourceOf(folder(), { patienceMs: 60_000 }).read({ from: 0, to: 1 }, ledger, stop.signal);
    const reading = batches[Symbol.asyncIterator]().next();
    stop.abort();
    expect(await reading).toEqual({ done: true, value: undefined });
  });
});

describe("a log that is empty", () => {
  const bornLater = new Date(Date.now() + 6 * 3_600_000).toISOString();
  const range = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 86_400_000).toISOString(),
  };
  test("and was written to after it was made was emptied: a gap is named", async () => {
    const dir = folder();
    make(dir, { "auth.log": { text: "", at: bornLater } });
    const minute = bornLater.slice(0, 16).replace("T", " ");
    expect(await readAll(dir, range)).toEqual({
      lines: [],
      status: "partial",
      notes: [`auth.log was emptied at ${minute}: what it held is not known`],
      bytes: 0,
    });
  });

  test("since it was made is quiet", async () => {
    const dir = folder();
    make(dir, { "auth.log": "" });
    expect(await readAll(dir, range)).toEqual({ lines: [], status: "ok", notes: [], bytes: 0 });
  });
});

test("a copy of a whole year that lost its time holds the day that is asked for", async () => {
  const dir = folder();
  const first = Date.parse("2025-01-02T00:00Z");
  const text = Array.from({ length: 368 }, (_, i) => bsdLine(new Date(first + i * 86_400_000), "mini su: x")).join("");
  make(dir, { "auth.log": { text, at: "2026-11-20T04:00:05Z" } });
  const now = Date.parse("2026-11-20T05:00:00Z");
  for (const asked of ["2025-01-10T00:00Z", "2025-06-03T00:00Z", "2025-12-31T00:00Z", "2026-01-04T00:00Z"]) {
    const { lines } = await readAll(dir, { newest: now, yearHint: Date.parse(asked) });
    expect([lines[0], lines.at(-1)]).toEqual(["auth.log 1 2025-01-02T00:00:00", "auth.log 368 2026-01-04T00:00:00"]);
  }
});
