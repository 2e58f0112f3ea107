// What makes a digest non-empty (design: what makes it non-empty). Everything else is shown when there is a digest, and
// is never a reason for one.
import type { Coverage, Finding, Reason } from "./digest.ts";
import type { Tally } from "./tally.ts";

/** What may be a reason: `event` anything, `finding` findings and sources, `login` logins beside these. */
export type NonEmptyOn = "event" | "finding" | "login";

export function reasonsOf(
  tally: Tally,
  findings: readonly Finding[],
  coverage: readonly Coverage[],
  on: NonEmptyOn,
): readonly Reason[] {
  const { totals } = tally.counts;
  const anything = on === "event";
  const holds: readonly (readonly [Reason, boolean])[] = [
    ["logins", totals.logins > 0 && on !== "finding"],
    ["failures", totals.failures > 0 && anything],
    ["bans", totals.bans > 0 && anything],
    ["firewall", tally.packets.unicastBlocks > 0 && anything],
    ["accounts", totals.accounts > 0 && anything],
    ["privilegeFailures", totals.privilegeFailures > 0 && anything],
    ["services", (tally.services.problems > 0 || tally.services.isStopped) && anything],
    ["finding", findings.some(({ id, severity }) => id !== "source-problem" && severity !== "notice")],
    ["source", coverage.some(({ status }) => status !== "ok")],
  ];
  return holds.filter(([, held]) => held).map(([reason]) => reason);
}
