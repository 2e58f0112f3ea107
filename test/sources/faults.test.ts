// Files that are broken, one recipe a test. In all of them: never silence, nothing lost that can be read.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspectLog } from "../../src/sources/open.ts";
import type { ReadOutcome } from "../../src/sources/packed/decompress.ts";
import { openBytes } from "../../src/sources/read-log.ts";
import { newLedger } from "../../src/sources/source.ts";
import { bsdLine, byFile, cronDay, folder, make, readAll, sourceOf } from "./logs.ts";

const MB = 1024 * 1024;
const TODAY = cronDay("2026-11-19");
const YESTERDAY = cronDay("2026-11-18");
const night = { from: "2026-11-18T00:00Z", to: "2026-11-20T00:00Z" };
const isRoot = process.getuid?.() === 0;

/** Lines that do not compress to nothing. */
function busy(lines: number): string {
  return Array.from({ length: lines }, (_, i) => {
    const port = (i * 7919) % 60_000;
    const at = new Date(Date.UTC(2026, 10, 18) + i * 1000);
    return bsdLine(
      at,
      `mini sshd[${i}]: Connection closed by 203.0.113.${i % 250} port ${port} [preauth] ${Math.sin(i)}`,
    );
  }).join("");
}

describe("a log that is no file", () => {
  test.each<{ name: string; put: (path: string) => void; status: string; note: string }>([
    { name: "missing", put: () => undefined, status: "missing", note: "does not exist" },
    { name: "a broken link", put: (path) => symlinkSync("nowhere", path), status: "missing", note: "does not exist" },
    {
      name: "a directory",
      put: (path) => mkdirSync(path),
      status: "unreadable",
      note: "is a directory, not a log file",
    },
    {
      name: "a named pipe",
      put: (path) => execFileSync("mkfifo", [path]),
      status: "unreadable",
      note: "is a named pipe, not a log file",
    },
    {
      name: "a link to a device",
      put: (path) => symlinkSync("/dev/zero", path),
      status: "unreadable",
      note: "is a device or socket, not a log file",
    },
    {
      name: "a link to itself",
      put: (path) => symlinkSync(path, path),
      status: "unreadable",
      note: "is a loop of symbolic links",
    },
    {
      name: "a name that is too long",
      put: () => undefined,
      status: "unreadable",
      note: "cannot be opened: ENAMETOOLONG",
    },
  ])("$name is told at once", async ({ name, put, status, note }) => {
    const dir = folder();
    put(join(dir, "auth.log"));
    const path = name.endsWith("too long") ? { path: join(dir, "x".repeat(300)) } : {};
    const begun = performance.now();
    expect(await readAll(dir, { ...night, ...path })).toEqual({ lines: [], status, notes: [note], bytes: 0 });
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test.skipIf(isRoot)("no permission is told with what to do", async () => {
    const dir = folder();
    make(dir, { "auth.log": TODAY });
    chmodSync(join(dir, "auth.log"), 0);
    const notes = ["permission denied (run as root, or as a member of adm, or admin on macOS)"];
    expect(await readAll(dir, night)).toEqual({ lines: [], status: "unreadable", notes, bytes: 0 });
  });

  test.runIf(existsSync("/proc/self/mem"))("a file that cannot be read though it opens is told", async () => {
    const dir = folder();
    symlinkSync("/proc/self/mem", join(dir, "auth.log"));
    const notes = ["cannot be read: EIO"];
    expect(await readAll(dir, night)).toEqual({ lines: [], status: "unreadable", notes, bytes: 0 });
  });

  test("an optional one that is missing is only noted", async () => {
    const notes = ["is not there (optional)"];
    expect(await readAll(folder(), { ...night, optional: true })).toEqual({ lines: [], status: "ok", notes, bytes: 0 });
  });

  test("an optional one that is a directory is told all the same", async () => {
    const dir = folder();
    mkdirSync(join(dir, "auth.log"));
    expect((await readAll(dir, { ...night, optional: true })).status).toBe("unreadable");
  });

  test("what was rotated is read without it", async () => {
    const dir = folder();
    make(dir, { "auth.log.1": { text: YESTERDAY, at: "2026-11-18T23:59:00Z" } });
    const read = await readAll(dir, night);
    expect([byFile(read), read.status]).toEqual([{ "auth.log.1": "24 lines 2026-11-18 to 2026-11-18" }, "missing"]);
  });

  test("a name with shell signs is a name", async () => {
    for (const name of ["auth.log.$(touch pwned).gz", "auth.log.;id", "auth.log.`touch pwned`", "-auth.log", "a\nb"]) {
      const dir = folder();
      make(dir, { [name]: TODAY });
      const read = await readAll(dir, { path: join(dir, name), rotated: false, nameOf: () => "it" });
      expect([byFile(read), read.status]).toEqual([{ it: "24 lines 2026-11-19 to 2026-11-19" }, "ok"]);
      expect([existsSync(join(dir, "pwned")), existsSync("pwned")]).toEqual([false, false]);
    }
  });
});

describe("a rotated file that cannot be read", () => {
  const set = (put: (path: string) => void, at: string) => {
    const dir = folder();
    make(dir, { "auth.log": { text: TODAY, at: "2026-11-19T23:59:00Z" } });
    const path = join(dir, "auth.log.1");
    put(path);
    utimesSync(path, new Date(at), new Date(at));
    return dir;
  };
  const pipe = (path: string) => execFileSync("mkfifo", [path]);
  const both = async (dir: string) => {
    const read = await readAll(dir, night);
    return [byFile(read), read.status, read.notes];
  };
  const today = { "auth.log": "24 lines 2026-11-19 to 2026-11-19" };

  test("is told when it may hold the night, and the others are read", async () => {
    const note = "auth.log.1 is a named pipe, not a log file";
    expect(await both(set(pipe, "2026-11-18T23:59:00Z"))).toEqual([today, "unreadable", [note]]);
  });

  test("is no matter when it was written to before the night", async () => {
    expect(await both(set(pipe, "2026-11-10T00:00:00Z"))).toEqual([today, "ok", []]);
  });

  test("is no rotated file when it is a folder", async () => {
    expect(await both(set((path) => mkdirSync(path), "2026-11-18T23:59:00Z"))).toEqual([today, "ok", []]);
  });

  test.skipIf(isRoot)("is told when permission is denied", async () => {
    const dir = set((path) => writeFileSync(path, YESTERDAY, { mode: 0 }), "2026-11-18T23:59:00Z");
    const note = "auth.log.1 permission denied (run as root, or as a member of adm, or admin on macOS)";
    expect(await both(dir)).toEqual([today, "unreadable", [note]]);
  });

  test.each<{ name: string; file: string; bytes: Buffer; status: string; note: string }>([
    {
      name: "empty, though it is called .gz",
      file: "auth.log.1.gz",
      bytes: Buffer.alloc(0),
      status: "damaged",
      note: "auth.log.1.gz is empty",
    },
    {
      name: "lz4",
      file: "auth.log.1.lz4",
      bytes: Buffer.from("04224d186440a7", "hex"),
      status: "partial",
      note: "auth.log.1.lz4 is compressed with lz4, which this version does not read",
    },
    {
      name: "compressed twice",
      file: "auth.log.1.gz.bz2",
      bytes: execFileSync("bzip2", ["-c"], { input: gzipSync(YESTERDAY) }),
      status: "partial",
      note: "auth.log.1.gz.bz2 is compressed twice, which this version does not read",
    },
  ])("is told when it is $name, inside the night only", async ({ file, bytes, status, note }) => {
    for (const [at, told] of [
      ["2026-11-18T23:59:00Z", true],
      ["2026-11-10T00:00:00Z", false],
    ] as const) {
      const dir = folder();
      make(dir, {
        "auth.log": { text: YESTERDAY + TODAY, at: "2026-11-19T23:59:00Z" },
        [file]: { bytes, at },
        "auth.log.2.gz": { text: cronDay("2026-11-01"), at: "2026-11-01T23:59:00Z" },
      });
      const read = await readAll(dir, { from: "2026-11-18T12:00Z", to: night.to });
      expect([byFile(read), read.status, read.notes]).toEqual([
        { "auth.log": "48 lines 2026-11-18 to 2026-11-19" },
        told ? status : "ok",
        told ? [note] : [],
      ]);
    }
  });
});

/** Reads one file to its end. */
async function textOf(dir: string, bytes: Buffer, name = "auth.log.1.gz") {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  const outcome: ReadOutcome = {};
  const reader = openBytes(inspectLog(path), outcome);
  const chunk = Buffer.alloc(64 * 1024);
  const parts: Buffer[] = [];
  for (
    let read = await reader.read(chunk, 0, chunk.length);
    read > 0;
    read = await reader.read(chunk, 0, chunk.length)
  ) {
    parts.push(Buffer.from(chunk.subarray(0, read)));
  }
  reader.close();
  return { text: Buffer.concat(parts).toString("latin1"), damage: outcome.damage };
}

const CUT = "the compressed file is cut: what could be read is used";
const DAMAGED = "the compressed file is damaged (checksum or data error): what could be read is used";

describe.each([
  { program: "bzip2", block: 900_000 },
  { program: "xz", block: 66_000 },
  { program: "zstd", block: 132_000 },
])("a log compressed with $program", ({ program, block }) => {
  const text = busy(20_000);
  const pack = (input: string | Buffer, ...options: string[]) =>
    execFileSync(program, ["-c", ...options], { input, maxBuffer: 256 * MB, stdio: ["pipe", "pipe", "ignore"] });
  const packed = pack(text);

  test("is read, at any level", async () => {
    expect(await textOf(folder(), packed)).toEqual({ text, damage: undefined });
    expect(await textOf(folder(), pack(text, "-1"))).toEqual({ text, damage: undefined });
    expect(await textOf(folder(), pack(text, "-9"))).toEqual({ text, damage: undefined });
  });

  test("is read to the end of its last member, and may be followed by NULs", async () => {
    const bytes = Buffer.concat([packed, pack(""), pack("one line\n"), packed, Buffer.alloc(512)]);
    expect(await textOf(folder(), bytes)).toEqual({ text: `${text}one line\n${text}`, damage: undefined });
  });

  test("with text behind it loses no line, and that is told", async () => {
    const bytes = Buffer.concat([packed, Buffer.from("Nov 19 00:00:00 mini su: x\n")]);
    expect(await textOf(folder(), bytes)).toEqual({
      text,
      damage: "holds something else behind its compressed part: that was not read",
    });
  });

  test("that is cut anywhere gives what is before the cut, and the cut is told", async () => {
    for (const part of [0.001, 0.3, 0.7, 0.99]) {
      const length = Math.floor(packed.length * part);
      const read = await textOf(folder(), packed.subarray(0, length));
      expect(read.damage).toBe(CUT);
      expect(text.startsWith(read.text)).toBe(true);
      expect(read.text.length).toBeGreaterThan(text.length * part - 2 * block);
    }
    expect((await textOf(folder(), packed.subarray(0, -1))).damage).toBe(CUT);
  });

  test("with a byte flipped is told, wherever it is, and its beginning is read", async () => {
    const dir = folder();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 40, max: packed.length - 40 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const bytes = Buffer.from(packed);
          bytes[at] = (bytes[at] as number) ^ bits;
          const read = await textOf(dir, bytes);
          expect(read.damage).toBeDefined();
          const before = (at / packed.length) * text.length;
          expect(commonLength(read.text, text)).toBeGreaterThan(before * 0.9 - 2 * block);
        },
      ),
      { numRuns: 6 },
    );
  });

  test("gives back what anything was packed from", async () => {
    const dir = folder();
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom("a", "ab", "\0", "\xff", "line\n", "z".repeat(255)),
            fc.integer({ min: 1, max: 700 }),
          ),
        ),
        async (runs) => {
          const bytes = Buffer.from(runs.map(([piece, times]) => piece.repeat(times)).join(""), "latin1");
          const read = await textOf(dir, pack(bytes));
          expect(read).toEqual({ text: bytes.toString("latin1"), damage: undefined });
        },
      ),
      { numRuns: 10 },
    );
  });

  test("is only looked at when the night lies elsewhere", async () => {
    const dir = folder();
    make(dir, {
      "auth.log": { text: TODAY, at: "2026-11-19T23:59:00Z" },
      "auth.log.1": { bytes: packed, at: "2026-11-18T23:59:00Z" },
    });
    const { bytes } = await readAll(dir, { from: "2026-11-19T12:00Z", to: night.to });
    expect(bytes).toBe(TODAY.length);
  });

  test("is closed when its reader stops in the middle", async () => {
    const dir = folder();
    make(dir, { "auth.log": { bytes: packed, at: "2026-11-19T23:59:00Z" } });
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let i = 0; i < 3; i++) {
      for await (const _ of sourceOf(dir).read(
        { from: 0, to: 1e14 },
        newLedger("", true),
        new AbortController().signal,
      ))
        break;
    }
    await new Promise(setImmediate);
    expect(open()).toBeLessThanOrEqual(before);
  });
});

test("two xz files are read at the same time", async () => {
  const dir = folder();
  const text = busy(5000);
  const bytes = execFileSync("xz", ["-c"], { input: text });
  for (const name of ["one", "other"]) writeFileSync(join(dir, name), bytes);
  const readers = ["one", "other"].map((name) => openBytes(inspectLog(join(dir, name)), {}));
  const chunk = Buffer.alloc(1000);
  for (let i = 0; i < 10; i++) {
    for (const reader of readers) {
      expect(chunk.toString("latin1", 0, await reader.read(chunk, 0, 1000))).toBe(text.slice(i * 1000, (i + 1) * 1000));
    }
  }
  for (const reader of readers) reader.close();
});

describe("a compressed log", () => {
  const text = busy(20_000);
  const packed = gzipSync(text);

  test("of the gzip program is read", async () => {
    const dir = folder();
    make(dir, { "auth.log": text });
    execFileSync("gzip", ["-9", join(dir, "auth.log")]);
    expect(await textOf(dir, readFileSync(join(dir, "auth.log.gz")))).toEqual({ text, damage: undefined });
  });

  test("is read as text when it is text", async () => {
    expect(await textOf(folder(), Buffer.from(text))).toEqual({ text, damage: undefined });
  });

  test("is read as gzip when only its name says otherwise", async () => {
    expect(await textOf(folder(), packed, "auth.log.1")).toEqual({ text, damage: undefined });
  });

  test.each([1, 2, 3, 40])("of %i members is read to the end of the last", async (members) => {
    const bytes = Buffer.concat(Array.from({ length: members }, () => packed));
    expect(await textOf(folder(), bytes)).toEqual({ text: text.repeat(members), damage: undefined });
  });

  test("may be followed by NULs", async () => {
    expect(await textOf(folder(), Buffer.concat([packed, Buffer.alloc(5000)]))).toEqual({ text, damage: undefined });
  });

  test.each([
    ["text", Buffer.from("Nov 19 00:00:00 mini su: x\n"), DAMAGED],
    ["the beginning of another member", packed.subarray(0, 5), CUT],
    [
      "NULs and another member",
      Buffer.concat([Buffer.alloc(512), packed]),
      "holds something else behind its compressed part: that was not read",
    ],
  ])("with %s behind it loses no line, and that is told", async (_, garbage, damage) => {
    expect(await textOf(folder(), Buffer.concat([packed, garbage]))).toEqual({ text, damage });
  });

  test("that is cut anywhere gives what is before the cut, and the cut is told", async () => {
    const dir = folder();
    for (const part of [0.1, 0.5, 0.9]) {
      const bytes = packed.subarray(0, Math.floor(packed.length * part));
      const read = await textOf(dir, bytes);
      expect(read.damage).toBe(CUT);
      expect(text.startsWith(read.text)).toBe(true);
      // What the gzip program gets out of it.
      writeFileSync(join(dir, "cut.gz"), bytes);
      expect(read.text.length).toBeGreaterThanOrEqual(unpacked(join(dir, "cut.gz")).length);
    }
    expect(await textOf(dir, packed.subarray(0, -1))).toEqual({ text, damage: CUT });
    expect(await textOf(dir, packed.subarray(0, -8))).toEqual({ text, damage: CUT });
  });

  test("with a byte flipped is told, wherever it is, and its beginning is read", async () => {
    const dir = folder();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10, max: packed.length - 5 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const bytes = Buffer.from(packed);
          bytes[at] = (bytes[at] as number) ^ bits;
          const read = await textOf(dir, bytes);
          expect(read.damage).toBeDefined();
          const same = commonLength(read.text, text);
          // Text compresses to about a third: everything before the bad byte is there, but for what its block holds.
          expect(same).toBeGreaterThan(Math.min(text.length * 0.9, (at - 70_000) * 2));
        },
      ),
      { numRuns: 8 },
    );
  });

  test("that is a bomb is stopped in seconds, with memory flat", async () => {
    const dir = folder();
    // 80 members of 16 MiB of NULs: 1.3 MB that unpack to 1.3 GB.
    const member = gzipSync(Buffer.alloc(16 * MB));
    make(dir, {
      "auth.log": { text: TODAY, at: "2026-11-19T23:59:00Z" },
      "auth.log.1.gz": {
        bytes: Buffer.concat([gzipSync(YESTERDAY), ...Array.from({ length: 80 }, () => member)]),
        at: "2026-11-18T23:59:00Z",
      },
    });
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    const read = await readAll(dir, night);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * MB);
    expect([byFile(read), read.status, read.notes]).toEqual([
      { "auth.log.1.gz": "24 lines 2026-11-18 to 2026-11-18", "auth.log": "24 lines 2026-11-19 to 2026-11-19" },
      "damaged",
      ["auth.log.1.gz: grows to more than 250 times its size: reading was stopped"],
    ]);
  }, 20_000);

  test("that is damaged is told with its name, and every file after it is read", async () => {
    const dir = folder();
    make(dir, {
      "auth.log": { text: TODAY, at: "2026-11-19T23:59:00Z" },
      "auth.log.1.gz": { bytes: gzipSync(YESTERDAY).subarray(0, -6), at: "2026-11-18T23:59:00Z" },
    });
    const read = await readAll(dir, night);
    expect([byFile(read), read.status, read.notes]).toEqual([
      { "auth.log.1.gz": "24 lines 2026-11-18 to 2026-11-18", "auth.log": "24 lines 2026-11-19 to 2026-11-19" },
      "damaged",
      [`auth.log.1.gz: ${CUT}`],
    ]);
    // A night that it cannot hold is not concerned.
    const later = await readAll(dir, { from: "2026-11-19T12:00Z", to: night.to });
    expect([later.status, later.notes]).toEqual(["ok", []]);
  });
});

function unpacked(path: string): Buffer {
  try {
    return execFileSync("gzip", ["-dc", path], { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 64 * MB });
  } catch (error) {
    return (error as { stdout: Buffer }).stdout;
  }
}

function commonLength(one: string, other: string): number {
  let low = 0;
  let high = Math.min(one.length, other.length);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (one.slice(0, middle) === other.slice(0, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

describe("a log that changes while it is read", () => {
  /** Reads the log, and does something to it when its first batch is there. */
  async function readWhile(text: string, change: (path: string) => void) {
    const dir = folder();
    make(dir, { "auth.log": { text, at: "2026-11-19T23:59:00Z" } });
    const ledger = newLedger("auth.log", true);
    let lines = 0;
    for await (const batch of sourceOf(dir).read(
      { from: 0, to: Date.parse("2027-01-01") },
      ledger,
      new AbortController().signal,
    )) {
      if (lines === 0) change(join(dir, "auth.log"));
      lines += batch.count;
    }
    return { lines, bytes: ledger.bytes, status: ledger.status, notes: ledger.notes };
  }

  test("and grows is read to where it ended before", async () => {
    const text = busy(5000);
    const read = await readWhile(text, (path) => appendFileSync(path, busy(5000)));
    expect(read).toEqual({ lines: 5000, bytes: text.length, status: "ok", notes: [] });
  });

  test("and is truncated is told", async () => {
    const { lines, status, notes } = await readWhile(busy(5000), (path) => truncateSync(path, 1000));
    expect([status, notes]).toEqual(["partial", ["auth.log became shorter while it was read"]]);
    expect(lines).toBeLessThan(5000);
  });

  test("stops between two batches when the run is stopped", async () => {
    const dir = folder();
    make(dir, { "auth.log": { text: busy(20_000), at: "2026-11-19T23:59:00Z" } });
    const stop = new AbortController();
    let batches = 0;
    for await (const _ of sourceOf(dir).read(
      { from: 0, to: Date.parse("2027-01-01") },
      newLedger("", true),
      stop.signal,
    )) {
      batches++;
      stop.abort();
    }
    expect(batches).toBe(1);
  });
});

test("lines that are not read are counted and told", async () => {
  const dir = folder();
  const text = `${TODAY}${"a".repeat(2 * MB)}\nNov 19 23:58:00 mini ss${"\0".repeat(4096)}${bsdLine("2026-11-19T23:59:00Z", "mini su: x")}`;
  make(dir, { "auth.log": { text, at: "2026-11-19T23:59:00Z" } });
  const read = await readAll(dir, night);
  expect([byFile(read), read.status, read.notes]).toEqual([
    { "auth.log": "25 lines 2026-11-19 to 2026-11-19" },
    "ok",
    ["auth.log: 1 line longer than 64 KiB skipped", "auth.log: 1 line cut off by a hole of zero bytes"],
  ]);
});

test("no file is left open, whatever was wrong with it", async () => {
  if (!existsSync("/proc/self/fd")) return;
  const dir = folder();
  make(dir, {
    "auth.log": { text: busy(3000), at: "2026-11-19T23:59:00Z" },
    "auth.log.1": { text: YESTERDAY, at: "2026-11-18T23:59:00Z" },
    "auth.log.2.gz": { bytes: gzipSync(busy(9000)).subarray(0, 50_000), at: "2026-11-18T23:59:00Z" },
    "auth.log.3.gz": { bytes: Buffer.alloc(0), at: "2026-11-18T23:59:00Z" },
    "auth.log.4.gz": { text: cronDay("2026-11-15"), at: "2026-11-18T23:59:00Z" },
  });
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let i = 0; i < 5; i++) {
    await readAll(dir, night);
    for await (const _ of sourceOf(dir).read(
      { from: 0, to: Date.parse("2027-01-01") },
      newLedger("", true),
      new AbortController().signal,
    ))
      break;
  }
  // zlib closes what it held a moment later.
  await new Promise(setImmediate);
  expect(open()).toBeLessThanOrEqual(before);
});
