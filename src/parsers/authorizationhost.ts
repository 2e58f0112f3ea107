// macOS's authorizationhost: passwords typed at the login window, the locked screen and admin prompts. Seen: system.log
// of 10.6 to 10.11, the unified log of 15 (where it withholds the name).
//   Failed to authenticate user <alice> (tDirStatus: -14090).       Failed to authenticate user <<private>>
// `OpenDirectory - The authtok is incorrect.` stands beside it for the same try.
import type { Parsed, Parser } from "./parser.ts";
import { withoutSender } from "./unified-log.ts";

const WORDS = "Failed to authenticate user <";

function line(message: string): Parsed | undefined {
  const text = withoutSender(message);
  if (!text.startsWith(WORDS)) return undefined;
  const detail = text.lastIndexOf("> (");
  const end = detail > 0 ? detail : text.lastIndexOf(">");
  if (end < WORDS.length) return undefined;
  const name = text.slice(WORDS.length, end);
  const user = name === "" || name.startsWith("<private>") || name === "private" ? undefined : name;
  return {
    kind: "login.failure",
    service: "authorizationhost",
    basis: "own",
    ...(user !== undefined && { user }),
    reason: "wrong password at this machine",
  };
}

export const authorizationhost: Parser = {
  name: "authorizationhost",
  appNames: ["authorizationhost"],
  rules: [{ name: "wrong password", starts: "", parse: line }],
  silent: [""],
};
