// sudo: what it ran for whom, and what it refused. Format: sudo lib/eventlog and plugins/sudoers/logging.c, 1.6 to 1.9.
//   USER : [REASON ; ][HOST=h ; ][TTY=t ; ][CHROOT=d ; ]PWD=d ; USER=u ; [GROUP=g ; ][TSID=i ; ][ENV=... ; ]COMMAND=c
// USER is right-aligned. Nothing is quoted: a directory, a variable or a command may hold ` ; USER=root ; COMMAND=x`.
// Only the caller, the reason and the terminal are surely sudo's words; what has two readings is shown as it stands.
import { numberOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

/** Reasons that refuse. Others (problem with defaults entries, unable to resolve host) stand before a run. */
const REFUSALS = [
  "user NOT in sudoers",
  "user NOT authorized on host",
  "command not allowed",
  "a password is required",
  "account validation failure",
  "Account expired",
  "Account or password is expired",
  "no tty present",
  "sorry, you must have a tty",
  "sorry, you are not allowed to",
  "you are not permitted to",
  "you do not exist in the passwd database",
  "command in current directory",
];
const FIELD = /^(?:HOST|TTY|CHROOT|PWD|USER|GROUP|TSID|ENV)=/;

function line(message: string): Parsed | undefined {
  const split = message.indexOf(" : ");
  const user = message.slice(0, Math.max(0, split)).trim();
  if (user === "") return undefined;
  const rest = message.slice(split + 3);
  const told = { service: "sudo", basis: "own" as const, user };
  if (FIELD.test(rest)) {
    return rest.includes("COMMAND=") ? { kind: "privilege.success", ...told, ...commandOf(rest) } : undefined;
  }
  const reason = rest.slice(0, 200).split(" ; ", 1)[0] ?? "";
  const wrong = /^(\d{1,4}) incorrect password attempts?$/.exec(reason);
  if (wrong !== null) {
    const repeat = numberOf(wrong[1] ?? "") ?? 1;
    return { kind: "privilege.failure", ...told, ...commandOf(rest), reason, repeat };
  }
  if (!REFUSALS.some((words) => reason.startsWith(words))) return undefined;
  return { kind: "privilege.failure", ...told, ...commandOf(rest), reason };
}

/** Whom and what: the target only where it has one reading, else all from the directory on as the command. */
function commandOf(rest: string): { readonly target?: string; readonly command?: string } {
  const command = rest.indexOf("COMMAND=");
  if (command < 0) return {};
  const head = rest.slice(0, command);
  const user = fieldAt(head, "USER=", 0);
  const isForged = rest.includes(" ; COMMAND=", command + 8) || (user >= 0 && fieldAt(head, "USER=", user + 1) >= 0);
  if (isForged) return { command: rest.slice(Math.max(0, fieldAt(rest, "PWD=", 0))) };
  const end = user < 0 ? -1 : head.indexOf(" ;", user);
  return { ...(end > 0 && { target: head.slice(user + 5, end) }), command: rest.slice(command + 8) };
}

/** Index of `name` at the beginning of a field. */
function fieldAt(text: string, name: string, from: number): number {
  if (from === 0 && text.startsWith(name)) return 0;
  const at = text.indexOf(` ; ${name}`, from);
  return at < 0 ? -1 : at + 3;
}

export const sudo: Parser = {
  name: "sudo",
  appNames: ["sudo"],
  // "" because the caller's name comes first; PAM's lines under sudo's name hold no ` : `.
  rules: [{ name: "sudo", starts: "", parse: (message) => (message.startsWith("pam_") ? undefined : line(message)) }],
  silent: [""],
};
