// Finds the place where the last run ended, in whichever file of a rotation set its text is by now.
import { closeSync, readSync } from "node:fs";
import type { Extent } from "./extent.ts";
import { CHECKED, type OpenLog, openAgain } from "./open.ts";
import type { ReadOutcome } from "./packed/decompress.ts";
import { checkOf, placedReader } from "./position.ts";
import { openBytes } from "./read-log.ts";
import { DISORDER, type Position, type Range } from "./source.ts";

export interface Place {
  readonly extent: Extent;
  /** Bytes of its text before the place. */
  readonly offset: number;
  /** Text stands behind it. */
  readonly hasMore: boolean;
}

/**
 * Returns where the last run ended. Device and inode are a hint: a copy or a compression has others, and so has every
 * file after some reboots; the text before the place decides.
 *
 * @param extents the files of a set, oldest first
 * @throws CannotOpen, Moved
 */
export async function findPlace(extents: readonly Extent[], after: Position, range: Range): Promise<Place | undefined> {
  if (after.offset === 0) return placeOfEmpty(extents, after, range);
  const newestFirst = extents.toReversed();
  const isSame = ({ log }: Extent) => log.identity === after.identity;
  const isPlain = ({ log }: Extent) => log.compression === "plain";
  const likeliestFirst = [
    ...newestFirst.filter(isSame),
    ...newestFirst.filter((extent) => !isSame(extent) && isPlain(extent)),
    ...newestFirst.filter((extent) => !isSame(extent) && !isPlain(extent)),
  ];
  for (const extent of likeliestFirst) {
    const found = isPlain(extent) ? lookInPlain(extent.log, after) : await lookInPacked(extent.log, after);
    if (found !== undefined) return { extent, offset: after.offset, hasMore: found.hasMore };
  }
  return undefined;
}

/**
 * There was no text in any file that the last run read, so none tells the place. Where the file that was empty is gone,
 * or was copied, the files that begin after that run are behind the place.
 */
function placeOfEmpty(extents: readonly Extent[], { identity }: Position, { from }: Range): Place | undefined {
  const extent = extents.find(({ log, low }) => log.identity === identity || (low !== null && low >= from - DISORDER));
  return extent && { extent, offset: 0, hasMore: true };
}

interface Found {
  readonly hasMore: boolean;
}

function lookInPlain(log: OpenLog, { offset, check }: Position): Found | undefined {
  if (log.size < offset) return undefined;
  const fd = openAgain(log);
  try {
    const before = Buffer.allocUnsafe(Math.min(CHECKED, offset));
    const read = readSync(fd, before, 0, before.length, offset - before.length);
    return read === before.length && checkOf(before) === check ? { hasMore: log.size > offset } : undefined;
  } catch {
    // A bad block: whoever reads the file comes to it and says so.
    return undefined;
  } finally {
    closeSync(fd);
  }
}

async function lookInPacked(log: OpenLog, { offset, check }: Position): Promise<Found | undefined> {
  const outcome: ReadOutcome = {};
  const reader = placedReader(openBytes(log, outcome), offset);
  const buffer = Buffer.allocUnsafe(64 * 1024);
  try {
    for (let position = 0; position < offset; ) {
      const read = await reader.read(buffer, 0, buffer.length);
      if (read === 0) return undefined;
      position += read;
    }
    const place = reader.position(log.identity);
    if (place.offset !== offset || place.check !== check) return undefined;
    return { hasMore: (await reader.read(buffer, 0, 1)) > 0 };
  } finally {
    reader.close();
  }
}
