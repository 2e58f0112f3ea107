// A password where this user has a key: a new device perhaps, or somebody who knows the password and has no key.
import { copyOf } from "../../events/address.ts";
import { Distinct } from "../distinct.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { isGuessable, isShell } from "./guessable.ts";
import { listOf, spanIn, timesOf } from "./words.ts";

const MOST_USERS = 2_000;
const MOST_ADDRESSES = 100;

interface Habit {
  readonly user: string;
  readonly host: string;
  keys: number;
  readonly keyAddresses: Distinct;
  passwords: Seen | undefined;
  readonly passwordAddresses: Distinct;
}

export const passwordInsteadOfKey: StartRule = (window, { keyLogins } = THRESHOLDS) => {
  const habits = new Map<string, Habit>();
  const span = spanIn(window);

  return {
    kinds: ["login.success"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      // root by password is a finding of its own.
      if (event.kind !== "login.success" || event.user === "root" || !inside) return;
      const peer = event.ip ?? event.host;
      if (peer === undefined || !isShell(event)) return;
      const key = `${event.user}|${host}`;
      let habit = habits.get(key);
      if (habit === undefined) {
        if (habits.size >= MOST_USERS) return;
        const [keyAddresses, passwordAddresses] = [new Distinct(MOST_ADDRESSES), new Distinct(MOST_ADDRESSES)];
        habit = { user: copyOf(event.user), host, keys: 0, keyAddresses, passwords: undefined, passwordAddresses };
        habits.set(copyOf(key), habit);
      }
      if (event.method.startsWith("publickey")) {
        habit.keys += event.repeat;
        habit.keyAddresses.add(peer);
      } else if (isGuessable(event)) {
        const evidence = evidenceOf(event, at, `login by ${event.method}`);
        habit.passwords ??= new Seen(evidence);
        habit.passwords.again(evidence, event.repeat);
        habit.passwordAddresses.add(peer);
      }
    },

    conclude: () =>
      [...habits.values()].flatMap(({ user, host, keys, keyAddresses, passwords, passwordAddresses }) => {
        if (passwords === undefined || keys < keyLogins || keys <= passwords.count) return [];
        const known = new Set(keyAddresses.top(MOST_ADDRESSES));
        const addresses = passwordAddresses.top(MOST_ADDRESSES);
        const strange = addresses.filter((address) => !known.has(address));
        const where = strange.length === 0 ? "an address that also used the key" : "where no key was used";
        return [
          {
            id: "password-instead-of-key",
            severity: strange.length > 0 ? "warning" : "notice",
            title: `${user} logged in by password, and otherwise by key`,
            detail:
              `${user} logged in ${timesOf(keys)} by key, and ${timesOf(passwords.count)} by password from ` +
              `${listOf(strange.length > 0 ? strange : addresses)}, ${where}, ` +
              `${span(passwords.first.at, passwords.last.at)}. A password can be learned by others, a key hardly. ` +
              `If that was not ${user}: end the session and change the password.`,
            evidence: passwords.evidence,
            host,
          },
        ];
      }),
  };
};
