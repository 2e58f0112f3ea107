// Makes real log files for a test, and reads a source as the parse stage does: every line dated, in the order it comes.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll } from "vitest";
import type { Instant } from "../../src/events/event.ts";
import { type FileOptions, fileSource } from "../../src/sources/file.ts";
import { type Ledger, newLedger, type Position, type Source } from "../../src/sources/source.ts";
import { readLineStamp } from "../../src/window/line-stamp.ts";
import { emptyStamp } from "../../src/window/stamp.ts";

const scratch = mkdtempSync(join(tmpdir(), "logdigest-sources-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Makes a folder that is removed when the tests of the file have ended. */
export function folder(): string {
  return mkdtempSync(join(scratch, "test-"));
}

/** What a file of a test holds; compressed when its name says so. */
export interface MadeFile {
  readonly text?: string;
  readonly bytes?: Buffer;
  /** Its modification time; that of its making when absent. */
  readonly at?: string;
}

/** Writes files into `dir`. A name that ends in .gz gets compressed text. */
export function make(dir: string, files: Readonly<Record<string, MadeFile | string>>): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, given] of Object.entries(files)) {
    const { text = "", bytes, at } = typeof given === "string" ? { text: given } : given;
    const path = join(dir, name);
    const plain = Buffer.from(text, "latin1");
    writeFileSync(path, bytes ?? (name.endsWith(".gz") ? gzipSync(plain) : plain));
    if (at !== undefined) utimesSync(path, new Date(at), new Date(at));
  }
}

/** The lines of a day on which nobody tried anything, one an hour. */
export function cronDay(date: string, lines = 24): string {
  return Array.from({ length: lines }, (_, i) => {
    const at = new Date(Date.parse(`${date}T00:00Z`) + Math.floor((i * 86_400_000) / lines));
    return bsdLine(at, "mini CRON[77]: (root) CMD (true)");
  }).join("");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A line of syslogd in UTC. */
export function bsdLine(at: Date | string, rest: string): string {
  const wall = (typeof at === "string" ? new Date(at) : at).toISOString();
  const day = String(Number(wall.slice(8, 10))).padStart(2);
  return `${MONTHS[Number(wall.slice(5, 7)) - 1]} ${day} ${wall.slice(11, 19)} ${rest}\n`;
}

export interface ReadSource {
  /** `NAME LINE INSTANT`, one for each line that is not empty. */
  readonly lines: readonly string[];
  readonly status: Ledger["status"];
  readonly notes: readonly string[];
  readonly bytes: number;
}

export interface HowToRead extends Partial<FileOptions> {
  readonly from?: string;
  readonly to?: string;
}

/** What one run of many read, and where the next one goes on. */
export interface Run {
  /** The lines behind the place where the last run ended, as they are; all where that is not known. */
  readonly fresh: readonly string[];
  /** The lines before it. */
  readonly known: readonly string[];
  readonly status: Ledger["status"];
  readonly notes: readonly string[];
  readonly position: Position | undefined;
}

/** Reads `auth.log` of a folder as the scheduled run does: from the place where the last run ended. */
export async function readOn(
  dir: string,
  after?: Position,
  range: { readonly from: Instant; readonly to: Instant } = { from: 0, to: Date.parse("2100-01-01") },
  options: Partial<FileOptions> = {},
): Promise<Run> {
  const source = sourceOf(dir, { resumed: true, ...options });
  const ledger = newLedger(source.name, source.login);
  const fresh: string[] = [];
  const known: string[] = [];
  for await (const batch of source.read({ ...range, after }, ledger, new AbortController().signal)) {
    for (let i = 0; i < batch.count; i++) {
      (batch.isNew === false ? known : fresh).push(batch.text.slice(batch.starts[i], batch.ends[i]));
    }
  }
  return { fresh, known, status: ledger.status, notes: ledger.notes, position: ledger.position };
}

/** Reads `auth.log` of a folder with its rotated files, everything unless a range is given. */
export async function readAll(dir: string, how: HowToRead = {}): Promise<ReadSource> {
  const { from, to, ...options } = how;
  const source = sourceOf(dir, options);
  const range = {
    from: from === undefined ? Number.MIN_SAFE_INTEGER / 2 : Date.parse(from),
    to: to === undefined ? Number.MAX_SAFE_INTEGER / 2 : Date.parse(to),
  };
  const ledger = newLedger(source.name, source.login);
  const lines: string[] = [];
  const stamp = emptyStamp();
  for await (const batch of source.read(range, ledger, new AbortController().signal)) {
    for (let i = 0; i < batch.count; i++) {
      const line = batch.text.slice(batch.starts[i], batch.ends[i]);
      if (line === "") continue;
      const at = readLineStamp(line, 0, line.length, stamp) ? batch.clock.read(stamp) : null;
      const time = at === null ? "undated" : new Date(at).toISOString().slice(0, 19);
      const before = (await ledger.leftOut.get(batch.file)?.countLines()) ?? 0;
      lines.push(`${basename(batch.file)} ${before + batch.firstLine + i} ${time}`);
    }
  }
  for (const beginning of ledger.leftOut.values()) beginning.close();
  return { lines, status: ledger.status, notes: ledger.notes, bytes: ledger.bytes };
}

export function sourceOf(dir: string, options: Partial<FileOptions> = {}): Source {
  return fileSource({
    path: join(dir, "auth.log"),
    nameOf: (path) => basename(path),
    login: true,
    rotated: true,
    timeZone: "UTC",
    newest: Date.parse("2026-11-20T00:00Z"),
    patienceMs: 0,
    ...options,
  });
}

/** How many lines came of each file, in the order they were read, with the first and the last day. */
export function byFile({ lines }: ReadSource): Record<string, string> {
  const files: Record<string, { count: number; first: string; last: string }> = {};
  for (const line of lines) {
    const [name, , time] = line.split(" ") as [string, string, string];
    const day = time.slice(0, 10);
    const { count, first } = files[name] ?? { count: 0, first: day };
    files[name] = { count: count + 1, first, last: day };
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, { count, first, last }]) => [name, `${count} lines ${first} to ${last}`]),
  );
}
