// One log with its rotated files, read as one stream in the order of time.
import { setTimeout as delay } from "node:timers/promises";
import type { Instant } from "../events/event.ts";
import { lineClock } from "../window/line-clock.ts";
import { localMinute } from "../window/local-minute.ts";
import { zoneClock } from "../window/zone.ts";
import { type Extent, readExtent } from "./extent.ts";
import { type LineCounts, readLines } from "./lines.ts";
import { CannotOpen, inspectLog, type OpenLog, openBytes, type ReadOutcome } from "./open.ts";
import { missingNumbers, rotationSet } from "./rotation.ts";
import { type Batch, type Ledger, type Range, type Source, worsen } from "./source.ts";

/** Lines of neighbouring files may be out of order by this much: a whole file further outside the range is not read. */
const DISORDER = 3_600_000;

export interface FileOptions {
  readonly path: string;
  /** What events and notes call a file; its path unless it was named otherwise. */
  readonly nameOf?: ((path: string) => string) | undefined;
  readonly login: boolean;
  /** Reads its rotated files too. */
  readonly rotated: boolean;
  /** Zone of lines that state none. */
  readonly timeZone: string;
  /** No line can be later. */
  readonly newest: Instant;
  /** Set for files that may be copies without their times: the period that year-less lines are dated by. */
  readonly yearHint?: Instant | undefined;
  /** Year of the first line, where somebody said it. */
  readonly firstYear?: number | undefined;
  /** A log that may be absent. */
  readonly optional?: boolean | undefined;
  /** How long a file that is not there is waited for: at midnight a rotation takes it away for a moment. */
  readonly patienceMs: number;
}

/** Returns the source of a log file. */
export function fileSource(options: FileOptions): Source {
  return {
    name: nameOf(options, options.path),
    login: options.login,
    read: (range, ledger, signal) => readRotation(options, range, ledger, signal),
  };
}

function nameOf(options: FileOptions, path: string): string {
  return options.nameOf?.(path) ?? path;
}

async function* readRotation(
  options: FileOptions,
  range: Range,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let newest: OpenLog | undefined;
  try {
    newest = await inspectPatiently(options.path, options.patienceMs, signal);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing" && options.optional) ledger.notes.push("is not there (optional)");
    else worsen(ledger, error.status, error.message);
    if (error.status === "missing" && !options.rotated) return;
  }
  const extents = await readExtents(options, newest, ledger);
  noteGaps(options, extents, range, ledger);
  const wanted = inRange(extents, range);
  if (wanted.every(({ log }) => log.compression === "plain")) {
    ledger.toRead = wanted.reduce((sum, { log }) => sum + log.size, 0);
  }
  for (const extent of wanted) {
    if (signal.aborted) return;
    yield* readOne(options, extent, ledger);
  }
}

async function inspectPatiently(path: string, patienceMs: number, signal: AbortSignal): Promise<OpenLog> {
  const step = 250;
  for (let waited = 0; ; waited += step) {
    try {
      return inspectLog(path);
    } catch (error) {
      if (!(error instanceof CannotOpen) || error.status !== "missing" || waited >= patienceMs) throw error;
      await delay(step, undefined, { signal });
    }
  }
}

/** Looks at every file of the set, newest first: each one's first line bounds what the next older one can hold. */
async function readExtents(options: FileOptions, newest: OpenLog | undefined, ledger: Ledger): Promise<Extent[]> {
  const logs: OpenLog[] = newest === undefined ? [] : [newest];
  for (const path of options.rotated ? rotationSet(options.path).slice(1) : []) {
    try {
      logs.push(inspectLog(path));
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
      if (error.status !== "missing") worsen(ledger, "unreadable", `${nameOf(options, path)} ${error.message}`);
    }
  }
  const known = new Set<string>();
  const own = logs.filter((log) => !known.has(log.identity) && known.add(log.identity));
  const [first, ...older] = own;
  older.sort((a, b) => b.modifiedAt - a.modifiedAt || a.path.localeCompare(b.path, "en", { numeric: true }));
  const extents: Extent[] = [];
  let bound = options.newest + 86_400_000;
  for (const log of first === undefined ? [] : [first, ...older]) {
    const extent = await readExtent(log, options.timeZone, bound, options.yearHint);
    const copied = extents.findIndex((other) => beginAlike(other, extent));
    if (copied >= 0) {
      const [kept, left] = longerFirst(extents[copied] as Extent, extent);
      ledger.notes.push(`${nameOf(options, left.log.path)} is a copy of ${nameOf(options, kept.log.path)}: read once`);
      extents[copied] = kept;
      continue;
    }
    extents.push(extent);
    if (extent.head !== null) bound = Math.min(bound, extent.head + 86_400_000);
  }
  // Oldest first, by what they hold; a file without a stamp keeps its place by its time.
  return extents.sort((a, b) => (a.head ?? a.log.modifiedAt) - (b.head ?? b.log.modifiedAt));
}

/** Two files that begin with the same text are copies: a compression that did not finish, or a person's backup. */
function beginAlike(one: Extent, other: Extent): boolean {
  const length = Math.min(one.beginning.length, other.beginning.length);
  return length > 0 && one.beginning.slice(0, length) === other.beginning.slice(0, length);
}

/** A plain file beside its compressed copy is the whole one: gzip removes it only when it has finished. */
function longerFirst(one: Extent, other: Extent): readonly [Extent, Extent] {
  const plainFirst = Number(other.log.compression === "plain") - Number(one.log.compression === "plain");
  return (plainFirst || other.log.size - one.log.size) > 0 ? [other, one] : [one, other];
}

/** Leaves out the files whose lines all lie outside the range. */
function inRange(extents: readonly Extent[], range: Range): readonly Extent[] {
  return extents.filter((extent, i) => {
    const next = extents[i + 1]?.head ?? null;
    const after = extent.tail ?? next;
    if (after !== null && next !== null && Math.max(after, next) < range.from - DISORDER) return false;
    return extent.head === null || extent.head < range.to + DISORDER;
  });
}

/** A file of the sequence that is gone is a hole in what the digest can know. */
function noteGaps(options: FileOptions, extents: readonly Extent[], range: Range, ledger: Ledger): void {
  if (!options.rotated) return;
  const missing = missingNumbers(
    options.path,
    extents.map((extent) => extent.log.path),
  );
  if (missing.length === 0) return;
  const sorted = extents.filter((extent) => extent.head !== null);
  const oldest = sorted[0]?.head ?? null;
  // Where the hole lies: before the first line of the next newer file that is there.
  for (const number of missing) {
    const newer = newerThan(options.path, sorted, number);
    const end = newer?.head ?? null;
    const before = sorted.findLast((extent) => newer !== undefined && (extent.head ?? 0) < (newer.head ?? 0));
    const begin = before === undefined ? oldest : (before.tail ?? before.log.modifiedAt);
    if (end === null || begin === null || end <= range.from || begin >= range.to) continue;
    worsen(
      ledger,
      "partial",
      `${nameOf(options, options.path)}.${number} is missing: nothing is known from ${localMinute(options.timeZone, begin)} to ${localMinute(options.timeZone, end)}`,
    );
  }
}

function newerThan(path: string, extents: readonly Extent[], number: number): Extent | undefined {
  for (let candidate = number - 1; candidate >= -1; candidate--) {
    const name = candidate < 0 ? path : `${path}.${candidate}`;
    const found = extents.find((extent) => extent.log.path === name || extent.log.path.startsWith(`${name}.gz`));
    if (found !== undefined) return found;
  }
  return extents.find((extent) => extent.log.path === path);
}

async function* readOne(options: FileOptions, extent: Extent, ledger: Ledger): AsyncGenerator<Batch> {
  const { log } = extent;
  const name = nameOf(options, log.path);
  if (log.compression !== "plain" && log.compression !== "gzip") {
    worsen(ledger, "partial", `${name} is compressed with ${log.compression}, which this version does not read`);
    return;
  }
  if (log.size === 0 && log.path.endsWith(".gz")) {
    worsen(ledger, "damaged", `${name} is empty`);
    return;
  }
  const outcome: ReadOutcome = {};
  const counts: LineCounts = { bytes: 0, lines: 0, overlong: 0 };
  const zone = zoneClock(options.timeZone);
  const { firstYear } = options;
  const clock =
    firstYear === undefined
      ? lineClock(zone, extent.newest, extent.firstYear)
      : lineClock(zone, Date.UTC(firstYear + 50, 0), firstYear);
  const before = { bytes: ledger.bytes, lines: ledger.lines };
  try {
    for await (const batch of readLines(openBytes(log, outcome), name, clock, counts)) {
      ledger.bytes = before.bytes + counts.bytes;
      ledger.lines = before.lines + counts.lines;
      yield batch;
    }
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    worsen(ledger, error.status, `${name} ${error.message}`);
  }
  ledger.bytes = before.bytes + counts.bytes;
  ledger.lines = before.lines + counts.lines;
  if (outcome.damage !== undefined) worsen(ledger, "damaged", `${name}: ${outcome.damage}`);
  if (outcome.shrank) worsen(ledger, "partial", `${name} became shorter while it was read`);
  if (counts.overlong > 0) ledger.notes.push(`${name}: ${counts.overlong} lines longer than 64 KiB were skipped`);
}
