// doas: what it ran for whom, and what it refused. Format: OpenBSD usr.bin/doas/doas.c, 5.8 to 7.5, and opendoas.
// The caller is an account; the command and the directory are the caller's own words and may hold ` as root from /`.
import { after } from "./fields.ts";
import type { Parsed, Parser, Rule } from "./parser.ts";

const service = "doas";

/** `USER ran command COMMAND as TARGET from DIRECTORY` */
function ran(message: string): Parsed | undefined {
  const split = message.indexOf(" ran command ");
  if (split < 1) return undefined;
  const rest = message.slice(split + 13);
  const as = rest.indexOf(" as ");
  const from = rest.indexOf(" from ", as);
  const isSure = as >= 0 && from > as && rest.indexOf(" as ", as + 1) < 0 && rest.indexOf(" from ", from + 1) < 0;
  return {
    kind: "privilege.success",
    service,
    basis: "own",
    user: message.slice(0, split),
    ...(isSure && { target: rest.slice(as + 4, from) }),
    command: isSure ? rest.slice(0, as) : rest,
  };
}

/** `failed command for USER: COMMAND`, `command not permitted for USER: COMMAND` */
function notPermitted(words: string): Rule["parse"] {
  return (message) => {
    const colon = message.indexOf(": ", words.length);
    if (colon < 0) return undefined;
    const user = message.slice(words.length, colon);
    return {
      kind: "privilege.failure",
      service,
      basis: "own",
      user,
      command: message.slice(colon + 2),
      reason: "not permitted",
    };
  };
}

/** `failed auth for USER`, `tty required for USER` */
function refused(words: string, reason: string): Rule["parse"] {
  return (message) => {
    const user = after(message, words);
    return user === undefined ? undefined : { kind: "privilege.failure", service, basis: "own", user, reason };
  };
}

export const doas: Parser = {
  name: "doas",
  appNames: ["doas"],
  rules: [
    { name: "ran command", starts: "", parse: ran },
    { name: "failed command", starts: "failed command for ", parse: notPermitted("failed command for ") },
    {
      name: "command not permitted",
      starts: "command not permitted for ",
      parse: notPermitted("command not permitted for "),
    },
    { name: "failed auth", starts: "failed auth for ", parse: refused("failed auth for ", "wrong password") },
    { name: "tty required", starts: "tty required for ", parse: refused("tty required for ", "tty required") },
  ],
  silent: [],
};
