// sudo and su. sudo: lib/eventlog, plugins/sudoers/logging.c of 1.6 to 1.9; su: util-linux and shadow, BSD.
//   USER : [REASON ; ]TTY=t ; PWD=d ; USER=u ; COMMAND=c        the caller is right-aligned
// A directory's name can hold ` ; USER=root ; COMMAND=x`: only the caller and the reason are surely sudo's words.
import { between, numberOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

function sudoLine(message: string): Parsed | undefined {
  const split = message.indexOf(" : ");
  if (split < 0) return undefined;
  const user = message.slice(0, split).trim();
  const rest = message.slice(split + 3);
  if (user === "" || user.includes(" ") || rest.startsWith("(command continued)")) return undefined;
  const target = between(rest, "USER=", " ;");
  const command = rest.indexOf("COMMAND=");
  const told = {
    service: "sudo",
    basis: "own" as const,
    user,
    ...(target !== undefined && { target }),
    ...(command >= 0 && { command: rest.slice(command + 8) }),
  };
  if (/^(?:TTY|HOST|CHROOT|PWD|USER|GROUP|TSID|ENV)=/.test(rest)) {
    return command < 0 ? undefined : { kind: "privilege.success", ...told };
  }
  const reason = rest.split(" ; ", 1)[0] ?? "";
  const wrong = /^(\d{1,3}) incorrect password attempts?$/.exec(reason);
  if (wrong !== null) return { kind: "privilege.failure", ...told, reason, repeat: numberOf(wrong[1] ?? "") ?? 1 };
  if (REFUSALS.some((words) => reason.startsWith(words))) return { kind: "privilege.failure", ...told, reason };
  return undefined;
}

const REFUSALS = [
  "user NOT in sudoers",
  "user NOT authorized on host",
  "command not allowed",
  "a password is required",
  "account validation failure",
  "no tty present",
  "sorry, you must have a tty",
];

function su(kind: "privilege.success" | "privilege.failure", user: string, target: string): Parsed {
  return { kind, service: "su", basis: "own", user, target };
}

/** `Successful su for TARGET by USER`, `FAILED su for TARGET by USER` (shadow) */
function shadow(kind: "privilege.success" | "privilege.failure", words: string) {
  return (message: string): Parsed | undefined => {
    const by = message.lastIndexOf(" by ");
    return by < 0 ? undefined : su(kind, message.slice(by + 4), message.slice(words.length, by));
  };
}

/** `(to TARGET) USER on TTY`, `FAILED SU (to TARGET) USER on TTY` (util-linux) */
function utilLinux(kind: "privilege.success" | "privilege.failure") {
  return (message: string): Parsed | undefined => {
    const target = between(message, "(to ", ") ");
    const on = message.lastIndexOf(" on ");
    if (target === undefined || on < 0) return undefined;
    return su(kind, message.slice(message.indexOf(") ") + 2, on), target);
  };
}

/** `BAD SU USER to TARGET on TTY` (BSD, macOS) */
function badSu(message: string): Parsed | undefined {
  const to = message.indexOf(" to ");
  const on = message.lastIndexOf(" on ");
  return to < 0 || on < to ? undefined : su("privilege.failure", message.slice(7, to), message.slice(to + 4, on));
}

export const sudo: Parser = {
  name: "sudo",
  appNames: ["sudo"],
  rules: [{ name: "sudo", starts: "", parse: (message) => (message.startsWith("pam_") ? undefined : sudoLine(message)) }],
  silent: [""],
};

export const suParser: Parser = {
  name: "su",
  appNames: ["su"],
  rules: [
    { name: "su", starts: "Successful su for ", parse: shadow("privilege.success", "Successful su for ") },
    { name: "failed su", starts: "FAILED su for ", parse: shadow("privilege.failure", "FAILED su for ") },
    { name: "su (util-linux)", starts: "(to ", parse: utilLinux("privilege.success") },
    { name: "failed su (util-linux)", starts: "FAILED SU (to ", parse: utilLinux("privilege.failure") },
    { name: "failed su (BSD)", starts: "BAD SU ", parse: badSu },
  ],
  silent: [""],
};
