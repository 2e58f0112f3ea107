// Many addresses guess at one account that exists: somebody knows its name, and banning addresses does not help.
import { copyOf } from "../../events/address.ts";
import type { Evidence } from "../digest.ts";
import type { Room } from "../distinct.ts";
import { DistinctCount } from "../distinct-count.ts";
import type { StartRule } from "../finding-rule.ts";
import { PairKeys } from "../pair-keys.ts";
import { type Counted, Table } from "../table.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOf, evidenceOfTries, noteTry, type Tried } from "./evidence.ts";
import { isGuessable, isShell } from "./guessable.ts";
import { whenIn } from "./when.ts";
import { spanIn, thousands } from "./words.ts";

const MOST_USERS = 5_000;
const MOST_ADDRESSES = 10_000;
const MOST_OF_ALL = 200_000;
const MOST_TOLD = 10;

interface Target extends Counted, Tried {
  readonly user: string;
  readonly host: string;
  readonly addresses: DistinctCount;
  isUnknown: boolean;
  /** The last login that a right guess could have been. */
  entered: Evidence | undefined;
  from: string;
}

export const userFlood: StartRule = (window, { floodTries, floodAddresses } = THRESHOLDS) => {
  const room: Room = { left: MOST_OF_ALL };
  const targets = new Table<Target>(MOST_USERS, ({ addresses }) => addresses.release());
  const keys = new PairKeys();
  /** Who logged in exists; services that do not say so themselves are believed by this. */
  const knownUsers = new Set<string>();
  const span = spanIn(window);
  const when = whenIn(window);

  return {
    kinds: ["login.success"],

    observeTry({ at, count, event, ip, user, host, service, inside }) {
      if (!inside || ip === undefined || user === undefined || user === "") return;
      // sshd and dropbear say when an account does not exist.
      if ("invalidUser" in event && event.invalidUser === true) {
        const target = targets.get(keys.of(user, host));
        if (target !== undefined) target.isUnknown = true;
        return;
      }
      if (!isShell({ service }) && !knownUsers.has(user)) return;
      const { head } = event;
      const target = targets.add(keys.of(user, host), count, at, () => ({
        user,
        host,
        addresses: new DistinctCount(MOST_ADDRESSES, room),
        firstHead: head,
        firstAt: at,
        lastHead: head,
        lastAt: at,
        isUnknown: false,
        entered: undefined,
        from: "",
      }));
      target.addresses.add(ip);
      noteTry(target, head, at);
    },

    observeEvent(event, at, host, inside) {
      if (event.kind !== "login.success") return;
      const { user, ip } = event;
      if (knownUsers.size < MOST_USERS && !knownUsers.has(user)) knownUsers.add(copyOf(user));
      const target = inside && ip !== undefined && isGuessable(event) ? targets.get(keys.of(user, host)) : undefined;
      if (target === undefined || ip === undefined) return;
      target.entered = evidenceOf(event, at, `login by ${event.method}`);
      target.from = copyOf(ip);
    },

    conclude: () =>
      targets
        .sorted()
        .filter(
          ({ count, addresses, isUnknown }) => !isUnknown && count >= floodTries && addresses.size >= floodAddresses,
        )
        .slice(0, MOST_TOLD)
        .map(({ user, host, count, first, last, addresses, entered, from, ...tried }) => ({
          id: "user-flood",
          // Every machine on the internet has a root, so his name tells nobody anything.
          severity: user === "root" ? "notice" : "warning",
          title: `${thousands(count)} tries for ${user} from ${addresses.complete ? "" : "at least "}${thousands(addresses.size)} addresses`,
          detail:
            `${user} exists, and ${thousands(count)} tries for this one name came ${span(first, last)} from so many addresses that ` +
            "banning them one by one does not help. Let " +
            `${user} log in by key alone, or only from known networks, and see that the password is long.` +
            (entered === undefined
              ? ""
              : ` ${user} got in by password after that began, last at ${when(entered.at, window.to - 1)} from ${from}: ` +
                `if that was not ${user}, end the session and lock the account.`),
          evidence: [...evidenceOfTries(tried), ...(entered === undefined ? [] : [entered])],
          host,
        })),
  };
};
