// A sign of life after every run, so that a run that never happened is noticed too: a dead man's switch in the manner
// of healthchecks.io (https://healthchecks.io/docs/http_api/), which many others understand.

import { reasonOf } from "../errors.ts";
import { parseUrl } from "./http.ts";
import { send } from "./http-receipt.ts";
import { oneLine } from "./one-line.ts";

export interface HeartbeatOptions {
  /** The config's key of the URL, for texts. */
  readonly key: string;
  /** One line for the service to show with a failure. */
  readonly note?: string | undefined;
  readonly ca?: string | undefined;
  /** Default 5 s: nothing waits for it. */
  readonly timeoutMs?: number | undefined;
}

export interface Beat {
  readonly heard: boolean;
  /** One line for a person; of the URL only the host. */
  readonly text: string;
}

/** A check that is not known, or too many pings, is answered 200 "OK (not found)", "OK (rate limited)". */
const NOT_RECORDED = /: OK \((?:not found|rate limited)\)$/;

/**
 * Tells the service how the run ended: GET of the URL for a success, else POST of URL/fail with the exit status in its
 * body. Never throws, never tries twice.
 */
export async function ping(
  url: string,
  outcome: "success" | { readonly exit: number },
  { key, note, ca, timeoutMs = 5_000 }: HeartbeatOptions,
  signal: AbortSignal,
): Promise<Beat> {
  const target = targetOf(url, outcome, key);
  if (typeof target === "string") return { heard: false, text: target };
  const told = outcome === "success" ? undefined : `exit status ${outcome.exit}\n${oneLine(note ?? "")}`.trim();
  const { result, text } = await send(
    {
      url: target,
      method: told === undefined ? "GET" : "POST",
      headers: told === undefined ? {} : { "content-type": "text/plain; charset=utf-8" },
      body: told === undefined ? undefined : Buffer.from(`${told}\n`),
      confidential: false,
      ca,
      timeoutMs,
    },
    { urlKey: key, loginKey: key, secrets: [] },
    signal,
  );
  if (NOT_RECORDED.test(text)) return { heard: false, text: `${text} (check ${key})` };
  return { heard: result === "accepted", text };
}

/** Returns the URL to call, or what is wrong with it. */
function targetOf(text: string, outcome: "success" | { readonly exit: number }, key: string): URL | string {
  try {
    const url = parseUrl(text, key);
    if (outcome !== "success") url.pathname = `${url.pathname.replace(/\/$/, "")}/fail`;
    return url;
  } catch (thrown) {
    return reasonOf(thrown);
  }
}
