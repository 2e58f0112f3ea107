// What each channel is told of a night, ready to be stored.
import type { Config } from "../config/config.ts";
import { ReportError } from "../errors.ts";
import type { Rendered } from "../render/render.ts";
import { type Night, renderDigest } from "../run.ts";
import type { NewEntry } from "../state/state.ts";
import type { Channel } from "./channels.ts";

interface Composed {
  readonly entries: readonly NewEntry[];
  /** Of channels that cannot be told as the config says: the others are told all the same. */
  readonly problems: readonly ReportError[];
  /** undefined: there was nothing to tell. */
  readonly rendered: Rendered | undefined;
}

/** @throws ReportError Exit.Config when nobody could be told: the night stays due then */
export async function composeAll(night: Night, channels: readonly Channel[], config: Config): Promise<Composed> {
  const { digest, reasons } = night;
  if (digest.empty && reasons.length === 0) return { entries: [], problems: [], rendered: undefined };
  const rendered = await renderDigest(digest, config);
  const { from, to } = digest.window;
  const entries: NewEntry[] = [];
  const problems: ReportError[] = [];
  for (const channel of channels) {
    try {
      const message = await channel.compose({ digest, reasons, rendered });
      if (message === undefined) continue;
      entries.push({ ...message, messageId: message.id, channel: channel.name, window: { from, to } });
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown;
      problems.push(thrown);
    }
  }
  const [problem] = problems;
  if (problem !== undefined && entries.length === 0) throw problem;
  return { entries, problems, rendered };
}
