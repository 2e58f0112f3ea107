// A wrong password at su: somebody who is logged in wants to be root.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, Privilege } from "../../events/event.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { raise, Voices } from "../voices.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { spanIn, timesOf } from "./words.ts";

const MOST_USERS = 100;
/** So many typos before the right password are nobody's concern. */
const FEW = 2;
/** Within this the right password excuses the wrong ones before it. */
const SOON = 300_000;

interface Asker {
  readonly user: string;
  readonly host: string;
  seen: Seen | undefined;
  /** What no success has excused yet. */
  pending: Seen | undefined;
}

export const failedSuToRoot: StartRule = (window) => {
  const askers = new Map<string, Asker>();
  const voices = new Voices(SOON);
  const span = spanIn(window);

  return {
    kinds: ["privilege.success", "privilege.failure"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind !== "privilege.failure" && event.kind !== "privilege.success") return;
      if (!inside || !/^su(?:-|$)/.test(event.service) || event.user === undefined) return;
      if (event.kind === "privilege.success") {
        if (event.target === "root") excuse(askers.get(`${event.user}|${host}`), at);
      } else if (event.target === "root") fail(event, at, host);
    },

    conclude: () =>
      [...askers.values()].flatMap((asker) => {
        settle(asker);
        const { user, host, seen } = asker;
        if (seen === undefined) return [];
        return [
          {
            id: "failed-su-to-root",
            severity: "warning",
            title: `${user} failed to become root`,
            detail:
              `${user} gave su a wrong password for root ${timesOf(seen.count)}, ${span(seen.first.at, seen.last.at)}, and not the ` +
              `right one soon after. Whoever has ${user}'s session may be guessing: ask ${user}, else end it and lock the account.`,
            evidence: seen.evidence,
            host,
          },
        ];
      }),
  };

  function fail(event: Event & Privilege, at: Instant, host: string): void {
    const { user = "" } = event;
    const key = `${user}|${host}`;
    // PAM and su tell of the same wrong password.
    const count = raise(voices.of(key, at), event.basis, event.repeat, event.module);
    if (count === 0) return;
    let asker = askers.get(key);
    if (asker === undefined) {
      if (askers.size >= MOST_USERS) return;
      asker = { user: copyOf(user), host, seen: undefined, pending: undefined };
      askers.set(copyOf(key), asker);
    }
    const evidence = evidenceOf(event, at, "failed su");
    if (asker.pending !== undefined && at - asker.pending.last.at > SOON) settle(asker);
    asker.pending ??= new Seen(evidence);
    asker.pending.again(evidence, count);
  }

  function excuse(asker: Asker | undefined, at: Instant): void {
    if (asker?.pending === undefined) return;
    if (asker.pending.count > FEW || at - asker.pending.last.at > SOON) settle(asker);
    asker.pending = undefined;
  }

  function settle(asker: Asker): void {
    const { pending } = asker;
    if (pending === undefined) return;
    asker.seen ??= new Seen(pending.first);
    asker.seen.again(pending.last, pending.count);
    asker.pending = undefined;
  }
};
