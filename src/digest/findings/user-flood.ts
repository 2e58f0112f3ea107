// Many addresses guess at one account that exists: somebody knows its name, and banning addresses does not help.
import { copyOf } from "../../events/address.ts";
import type { Evidence } from "../digest.ts";
import { Distinct, type Room } from "../distinct.ts";
import type { StartRule } from "../finding-rule.ts";
import { type Counted, Table } from "../table.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOf } from "./evidence.ts";
import { isShell } from "./guessable.ts";
import { spanIn } from "./words.ts";

const MOST_USERS = 5_000;
const MOST_ADDRESSES = 10_000;
const MOST_OF_ALL = 200_000;
const MOST_TOLD = 10;

interface Target extends Counted {
  readonly user: string;
  readonly host: string;
  readonly addresses: Distinct;
  readonly firstTry: Evidence;
  lastTry: Evidence;
  isUnknown: boolean;
}

export const userFlood: StartRule = (window, { floodTries, floodAddresses } = THRESHOLDS) => {
  const room: Room = { left: MOST_OF_ALL };
  const targets = new Table<Target>(MOST_USERS, ({ addresses }) => addresses.release());
  /** Who logged in exists; services that do not say so themselves are believed by this. */
  const knownUsers = new Set<string>();
  const span = spanIn(window);

  return {
    observeTry({ at, count, event, ip, user, host, service, inside }) {
      if (!inside || ip === undefined || user === undefined || user === "") return;
      // sshd and dropbear say when an account does not exist.
      if ("invalidUser" in event && event.invalidUser === true) {
        const target = targets.get(`${user}|${host}`);
        if (target !== undefined) target.isUnknown = true;
        return;
      }
      if (!isShell({ service }) && !knownUsers.has(user)) return;
      const evidence = evidenceOf(event, at, "first try");
      const target = targets.add(`${user}|${host}`, count, at, () => ({
        user,
        host,
        addresses: new Distinct(MOST_ADDRESSES, room),
        firstTry: evidence,
        lastTry: evidence,
        isUnknown: false,
      }));
      target.addresses.add(ip);
      target.lastTry = { ...evidence, what: "last try" };
    },

    observeEvent(event) {
      if (event.kind !== "login.success" || knownUsers.size >= MOST_USERS) return;
      if (!knownUsers.has(event.user)) knownUsers.add(copyOf(event.user));
    },

    conclude: () =>
      targets
        .sorted()
        .filter(
          ({ count, addresses, isUnknown }) => !isUnknown && count >= floodTries && addresses.size >= floodAddresses,
        )
        .slice(0, MOST_TOLD)
        .map(({ user, host, count, first, last, addresses, firstTry, lastTry }) => ({
          id: "user-flood",
          // Every machine on the internet has a root, so his name tells nobody anything.
          severity: user === "root" ? "notice" : "warning",
          title: `${count} tries for ${user} from ${addresses.complete ? "" : "at least "}${addresses.size} addresses`,
          detail:
            `${user} exists, and ${count} tries for this one name came ${span(first, last)} from so many addresses that ` +
            "banning them one by one does not help. Let " +
            `${user} log in by key alone, or only from known networks, and see that the password is long.`,
          evidence: [firstTry, lastTry],
          host,
        })),
  };
};
