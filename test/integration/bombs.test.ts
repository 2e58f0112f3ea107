// Files that unpack to more than a log ever does; gzip's is among the tests of test/sources.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inspectLog } from "../../src/sources/open.ts";
import type { ReadOutcome } from "../../src/sources/packed/decompress.ts";
import { openBytes } from "../../src/sources/read-log.ts";
import { folder } from "../sources/logs.ts";

const MB = 1024 * 1024;

test.each(["bzip2", "xz", "zstd"])(
  "a bomb of %s is stopped, with memory flat",
  async (program) => {
    const member = execFileSync(program, ["-c"], { input: Buffer.alloc(64 * MB), maxBuffer: 64 * MB });
    const path = join(folder(), "auth.log.1");
    writeFileSync(path, Buffer.concat(Array.from({ length: 20 }, () => member)));
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    const outcome: ReadOutcome = {};
    const reader = openBytes(inspectLog(path), outcome);
    const chunk = Buffer.alloc(64 * 1024);
    while ((await reader.read(chunk, 0, chunk.length)) > 0);
    reader.close();
    expect(outcome.damage).toBe("grows to more than 250 times its size: reading was stopped");
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MB);
    expect(performance.now() - begun).toBeLessThan(30_000);
  },
  60_000,
);
