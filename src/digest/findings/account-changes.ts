// New accounts, new administrators, new passwords: what an intruder makes in order to come back, and what an
// administrator makes every month. Lines of shadow's tools and of pam_unix (parsers/accounts.ts, parsers/pam.ts).
import { copyOf } from "../../events/address.ts";
import type { Severity } from "../digest.ts";
import { Distinct } from "../distinct.ts";
import { type Found, ignore, type StartRule } from "../finding-rule.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { listOf, oneOf, spanIn } from "./words.ts";

/** Groups whose members may become root: of sudo on Debian, Red Hat and BSD, Ubuntu and macOS; root's own. */
const ADMINISTRATORS = new Set(["sudo", "wheel", "admin", "root"]);
const MOST_NAMES = 1_000;
const MOST_CHANGES = 400;

interface What {
  readonly id: string;
  readonly severity: Severity;
  readonly title: (names: readonly string[]) => string;
  readonly means: string;
}

const ZERO: What = {
  id: "uid-zero-account",
  severity: "critical",
  title: (names) => `${oneOf(names, "accounts")} with the user id 0: another root`,
  means:
    "Such an account is root under another name, and there is hardly a good reason for one. If you did not make it: lock it, and look how the intruder got in.",
};
const ADMIN: What = {
  id: "new-administrator",
  severity: "warning",
  title: (names) => `${oneOf(names, "accounts")} may now become root`,
  means:
    "Members of that group may run anything. If you did not do that: take the account out of the group and look who did.",
};
const NEW: What = {
  id: "new-account",
  severity: "notice",
  title: (names) => (names.length === 1 ? `new account: ${names[0]}` : `${names.length} new accounts`),
  means: "Packages make accounts for their services. If you know nothing of one: lock it and look who made it.",
};
const PASSWORD: What = {
  id: "password-changed",
  severity: "notice",
  title: (names) => `password changed: ${oneOf(names, "accounts")}`,
  means: "If its owner did not change it: lock the account and look who did.",
};

interface Change {
  readonly what: What;
  readonly host: string;
  readonly users: Distinct;
  readonly seen: Seen;
}

export const accountChanges: StartRule = (window) => {
  const changes = new Map<string, Change>();
  const span = spanIn(window);

  return {
    kinds: ["account"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind !== "account" || !inside) return;
      for (const [what, users] of readChange(event.message, event.user)) {
        const evidence = evidenceOf(event, at, what.id.replaceAll("-", " "));
        const key = `${what.id}|${host}`;
        let change = changes.get(key);
        if (change === undefined) {
          if (changes.size >= MOST_CHANGES) return;
          change = { what, host, users: new Distinct(MOST_NAMES), seen: new Seen(evidence) };
          changes.set(copyOf(key), change);
        }
        change.seen.again(evidence, event.repeat);
        for (const user of users) change.users.add(user);
      }
    },

    conclude: () => [...changes.values()].flatMap(tell),
  };

  function tell({ what, host, users, seen }: Change): readonly Found[] {
    // The first password of a new account is part of making it.
    const made = what === PASSWORD ? changes.get(`${NEW.id}|${host}`)?.users : undefined;
    const known = new Set(made?.top(MOST_NAMES));
    const names = users.top(MOST_NAMES).filter((user) => !known.has(user));
    if (names.length === 0) return [];
    const { id, severity, title, means } = what;
    return [
      {
        id,
        severity,
        title: title(names),
        detail: `The log tells so of ${listOf(names)} ${span(seen.first.at, seen.last.at)}. ${means}`,
        evidence: seen.evidence,
        host,
      },
    ];
  }
};

/** Reads what a line changed, and of whom. `user` is whom the parser found in it. */
function readChange(message: string, user: string | undefined): readonly (readonly [What, readonly string[]])[] {
  if (message.startsWith("new user: name=")) {
    const who = user === undefined ? [] : [user];
    return /, UID=0(?:,|$)/.test(message)
      ? [
          [NEW, who],
          [ZERO, who],
        ]
      : [[NEW, who]];
  }
  if (user !== undefined && /^change user '.{1,300}' UID from '\d{1,20}' to '0'$/.test(message))
    return [[ZERO, [user]]];
  const group = groupJoined(message);
  if (group !== undefined && ADMINISTRATORS.has(group.name)) {
    const members = group.members ?? (user === undefined ? [] : [user]);
    return members.length === 0 ? [] : [[ADMIN, members]];
  }
  const isPassword =
    message.startsWith("password changed for ") || /^password for '.{1,300}' changed by /.test(message);
  return isPassword && user !== undefined ? [[PASSWORD, [user]]] : [];
}

/** `add 'U' to group 'G'`, `user U added by R to group G`, `members of group G set by R to U,V` */
function groupJoined(message: string): { readonly name: string; readonly members?: readonly string[] } | undefined {
  if (message.startsWith("add '")) {
    const at = message.lastIndexOf("' to group '");
    return at < 0 ? undefined : { name: message.slice(at + 12, -1) };
  }
  if (message.startsWith("user ") && message.includes(" added by ")) {
    return { name: message.slice(message.lastIndexOf(" ") + 1) };
  }
  const set = /^members of group (\S{1,64}) set by \S{1,64} to (\S{1,900})$/.exec(message);
  return set === null ? undefined : { name: set[1] ?? "", members: (set[2] ?? "").split(",") };
}
