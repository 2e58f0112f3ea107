// Addresses that tried and tried and were never banned, on a machine that bans others: a hole in what its jails see.
import { copyOf } from "../../events/address.ts";
import type { Ban, Event } from "../../events/event.ts";
import { targetsOf } from "../bans.ts";
import { type Found, ignore, type StartRule } from "../finding-rule.ts";
import { type Guesser, Guessers } from "../guessers.ts";
import { Latest } from "../latest.ts";
import { networkOf, readNetwork } from "../network.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOfLines } from "./evidence.ts";
import { spanIn, thousands, timesOf } from "./words.ts";

const MOST_BANNED = 100_000;
const MOST_TOLD = 3;

export const neverBanned: StartRule = (
  window,
  { neverBannedTries } = THRESHOLDS,
  _past = undefined,
  counted = undefined,
) => {
  const guessers = counted ?? new Guessers();
  /** By machine and address or range. */
  const banned = new Latest<true>(MOST_BANNED);
  const prefixes = new Set<number>();
  const banning = new Set<string>();
  const span = spanIn(window);

  return {
    kinds: ["ban", "ban.restored", "ban.already"],

    observeTry: counted === undefined ? (attempt) => guessers.add(attempt) : ignore,

    observeEvent(event, _, host, inside) {
      if (event.kind === "ban" || event.kind === "ban.restored" || event.kind === "ban.already") {
        if (event.kind === "ban" && inside) banning.add(host);
        note(event, host);
      }
    },

    conclude() {
      const found = new Map<string, Guesser[]>();
      for (const guesser of guessers.sorted()) {
        if (guesser.count < neverBannedTries) break;
        if (isOwn(guesser) || !banning.has(guesser.host) || isBanned(guesser)) continue;
        const list = found.get(guesser.host);
        if (list === undefined) found.set(guesser.host, [guesser]);
        else list.push(guesser);
      }
      return [...found].map(([host, list]) => tell(host, list));
    },
  };

  function note(event: Event & Ban, host: string): void {
    for (const [target] of targetsOf(event)) {
      if (target === null) continue;
      const range = readNetwork(target);
      if (range !== undefined) prefixes.add(range.bits);
      banned.set(copyOf(`${range?.network ?? target}|${host}`), true);
    }
  }

  function isBanned({ ip, host }: Guesser): boolean {
    return banned.has(`${ip}|${host}`) || [...prefixes].some((bits) => banned.has(`${networkOf(ip, bits)}|${host}`));
  }

  function tell(host: string, list: readonly Guesser[]): Found {
    const told = list.slice(0, MOST_TOLD);
    const stories = told.map(({ ip, count, first, last }) => `${ip} tried ${timesOf(count)} ${span(first, last)}`);
    const more =
      list.length > told.length ? `, and ${thousands(list.length - told.length)} more addresses did alike` : "";
    const [only] = told;
    return {
      id: "never-banned",
      severity: "warning",
      title:
        list.length === 1 && only !== undefined
          ? `${only.ip} tried ${timesOf(only.count)} and was never banned`
          : `${thousands(list.length)} addresses tried and tried and were never banned`,
      detail:
        `${stories.join("; ")}${more}. Others are banned, so these stay below a jail's limits or in lines that it does ` +
        "not match. Compare with fail2ban-regex, lengthen findtime or lower maxretry, or ban them by hand.",
      evidence: told.flatMap(evidenceOfLines),
      host,
    };
  }
};

/** The machine's own address is spared by every watcher. */
function isOwn({ ip }: Guesser): boolean {
  return ip === "::1" || ip.startsWith("127.");
}
