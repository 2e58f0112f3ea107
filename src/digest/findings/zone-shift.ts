// fail2ban and the log that it watches disagree about the time by whole half hours: one of them writes another zone,
// and what the two say cannot be put in order.
import { copyOf } from "../../events/address.ts";
import type { Instant } from "../../events/event.ts";
import type { StartRule } from "../finding-rule.ts";

const HALF_HOUR = 1_800_000;
/** Zones lie between UTC-12 and UTC+14. */
const MOST_SHIFTS = 52;
/** fail2ban sees a line and bans for it within a moment. */
const MOMENT = 60_000;
const MOST_ADDRESSES = 2_000;
const MOST_OF_ONE = 500;
/** Fewer that agree may do so by chance. */
const ENOUGH = 3;

interface Peer {
  readonly tries: Instant[];
  /** When fail2ban found or banned it. */
  readonly seen: Instant[];
}

export const zoneShift: StartRule = () => {
  const peers = new Map<string, Peer>();

  function note(ip: string | undefined, at: Instant, what: keyof Peer): void {
    if (ip === undefined) return;
    let peer = peers.get(ip);
    if (peer === undefined) {
      if (peers.size >= MOST_ADDRESSES) return;
      peer = { tries: [], seen: [] };
      peers.set(copyOf(ip), peer);
    }
    if (peer[what].length < MOST_OF_ONE) peer[what].push(at);
  }

  return {
    observeTry: ({ ip, at }) => note(ip, at, "tries"),

    observeEvent(event, at) {
      if ((event.kind !== "ban" && event.kind !== "ban.found") || event.tool !== "fail2ban") return;
      note(event.ip, at, "seen");
    },

    conclude() {
      const votes = new Map<number, number>();
      let asked = 0;
      for (const { tries, seen } of peers.values()) {
        if (tries.length === 0) continue;
        for (const at of seen) {
          const shifts = new Set(tries.map((triedAt) => halfHoursBetween(at, triedAt)).filter((n) => n !== undefined));
          if (shifts.size > 0) asked++;
          for (const shift of shifts) votes.set(shift, (votes.get(shift) ?? 0) + 1);
        }
      }
      const [best] = [...votes].sort((a, b) => b[1] - a[1] || Math.abs(a[0]) - Math.abs(b[0]));
      if (best === undefined) return [];
      const [shift, agree] = best;
      if (shift === 0 || agree < ENOUGH || agree * 2 < asked || (votes.get(0) ?? 0) * 10 > asked) return [];
      const hours = Math.abs(shift) / 2;
      return [
        {
          id: "zone-shift",
          severity: "notice",
          title: `fail2ban's times are ${hours} h ${shift < 0 ? "behind" : "ahead of"} those of the log that it watches`,
          detail: `${agree} of ${asked} times when fail2ban saw an address lie ${hours} h ${shift < 0 ? "before" : "after"} a try of it. One of the two logs is written in another zone: set time_zone for it under [[sources]] in the config.`,
          evidence: [],
        },
      ];
    },
  };
};

/** How many half hours `seenAt` lies behind `triedAt`, if it is a whole number of them. */
function halfHoursBetween(seenAt: Instant, triedAt: Instant): number | undefined {
  const halfHours = Math.round((seenAt - triedAt) / HALF_HOUR);
  const rest = seenAt - triedAt - halfHours * HALF_HOUR;
  return Math.abs(halfHours) <= MOST_SHIFTS && Math.abs(rest) <= MOMENT ? halfHours : undefined;
}
