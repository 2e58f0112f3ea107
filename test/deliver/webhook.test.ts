import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  composeWebhook,
  signatureOf,
  type WebhookOptions,
  webhookDeliverer,
  webhookView,
} from "../../src/deliver/webhook.ts";
import { Exit, ReportError } from "../../src/errors.ts";
import { renderBody } from "../../src/render/body.ts";
import { never, say, startHttpServer } from "./http-server.ts";
import { HOSTILE, sampleNotice } from "./sample-notice.ts";

const id = sampleNotice.messageId.slice(1, -1);

async function post(given: Partial<WebhookOptions>, path = "/hook", message = composeWebhook(sampleNotice, "hook")) {
  const { url, heard, host } = await startHttpServer(say(202));
  const deliverer = webhookDeliverer({ channel: "hook", key: "channels.hook", ...given, url: url + path });
  const receipts = await deliverer.deliver(message, never);
  expect(receipts).toEqual([{ to: "hook", result: "accepted", code: 202, text: `${host} answered 202` }]);
  const [request] = heard;
  if (request === undefined) throw new Error("nothing was heard");
  const { host: _, connection, ...headers } = request.headers;
  return { ...request, headers };
}

describe("the digest is posted", () => {
  test("as JSON, with its id", async () => {
    expect(await post({})).toEqual({
      method: "POST",
      path: "/hook",
      headers: {
        "content-type": "application/json",
        "content-length": String(sampleNotice.json.length),
        "user-agent": "logdigest",
        "x-logdigest-id": id,
      },
      body: sampleNotice.json,
    });
  });

  test("as what a template made, with the headers of the config", async () => {
    const body = { text: "häuser\n", contentType: "text/plain; charset=utf-8", key: "channels.hook.body" };
    const { headers, body: heard } = await post(
      {
        contentType: body.contentType,
        token: "tk_1",
        headers: { "X-Environment": "home" },
        secretHeaders: { "X-Api-Key": "k_2" },
      },
      "/hook",
      composeWebhook(sampleNotice, "hook", body),
    );
    expect(heard).toBe("häuser\n");
    expect(headers).toEqual({
      authorization: "Bearer tk_1",
      "content-length": "8",
      "content-type": "text/plain; charset=utf-8",
      "user-agent": "logdigest",
      "x-api-key": "k_2",
      "x-environment": "home",
      "x-logdigest-id": id,
    });
  });

  test("signed, so that whoever knows the secret can tell that it is whole and ours", async () => {
    const { headers, body } = await post({ signingSecret: "sEcReT" });
    expect(headers["x-logdigest-signature"]).toBe(
      `sha256=${createHmac("sha256", "sEcReT").update(body).digest("hex")}`,
    );
    // The example of https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    expect(signatureOf(Buffer.from("Hello, World!"), "It's a Secret to Everybody")).toBe(
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    );
  });

  test("to an address of its own, where the URL has a place for its id", async () => {
    const { method, path } = await post({}, "/rooms/%21a%3Aexample.org/send/m.room.message/{id}");
    expect([method, path]).toEqual(["PUT", `/rooms/%21a%3Aexample.org/send/m.room.message/${encodeURIComponent(id)}`]);
  });
});

describe("a body that should be JSON", () => {
  const compose = (text: string, contentType: string) =>
    composeWebhook(sampleNotice, "hook", { text, contentType, key: "channels.hook.body" });

  test.each(["application/json", "application/json; charset=utf-8", "application/vnd.api+json", "Application/JSON"])(
    "%s, and is none, is not sent",
    (type) => {
      expect(() => compose('{"text": "said "root""}', type)).toThrow(
        "channels.hook.body does not make JSON (write {{json text}}, without quotes around it, so that quotes and line ends in logs break nothing)",
      );
      expect(compose('{"text": "said root"}', type).raw.toString()).toBe('{"text": "said root"}');
    },
  );

  test("is none of other types", () => {
    expect(compose("{", "text/plain").raw.toString()).toBe("{");
  });
});

test("a template sees the notice, its id and an excerpt for services that take little", () => {
  const { messageId: _, json: __, ...notice } = sampleNotice;
  expect(webhookView(sampleNotice)).toEqual({ ...notice, id, excerpt: notice.text.trimEnd() });
  const { excerpt } = webhookView({ ...sampleNotice, text: "0123456789\n".repeat(1000) });
  expect(excerpt.length).toBeLessThanOrEqual(2900);
  expect(excerpt).toMatch(/0123456789\n\.\.\. and 739 more lines$/);
});

describe("settings that cannot be right are refused, and secrets among them not shown", () => {
  const key = "channels.hook";
  test.each([
    [{ headers: { Host: "x" } }, "channels.hook.headers.Host is set by logdigest itself (remove it)"],
    [
      { headers: { "content-LENGTH": "1" } },
      "channels.hook.headers.content-LENGTH is set by logdigest itself (remove it)",
    ],
    [
      { headers: { "a b": "1" } },
      "channels.hook.headers.a b is no name of an HTTP header (use letters, digits and hyphens)",
    ],
    [
      { secretHeaders: { "x-key": "sEc\nReT" } },
      "channels.hook.secret_headers.x-key has a character that no HTTP header can have (only use ASCII)",
    ],
    [{ token: "sEc\r\nReT: x" }, "channels.hook.token has a character that no HTTP header can have (only use ASCII)"],
    [
      { contentType: "a\nb" },
      "channels.hook.content_type has a character that no HTTP header can have (only use ASCII)",
    ],
  ])("%j", (given, problem) => {
    const make = () => webhookDeliverer({ channel: "hook", key, url: "https://hook.example", ...given });
    expect(make).toThrow(new ReportError(Exit.Config, problem));
  });
});

test.each([{ secretUrl: true }, { secretHeaders: { "x-key": "k" } }, { token: "t" }])(
  "what is secret does not go without TLS: %j",
  async (given) => {
    const deliverer = webhookDeliverer({ channel: "hook", key: "channels.hook", url: "http://192.0.2.1/x", ...given });
    expect(await deliverer.deliver(composeWebhook(sampleNotice, "hook"), never)).toMatchObject([{ result: "refused" }]);
  },
);

describe("the examples of docs/channels.md make JSON of whatever a log says", () => {
  const document = readFileSync(join(import.meta.dirname, "../../docs/channels.md"), "utf8");
  const templates = document.split(/^##+ /m).flatMap((section) => {
    const body = /```handlebars\n([\s\S]*?)```/.exec(section)?.[1];
    return body === undefined ? [] : [{ name: section.slice(0, section.indexOf("\n")), body }];
  });

  test("all three are there", () => {
    expect(templates.map(({ name }) => name)).toEqual(["Slack", "Microsoft Teams", "Matrix"]);
  });

  test.each(templates)("$name", async ({ name, body }) => {
    const folder = mkdtempSync(join(tmpdir(), "logdigest-body-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "body.hbs"), body);
    for (const text of HOSTILE) {
      const notice = { ...sampleNotice, subject: text, text };
      const view = webhookView(notice);
      const rendered = await renderBody(join(folder, "body.hbs"), "channels.hook.body", view);
      const made = { text: rendered, contentType: "application/json", key: "channels.hook.body" };
      const sent = JSON.parse(composeWebhook(notice, "hook", made).raw.toString());
      expect(stringsIn(sent)).toContain(name === "Matrix" ? text : view.excerpt);
    }
  });
});

/** Every string in a JSON value, keys left out. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
