// macOS's Security Server, 10.4 to 10.6: who authenticated at a prompt of this machine (login window, screen saver,
// admin panels). Formats as seen in secure.log; later releases only number their sessions.
//   authinternal failed to authenticate user alice.
//   uid 501 succeeded authenticating as user alice (uid 501) for right system.login.console.
// sshd's PAM module of 10.4 and 10.5 asks here too, so a failure counts where no program tells of it.
import type { Parsed, Parser } from "./parser.ts";
import { withoutSender } from "./unified-log.ts";

const service = "SecurityServer";

function line(message: string): Parsed | undefined {
  const text = withoutSender(message);
  if (text.startsWith("authinternal failed to authenticate user ")) {
    const user = text.slice(41).replace(/\.$/, "");
    return { kind: "login.failure", service, basis: "pam", ...(user && { user }), reason: "authentication failure" };
  }
  return text.startsWith("uid ") ? succeeded(text, message) : undefined;
}

/** `uid N succeeded authenticating as user NAME (uid N) for right RIGHT.` */
function succeeded(text: string, message: string): Parsed | undefined {
  const as = text.indexOf(" succeeded authenticating as user ");
  const uid = text.lastIndexOf(" (uid ");
  const right = text.lastIndexOf(") for right ");
  if (as < 0 || uid < as + 34 || right < uid) return undefined;
  const user = text.slice(as + 34, uid);
  const what = text.slice(right + 12).replace(/\.$/, "");
  if (what === "system.login.console") {
    return { kind: "login.success", service, user, method: "console", message: message.slice(0, 1024) };
  }
  // A screen that is unlocked is no login and gives no rights.
  if (what.startsWith("system.login.")) return undefined;
  return { kind: "privilege.success", service, basis: "own", user, command: what };
}

export const securityServer: Parser = {
  name: "SecurityServer",
  appNames: ["com.apple.SecurityServer", "SecurityServer", "securityd"],
  rules: [{ name: "authentication", starts: "", parse: line }],
  silent: [""],
};
