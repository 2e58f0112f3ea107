import type { Config } from "../config/config.ts";
import { Exit, ReportError } from "../errors.ts";
import type { Io } from "../run.ts";
import { openState } from "../state/open.ts";
import type { State } from "../state/state.ts";

/** A state that cannot be used is told, and the night is reported without it. */
export async function openOrTell(
  config: Config,
  io: Io,
  configPath?: string,
): Promise<{ readonly state?: State; readonly problem?: ReportError }> {
  try {
    const { dir } = config.state;
    const { now, machineId } = io;
    return {
      state: await openState({ dir, machineId, now, giveUpAfterMs: config.outbox.maxAgeMs, config: configPath }),
    };
  } catch (thrown) {
    if (!(thrown instanceof ReportError) || thrown.exit !== Exit.CannotWrite) throw thrown;
    return { problem: thrown };
  }
}
