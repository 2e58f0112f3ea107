// What this program has to tell of itself: nights that nobody reported, messages that never arrived, a state that
// cannot be used. Silence about them would be taken for a quiet night.
import type { Instant } from "../../events/event.ts";
import { localMinute } from "../../window/local-minute.ts";
import type { Finding } from "../digest.ts";

const MOST_NAMED = 3;

/** Nights further back than a run catches up. */
export function nightsMissed(skipped: { readonly from: Instant; readonly to: Instant }, timeZone: string): Finding {
  const from = localMinute(timeZone, skipped.from);
  const to = localMinute(timeZone, skipped.to);
  return {
    id: "nights-missed",
    severity: "warning",
    title: `nothing was reported from ${from} to ${to}`,
    detail: `No run completed for so long that the time from ${from} to ${to} lies further back than catch_up_days. See why the schedule did not run, and report what is still in the logs with logdigest report --since and --until.`,
    evidence: [],
  };
}

/** A message that did not arrive and will not be tried again. */
export interface Undelivered {
  readonly id: number;
  readonly channel: string;
  readonly subject: string;
  readonly to: readonly string[];
  /** What the server said. */
  readonly text: string;
  /** It failed after the last completed run: nobody was told. */
  readonly isNew: boolean;
}

/** A message that was refused for good is told as a warning once, and then as a notice until it is dropped. */
export function undelivered(messages: readonly Undelivered[]): readonly Finding[] {
  const [first] = messages;
  if (first === undefined) return [];
  const count = messages.length === 1 ? "1 message" : `${messages.length} messages`;
  const named = messages
    .slice(0, MOST_NAMED)
    .map(({ id, subject, to, text }) => `${id} "${subject}" to ${to.join(", ")}: ${text}`);
  const more = messages.length > MOST_NAMED ? ` and ${messages.length - MOST_NAMED} more` : "";
  return [
    {
      id: "undelivered",
      severity: messages.some(({ isNew }) => isNew) ? "warning" : "notice",
      title: `${count} could not be delivered`,
      detail: `Refused for good, or given up: ${named.join("; ")}${more}. Correct the address or the server; logdigest outbox send tries again, logdigest outbox drop forgets.`,
      evidence: [],
    },
  ];
}

/** The state cannot be used, or something about it must be known. */
export function stateTroubles(texts: readonly string[], severity: "warning" | "notice"): readonly Finding[] {
  return texts.map((text) => ({
    id: "state",
    severity,
    title: severity === "warning" ? "the state cannot be used: this digest stands alone" : "the state was set aside",
    detail: `${text}.`,
    evidence: [],
  }));
}

/** Two configs that share a state. */
export function sharedState(text: string): Finding {
  return { id: "state", severity: "warning", title: "two configs share one state", detail: `${text}.`, evidence: [] };
}
