// The digest to any program that takes HTTP: as JSON, or as a body that the user's template made of it.

import { createHmac } from "node:crypto";
import { validateHeaderName } from "node:http";
import { Exit, ReportError } from "../errors.ts";
import { cutLines, utf16 } from "./cut.ts";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { headerValue, parseUrl } from "./http.ts";
import { send } from "./http-receipt.ts";
import { type Notice, printable, titleOf } from "./notice.ts";
import { oneLine } from "./one-line.ts";

export interface WebhookOptions {
  /** The channel's name in receipts and in the outbox. */
  readonly channel: string;
  /** Where its settings stand in the config, `webhook`. */
  readonly key: string;
  /**
   * `{id}` in it becomes the message's id, and the request a PUT instead of a POST: a service that knows a message by
   * its address shows it once, however often it is sent.
   */
  readonly url: string;
  /** The URL came from where secrets come from: it goes over TLS, or to this machine itself. */
  readonly secretUrl?: boolean | undefined;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers whose values are secrets, as `X-Api-Key`. */
  readonly secretHeaders?: Readonly<Record<string, string>> | undefined;
  /** Signs the body, see `signatureOf`. */
  readonly signingSecret?: string | undefined;
  readonly ca?: string | undefined;
  /** Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

const JSON_TYPE = "application/json";

/** A section of Slack holds 3,000 characters; most other services more. */
const EXCERPT = 2900;

/** What a body's template sees. Who wants all of the digest as JSON needs no template. */
export type WebhookView = Omit<Notice, "messageId" | "json"> & {
  readonly id: string;
  /** The start of `text`, at most 2,900 characters, saying how many lines were cut. */
  readonly excerpt: string;
};

export function webhookView({ messageId, json: _, ...notice }: Notice): WebhookView {
  return { ...notice, id: bare(messageId), excerpt: cutLines(printable(notice.text), EXCERPT, utf16) };
}

/** What a user's template made, and for whom. */
export interface WebhookBody {
  readonly text: string;
  readonly contentType: string;
  /** The config's key of the template. */
  readonly key: string;
}

/**
 * Composes the body: the digest's JSON, or what a template made.
 *
 * @throws ReportError Exit.Config when the body should be JSON and is none, which no receiver would ever take
 */
export function composeWebhook(notice: Notice, channel: string, body?: WebhookBody): Message {
  if (body !== undefined && isJson(body.contentType) && !parses(body.text)) {
    const advice = "write {{json text}}, without quotes around it, so that quotes and line ends in logs break nothing";
    throw new ReportError(Exit.Config, `${body.key} does not make JSON (${advice})`);
  }
  const raw = Buffer.from(body?.text ?? notice.json);
  return { id: notice.messageId, from: "", to: [channel], subject: titleOf(notice), raw };
}

/**
 * Returns a deliverer that sends the body, its signature and its id.
 *
 * @throws ReportError Exit.Config when the URL or a header cannot be right, never with a secret in its text
 */
export function webhookDeliverer(options: WebhookOptions): Deliverer {
  const { channel, key, token, signingSecret, ca, timeoutMs = 30_000 } = options;
  const urlKey = `${key}.url`;
  const method = options.url.includes("{id}") ? "PUT" : "POST";
  const urlOf = (id: string) => parseUrl(options.url.replaceAll("{id}", encodeURIComponent(bare(id))), urlKey);
  urlOf("id");
  const secretHeaders = checked(options.secretHeaders ?? {}, `${key}.secret_headers`);
  const fixed = {
    ...checked(options.headers ?? {}, `${key}.headers`),
    ...secretHeaders,
    ...(token === undefined ? {} : { authorization: headerValue(`Bearer ${token}`, `${key}.token`) }),
    "content-type": headerValue(options.contentType ?? JSON_TYPE, `${key}.content_type`),
  };
  const sent = [...Object.values(secretHeaders).flatMap(withoutScheme), ...(token === undefined ? [] : [token])];
  const secrets = signingSecret === undefined ? sent : [...sent, signingSecret];
  const service = { urlKey, loginKey: `${key}.token`, secrets };
  const confidential = options.secretUrl === true || sent.length > 0;
  return {
    channel,
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      const { id, raw: body } = message;
      const signature =
        signingSecret === undefined ? {} : { "x-logdigest-signature": signatureOf(body, signingSecret) };
      const headers = { ...fixed, "x-logdigest-id": bare(id), ...signature };
      const outcome = await send(
        { url: urlOf(id), method, headers, body, confidential, ca, timeoutMs },
        service,
        signal,
      );
      return message.to.map((to) => ({ to, ...outcome }));
    },
  };
}

/**
 * Returns `sha256=` and the HMAC-SHA256 of the body in hexadecimal, as GitHub signs, so that what verifies GitHub's
 * webhooks verifies these. It has no time in it: a body names its window, and a second try is the same request.
 */
export function signatureOf(body: Buffer, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** `Basic abc`, and `abc`: a server may repeat the one or the other. */
function withoutScheme(value: string): readonly string[] {
  return [value, ...value.split(" ").slice(1)];
}

/** What this program or its connection sets. */
const RESERVED = [
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-logdigest-id",
  "x-logdigest-signature",
];

/** Returns the headers with their names in lower case. */
function checked(headers: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const shown = `${key}.${oneLine(name)}`;
      if (RESERVED.includes(name.toLowerCase())) {
        throw new ReportError(Exit.Config, `${shown} is set by logdigest itself (remove it)`);
      }
      try {
        validateHeaderName(name);
      } catch {
        throw new ReportError(Exit.Config, `${shown} is no name of an HTTP header (use letters, digits and hyphens)`);
      }
      return [name.toLowerCase(), headerValue(value, shown)];
    }),
  );
}

/** A Message-ID without its angle brackets. */
function bare(id: string): string {
  return id.replace(/^<|>$/g, "");
}

function isJson(contentType: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
