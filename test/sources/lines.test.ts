import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ByteReader,
  CHUNK,
  type LineCounts,
  LONGEST_LINE,
  readLines,
  streamReader,
} from "../../src/sources/lines.ts";
import { lineClock } from "../../src/window/line-clock.ts";
import { zoneClock } from "../../src/window/zone.ts";

const clock = lineClock(zoneClock("UTC"), 0);

/** Hands out bytes in pieces of the given sizes, one after the other and again from the first. */
function pieces(bytes: Buffer, sizes: readonly number[] = [CHUNK]): ByteReader & { closed: number } {
  let position = 0;
  let next = 0;
  return {
    closed: 0,
    read(into, at, length) {
      const size = Math.min(length, sizes[next++ % sizes.length] as number, bytes.length - position);
      bytes.copy(into, at, position, position + size);
      position += size;
      return size;
    },
    close() {
      this.closed++;
    },
  };
}

/** Reads everything: the lines by their numbers, and what was counted. */
async function linesOf(reader: ByteReader) {
  const counts: LineCounts = { bytes: 0, lines: 0, overlong: 0, cut: 0 };
  const lines: [number, string][] = [];
  for await (const batch of readLines(reader, "auth.log", clock, counts)) {
    for (let i = 0; i < batch.count; i++) {
      lines.push([batch.firstLine + i, batch.text.slice(batch.starts[i], batch.ends[i])]);
    }
  }
  return { lines, counts };
}

const nuls = (length: number) => "\0".repeat(length);
const MB = 1024 * 1024;

describe("what comes out of a file", () => {
  test.each<{ name: string; text: string; lines: [number, string][]; counts?: Partial<LineCounts> }>([
    {
      name: "lines that end in LF",
      text: "one\ntwo\n",
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    {
      name: "lines that end in CR LF",
      text: "one\r\ntwo\r\n",
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    {
      name: "a last line without its end",
      text: "one\ntwo",
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    { name: "nothing of an empty file", text: "", lines: [] },
    {
      name: "empty lines of a file of line ends",
      text: "\n\n\n",
      lines: [
        [1, ""],
        [2, ""],
        [3, ""],
      ],
    },
    { name: "a CR inside of a line", text: "one\rtwo\n", lines: [[1, "one\rtwo"]] },
    { name: "bytes beyond ASCII as they are", text: "caf\xc3\xa9 \xff\n", lines: [[1, "caf\xc3\xa9 \xff"]] },
    {
      name: "a line behind a small hole",
      text: `one\n${nuls(64)}two\n`,
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    {
      name: "a line behind a hole of 100 KB",
      text: `one\n${nuls(100_000)}two\nthree\n`,
      lines: [
        [1, "one"],
        [2, "two"],
        [3, "three"],
      ],
    },
    {
      name: "a line behind a hole of 3 MB",
      text: `${nuls(3 * MB)}one\ntwo`,
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    { name: "a line without the NULs behind it", text: `one${nuls(4)}`, lines: [[1, "one"]] },
    {
      name: "a line without 3 MB of NULs behind it",
      text: `one${nuls(3 * MB)}\ntwo\r\0\n`,
      lines: [
        [1, "one"],
        [2, "two"],
      ],
    },
    { name: "nothing of a file of NULs", text: nuls(3 * MB), lines: [] },
    {
      name: "the line that was written behind a hole in another",
      text: `a line that a crash cut sh${nuls(4096)}the next\nlast\n`,
      lines: [
        [1, "the next"],
        [2, "last"],
      ],
      counts: { cut: 1 },
    },
    {
      name: "the line behind a hole of 3 MB in another",
      text: `one\na line that a crash cut sh${nuls(3 * MB)}the next\nlast\n`,
      lines: [
        [1, "one"],
        [2, "the next"],
        [3, "last"],
      ],
      counts: { cut: 1 },
    },
    { name: "a NUL inside of a line", text: "one\0two\n", lines: [[1, "one\0two"]] },
    {
      name: "a line as long as may be",
      text: `${"a".repeat(LONGEST_LINE)}\ntwo\n`,
      lines: [
        [1, "a".repeat(LONGEST_LINE)],
        [2, "two"],
      ],
    },
    {
      name: "no line that is longer by one",
      text: `one\n${"a".repeat(LONGEST_LINE + 1)}\nthree\n`,
      lines: [
        [1, "one"],
        [3, "three"],
      ],
      counts: { overlong: 1 },
    },
    {
      name: "the lines around two of megabytes",
      text: `one\n${"a".repeat(2 * MB)}\nthree\n${"b".repeat(MB)}\nfive`,
      lines: [
        [1, "one"],
        [3, "three"],
        [5, "five"],
      ],
      counts: { overlong: 2 },
    },
    {
      name: "no line without an end that is too long",
      text: "a".repeat(MB),
      lines: [],
      counts: { overlong: 1, lines: 1 },
    },
  ])("$name", async ({ text, lines, counts }) => {
    const bytes = Buffer.from(text, "latin1");
    for (const sizes of [[CHUNK], [1000, 1], [CHUNK - 1, 3]]) {
      const read = await linesOf(pieces(bytes, sizes));
      // A line that is left out whole inside one chunk leaves an empty one.
      const own = read.lines.filter(([number, line]) => line !== "" || lines.some(([n]) => n === number));
      expect(own).toEqual(lines);
      expect(read.counts).toEqual({
        bytes: bytes.length,
        lines: lines.at(-1)?.[0] ?? 0,
        overlong: 0,
        cut: 0,
        ...counts,
      });
    }
  });
});

/** Lines of daemons, and now and then one of about the greatest length. */
const someLine = fc.oneof(
  { weight: 20, arbitrary: fc.string({ maxLength: 200 }).map((line) => line.replace(/[\n\r\0]/g, " ")) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: LONGEST_LINE - 2, max: LONGEST_LINE }).map((length) => "x".repeat(length)),
  },
);
const someSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1000, max: CHUNK })), {
  minLength: 1,
  maxLength: 5,
});

test("any lines come out as they went in, however the file is read", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someLine, { maxLength: 40 }), someSizes, fc.boolean(), async (written, sizes, ended) => {
      // Characters beyond a byte are written in as many bytes as they take.
      const lines = written.map((line) => Buffer.from(line).toString("latin1"));
      const last = ended || lines.at(-1) === "" ? "\n" : "";
      const text = lines.length === 0 ? "" : lines.join("\n") + last;
      const reader = pieces(Buffer.from(text, "latin1"), sizes);
      const read = await linesOf(reader);
      expect(read.lines).toEqual(lines.map((line, i) => [i + 1, line]));
      expect(read.counts).toEqual({ bytes: text.length, lines: lines.length, overlong: 0, cut: 0 });
      expect(reader.closed).toBe(1);
    }),
    { numRuns: 150 },
  );
});

test("holes, long lines and line ends give the same lines, however the file is read", async () => {
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("one", "a longer line", "\r", "\n", "\n", "\n", "\0") },
    { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 70_000, 200_000).map(nuls) },
    { weight: 1, arbitrary: fc.constantFrom(LONGEST_LINE - 3, LONGEST_LINE, 150_000).map((n) => "a".repeat(n)) },
  );
  const withText = (read: Awaited<ReturnType<typeof linesOf>>) => ({
    ...read,
    lines: read.lines.filter(([, line]) => line !== ""),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), someSizes, async (parts, sizes) => {
      const bytes = Buffer.from(parts.join(""), "latin1");
      const chunked = withText(await linesOf(pieces(bytes, sizes)));
      expect(chunked).toEqual(withText(await linesOf(pieces(bytes))));
    }),
    { numRuns: 150 },
  );
});

test("a reader that stops early closes the file", async () => {
  const reader = pieces(Buffer.from("one\ntwo\n".repeat(100_000)));
  for await (const batch of readLines(reader, "auth.log", clock, { bytes: 0, lines: 0, overlong: 0 })) {
    expect(batch.firstLine).toBe(1);
    break;
  }
  expect(reader.closed).toBe(1);
});

test("a pipe is read like a file", async () => {
  const chunks = ["on", "e\ntw", "", "o\nthree"].map((text) => Buffer.from(text));
  const { lines } = await linesOf(streamReader(Readable.from(chunks)));
  expect(lines).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
});

test("a line of 200 MB and a hole of 200 MB take no memory, and nothing after them is lost", async () => {
  const folder = mkdtempSync(join(tmpdir(), "logdigest-lines-"));
  const fd = openSync(join(folder, "auth.log"), "w+");
  try {
    // The file is sparse: only the lines between the holes take space.
    writeSync(fd, "one\n");
    const hole = 4 + 200 * MB;
    writeSync(fd, "two\n", hole);
    ftruncateSync(fd, hole + 4);
    let position = 0;
    const long = 200 * MB;
    const end = hole + 4 + long + 7;
    const reader: ByteReader = {
      read(into, at, length) {
        const wanted = Math.min(length, end - position);
        if (wanted <= 0) return 0;
        let read = position < hole + 4 ? readSync(fd, into, at, wanted, position) : 0;
        if (read === 0) {
          const inLong = hole + 4 + long - position;
          read = inLong > 0 ? Math.min(inLong, wanted) : into.write("\nthree\n".slice(-inLong), at);
          if (inLong > 0) into.fill(97, at, at + read);
        }
        position += read;
        return read;
      },
      close: () => undefined,
    };
    const before = process.memoryUsage().rss;
    let highest = before;
    const watched: ByteReader = {
      read: (into, at, length) => {
        if (position % (16 * MB) < CHUNK) highest = Math.max(highest, process.memoryUsage().rss);
        return reader.read(into, at, length);
      },
      close: reader.close,
    };
    const read = await linesOf(watched);
    expect(read).toEqual({
      lines: [
        [1, "one"],
        [2, "two"],
        [4, "three"],
      ],
      counts: { bytes: end, lines: 4, overlong: 1, cut: 0 },
    });
    expect(highest - before).toBeLessThan(64 * MB);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});
