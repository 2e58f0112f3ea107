// The web interface of pfSense and OPNsense, which logs under php's name. Formats: pfsense src/etc/inc/auth.inc,
// authgui.inc (2.x); OPNsense src/etc/inc/authgui.inc (of old).
//   /index.php: webConfigurator authentication error for user 'NAME' from: IP
//   /index.php: Successful login for user 'NAME' from: IP (Local Database)
//   /index.php: Web GUI authentication error for 'NAME' from IP
// NAME of an error is any text; the address is taken from the right.
import { peerOf } from "./fields.ts";
import type { Parsed, Parser } from "./parser.ts";

const service = "webConfigurator";
const FAILED = ["webConfigurator authentication error for ", "Web GUI authentication error for "];
const LET_IN = "Successful login for user '";

function line(message: string): Parsed | undefined {
  // The script that was asked for stands in front.
  const colon = message.startsWith("/") ? message.slice(0, 80).indexOf(": ") : -1;
  const text = message.slice(colon < 0 ? 0 : colon + 2);
  const words = FAILED.find((each) => text.startsWith(each));
  if (words !== undefined) {
    const who = whoIn(text.slice(words.length));
    return who && { kind: "login.failure", service, basis: "own", ...who, method: "password" };
  }
  const who = text.startsWith(LET_IN) ? whoIn(text.slice(LET_IN.length - 1)) : undefined;
  return who && { kind: "login.success", service, ...who, method: "password", message: message.slice(0, 1024) };
}

/** `[user ]'NAME' from[:] IP[ (DATABASE)]` */
function whoIn(text: string) {
  const open = text.indexOf("'");
  const close = text.lastIndexOf("' from");
  if (close <= open || open < 0) return undefined;
  const [, address = ""] = text.slice(close).split(/ from:? | \(/, 2);
  const { ip } = peerOf(address) ?? {};
  return ip === undefined ? undefined : { user: text.slice(open + 1, close), ip };
}

export const pfsense: Parser = {
  name: "pfSense",
  appNames: ["php-fpm", "php", "audit"],
  rules: [{ name: "web interface", starts: "", parse: line }],
  silent: [""],
};
