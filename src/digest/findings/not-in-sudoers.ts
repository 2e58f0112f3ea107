// Somebody who is logged in asked sudo for rights that nobody gave.
import { copyOf } from "../../events/address.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { spanIn, timesOf } from "./words.ts";

const MOST_USERS = 100;

interface Asker {
  readonly user: string;
  readonly host: string;
  readonly seen: Seen;
}

export const notInSudoers: StartRule = (window) => {
  const askers = new Map<string, Asker>();
  const span = spanIn(window);

  return {
    kinds: ["privilege.failure"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind !== "privilege.failure" || event.basis !== "own" || !inside) return;
      const { user = "somebody", reason = "" } = event;
      if (!reason.startsWith("user NOT in sudoers") && !reason.startsWith("user NOT authorized on host")) return;
      const key = `${user}|${host}`;
      const evidence = evidenceOf(event, at, reason.startsWith("user NOT in") ? "NOT in sudoers" : "NOT authorized");
      let asker = askers.get(key);
      if (asker === undefined) {
        if (askers.size >= MOST_USERS) return;
        asker = { user: copyOf(user), host, seen: new Seen(evidence) };
        askers.set(copyOf(key), asker);
      }
      asker.seen.again(evidence, event.repeat);
    },

    conclude: () =>
      [...askers.values()].map(({ user, host, seen }) => ({
        id: "not-in-sudoers",
        severity: "warning",
        title: `${user} is not in sudoers and tried sudo`,
        detail:
          `${user} asked sudo for rights ${timesOf(seen.count)}, ${span(seen.first.at, seen.last.at)}, and has none on this ` +
          "machine. A person may have mistaken the machine; a service's account never asks. " +
          `Ask ${user}; if it was somebody else, end the sessions and lock the account.`,
        evidence: seen.evidence,
        host,
      })),
  };
};
