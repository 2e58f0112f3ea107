// A look at all files of a rotation set: which differ, what period each covers, in which order they are to be read.
import { lstatSync } from "node:fs";
import type { Instant } from "../events/event.ts";
import { type Extent, readExtent } from "./extent.ts";
import { CannotOpen, changeOf, inspectLog, Moved, type OpenLog } from "./open.ts";
import { COMPRESSED, isUnread } from "./packed/compression.ts";
import type { ReadOutcome } from "./packed/decompress.ts";
import { openBytes } from "./read-log.ts";
import { newestFirst, rotatedFiles } from "./rotation.ts";
import { DISORDER, type Ledger, type Range, worsen } from "./source.ts";

/** A log and how it is spoken of. */
export interface LogName {
  readonly path: string;
  /** What events and notes call a file; its path unless it was named otherwise. */
  readonly nameOf?: ((path: string) => string) | undefined;
  /** Zone of lines that state none. */
  readonly timeZone: string;
}

export function nameOf(options: LogName, path: string): string {
  return options.nameOf?.(path) ?? path;
}

export interface SurveyOptions extends LogName {
  /** Reads its rotated files too. */
  readonly rotated: boolean;
  /** No line can be later. */
  readonly newest: Instant;
  /** Set for files that may be copies without their times: the period that year-less lines are dated by. */
  readonly yearHint?: Instant | undefined;
}

/** What a look at the whole set found. */
export interface Survey {
  /** Files that differ, oldest first. */
  readonly extents: readonly Extent[];
  /** The log itself, or the copy of it that is read in its place; undefined when it is missing or unreadable. */
  readonly live: Extent | undefined;
  /** What each name holds, also that of a copy. */
  readonly byPath: ReadonlyMap<string, Extent>;
  /** Every name of the set, also of files that cannot be read or are copies. */
  readonly paths: readonly string[];
  /** False when the folder does not tell its names. */
  readonly listed: boolean;
}

/** Looks at every file of the set, newest first. @throws Moved */
export async function lookAtSet(
  options: SurveyOptions,
  newest: OpenLog | undefined,
  range: Range,
  ledger: Ledger,
): Promise<Survey> {
  const rotated = options.rotated ? rotatedFiles(options.path) : [];
  const logs: OpenLog[] = [];
  for (const path of rotated ?? []) {
    const log = inspectRotated(options, path, range, ledger);
    if (log !== undefined) logs.push(log);
  }
  const known = new Set<string>(newest === undefined ? [] : [newest.identity]);
  const older = logs.filter(({ identity }) => !known.has(identity) && known.add(identity));
  const byPath = new Map<string, Extent>();
  let newer: Instant | undefined;
  for (const log of [...(newest === undefined ? [] : [newest]), ...newestFirst(options.path, older)]) {
    const extent = await lookAt(options, log, newer, ledger);
    if (extent === undefined) continue;
    byPath.set(log.path, extent);
    newer = extent.head ?? newer;
  }
  const extents: Extent[] = [];
  let live = byPath.get(options.path);
  for (const extent of byPath.values()) {
    if (isUnfinished(extent, byPath)) {
      worsen(
        ledger,
        "ok",
        `${nameOf(options, extent.log.path)} is a compression that is not finished: its text is read`,
      );
      continue;
    }
    const copied = extents.findIndex((other) => beginAlike(other, extent));
    if (copied < 0) {
      extents.push(extent);
      continue;
    }
    const [kept, left] = await wholeFirst(extents[copied] as Extent, extent);
    worsen(ledger, "ok", `${nameOf(options, left.log.path)} is a copy of ${nameOf(options, kept.log.path)}: read once`);
    extents[copied] = kept;
    if (left === live) live = kept;
  }
  return {
    extents: oldestFirst(extents),
    live,
    byPath,
    paths: [options.path, ...(rotated ?? [])],
    listed: rotated !== undefined,
  };
}

/** Looks at a rotated file; undefined when it is no file or cannot be read, which is told if it may matter. @throws Moved */
function inspectRotated(options: LogName, path: string, range: Range, ledger: Ledger): OpenLog | undefined {
  try {
    return inspectLog(path);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing") {
      // It was there a moment ago; a link that leads nowhere still is.
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw new Moved();
      return undefined;
    }
    const lastChange = changeOf(path);
    if (lastChange !== undefined && lastChange >= range.from - DISORDER) {
      worsen(ledger, "unreadable", `${nameOf(options, path)} ${error.message}`);
    }
    return undefined;
  }
}

async function lookAt(
  { timeZone, newest, yearHint: hint, ...options }: SurveyOptions,
  log: OpenLog,
  newer: Instant | undefined,
  ledger: Ledger,
): Promise<Extent | undefined> {
  try {
    return await readExtent(log, { timeZone, newest, newer, hint });
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    if (error.status === "missing") throw new Moved();
    worsen(ledger, error.status, `${options.nameOf?.(log.path) ?? log.path} ${error.message}`);
    return undefined;
  }
}

/** Turns the order of names round, and corrects it by what files hold; one without a stamp keeps its place. */
function oldestFirst(newestFirst: readonly Extent[]): readonly Extent[] {
  let key = Number.NEGATIVE_INFINITY;
  const keyed = newestFirst.toReversed().map((extent) => {
    const { head } = extent;
    // Neighbours that begin within an hour or two of each other keep their order: an hour may be there twice.
    if (head !== null && (head > key || head < key - 2 * DISORDER)) key = head;
    return { extent, key };
  });
  return keyed.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key)).map(({ extent }) => extent);
}

/** A rotation is compressing its text at this moment, or was stopped before anything of it was written. */
function isUnfinished({ log, beginning }: Extent, byPath: ReadonlyMap<string, Extent>): boolean {
  const plain = log.path.replace(COMPRESSED, "");
  return (log.size === 0 || beginning === "") && !isUnread(log.compression) && plain !== log.path && byPath.has(plain);
}

/** Two files that begin with the same text are copies: a compression that did not finish, or a person's backup. */
function beginAlike(one: Extent, other: Extent): boolean {
  const length = Math.min(one.beginning.length, other.beginning.length);
  return length > 0 && one.beginning.slice(0, length) === other.beginning.slice(0, length);
}

/** Says which of two copies is the whole one. */
async function wholeFirst(one: Extent, other: Extent): Promise<readonly [Extent, Extent]> {
  const plainOne = one.log.compression === "plain";
  if (plainOne === (other.log.compression === "plain")) {
    // Of two that are equal the older name: copytruncate empties the log a moment after it was copied.
    return other.log.size >= one.log.size ? [other, one] : [one, other];
  }
  const [plain, packed] = plainOne ? [one, other] : [other, one];
  // gzip removes the plain file when it has finished, so a younger compressed file may be cut. An older one that holds
  // more is what the plain file was being unpacked from.
  const isWhole = packed.log.modifiedAt <= plain.log.modifiedAt && (await holdsMore(packed.log, plain.log.size));
  return isWhole ? [packed, plain] : [plain, packed];
}

async function holdsMore(log: OpenLog, size: number): Promise<boolean> {
  const reader = openBytes(log, {} satisfies ReadOutcome);
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    for (let position = 0; position <= size; ) {
      const read = await reader.read(buffer, 0, buffer.length);
      if (read === 0) return false;
      position += read;
    }
    return true;
  } finally {
    reader.close();
  }
}
