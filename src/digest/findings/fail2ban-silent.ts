// fail2ban's log says nothing at all while somebody guesses: it does not run, or does not see the log that is guessed at.
import type { Coverage } from "../digest.ts";
import type { Found } from "../finding-rule.ts";
import type { Tally } from "../tally.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { timesOf } from "./words.ts";

/**
 * Returns the finding, if there is one: the log of fail2ban was read, has lines, and none in the window, though one
 * address tried more often than fail2ban overlooks.
 */
export function fail2banSilent(
  tally: Tally,
  coverage: readonly Coverage[],
  { silentTries } = THRESHOLDS,
): readonly Found[] {
  // With several machines nobody knows whose log it is.
  if (tally.hosts.size > 1 || speaks(tally)) return [];
  const logs = coverage.filter(({ source }) => /(?:^|\/)fail2ban[^/]*$/.test(source));
  const [log] = logs;
  if (log === undefined || logs.some((one) => one.status !== "ok" || one.inWindow > 0 || one.to === null)) return [];
  const [most] = tally.tries.failures.sorted(1);
  if (most === undefined || most.ip === null || most.count < silentTries) return [];
  return [
    {
      id: "fail2ban-silent",
      severity: "warning",
      title: "fail2ban has been silent while others tried",
      detail:
        `${log.source} has lines, and none of them in the window, though ${most.ip} alone tried ${timesOf(most.count)}. ` +
        "Check that fail2ban runs (fail2ban-client status) and that its jails read the log that these tries are in.",
      evidence: [],
    },
  ];
}

/** True when fail2ban was heard through another log. */
function speaks({ bans, services, counts: { totals } }: Tally): boolean {
  if (totals.unbans > 0 || totals.bansRepeated > 0) return true;
  return (
    bans.table.sorted().some(({ tool }) => tool === "fail2ban") ||
    services.table.sorted().some(({ tool }) => tool === "fail2ban")
  );
}
