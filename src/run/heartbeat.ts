// Tells a watching service that the run took place, and how it ended.
import type { Config } from "../config/config.ts";
import { resolveSecret } from "../config/secret.ts";
import { type Beat, ping } from "../deliver/heartbeat.ts";
import { Exit, type ExitCode, reasonOf } from "../errors.ts";
import type { Io } from "../run.ts";

/** A run that told of a log in trouble has done its work. */
const COMPLETED: readonly ExitCode[] = [Exit.Ok, Exit.SourceDamaged, Exit.SourceMissing];

/** How long a run that was stopped may take to say so. */
const STOPPED_MS = 1_000;

/** Never throws; undefined where nobody watches. */
export async function beat(config: Config, exit: ExitCode, note: string, io: Io): Promise<Beat | undefined> {
  const { url, timeoutMs } = config.heartbeat;
  if (url === undefined) return undefined;
  try {
    const target = typeof url === "string" ? url : await resolveSecret(url, io.env, "heartbeat.url");
    const outcome = COMPLETED.includes(exit) ? "success" : { exit };
    // A run that was stopped says so, too, but whoever stopped it waits.
    const limit = io.signal.aborted ? Math.min(timeoutMs, STOPPED_MS) : timeoutMs;
    return await ping(target, outcome, { key: "heartbeat.url", note, timeoutMs: limit }, new AbortController().signal);
  } catch (thrown) {
    return { heard: false, text: reasonOf(thrown) };
  }
}
