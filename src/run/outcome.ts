// How a run that sends ended.
import type { Config } from "../config/config.ts";
import type { Digest } from "../digest/digest.ts";
import { Exit, type ExitCode, type ReportError } from "../errors.ts";
import { exitOfSources } from "../run.ts";
import type { Sending } from "./outbox.ts";

export interface Outcome {
  /** undefined: nothing was due. */
  readonly digest: Digest | undefined;
  /** What was sent, also what earlier runs had left. */
  readonly sendings: readonly Sending[];
  readonly codes: readonly ExitCode[];
  /** What must be said, whoever looks: one line each. */
  readonly complaints: readonly string[];
}

/** @param problems in the order in which they are said */
export function outcomeOf(
  digest: Digest | undefined,
  sendings: readonly Sending[],
  problems: readonly ReportError[],
  config: Config,
): Outcome {
  return {
    digest,
    sendings,
    codes: [
      ...problems.map(({ exit }) => exit),
      ...(digest === undefined ? [] : exitOfSources(digest)),
      ...exitOfSendings(sendings),
      ...exitOfFolder(sendings, config),
    ],
    complaints: problems.map(({ message }) => message),
  };
}

/** Nobody said where a digest goes. */
export function isUnsaid({ mail, channels }: Config): boolean {
  return mail === undefined && channels.length === 0;
}

/** A folder that nobody named is never counted as delivered. */
function exitOfFolder(sendings: readonly Sending[], config: Config): readonly ExitCode[] {
  return sendings.length > 0 && isUnsaid(config) ? [Exit.Config] : [];
}

/** The statuses a run ends with for what could not be sent. */
export function exitOfSendings(sendings: readonly Sending[]): readonly ExitCode[] {
  return sendings.flatMap(({ receipts, problem }): ExitCode[] => {
    const exits = receipts.flatMap(({ result }): ExitCode[] => {
      if (result === "accepted") return [];
      return [result === "refused" ? Exit.Refused : Exit.Later];
    });
    return problem === undefined ? exits : [...exits, problem.exit];
  });
}
