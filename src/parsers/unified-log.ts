// What `log show --style syslog` of macOS 10.12 and later puts in front of a message:
//   (loginsupport) [com.apple.sessionlogoutd:SLOD_General] MESSAGE        sender, then subsystem and category

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
