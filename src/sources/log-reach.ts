// Which period a log covers with its rotated files, as far as it takes to know whether it covers a window.
import type { Instant } from "../events/event.ts";
import type { LoginLog, Reach } from "./choose.ts";
import { type Extent, readExtent } from "./extent.ts";
import { CannotOpen, inspectLog, Moved, type OpenLog } from "./open.ts";
import { newestFirst, rotatedFiles } from "./rotation.ts";

interface LookOptions {
  /** Zone of stamps that state none. */
  readonly timeZone: string;
  /** No line is later. */
  readonly newest: Instant;
  /** For copies that lost their times: the period that is asked for. */
  readonly hint: Instant | undefined;
  /** Files older than one that begins before this are not looked at. */
  readonly enough: Instant;
}

/** Returns what a log covers, or why that cannot be told. What cannot be read now has lines that nobody sees. */
export async function reachOfLog(path: string, options: LookOptions): Promise<LoginLog["reach"]> {
  let live: OpenLog;
  try {
    live = inspectLog(path);
  } catch (error) {
    return { problem: problemOf(error) };
  }
  const rotated = (rotatedFiles(path) ?? []).flatMap((file) => lookQuietly(file));
  let reach: Reach | undefined;
  let newer: Instant | undefined;
  for (const log of [live, ...newestFirst(path, rotated)]) {
    const extent = await extentOf(log, { ...options, newer });
    if (extent === undefined || extent.head === null) continue;
    newer = extent.head;
    // Of a large compressed file the end is not looked at; a copy that lost its time says no more than its beginning.
    const to = extent.high ?? (Number.isFinite(log.modifiedAt) ? log.modifiedAt : extent.head);
    reach = {
      from: Math.min(reach?.from ?? Number.POSITIVE_INFINITY, extent.low ?? extent.head),
      to: Math.max(reach?.to ?? Number.NEGATIVE_INFINITY, to),
    };
    if (reach.from <= options.enough) break;
  }
  return reach ?? { problem: "holds no line with a time" };
}

function lookQuietly(path: string): readonly OpenLog[] {
  try {
    return [inspectLog(path)];
  } catch {
    return [];
  }
}

async function extentOf(
  log: OpenLog,
  options: LookOptions & { newer: Instant | undefined },
): Promise<Extent | undefined> {
  try {
    return await readExtent(log, options);
  } catch (error) {
    problemOf(error);
    return undefined;
  }
}

/** Renamed or closed meanwhile: whoever reads the log says so. */
function problemOf(error: unknown): string {
  if (error instanceof CannotOpen) return error.message;
  if (error instanceof Moved) return "was renamed while it was looked at";
  throw error;
}
