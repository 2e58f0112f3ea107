// A Discord webhook: https://discord.com/developers/docs/resources/webhook#execute-webhook
// Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits: title 256, description 4,096,
// all texts of an embed 6,000, which these two cannot reach.

import { cutLines, cutText, utf16, type Weigh } from "./cut.ts";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { parseUrl } from "./http.ts";
import { send } from "./http-receipt.ts";
import { type Notice, printable, titleOf } from "./notice.ts";

export interface DiscordOptions {
  /** The channel's name in receipts and in the outbox. */
  readonly channel: string;
  /** Where its settings stand in the config, `discord`. */
  readonly key: string;
  /** The webhook's URL, which is all that one needs to write there: a secret. */
  readonly url: string;
  /** Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

const TITLE = 256;
const DESCRIPTION = 4096;
/** The share of the description that findings and counts may take; the digest gets the rest. */
const LINES = 1800;

const COLOURS: Readonly<Record<Notice["severity"], number>> = {
  critical: 0xd32f2f,
  warning: 0xf57c00,
  notice: 0x1976d2,
  event: 0x607d8b,
  source: 0xf9a825,
};

const FENCE = "```";

/** Composes one embed: title, findings and counts as sentences, and the digest as a block that keeps its columns. */
export function composeDiscord(notice: Notice, channel: string): Message {
  const title = titleOf(notice);
  const lines = notice.lines.map((line) => `• ${printable(line.replaceAll("\n", " "))}`).join("\n");
  const told = escapeMarkdown(cutLines(lines, LINES, escapedLength));
  // Nothing but its own fence ends a block: no markdown, no mention and no link inside it means anything.
  const text = printable(notice.text).replaceAll("`", "ˋ");
  const block = cutLines(text, DESCRIPTION - told.length - 2 * FENCE.length - 3, utf16);
  const parts = [told, block === "" ? "" : `${FENCE}\n${block}\n${FENCE}`].filter((part) => part !== "");
  const embed = {
    title: escapeMarkdown(cutText(title, TITLE, escapedLength)),
    description: parts.join("\n"),
    color: COLOURS[notice.severity],
  };
  const raw = Buffer.from(JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } }));
  return { id: notice.messageId, from: "", to: [channel], subject: title, raw };
}

/**
 * Returns a deliverer that posts to the webhook and waits until Discord has stored the message.
 *
 * @throws ReportError Exit.Config when the URL is none, without the URL in its text
 */
export function discordDeliverer(options: DiscordOptions): Deliverer {
  const { channel, key, timeoutMs = 30_000 } = options;
  const urlKey = `${key}.url`;
  const url = parseUrl(options.url, urlKey);
  url.searchParams.set("wait", "true");
  const service = { urlKey, loginKey: urlKey, secrets: [options.url], retrySeconds };
  const headers = { "content-type": "application/json" };
  return {
    channel,
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      const request = { url, method: "POST", headers, body: message.raw, confidential: true, timeoutMs } as const;
      const outcome = await send(request, service, signal);
      return message.to.map((to) => ({ to, ...outcome }));
    },
  };
}

/** `{"message": "You are being rate limited.", "retry_after": 1.336, "global": false}` */
function retrySeconds(body: string): number | undefined {
  try {
    const { retry_after: seconds } = JSON.parse(body) ?? {};
    return typeof seconds === "number" ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What means something anywhere in a line: emphasis, code, spoilers, links, mentions, emoji. What means something only
 * at the start of a line finds our own words there.
 */
const MARKDOWN = /[\\*_~`|<[\]@]|:(?=[\w/])/g;

function escapeMarkdown(text: string): string {
  return text.replace(MARKDOWN, "\\$&");
}

/** Never less than what a character takes after `escapeMarkdown`, wherever it stands. */
const escapedLength: Weigh = (char) => ("\\*_~`|<[]@:".includes(char) ? 2 : char.length);
