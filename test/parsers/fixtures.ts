// Runs log lines through the real envelope and rules, as `logdigest parse` does, and hands out the fixtures.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/events/event.ts";
import type { Dispatch, Program } from "../../src/parsers/dispatch.ts";
import { dispatch } from "../../src/parsers/index.ts";
import { parseLines } from "../../src/parsers/parse-lines.ts";
import { type ByteReader, readLines } from "../../src/sources/lines.ts";
import { newLedger } from "../../src/sources/source.ts";
import { lineClock } from "../../src/window/line-clock.ts";
import { zoneClock } from "../../src/window/zone.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURES = join(ROOT, "fixtures");
const EVER = { leadIn: Number.MIN_SAFE_INTEGER, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
/** Fixtures are lines of this year and zone unless they say another. */
const YEAR = 2026;
const zone = zoneClock("UTC");

export interface Fixture {
  /** `fixtures/sshd/openssh-9.2-debian.log` */
  readonly name: string;
  readonly path: string;
  /** Where the events that are expected of it stand. */
  readonly golden: string;
  readonly bytes: Buffer;
}

/** Every `fixtures/<parser>/<origin>.log`. */
export const fixtures: readonly Fixture[] = filesIn(FIXTURES, ".log").map((path) => ({
  name: relative(ROOT, path),
  path,
  golden: path.replace(/\.log$/, ".events.jsonl"),
  bytes: readFileSync(path),
}));

/** Every golden there is, also those whose log is gone. */
export const goldens: readonly string[] = filesIn(FIXTURES, ".events.jsonl");

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "hosts")
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)))
    .filter((path) => path.endsWith(ending))
    .sort();
}

/** What reached the rules of a program. */
export interface Read {
  readonly program: Program;
  readonly message: string;
  readonly appName: string;
  /** The rule that took it. */
  readonly rule: string | undefined;
}

/** Returns the events of a log, the undated ones too; `told` hears of every message that reached a program. */
export async function eventsOf(bytes: Buffer, file: string, told?: (read: Read) => void): Promise<Event[]> {
  const clock = lineClock(zone, Date.UTC(YEAR + 50, 0), YEAR);
  const batches = readLines(readerOf(bytes), file, clock, { bytes: 0, lines: 0, overlong: 0 });
  const events: Event[] = [];
  for await (const batch of parseLines(batches, {
    dispatch: told === undefined ? dispatch : overheard(dispatch, told),
    span: EVER,
    ledger: newLedger(file, false),
    host: undefined,
    keepUndated: true,
  })) {
    for (const { event } of batch) events.push(event);
  }
  return events;
}

/** Every message of every fixture that reached a program. */
export async function fixtureReads(): Promise<readonly Read[]> {
  const reads: Read[] = [];
  for (const { bytes, name } of fixtures) await eventsOf(bytes, name, (read) => void reads.push(read));
  return reads;
}

function readerOf(bytes: Buffer): ByteReader {
  let position = 0;
  return {
    read(into, at, length) {
      const copied = bytes.copy(into, at, position, position + length);
      position += copied;
      return copied;
    },
    close: () => undefined,
  };
}

function overheard(real: Dispatch, told: (read: Read) => void): Dispatch {
  const wrap = (program: Program): Program => ({
    ...program,
    read(message, appName, matched) {
      let rule: string | undefined;
      const parsed = program.read(message, appName, (name) => {
        rule = name;
        matched?.(name);
      });
      told({ program, message, appName, rule });
      return parsed;
    },
  });
  return {
    find: (text, from) => {
      const program = real.find(text, from);
      return program && wrap(program);
    },
    modules: wrap(real.modules),
  };
}
