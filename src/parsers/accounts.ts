// Users, groups and passwords: shadow's useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd,
// chpasswd, newusers, chage, chfn, chsh. Formats: shadow src/*.c of 4.1 to 4.15. One change often writes a line for
// every file it touches (group, gshadow): the one of the change itself carries the event.
// passwd and chpasswd with PAM write pam_unix's line alone (pam.ts).
import { between } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

/** A line that tells of one change. `user` slices the account it is about, where it is about one. */
function change(name: string, starts: string, user?: (message: string) => string | undefined, ends = ""): Rule {
  return {
    name,
    starts,
    parse(message): Parsed | undefined {
      if (!message.endsWith(ends)) return undefined;
      const who = user?.(message);
      return { kind: "account", ...(who && { user: who }), message: message.slice(0, 1024) };
    },
  };
}

const quoted = (message: string) => between(message, "'", "'");
const lastWord = (words: string) => (message: string) => message.slice(words.length);

export const accounts: Parser = {
  name: "accounts",
  appNames: [
    "useradd",
    "usermod",
    "userdel",
    "groupadd",
    "groupmod",
    "groupdel",
    "groupmems",
    "gpasswd",
    "passwd",
    "chpasswd",
    "chgpasswd",
    "newusers",
    "chage",
    "chfn",
    "chsh",
  ],
  rules: [
    change("new user", "new user: name=", (message) => between(message, "name=", ",")),
    change("new group", "new group: name="),
    change("not added", "failed adding user ", quoted),
    change("user deleted", "delete user '", quoted),
    change("user changed", "change user ", quoted),
    change("user locked", "lock user '", quoted),
    change("user unlocked", "unlock user '", quoted),
    change("information changed", "changed user '", quoted),
    // The same for gshadow says `to shadow group`.
    {
      name: "added to group",
      starts: "add '",
      parse: (message) =>
        message.includes("' to shadow group '")
          ? undefined
          : { kind: "account", user: quoted(message), message: message.slice(0, 1024) },
    },
    {
      name: "taken out of group",
      starts: "delete '",
      parse: (message) =>
        message.includes("' from shadow group '")
          ? undefined
          : { kind: "account", user: quoted(message), message: message.slice(0, 1024) },
    },
    {
      name: "member added or removed",
      starts: "user ",
      parse(message) {
        const user = /^user (\S{1,64}) (?:added|removed) by /.exec(message)?.[1];
        return user === undefined ? undefined : { kind: "account", user, message: message.slice(0, 1024) };
      },
    },
    change("members set", "members of group "),
    change("administrators set", "administrators of group "),
    change("group restricted", "access to group "),
    change("group password", "password of group "),
    change("group removed", "removed group '"),
    change("group deleted", "group '", undefined, "' removed"),
    change("group changed", "group changed in /etc/group"),
    change("password", "password for '", quoted),
    change("password expiry", "changed password expiry for ", lastWord("changed password expiry for ")),
  ],
  silent: [""],
};
