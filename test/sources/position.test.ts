// Where the last run ended is found again, whatever a rotation has made of the file since.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { placedReader } from "../../src/sources/position.ts";
import type { Position } from "../../src/sources/source.ts";
import { folder, make, type Run, readOn } from "./logs.ts";

/** Numbered lines, ten minutes apart. */
const timeOf = (n: number) => Date.UTC(2026, 9, 18) + n * 600_000;
const line = (n: number) => `${new Date(timeOf(n)).toISOString()} mini su: line ${n}\n`;
const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => line(first + i)).join("");
const numbers = (read: readonly string[]) => read.map((text) => Number(/line (\d+)$/.exec(text)?.[1] ?? Number.NaN));
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const fine = { status: "ok", notes: [] };

interface Night {
  readonly name: string;
  /** What happens to the 100 lines of the first night, and the 50 that follow. */
  readonly happens: (log: string, dir: string) => void;
}

const append = (path: string, first: number, last: number) => appendFileSync(path, lines(first, last));

describe("the second night reads on where the first ended", () => {
  test.each<Night>([
    { name: "and nothing happened but lines", happens: (log) => append(log, 101, 150) },
    {
      name: "after a rename and a new file",
      happens: (log) => {
        append(log, 101, 120);
        renameSync(log, `${log}.1`);
        append(log, 121, 150);
      },
    },
    {
      name: "after a rename, the new file still empty",
      happens: (log) => {
        append(log, 101, 150);
        renameSync(log, `${log}.1`);
        writeFileSync(log, "");
      },
    },
    {
      name: "after a rename and a compression",
      happens: (log) => {
        append(log, 101, 120);
        renameSync(log, `${log}.1`);
        execFileSync("gzip", [`${log}.1`]);
        append(log, 121, 150);
      },
    },
    ...["gzip", "bzip2", "xz", "zstd --rm -q"].map((command) => ({
      name: `after two rotations with ${command}`,
      happens: (log: string) => {
        append(log, 101, 110);
        renameSync(log, `${log}.0`);
        append(log, 111, 130);
        const [program = "", ...options] = command.split(" ");
        execFileSync(program, [...options, `${log}.0`]);
        for (const ending of ["gz", "bz2", "xz", "zst"]) {
          try {
            renameSync(`${log}.0.${ending}`, `${log}.1.${ending}`);
          } catch {
            // Another program's.
          }
        }
        renameSync(log, `${log}.0`);
        append(log, 131, 150);
      },
    })),
    {
      name: "after a copy and a truncation",
      happens: (log) => {
        append(log, 101, 120);
        copyFileSync(log, `${log}.1`);
        truncateSync(log, 0);
        append(log, 121, 150);
      },
    },
    {
      name: "after a copy and a truncation, and the log is longer again than it was",
      happens: (log) => {
        copyFileSync(log, `${log}.1`);
        truncateSync(log, 0);
        appendFileSync(log, lines(101, 150).replaceAll("su: line", `su: ${"x".repeat(200)} line`));
      },
    },
    {
      name: "after a copy, a truncation and a compression",
      happens: (log) => {
        append(log, 101, 120);
        copyFileSync(log, `${log}.1`);
        truncateSync(log, 0);
        execFileSync("gzip", [`${log}.1`]);
        append(log, 121, 150);
      },
    },
    {
      name: "after a rotation with dates in names",
      happens: (log) => {
        append(log, 101, 120);
        renameSync(log, `${log}-20261119`);
        append(log, 121, 150);
      },
    },
    {
      name: "after a rotation into a folder of old logs",
      happens: (log, dir) => {
        append(log, 101, 120);
        mkdirSync(join(dir, "old"));
        renameSync(log, join(dir, "old/auth.log.0"));
        append(log, 121, 150);
      },
    },
    {
      name: "and the disk has another device number",
      happens: (log) => {
        append(log, 101, 150);
        // A copy has another inode, which is what a hint that is wrong looks like.
        copyFileSync(log, `${log}.new`);
        renameSync(`${log}.new`, log);
      },
    },
    {
      name: "beside a second name and a backup",
      happens: (log) => {
        linkSync(log, `${log}.1`);
        copyFileSync(log, `${log}.bak`);
        append(log, 101, 150);
      },
    },
  ])("$name", async ({ happens }) => {
    const dir = folder();
    const log = join(dir, "auth.log");
    make(dir, { "auth.log": lines(1, 100) });
    const first = await readOn(dir);
    expect([numbers(first.fresh), first.known, first.status]).toEqual([upTo(1, 100), [], "ok"]);
    happens(log, dir);
    const second = await readOn(dir, first.position);
    expect([numbers(second.fresh), numbers(second.known)]).toEqual([upTo(101, 150), upTo(1, 100)]);
    expect(second.status).toBe("ok");
    // And the third night has nothing new.
    const third = await readOn(dir, second.position);
    expect([third.fresh, numbers(third.known), third.status]).toEqual([[], upTo(1, 150), "ok"]);
  });

  test("when the log was empty, and was compressed since", async () => {
    const dir = folder();
    const log = join(dir, "auth.log");
    make(dir, { "auth.log": "", "auth.log.1": { text: lines(1, 100), at: "2026-10-18T16:40:00Z" } });
    const first = await readOn(dir);
    make(dir, { "auth.log.2.gz": lines(1, 100), "auth.log.1.gz": lines(101, 120) });
    rmSync(`${log}.1`);
    rmSync(log);
    append(log, 121, 150);
    const second = await readOn(dir, first.position, { from: Date.parse("2026-10-18T16:45Z"), to: 1e14 });
    expect([numbers(second.fresh), second.status, second.notes]).toEqual([upTo(101, 150), "ok", []]);
  });

  test("when no line came", async () => {
    const dir = folder();
    make(dir, { "auth.log": "" });
    const { position } = await readOn(dir);
    expect(await readOn(dir, position)).toEqual({ fresh: [], known: [], ...fine, position });
  });
});

test("a log that is empty night after night is no reason to tell anything, whatever is rotated", async () => {
  const dir = folder();
  make(dir, { "auth.log": "" });
  const { position } = await readOn(dir);
  renameSync(join(dir, "auth.log"), join(dir, "auth.log.1"));
  execFileSync("gzip", [join(dir, "auth.log.1")]);
  make(dir, { "auth.log": "" });
  const { fresh, status } = await readOn(dir, position, { from: Date.parse("2026-10-18"), to: 1e14 });
  expect([fresh, status]).toEqual([[], "ok"]);
});

describe("text that is gone", () => {
  const rewritten = (what: string) => `rewritten after the last run: ${what}`;
  const GONE = "the text that it read last is in none of the files that are there now";
  test.each<Night & { note: string; fresh: number[] }>([
    {
      name: "when the log was emptied",
      happens: (log) => truncateSync(log, 0),
      note: "auth.log held 4192 bytes and holds 0, and no other file has the text that it read last",
      fresh: [],
    },
    {
      name: "when lines were cut off",
      happens: (log) => writeFileSync(log, lines(1, 50)),
      note: "auth.log held 4192 bytes and holds 2091, and no other file has the text that it read last",
      fresh: upTo(1, 50),
    },
    {
      name: "when a line was taken out",
      happens: (log) => writeFileSync(log, readFileSync(log, "latin1").replace(line(70), "") + lines(101, 120)),
      note: "auth.log holds another text where it ended",
      fresh: [...upTo(1, 69), ...upTo(71, 120)],
    },
    {
      name: "when another file has its name",
      happens: (log) => {
        make(`${log}.folder`, { "auth.log": lines(101, 120) });
        renameSync(`${log}.folder/auth.log`, log);
      },
      note: GONE,
      fresh: upTo(101, 120),
    },
    {
      name: "when it was rotated away twice and only one file is kept",
      happens: (log) => {
        renameSync(log, `${log}.kept elsewhere`);
        append(`${log}.1`, 111, 120);
        append(log, 121, 130);
      },
      note: GONE,
      fresh: upTo(111, 130),
    },
  ])("$name is told", async ({ happens, note, fresh }) => {
    const dir = folder();
    make(dir, { "auth.log": lines(1, 100) });
    const { position } = await readOn(dir);
    happens(join(dir, "auth.log"), dir);
    const { fresh: read, status, notes } = await readOn(dir, position);
    expect([numbers(read), status, notes]).toEqual([fresh, "partial", [rewritten(note)]]);
  });

  test("is only missing when the log is", async () => {
    const dir = folder();
    make(dir, { "auth.log": lines(1, 100) });
    const { position } = await readOn(dir);
    rmSync(join(dir, "auth.log"));
    expect(await readOn(dir, position)).toEqual({
      fresh: [],
      known: [],
      status: "missing",
      notes: ["does not exist"],
      position: undefined,
    });
  });
});

describe("a file outside the range", () => {
  const october = (day: number) => Date.UTC(2026, 9, day);
  const LATER = { newest: october(26) };

  test("is read when lines came to it after the last run: one may be late", async () => {
    const dir = folder();
    const log = join(dir, "auth.log");
    make(dir, { "auth.log": { text: lines(1, 100), at: "2026-10-18T16:40:00Z" } });
    const first = await readOn(dir);
    append(log, 101, 103);
    renameSync(log, `${log}.1`);
    make(dir, { "auth.log": { text: lines(1000, 1001), at: "2026-10-24T23:00:00Z" } });
    const second = await readOn(dir, first.position, { from: october(24), to: october(26) }, LATER);
    expect([numbers(second.fresh), second.status]).toEqual([[101, 102, 103, 1000, 1001], "ok"]);
  });

  test("is not read when the last run read all of it", async () => {
    const dir = folder();
    const log = join(dir, "auth.log");
    make(dir, { "auth.log": { text: lines(1, 100), at: "2026-10-18T16:40:00Z" } });
    const first = await readOn(dir);
    renameSync(log, `${log}.1`);
    make(dir, { "auth.log": { text: lines(1000, 1001), at: "2026-10-24T23:00:00Z" } });
    const second = await readOn(dir, first.position, { from: october(26), to: october(27) }, LATER);
    expect([numbers(second.fresh), second.known, second.status]).toEqual([[1000, 1001], [], "ok"]);
  });

  test("that begins behind it leaves the place at the end of what was read", async () => {
    const dir = folder();
    const log = join(dir, "auth.log");
    make(dir, { "auth.log.1": lines(1, 100), "auth.log": lines(1000, 1001) });
    const first = await readOn(dir, undefined, { from: october(18), to: october(19) }, LATER);
    expect(numbers(first.fresh)).toEqual(upTo(1, 100));
    append(log, 1002, 1003);
    const second = await readOn(dir, first.position, { from: october(19), to: october(26) }, LATER);
    expect([numbers(second.fresh), second.status]).toEqual([upTo(1000, 1003), "ok"]);
  });
});

describe("a line that is being written", () => {
  const half = line(101).slice(0, 35);

  test.each<Night>([
    { name: "is read by the night that sees its end", happens: (log) => appendFileSync(log, line(101).slice(35)) },
    {
      name: "is read by the night that sees its end in a rotated file",
      happens: (log) => {
        appendFileSync(log, line(101).slice(35));
        renameSync(log, `${log}.1`);
        writeFileSync(log, "");
      },
    },
  ])("$name, once", async ({ happens }) => {
    const dir = folder();
    make(dir, { "auth.log": lines(1, 100) + half });
    const first = await readOn(dir);
    expect(numbers(first.fresh)).toEqual(upTo(1, 100));
    happens(join(dir, "auth.log"), dir);
    const second = await readOn(dir, first.position);
    expect([numbers(second.fresh), numbers(second.known), second.status]).toEqual([[101], upTo(1, 100), "ok"]);
  });

  test("is read as it is when nobody reads on", async () => {
    const dir = folder();
    make(dir, { "auth.log": lines(1, 100) + half });
    const { fresh } = await readOn(dir, undefined, undefined, { resumed: false });
    expect(fresh.at(-1)).toBe(half);
    expect(fresh).toHaveLength(101);
  });
});

test("whatever happens between the nights, every line is new in one of them", async () => {
  type Step = "lines" | "half" | "night" | "rename" | "copytruncate" | "gzip" | "shift";
  const step = fc.constantFrom<Step>("lines", "lines", "night", "half", "rename", "copytruncate", "gzip", "shift");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const dir = folder();
      const log = join(dir, "auth.log");
      writeFileSync(log, "");
      let written = 0;
      let files = 0;
      let position: Position | undefined;
      let rest = "";
      const seen: number[] = [];
      const told: string[] = [];
      let from = 0;
      const night = async () => {
        // The window ends behind the last line.
        const to = timeOf(written) + 1;
        const run: Run = await readOn(dir, position, { from, to }, { newest: to });
        position = run.position;
        from = to;
        seen.push(...numbers(run.fresh));
        if (run.status !== "ok") told.push(run.status, ...run.notes);
      };
      const shift = () => {
        for (let n = files; n > 0; n--) {
          for (const ending of ["", ".gz"]) {
            try {
              renameSync(`${log}.${n}${ending}`, `${log}.${n + 1}${ending}`);
            } catch {
              // The other of the two.
            }
          }
        }
        files++;
      };
      for (const what of [...steps, "lines", "night"] as Step[]) {
        if (what === "night") await night();
        if (what === "half") {
          appendFileSync(log, rest);
          const next = line(++written);
          appendFileSync(log, next.slice(0, 35));
          rest = next.slice(35);
        }
        if (what === "lines") {
          appendFileSync(log, rest + lines(written + 1, written + 3));
          rest = "";
          written += 3;
        }
        // Neither happens to an empty log (notifempty), or in the middle of a line.
        if ((what === "rename" || what === "copytruncate") && readFileSync(log).length > 0 && rest === "") {
          shift();
          if (what === "rename") renameSync(log, `${log}.1`);
          else copyFileSync(log, `${log}.1`);
          writeFileSync(log, "");
        }
        if (what === "gzip" && files > 0) {
          try {
            writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(`${log}.1`)));
            rmSync(`${log}.1`);
          } catch {
            // It is compressed already.
          }
        }
      }
      expect([seen, told]).toEqual([upTo(1, written), []]);
    }),
    { numRuns: 60 },
  );
});

test("a place is told alike, wherever reading began", async () => {
  const text = Buffer.from(lines(1, 300));
  const placeAfter = async (from: number, to: number) => {
    let at = from;
    const reader = placedReader(
      {
        read: (into, offset, length) => {
          const read = text.copy(into, offset, at, Math.min(at + length, to));
          at += read;
          return read;
        },
        close: () => undefined,
      },
      undefined,
      { from, before: text.subarray(Math.max(0, from - 4096), from) },
    );
    const buffer = Buffer.alloc(1000);
    while ((await reader.read(buffer, 0, buffer.length)) > 0);
    return reader.position("1:2");
  };
  for (const read of [0, 10, 250, 260]) {
    const from = lines(1, read).length;
    for (const to of [from, from + 5, lines(1, read + 3).length, text.length - 20]) {
      expect(await placeAfter(from, to)).toEqual(await placeAfter(0, to));
    }
  }
});
