// ntfy, on ntfy.sh or a server of one's own: https://docs.ntfy.sh/publish/#publish-as-json
// Limits: 4,096 bytes a message, 8,192 a JSON body (server.go, transformBodyJSON); a longer message would become a file.

import { Exit, ReportError } from "../errors.ts";
import { cutLines, jsonBytes } from "./cut.ts";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { headerValue, parseUrl } from "./http.ts";
import { send } from "./http-receipt.ts";
import { type Notice, printable, titleOf } from "./notice.ts";

export interface NtfyOptions {
  /** The channel's name in receipts and in the outbox. */
  readonly channel: string;
  /** Where its settings stand in the config, `ntfy`. */
  readonly key: string;
  /** The server alone, `https://ntfy.sh`. */
  readonly url: string;
  readonly topic: string;
  readonly auth?: { readonly token: string } | { readonly user: string; readonly password: string } | undefined;
  readonly ca?: string | undefined;
  /** Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

const MESSAGE_BYTES = 4096;
const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;

/** 5 breaks through "do not disturb"; a digest that is no alarm rings like any message. */
const PRIORITY: Readonly<Record<Notice["severity"], number>> = {
  critical: 5,
  warning: 4,
  notice: 3,
  event: 3,
  source: 3,
};
/** Names of emoji, which the apps show before the title. */
const TAGS: Readonly<Record<Notice["severity"], string>> = {
  critical: "rotating_light",
  warning: "warning",
  notice: "information_source",
  event: "closed_lock_with_key",
  source: "mag",
};

/** Composes the body without its topic: on a public server the topic is the password, and the outbox holds none. */
export function composeNtfy(notice: Notice, channel: string): Message {
  const title = titleOf(notice);
  const message = cutLines(printable([...notice.lines, "", notice.text].join("\n").trim()), MESSAGE_BYTES, jsonBytes);
  const { severity } = notice;
  const body = { title, message, priority: PRIORITY[severity], tags: [TAGS[severity]], markdown: false };
  return {
    id: notice.messageId,
    from: "",
    to: [channel],
    subject: title,
    raw: Buffer.from(JSON.stringify(message === "" ? { ...body, message: title } : body)),
  };
}

/**
 * Returns a deliverer that publishes to the topic.
 *
 * @throws ReportError Exit.Config when URL, topic or token cannot be right
 */
export function ntfyDeliverer(options: NtfyOptions): Deliverer {
  const { channel, key, topic, auth, ca, timeoutMs = 30_000 } = options;
  const url = parseUrl(options.url, `${key}.url`);
  // There JSON would be published as the text of a message.
  if (url.pathname !== "/" || url.search !== "") {
    const advice = "write the server alone, as https://ntfy.sh, and the rest as topic";
    throw new ReportError(Exit.Config, `${key}.url has a path (${advice})`);
  }
  if (!TOPIC.test(topic)) {
    throw new ReportError(Exit.Config, `${key}.topic is no topic (1 to 64 letters, digits, hyphens and underscores)`);
  }
  const login = auth === undefined ? undefined : authorization(auth, key);
  const secrets = [topic, ...(login?.secrets ?? [])];
  const service = { urlKey: `${key}.url`, loginKey: login?.key ?? `${key}.token`, secrets };
  const headers = { "content-type": "application/json", ...login?.headers };
  // Takes the place of the body's own brace.
  const opening = Buffer.from(`{"topic":${JSON.stringify(topic)},`);
  return {
    channel,
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      const body = Buffer.concat([opening, message.raw.subarray(1)]);
      const confidential = login !== undefined;
      const request = { url, method: "POST", headers, body, confidential, ca, timeoutMs } as const;
      const outcome = await send(request, service, signal);
      return message.to.map((to) => ({ to, ...outcome }));
    },
  };
}

function authorization(auth: NonNullable<NtfyOptions["auth"]>, key: string) {
  if ("token" in auth) {
    const tokenKey = `${key}.token`;
    const headers = { authorization: headerValue(`Bearer ${auth.token}`, tokenKey) };
    return { key: tokenKey, headers, secrets: [auth.token] };
  }
  const basic = Buffer.from(`${auth.user}:${auth.password}`, "utf8").toString("base64");
  return { key: `${key}.password`, headers: { authorization: `Basic ${basic}` }, secrets: [auth.password, basic] };
}
