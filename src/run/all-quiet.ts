// The weekly sign of life by mail: nothing was worth one for a week, and every night was looked at.
import type { Config } from "../config/config.ts";
import { composeMessage, messageIdFor } from "../deliver/message.ts";
import type { Digest } from "../digest/digest.ts";
import type { Instant } from "../events/event.ts";
import { visible } from "../render/visible.ts";
import { count } from "../render/words.ts";
import type { Io } from "../run.ts";
import {
  DELIVERIES_KEPT,
  isWaiting,
  type NewEntry,
  NIGHTS_KEPT,
  type Span,
  type State,
  type StateView,
} from "../state/state.ts";
import { localMinute } from "../window/local-minute.ts";

const DAY = 86_400_000;
/** A week in which the clocks are put forward lasts an hour or two less. */
const WEEK = 7 * DAY - 2 * 3_600_000;
const HOST_LENGTH = 60;

/**
 * Returns since when no digest was worth a mail, when a mail should say so: no mail waits, and none of any kind is of
 * the last seven days of windows.
 *
 * @param to the end of this run's window, which was quiet too
 */
export function quietSince(state: Pick<StateView, "nights" | "outbox" | "deliveries">, to: Instant): Span | undefined {
  const waiting = state.outbox().filter(({ channel }) => channel === "mail");
  if (waiting.some(({ recipients }) => recipients.some((one) => isWaiting(one.state)))) return undefined;
  const mails = [...waiting, ...state.deliveries(DELIVERIES_KEPT).filter(({ channel }) => channel === "mail")];
  const lastMail = Math.max(...mails.map(({ window }) => window.to));
  const nights = state.nights(NIGHTS_KEPT);
  const told = nights.find(({ empty }) => !empty)?.window.to;
  // A schedule of minutes fills the history in a day: then only the last mail says how long it was quiet.
  const from = told ?? (nights.length < NIGHTS_KEPT ? nights.at(-1)?.window.from : lastMail);
  if (from === undefined || !Number.isFinite(from) || to - Math.max(from, lastMail) < WEEK) return undefined;
  return { from, to };
}

/** Returns the mail that says it, where the config asks for one and it is due. @throws ReportError Exit.Config */
export async function composeAllQuiet(
  digest: Digest,
  state: State | undefined,
  { mail, heartbeat, host: label }: Config,
  io: Io,
): Promise<NewEntry | undefined> {
  if (heartbeat.mail !== "weekly" || mail === undefined || state === undefined || !digest.empty) return undefined;
  const quiet = quietSince(state, digest.window.to);
  if (quiet === undefined) return undefined;
  const host = label ?? io.hostname;
  const since = localMinute(digest.window.timeZone, quiet.from);
  const nights = count(Math.round((quiet.to - quiet.from) / DAY), "night");
  const lines = [
    `${visible(host, HOST_LENGTH)}: nothing was worth a mail since ${since} (${nights}).`,
    `The last run read ${count(digest.coverage.length, "log")} to the end: ${digest.window.label}.`,
    'This mail comes once a week while all is quiet, because the config says heartbeat.mail = "weekly".',
  ];
  const messageId = messageIdFor({ host, ...quiet, channel: "mail all quiet" });
  const message = await composeMessage({
    from: mail.from,
    to: mail.to,
    subject: `${visible(host, HOST_LENGTH)}: all quiet since ${since.slice(0, 10)} (${nights})`,
    text: `${lines.join("\n")}\n`,
    html: page(visible(host, HOST_LENGTH), lines),
    host,
    messageId,
    date: new Date(io.now),
  });
  return { ...message, messageId, channel: "mail", window: quiet };
}

function page(title: string, lines: readonly string[]): string {
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}: all quiet</title>
</head>
<body style="font-family:sans-serif">
${paragraphs}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
