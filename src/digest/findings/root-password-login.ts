// root by password, from the network: the one account that every guesser tries, behind the one lock that can be guessed.
import { copyOf } from "../../events/address.ts";
import { Distinct } from "../distinct.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { isGuessable, isShell } from "./guessable.ts";
import { listOf, oneOf, spanIn, timesOf } from "./words.ts";

const MOST_MACHINES = 100;
const MOST_ADDRESSES = 100;

interface Logins {
  readonly seen: Seen;
  readonly addresses: Distinct;
}

export const rootPasswordLogin: StartRule = (window) => {
  const machines = new Map<string, Logins>();
  const span = spanIn(window);

  return {
    kinds: ["login.success"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind !== "login.success" || event.user !== "root" || !inside) return;
      const peer = event.ip ?? event.host;
      if (peer === undefined || !isShell(event) || !isGuessable(event)) return;
      const evidence = evidenceOf(event, at, `login of root by ${event.method}`);
      let logins = machines.get(host);
      if (logins === undefined) {
        if (machines.size >= MOST_MACHINES) return;
        logins = { seen: new Seen(evidence), addresses: new Distinct(MOST_ADDRESSES) };
        machines.set(copyOf(host), logins);
      }
      logins.seen.again(evidence, event.repeat);
      logins.addresses.add(peer);
    },

    conclude: () =>
      [...machines].map(([host, { seen, addresses }]) => ({
        id: "root-password-login",
        severity: "warning",
        title: `root logged in by password from ${oneOf(addresses.top(1), "addresses", addresses.size)}`,
        detail:
          `root got in by password ${timesOf(seen.count)}, ${span(seen.first.at, seen.last.at)}, from ` +
          `${listOf(addresses.top(3), addresses.size)}. ` +
          "Everybody who guesses tries this account first, and who has it has the machine. " +
          "Set PermitRootLogin to prohibit-password, and log in as yourself.",
        evidence: seen.evidence,
        host,
      })),
  };
};
