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
const MOST_ADDRESSES = 500;
const MOST_OF_ONE = 100;
/** Fewer that agree may do so by chance. */
const ENOUGH = 3;
/** One sight of so many that needs no shift, and the two agree. */
const UNSHIFTED = 10;

interface Peer {
  readonly tries: Instant[];
  /** When fail2ban found or banned it. */
  readonly seen: Instant[];
}

export const zoneShift: StartRule = () => {
  const peers = new Map<string, Peer>();

  function peerOf(ip: string): Peer | undefined {
    const known = peers.get(ip);
    if (known !== undefined || peers.size >= MOST_ADDRESSES) return known;
    const peer = { tries: [], seen: [] };
    peers.set(copyOf(ip), peer);
    return peer;
  }

  return {
    kinds: ["ban", "ban.found"],

    observeTry({ ip, at }) {
      const tries = ip === undefined ? undefined : peerOf(ip)?.tries;
      if (tries !== undefined && tries.length < MOST_OF_ONE) tries.push(at);
    },

    observeEvent(event, at) {
      if ((event.kind !== "ban" && event.kind !== "ban.found") || event.tool !== "fail2ban") return;
      const seen = event.ip === undefined ? undefined : peerOf(event.ip)?.seen;
      if (seen !== undefined && seen.length < MOST_OF_ONE) seen.push(at);
    },

    conclude() {
      if (isInTime(peers.values())) return [];
      const votes = new Votes();
      for (const { tries, seen } of peers.values()) for (const at of seen) votes.add(at, tries);
      const { best: shift, asked } = votes;
      const agree = votes.of(shift);
      if (shift === 0 || agree < ENOUGH || agree * 2 < asked || votes.of(0) * UNSHIFTED > asked) return [];
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

/** True when so many sights need no shift that no other shift is asked for: nearly always, and told by few of them. */
function isInTime(peers: Iterable<Peer>): boolean {
  const all = [...peers];
  const sights = all.reduce((sum, { seen }) => sum + seen.length, 0);
  let agree = 0;
  for (const { tries, seen } of all) {
    for (const seenAt of seen) {
      if (!tries.some((at) => Math.abs(seenAt - at) <= MOMENT)) continue;
      if (++agree * UNSHIFTED > sights) return true;
    }
  }
  return false;
}

/** How many sights of fail2ban's each shift explains. */
class Votes {
  private readonly ofShift = new Float64Array(2 * MOST_SHIFTS + 1);
  /** Sights that any shift explains. */
  asked = 0;
  private sight = 0;
  /** A sight votes once for a shift, however many tries agree; pairs are many, so this is a table and no set. */
  private readonly votedBy = new Uint32Array(2 * MOST_SHIFTS + 1);

  add(seenAt: Instant, tries: readonly Instant[]): void {
    this.sight++;
    let explained = false;
    for (let i = 0; i < tries.length; i++) {
      const shift = halfHoursBetween(seenAt, tries[i] as Instant);
      if (shift === undefined || this.votedBy[shift + MOST_SHIFTS] === this.sight) continue;
      this.votedBy[shift + MOST_SHIFTS] = this.sight;
      this.ofShift[shift + MOST_SHIFTS] = this.of(shift) + 1;
      explained = true;
    }
    if (explained) this.asked++;
  }

  of(shift: number): number {
    return this.ofShift[shift + MOST_SHIFTS] as number;
  }

  /** The shift that explains most; of several the smallest. */
  get best(): number {
    let best = 0;
    for (let shift = -MOST_SHIFTS; shift <= MOST_SHIFTS; shift++) {
      const more = this.of(shift) - this.of(best);
      if (more > 0 || (more === 0 && Math.abs(shift) < Math.abs(best))) best = shift;
    }
    return best;
  }
}

/** How many half hours `seenAt` lies behind `triedAt`, if it is a whole number of them. */
function halfHoursBetween(seenAt: Instant, triedAt: Instant): number | undefined {
  const halfHours = Math.round((seenAt - triedAt) / HALF_HOUR);
  const rest = seenAt - triedAt - halfHours * HALF_HOUR;
  return Math.abs(halfHours) <= MOST_SHIFTS && Math.abs(rest) <= MOMENT ? halfHours : undefined;
}
