// What loggers write in place of equal lines:
//   app[pid]: message repeated 5 times: [ MESSAGE]      rsyslog, under the program's own tag
//   host last message repeated 5 times                  sysklogd, BSD syslogd; newer ones under the tag syslogd
//   --- last message repeated 1 time ---                macOS, without a host

import { REPEAT } from "./envelope.ts";

/** A repetition is believed up to this many times: the rest of a flood says nothing new. */
const MOST_REPEATS = 100_000;

interface Repeated {
  readonly times: number;
  readonly message: string;
}

/** Reads rsyslog's form, at the beginning of a message only: elsewhere it is quoted text. */
export function repeatedMessage(message: string): Repeated | undefined {
  if (!message.startsWith("message repeated ") || !message.endsWith("]")) return undefined;
  const open = message.indexOf(" times: [");
  const times = timesIn(message.slice(17, open));
  if (open < 0 || times === 0) return undefined;
  const from = message.charCodeAt(open + 9) === 32 ? open + 10 : open + 9;
  return { times, message: message.slice(from, -1) };
}

/**
 * Returns how often the line before is repeated, 0 for a message that says something else.
 *
 * @param appName `REPEAT` for the forms without a tag, whose message begins at the number
 */
export function repeatedTimes(appName: string, message: string): number {
  if (appName === REPEAT) return timesIn(message.slice(0, message.indexOf(" ")));
  return message.startsWith("last message repeated ") ? timesIn(message.slice(22).split(" ", 1)[0] as string) : 0;
}

function timesIn(text: string): number {
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text), MOST_REPEATS) : 0;
}
