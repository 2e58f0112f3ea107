// A few tries a night, night after night: nothing that one night would show, and no jail counts so slowly.
import type { Found } from "../finding-rule.ts";
import type { SlowGuesser } from "../slow-guessers.ts";
import { OVER_NIGHTS } from "../thresholds.ts";
import { countOf } from "./words.ts";

const MOST_TOLD = 3;

/** A warning in the night that makes an address one, and then a notice for as long as it goes on. */
export function slowGuesses(guessers: readonly SlowGuesser[]): readonly Found[] {
  const byHost = new Map<string, SlowGuesser[]>();
  // Those that nobody was told of come first.
  for (const guesser of [...guessers].sort((a, b) => Number(a.wasOne) - Number(b.wasOne))) {
    const list = byHost.get(guesser.host);
    if (list === undefined) byHost.set(guesser.host, [guesser]);
    else list.push(guesser);
  }
  return [...byHost].map(([host, list]) => tell(host, list));
}

function tell(host: string, list: readonly SlowGuesser[]): Found {
  const told = list.slice(0, MOST_TOLD);
  const stories = told.map(
    ({ ip, nights, tries }) =>
      `${ip} tried in ${nights} of the last 7 nights, ${countOf(tries, "time", "times")} in this one`,
  );
  const left = list.length - told.length;
  const more = left === 0 ? "" : `, and ${countOf(left, "more address does", "more addresses do")} alike`;
  const [only] = told;
  return {
    id: "slow-guess",
    severity: list.some(({ wasOne }) => !wasOne) ? "warning" : "notice",
    title:
      list.length === 1 && only !== undefined
        ? `${only.ip} guesses slowly: a few tries a night, in ${only.nights} of the last 7 nights`
        : `${list.length} addresses guess slowly: a few tries a night, night after night`,
    detail:
      `${stories.join("; ")}${more}; never more than ${OVER_NIGHTS.fewTries} tries a night, and no ban in this one. ` +
      "Who has patience stays below every limit of a jail. Ban the address by hand, or give fail2ban a longer findtime " +
      "and a bantime that grows.",
    evidence: told.flatMap(({ evidence }) => evidence),
    host,
  };
}
