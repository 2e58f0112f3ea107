// Whether a file of the journal is whole, as `journalctl --verify` finds.
import type { CommandEnd } from "../command.ts";
import { readJournalHeader } from "./journal-files.ts";

/** A file that is written to may look damaged for a moment: it is verified again. */
const LOOKS = 3;

export interface Flaw {
  readonly status: "damaged" | "partial";
  readonly note: string;
}

/**
 * Returns what is wrong with a file, or undefined. One that journald writes to meanwhile is damaged when two looks find
 * the same.
 *
 * @param run starts journalctl; that it cannot be run is left to others to tell
 */
export async function verifyFile(
  path: string,
  run: (args: readonly string[]) => Promise<CommandEnd>,
): Promise<Flaw | undefined> {
  let before: string | undefined;
  for (let look = 1; look <= LOOKS; look++) {
    const written = lastNumberOf(path);
    const { code, complaints, failure, stopped } = await run(["--no-pager", "--verify", `--file=${path}`]);
    if (code === 0 || failure !== undefined || stopped === "unwanted") return undefined;
    if (stopped === "silent") {
      return { status: "partial", note: `${path} could not be verified: journalctl --verify took too long` };
    }
    const finding = complaints.join("\n");
    if (finding === before || lastNumberOf(path) === written) {
      const [what = "no reason given"] = complaints;
      return {
        status: "damaged",
        note: `${path} is damaged (journalctl --verify: ${what}): what could be read is used`,
      };
    }
    before = finding;
  }
  return undefined;
}

/** Changes with every record that is written; undefined when the file went away or is no journal. */
function lastNumberOf(path: string): number | undefined {
  try {
    return readJournalHeader(path)?.lastNumber;
  } catch {
    return undefined;
  }
}
