// macOS's login window and its end of a session: loginwindow, sessionlogoutd. Seen: system.log of 10.5 to 10.11 (utmpx
// lines), the unified log of 13 to 26. `User "alice" is logged in` names the user; `loginIsComplete`, in the same
// second, does not, so it opens the session. Locked and unlocked screens carry no event.
import type { Parsed, Parser } from "./parser.ts";
import { withoutSender } from "./unified-log.ts";

const service = "loginwindow";

function window(message: string): Parsed | undefined {
  const text = withoutSender(message);
  if (text.startsWith("USER_PROCESS: ")) return { kind: "session.open", service };
  if (text.startsWith("DEAD_PROCESS: ")) return { kind: "session.close", service };
  if (text.startsWith('User "') || text.includes('| User "')) {
    const end = text.lastIndexOf('" is logged in');
    const start = text.indexOf('User "') + 6;
    const user = end < start ? "" : text.slice(start, end);
    if (user === "" || user.startsWith("<")) return undefined;
    return { kind: "login.success", service, user, method: "console", message: message.slice(0, 1024) };
  }
  if (text.includes("loginIsComplete, set session state to desktop showing")) return { kind: "session.open", service };
  return text.includes("com.apple.system.loginwindow.logoutNoReturn") ? { kind: "session.close", service } : undefined;
}

/** `...Setting lastUserName: NAME`; `logout is complete` follows it and says no more. */
function loggedOut(message: string): Parsed | undefined {
  const at = message.lastIndexOf("Setting lastUserName: ");
  const user = at < 0 ? "" : message.slice(at + 22).trim();
  return user === "" ? undefined : { kind: "session.close", service, user };
}

/** `Succeeded authorizing right 'system.login.console' by client ...` repeats what loginwindow says. */
export const loginwindow: Parser = {
  name: "loginwindow",
  appNames: ["loginwindow"],
  rules: [{ name: "login window", starts: "", parse: window }],
  silent: [""],
};

export const sessionlogoutd: Parser = {
  name: "sessionlogoutd",
  appNames: ["sessionlogoutd"],
  rules: [{ name: "logged out", starts: "", parse: loggedOut }],
  silent: [""],
};
