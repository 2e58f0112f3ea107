// One request over HTTP/1.1 and its answer: what ntfy, Discord, webhooks and the heartbeat have in common.
//
// node:http rather than fetch: a fetch that is aborted while it connects keeps the socket, and with it the process, for
// ten more seconds (seen with Node 20.20); it does not tell whether the request had left when the connection was lost,
// nor which address was reached; and it knows no certificate authority of one's own. Redirects are not followed: a
// followed 302 turns a POST into a GET that "succeeds".

import { once } from "node:events";
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
  validateHeaderValue,
} from "node:http";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { Exit, ReportError } from "../errors.ts";
import { isLoopback } from "./loopback.ts";
import { oneLine } from "./one-line.ts";

export interface HttpRequest {
  /** See `parseUrl`. */
  readonly url: URL;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** The URL or a header would let others in: it goes over TLS, or to this machine itself. */
  readonly confidential: boolean;
  /** Certificates of the one authority to trust, as PEM, instead of the public ones. */
  readonly ca?: string | undefined;
  /** How long all of it may take, from connecting to the end of the answer. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first 64 KiB, or what came of them in time. */
  readonly body: string;
}

/** There is no answer to go by. */
export class NoHttpAnswer extends Error {
  readonly why: "stopped" | "timeout" | "plaintext" | "network";
  /** The whole request had left, so it may have been heard. */
  readonly sent: boolean;
  constructor(why: NoHttpAnswer["why"], sent: boolean, cause?: unknown) {
    super(why, { cause });
    this.why = why;
    this.sent = sent;
  }
}

/** An answer is read as far as a person could want to see it. */
const MAX_ANSWER_BYTES = 65_536;

/** Node gives each address of a name a quarter of a second, which a distant server needs for itself. */
const ATTEMPT_MS = 5_000;

/**
 * Sends the request once and closes the connection.
 *
 * @throws NoHttpAnswer, and nothing else
 */
export async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  if (signal.aborted) throw new NoHttpAnswer("stopped", false);
  // Not AbortSignal.any with AbortSignal.timeout: on Node 20 such a timeout may be collected as garbage and never fire
  // (nodejs/node#57736).
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, request.timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  const progress = { sent: false };
  try {
    return await converse(request, limit.signal, progress);
  } catch (thrown) {
    if (thrown instanceof Plaintext) throw new NoHttpAnswer("plaintext", false);
    if (signal.aborted) throw new NoHttpAnswer("stopped", progress.sent);
    if (limit.signal.aborted) throw new NoHttpAnswer("timeout", progress.sent);
    throw new NoHttpAnswer("network", progress.sent, thrown);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** A secret would be readable on its way. */
class Plaintext extends Error {}

async function converse(
  { url, method, headers, body, confidential, ca }: HttpRequest,
  signal: AbortSignal,
  progress: { sent: boolean },
): Promise<HttpAnswer> {
  const secure = url.protocol === "https:";
  const secret = confidential && !secure;
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (secret && isIP(literal) !== 0 && !isLoopback(literal)) throw new Plaintext();

  const options: RequestOptions & { readonly autoSelectFamilyAttemptTimeout: number } = {
    method,
    headers: { "user-agent": "logdigest", ...headers },
    agent: false,
    signal,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED in some environment changes nothing.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  };
  // TLS takes a while to load, and most nights have nothing to send.
  const request = secure ? (await import("node:https")).request : plainRequest;
  const client = request(url, options);
  // What fails after the answer has nobody waiting for it, and must not end the process.
  client.on("error", () => undefined);
  client.once("finish", () => {
    progress.sent = true;
  });
  // Nothing is written before the other end is known to be the right one.
  client.once("socket", (socket) =>
    socket.once(secure ? "secureConnect" : "connect", () => {
      // By the address that was reached: a name may lead anywhere.
      if (secret && !isLoopback(socket.remoteAddress)) client.destroy(new Plaintext());
      else client.end(body);
    }),
  );
  try {
    const [response] = (await Promise.race([once(client, "response"), closed(client)])) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readStart(response) };
  } finally {
    client.destroy();
  }
}

/** An answer of another protocol (101) closes the connection without an error: nobody would wait for anything more. */
async function closed(client: ClientRequest): Promise<never> {
  await once(client, "close");
  throw new Error("the connection was closed without an answer");
}

/** The status has said what became of the request: a body that ends badly or too late changes nothing. */
async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {}
  return Buffer.concat(chunks).toString("utf8", 0, Math.min(size, MAX_ANSWER_BYTES));
}

/**
 * Returns the URL that the config gives under `key`.
 *
 * @throws ReportError Exit.Config, without the URL in its text, which may be a secret
 */
export function parseUrl(text: string, key: string): URL {
  if (!URL.canParse(text)) throw new ReportError(Exit.Config, `${key} is no URL (write https://...)`);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new ReportError(Exit.Config, `${key} begins with ${oneLine(url.protocol)} (write https://...)`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ReportError(Exit.Config, `${key} has a user name or password in it (leave them out of the URL)`);
  }
  return url;
}

/**
 * Checks a secret that becomes a header, when it is read and not when it is sent.
 *
 * @throws ReportError Exit.Config, without the secret in its text
 */
export function headerValue(value: string, key: string): string {
  try {
    validateHeaderValue("authorization", value);
  } catch {
    throw new ReportError(Exit.Config, `${key} has a character that no HTTP header can have (only use ASCII)`);
  }
  return value;
}
