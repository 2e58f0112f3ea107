import { describe, expect, test } from "vitest";
import type { Notice } from "../../src/deliver/notice.ts";
import { composeNtfy, type NtfyOptions, ntfyDeliverer } from "../../src/deliver/ntfy.ts";
import { Exit, ReportError } from "../../src/errors.ts";
import { never, say, startHttpServer } from "./http-server.ts";
import { HOSTILE, sampleNotice } from "./sample-notice.ts";

const options = { channel: "phone", key: "channels.phone", url: "https://ntfy.example", topic: "mini-7Hq2" };
const bodyOf = (notice: Partial<Notice>) =>
  JSON.parse(composeNtfy({ ...sampleNotice, ...notice }, "phone").raw.toString("utf8"));

async function publish(given: Partial<NtfyOptions>, answer = say(200, '{"id":"x"}')) {
  const { url, host, heard } = await startHttpServer(answer);
  const receipts = await ntfyDeliverer({ ...options, url, ...given }).deliver(
    composeNtfy(sampleNotice, "phone"),
    never,
  );
  return { receipts, heard, host };
}

describe("a digest becomes a notification", () => {
  test("with findings and counts before the digest, without the topic", () => {
    expect(composeNtfy(sampleNotice, "phone")).toEqual({
      id: sampleNotice.messageId,
      from: "",
      to: ["phone"],
      subject: sampleNotice.subject,
      raw: expect.any(Buffer),
    });
    expect(bodyOf({})).toEqual({
      title: sampleNotice.subject,
      message: `${sampleNotice.lines.join("\n")}\n\n${sampleNotice.text.trim()}`,
      priority: 5,
      tags: ["rotating_light"],
      markdown: false,
    });
  });

  test.each([
    { severity: "critical", priority: 5 },
    { severity: "warning", priority: 4 },
    { severity: "notice", priority: 3 },
    { severity: "event", priority: 3 },
    { severity: "source", priority: 3 },
  ] as const)("as loud as it is severe: $severity", ({ severity, priority }) => {
    expect(bodyOf({ severity }).priority).toBe(priority);
  });

  test("that says how many lines were cut", () => {
    const text = "0123456789\n".repeat(1000);
    expect(bodyOf({ lines: [], text }).message).toMatch(/^(0123456789\n){339}\.\.\. and 661 more lines$/);
  });

  test("with its subject for a message when there is nothing else, which the server would call triggered", () => {
    expect(bodyOf({ lines: [], text: "" }).message).toBe(sampleNotice.subject);
  });

  test.each(HOSTILE.map((text, i) => ({ i, text })))("within the limits, hostile text $i", ({ text }) => {
    const notice = { ...sampleNotice, subject: text, lines: [text], text, host: text };
    const { raw } = composeNtfy(notice, "phone");
    const { title, message } = JSON.parse(raw.toString("utf8"));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
    expect(raw.length).toBeLessThanOrEqual(8000);
    expect(message).not.toBe("");
    expect(title).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
    expect(message).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}\u202e]/u);
  });
});

describe("it is published", () => {
  test("to the root of the server, with the topic", async () => {
    const { receipts, heard, host } = await publish({});
    expect(receipts).toEqual([
      { to: "phone", result: "accepted", code: 200, text: `${host} answered 200: {"id":"x"}` },
    ]);
    expect(
      heard.map(({ method, path, headers }) => [method, path, headers["content-type"], headers.authorization]),
    ).toEqual([["POST", "/", "application/json", undefined]]);
    expect(JSON.parse(heard[0]?.body ?? "")).toEqual({ topic: options.topic, ...bodyOf({}) });
  });

  test.each([
    { name: "a token", auth: { token: "tk_sEcReT" }, sent: "Bearer tk_sEcReT", key: "token" },
    {
      name: "a password",
      auth: { user: "ops", password: "pä:sEcReT" },
      sent: "Basic b3BzOnDDpDpzRWNSZVQ=",
      key: "password",
    },
  ])("with $name, which no receipt repeats", async ({ auth, sent, key }) => {
    const echo = Object.values(auth).at(-1) as string;
    const { receipts, heard, host } = await publish(
      { auth },
      say(403, `${sent} ${echo} ${options.topic}`, { "content-type": "text/plain; charset=utf-8" }),
    );
    expect(heard.map(({ headers }) => headers.authorization)).toEqual([sent]);
    const text = `${host} answered 403: ${sent.split(" ")[0]} *** *** *** (check channels.phone.${key})`;
    expect(receipts).toEqual([{ to: "phone", result: "refused", code: 403, text }]);
  });

  // 0.0.0.0 leads to this machine and is, as an address, none of its own.
  test("without TLS on a network of one's own, but then without a token", async () => {
    const { host, heard } = await startHttpServer(say(200));
    const url = `http://0.0.0.0:${host.split(":")[1]}`;
    const message = composeNtfy(sampleNotice, "phone");
    const open = await ntfyDeliverer({ ...options, url }).deliver(message, never);
    const closed = await ntfyDeliverer({ ...options, url, auth: { token: "tk_sEcReT" } }).deliver(message, never);
    expect([...open, ...closed].map(({ result }) => result)).toEqual(["accepted", "refused"]);
    expect(heard).toHaveLength(1);
  });
});

describe("settings that cannot be right end the run before anything is sent", () => {
  test.each([
    [
      { url: "https://ntfy.sh/mytopic" },
      "channels.phone.url has a path (write the server alone, as https://ntfy.sh, and the rest as topic)",
    ],
    [{ topic: "a b" }, "channels.phone.topic is no topic (1 to 64 letters, digits, hyphens and underscores)"],
    [{ topic: "x".repeat(65) }, "channels.phone.topic is no topic (1 to 64 letters, digits, hyphens and underscores)"],
    [
      { auth: { token: "tk_\u2028" } },
      "channels.phone.token has a character that no HTTP header can have (only use ASCII)",
    ],
  ])("%j", (given, problem) => {
    expect(() => ntfyDeliverer({ ...options, ...given })).toThrow(new ReportError(Exit.Config, problem));
  });
});
