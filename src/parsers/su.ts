// su: who became whom. Formats: shadow src/su.c, util-linux login-utils/su-common.c, FreeBSD and macOS usr.bin/su,
// Solaris usr/src/cmd/su/su.c (`[ID 810491 auth.crit]` stands before the message).
// TARGET is what was typed and may be any text on Linux; the caller and the terminal come from the system.
import { after } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

type Kind = "privilege.success" | "privilege.failure";

function told(kind: Kind, user: string, target: string): Parsed | undefined {
  return user === "" ? undefined : { kind, service: "su", basis: "own", user, target };
}

/** `Successful su for TARGET by USER`, `FAILED su for TARGET by USER` (shadow) */
function shadow(kind: Kind, words: string): Rule["parse"] {
  return (message) => {
    const by = message.lastIndexOf(" by ");
    return by < words.length ? undefined : told(kind, message.slice(by + 4), message.slice(words.length, by));
  };
}

/** `(to TARGET) USER on TTY`, `FAILED SU (to TARGET) USER on TTY` (util-linux) */
function utilLinux(kind: Kind, words: string): Rule["parse"] {
  return (message) => {
    const on = message.lastIndexOf(" on ");
    const close = message.lastIndexOf(") ", on);
    if (on < 0 || close < words.length) return undefined;
    return told(kind, message.slice(close + 2, on), message.slice(words.length, close));
  };
}

/** `'su TARGET' failed for USER on TTY`, `'su TARGET' succeeded for USER on TTY` (Solaris) */
function solaris(message: string): Parsed | undefined {
  const on = message.lastIndexOf(" on ");
  const failed = message.lastIndexOf("' failed for ", on);
  const succeeded = message.lastIndexOf("' succeeded for ", on);
  const end = Math.max(failed, succeeded);
  if (on < 0 || end < 4) return undefined;
  const user = message.slice(message.indexOf(" for ", end) + 5, on);
  return told(failed > succeeded ? "privilege.failure" : "privilege.success", user, message.slice(4, end));
}

/** `BAD SU USER to TARGET on TTY` (BSD, macOS), where TARGET is an account that exists */
function bsdRefused(message: string): Parsed | undefined {
  const [user, target] = bsd(after(message, "BAD SU ") ?? "") ?? [];
  return user === undefined || target === undefined ? undefined : told("privilege.failure", user, target);
}

/** `USER to TARGET on TTY` (BSD, macOS) */
function bsdRun(message: string): Parsed | undefined {
  if (message.startsWith("BAD SU ")) return undefined;
  const [user, target] = bsd(message) ?? [];
  return user === undefined || target === undefined ? undefined : told("privilege.success", user, target);
}

function bsd(text: string): readonly [string, string] | undefined {
  const words = text.length > 200 ? [] : text.split(" ");
  const [user, to, target, on, tty] = words;
  if (words.length !== 5 || to !== "to" || on !== "on" || !user || !target || !tty) return undefined;
  return [user, target];
}

const rule = (name: string, starts: string, parse: Rule["parse"]): Rule => ({ name, starts, parse });

export const su: Parser = {
  name: "su",
  appNames: ["su"],
  rules: [
    rule("su (shadow)", "Successful su for ", shadow("privilege.success", "Successful su for ")),
    rule("refused su (shadow)", "FAILED su for ", shadow("privilege.failure", "FAILED su for ")),
    rule("su (util-linux)", "(to ", utilLinux("privilege.success", "(to ")),
    rule("refused su (util-linux)", "FAILED SU (to ", utilLinux("privilege.failure", "FAILED SU (to ")),
    rule("refused su (BSD)", "BAD SU ", bsdRefused),
    rule("su (Solaris)", "'su ", solaris),
    rule("su (BSD)", "", bsdRun),
  ],
  // `+ /dev/pts/0 alice:root` and `- ...` repeat what the line beside them says.
  silent: [""],
};
