import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeDiscord, discordDeliverer } from "../../src/deliver/discord.ts";
import type { Notice } from "../../src/deliver/notice.ts";
import { Exit, ReportError } from "../../src/errors.ts";
import { never, say, startHttpServer } from "./http-server.ts";
import { HOSTILE, sampleNotice } from "./sample-notice.ts";

const bodyOf = (notice: Partial<Notice>) =>
  JSON.parse(composeDiscord({ ...sampleNotice, ...notice }, "ops").raw.toString("utf8"));

describe("a digest becomes an embed", () => {
  test("with findings and counts as sentences and the digest as a block", () => {
    expect(bodyOf({})).toEqual({
      embeds: [
        {
          title: "mini: 1 critical, 2 logins, 14 failures (Thu 19 Nov)",
          description: [
            "• alice logged in after 14 failures from the same address",
            "• 2 logins, 14 failures, 1 ban",
            "```",
            sampleNotice.text.trimEnd(),
            "```",
          ].join("\n"),
          color: 0xd32f2f,
        },
      ],
      allowed_mentions: { parse: [] },
    });
  });

  test.each(["title", "line"])("in which markdown, mentions and links of a log mean nothing: the %s", (where) => {
    const text = "@everyone <@1> *b* _i_ ~s~ |s| `c` [a](https://evil.example) :skull: \\";
    const escaped =
      "\\@everyone \\<\\@1> \\*b\\* \\_i\\_ \\~s\\~ \\|s\\| \\`c\\` \\[a\\](https\\://evil.example) \\:skull: \\\\";
    const [embed] = bodyOf(where === "title" ? { subject: text } : { lines: [text], text: "" }).embeds;
    expect(where === "title" ? embed.title : embed.description).toBe(where === "title" ? escaped : `• ${escaped}`);
  });

  test("whose block no text ends", () => {
    const { description } = bodyOf({ lines: [], text: "a\n```\n@everyone\n```js" }).embeds[0];
    expect(description).toBe("```\na\nˋˋˋ\n@everyone\nˋˋˋjs\n```");
  });

  test("in which a line stays a line", () => {
    expect(bodyOf({ lines: ["a\n# b", "c"], text: "" }).embeds[0].description).toBe("• a # b\n• c");
  });

  test.each(HOSTILE.map((text, i) => ({ i, text })))("within the limits, hostile text $i", ({ text }) => {
    const lines = Array.from({ length: 60 }, () => text);
    const { embeds, allowed_mentions } = bodyOf({ subject: text, lines, text, host: text, label: text });
    const [{ title, description }] = embeds;
    expect(title.length).toBeGreaterThan(0);
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(`${title}${description}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}\u202e]/u);
    // One block at most, which is the end.
    expect([0, 2]).toContain(description.match(/```/g)?.length ?? 0);
    if (description.includes("```")) expect(description).toMatch(/(^|\n)```\n.*\n```$/s);
    expect(embeds).toHaveLength(1);
    expect(allowed_mentions).toEqual({ parse: [] });
  });

  test("within the limits, whatever the text", () => {
    const unit = fc.constantFrom(..."ab\n`*_\\[]<@:| 🔑\ud83d\u202e");
    const text = fc.string({ unit, minLength: 0, maxLength: 6000, size: "max" });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 4 }), (digest, lines) => {
        const [{ title, description }] = bodyOf({ subject: digest, lines, text: digest }).embeds;
        expect(title.length).toBeLessThanOrEqual(256);
        expect(description.length).toBeLessThanOrEqual(4096);
        expect(description.split("```").length).not.toBe(2);
      }),
      { numRuns: 60 },
    );
  });
});

describe("it is posted", () => {
  const path = "/api/webhooks/119900000000000001/kEyOfThEwEbHoOk_-x";

  async function post(answer: Parameters<typeof startHttpServer>[0], query = "") {
    const { url, host, heard } = await startHttpServer(answer);
    const deliverer = discordDeliverer({ channel: "ops", key: "channels.ops", url: `${url}${path}${query}` });
    const receipts = await deliverer.deliver(composeDiscord(sampleNotice, "ops"), never);
    expect(JSON.stringify(receipts)).not.toMatch(/kEyOf|119900000000000001/);
    return { receipts, heard, host };
  }

  test("waiting until it is stored, into the thread that the URL names", async () => {
    const { receipts, heard, host } = await post(say(200, '{"id":"1"}'), "?thread_id=42");
    expect(receipts).toEqual([{ to: "ops", result: "accepted", code: 200, text: `${host} answered 200: {"id":"1"}` }]);
    expect(heard.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual([
      ["POST", `${path}?thread_id=42&wait=true`, bodyOf({})],
    ]);
  });

  test.each([
    {
      name: "as its body says",
      body: '{"message":"You are being rate limited.","retry_after":1.3361,"global":false}',
      expected: 1337,
    },
    { name: "as its header says", body: "<html>", expected: 7000 },
    { name: "as its header says, of a strange body", body: '{"retry_after":"1"}', expected: 7000 },
    { name: "as its header says, of an empty one", body: "null", expected: 7000 },
  ])("again after the time that a limit asks for, $name", async ({ body, expected }) => {
    const { receipts } = await post(say(429, body, { "retry-after": "7" }));
    expect(receipts).toMatchObject([{ result: "later", code: 429, retryAfterMs: expected }]);
  });

  test("not again to a webhook that is gone, whose URL is not shown", async () => {
    const { receipts, host } = await post((response, { path }) =>
      response.writeHead(404).end(`{"message": "Unknown Webhook", "code": 10015, "path": "${path}"}`),
    );
    const shown = '{"message": "Unknown Webhook", "code": 10015, "path": "/api/***/***/***?***"}';
    expect(receipts).toEqual([
      { to: "ops", result: "refused", code: 404, text: `${host} answered 404: ${shown} (check channels.ops.url)` },
    ]);
  });

  test("nowhere without TLS", async () => {
    const deliverer = discordDeliverer({ channel: "ops", key: "channels.ops", url: `http://192.0.2.1${path}` });
    expect(await deliverer.deliver(composeDiscord(sampleNotice, "ops"), never)).toMatchObject([{ result: "refused" }]);
  });
});

test("a URL that is none is not shown", () => {
  const make = () => discordDeliverer({ channel: "ops", key: "channels.ops", url: "discord.com/api/webhooks/1/kEy" });
  expect(make).toThrow(new ReportError(Exit.Config, "channels.ops.url is no URL (write https://...)"));
});
