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

interface Reading {
  readonly target: string;
  readonly command: string;
}

/**
 * Whom and what. The caller chooses the directory, the variables and the command, so any of them may hold the fields of
 * another run; behind the account that sudo found stand only GROUP, TSID, ENV and COMMAND. The target is told where all
 * readings agree, the command where there is one; else everything from the directory on.
 */
function commandOf(rest: string): { readonly target?: string; readonly command?: string } {
  const command = rest.indexOf("COMMAND=");
  if (command < 0) return {};
  const readings = readingsOf(rest);
  const [first, second] = readings ?? [];
  if (readings !== undefined && second === undefined) return first ?? { command: rest.slice(command + 8) };
  const isAgreed = first !== undefined && readings?.every(({ target }) => target === first.target);
  return { ...(isAgreed && { target: first.target }), command: rest.slice(Math.max(0, fieldAt(rest, "PWD=", 0))) };
}

/** More fields and readings of one line than this are no accident. */
const MOST = 16;

/** @returns undefined when there are more than anybody needs */
function readingsOf(rest: string): readonly Reading[] | undefined {
  const readings: Reading[] = [];
  let user = fieldAt(rest, "USER=", 0);
  for (let fields = 0; user >= 0; fields++, user = fieldAt(rest, "USER=", user + 1)) {
    const target = rest.slice(user + 5, rest.indexOf(" ; ", user));
    let next = fieldAfter(rest, user);
    if (rest.startsWith("GROUP=", next)) next = fieldAfter(rest, next);
    if (rest.startsWith("TSID=", next)) next = fieldAfter(rest, next);
    const isFree = rest.startsWith("ENV=", next);
    if (isFree) next = fieldAt(rest, "COMMAND=", next);
    while (next >= 0 && rest.startsWith("COMMAND=", next) && readings.length <= MOST) {
      readings.push({ target, command: rest.slice(next + 8) });
      // Variables may hold a command that is none.
      next = isFree ? fieldAt(rest, "COMMAND=", next + 1) : -1;
    }
    if (fields >= MOST || readings.length > MOST) return undefined;
  }
  return readings;
}

/** Index of the field behind the one at `at`, or the end. */
function fieldAfter(text: string, at: number): number {
  const end = text.indexOf(" ; ", at);
  return end < 0 ? text.length : end + 3;
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
