// What macOS 10.12 and later does to messages. `log show --style syslog` puts in front of them
//   (loginsupport) [com.apple.sessionlogoutd:SLOD_General] MESSAGE        sender, then subsystem and category
// and the log writes `<private>`, `<<private>>` or `<mask.hash: '...'>` in place of what it withholds.
import type { Parsed } from "./parser.ts";

/** Takes the sender, the subsystem and the category off the front; a message without them stays as it is. */
export function withoutSender(message: string): string {
  let text = message;
  if (text.startsWith("(")) {
    const close = text.indexOf(") ");
    if (close > 0 && close < 80 && !text.slice(0, close).includes(" ")) text = text.slice(close + 2);
  }
  if (text.startsWith("[")) {
    const close = text.indexOf("] ");
    if (close > 0 && close < 120 && !text.slice(0, close).includes(" ")) text = text.slice(close + 2);
  }
  return text;
}

function isWithheld(text: string): boolean {
  return text === "<private>" || text === "<<private>>" || text.startsWith("<mask.hash: ");
}

/** Leaves out a name that macOS withheld: it is nobody's. A login keeps an empty one, because it is somebody's. */
export function withoutWithheld(parsed: Parsed): Parsed {
  if (!("user" in parsed) || parsed.user === undefined || !isWithheld(parsed.user)) return parsed;
  if (parsed.kind === "login.success") return { ...parsed, user: "" };
  const { user, ...rest } = parsed;
  return rest;
}
