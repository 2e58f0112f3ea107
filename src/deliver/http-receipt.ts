// What an HTTP answer, or none, means for a message, in words that say what to do. Status codes: RFC 9110 §15, 425 is
// RFC 8470, 429 is RFC 6585. Of a URL only the host is ever shown: the path of a webhook is its password.

import type { IncomingHttpHeaders } from "node:http";
import { reasonOf } from "../errors.ts";
import { certificateProblem } from "./certificate.ts";
import type { Receipt } from "./deliverer.ts";
import { exchange, type HttpAnswer, type HttpRequest, NoHttpAnswer } from "./http.ts";
import { base64, spellings, withoutSecrets } from "./without-secrets.ts";

/** What the texts need to know of a service. */
export interface Service {
  /** The config's key of the URL, `ntfy.url`. */
  readonly urlKey: string;
  /** The config's key of what the service asks for to let us in, `ntfy.token`. */
  readonly loginKey: string;
  /** Cut out of whatever the server says, beside the parts of the URL. */
  readonly secrets: readonly string[];
  /** Finds the seconds to wait in the body of a 429, for a service that has them there. */
  readonly retrySeconds?: ((body: string) => number | undefined) | undefined;
}

export type Outcome = Pick<Receipt, "result" | "code" | "text" | "retryAfterMs">;

/** Sends the request once and says what became of it. Never throws. */
export async function send(request: HttpRequest, service: Service, signal: AbortSignal): Promise<Outcome> {
  try {
    return answered(await exchange(request, signal), request, service);
  } catch (thrown) {
    if (!(thrown instanceof NoHttpAnswer)) throw thrown;
    return unanswered(thrown, request, service);
  }
}

/** Worth another try although below 500: too slow, too early, too many. */
const LATER = [408, 425, 429];

function answered(answer: HttpAnswer, request: HttpRequest, service: Service): Outcome {
  const { status: code, headers } = answer;
  const at = request.url.host;
  const body = wordsOf(answer.body, request.url, service.secrets);
  const said = `${at} answered ${code}${body === "" ? "" : `: ${body}`}`;
  if (code >= 200 && code < 300) return { result: "accepted", code, text: said };
  if (code >= 300 && code < 400) {
    const text = `${at} answered ${code} with a redirect${target(headers, request.url, service)}, which is not followed (set ${service.urlKey})`;
    return { result: "refused", code, text };
  }
  if (code >= 500 || LATER.includes(code)) {
    const wait = waitOf(answer, service);
    return { result: "later", code, text: said, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  }
  if (code === 401 || code === 403) return { result: "refused", code, text: `${said} (check ${service.loginKey})` };
  if (code === 404 || code === 410) return { result: "refused", code, text: `${said} (check ${service.urlKey})` };
  return { result: "refused", code, text: said };
}

/** The origin only: the rest of a redirect repeats the path. */
function target({ location }: IncomingHttpHeaders, url: URL, { secrets }: Service): string {
  if (location === undefined || !URL.canParse(location, url.href)) return "";
  const { protocol, host, origin } = new URL(location, url.href);
  if (protocol !== "https:" && protocol !== "http:") return "";
  return origin === url.origin ? ` to another path of ${host}` : ` to ${wordsOf(origin, url, secrets)}`;
}

/** Whatever a server says, the next night has a try of its own. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

function waitOf({ headers, body }: HttpAnswer, service: Service): number | undefined {
  const seconds = service.retrySeconds?.(body) ?? retryAfter(headers);
  return seconds === undefined ? undefined : Math.min(Math.ceil(Math.max(0, seconds) * 1000), LONGEST_WAIT_MS);
}

/** RFC 9110 §10.2.3: seconds or a date. A date is counted from the server's own clock, which this one may not agree with. */
function retryAfter({ "retry-after": value, date }: IncomingHttpHeaders): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}(\.\d{1,9})?$/.test(value)) return Number(value);
  const waitMs = Date.parse(value) - Date.parse(date ?? "");
  return Number.isNaN(waitMs) ? undefined : waitMs / 1000;
}

function unanswered({ why, sent, cause }: NoHttpAnswer, request: HttpRequest, service: Service): Outcome {
  const at = request.url.host;
  const { urlKey } = service;
  if (sent) {
    const how = why === "stopped" ? "the run was stopped" : why === "timeout" ? "no answer in time" : "connection lost";
    const text = `the request was sent, but ${at} did not confirm it (${how}); it may have arrived`;
    return { result: "unknown", text };
  }
  switch (why) {
    case "stopped":
      return { result: "later", text: "stopped before the request was sent" };
    case "timeout": {
      const seconds = `${request.timeoutMs / 1000} s`;
      return { result: "later", text: `no answer from ${at} within ${seconds} (check ${urlKey} and the firewall)` };
    }
    case "plaintext": {
      const text = `nothing was sent: a secret does not go to ${at} without TLS (write ${urlKey} with https)`;
      return { result: "refused", text };
    }
    case "network":
      return { result: "later", text: networkText(cause, request, service) };
  }
}

function networkText(cause: unknown, { url }: HttpRequest, { urlKey, secrets }: Service): string {
  const code = codeOf(cause);
  const certificate = certificateProblem(code);
  if (certificate !== undefined) return `nothing was sent: the certificate of ${url.host} ${certificate}`;
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens at ${url.host} (check ${urlKey})`;
    case "ENOTFOUND":
      return `the name ${url.hostname} is not known (check ${urlKey})`;
    case "EAI_AGAIN":
      return `the name ${url.hostname} cannot be looked up now (check the network and its DNS)`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${url.host} cannot be reached (check the network)`;
    case "ECONNRESET":
    case "EPIPE":
      return `${url.host} closed the connection before the request was sent`;
  }
  const what = wordsOf(reasonOf(cause), url, secrets);
  if (code === "EPROTO" || code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS")) {
    return `TLS with ${url.host} failed: ${what} (check ${urlKey})`;
  }
  return `cannot send to ${url.host}: ${what}`;
}

/** With several addresses of a name Node gives the errors of all of them; the first says enough. */
function codeOf(thrown: unknown): string {
  const first = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  return first instanceof Error && "code" in first ? String(first.code) : "";
}

/** Shorter parts of a URL are no secret, and cutting them out would leave no sentence whole. */
const SHORTEST_PART = 6;

/** What a server says, without the secrets and without what the URL holds. */
function wordsOf(text: string, url: URL, secrets: readonly string[]): string {
  const parts = [...url.pathname.split("/"), ...url.search.slice(1).split("&"), ...url.searchParams.values()];
  const hidden = [...secrets, ...parts.filter((part) => part.length >= SHORTEST_PART)];
  return withoutSecrets(text, [...hidden.flatMap(spellings), ...secrets.map(base64)]);
}
