import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { composeMessage, messageIdFor, threadIdFor } from "../../src/deliver/message.ts";
import { expectSampleMail } from "./expect-mail.ts";
import { sampleMail, sampleMessage } from "./sample-mail.ts";

describe("a composed message", () => {
  test("reads back as it was written, text before HTML", () => expectSampleMail(sampleMessage.raw));

  test("carries a file beside the two ways to read it", async () => {
    const content = gzipSync('{"schema":1}');
    const attachment = { filename: "logdigest-mini-2026-11-19.json.gz", content };
    const compose = () => composeMessage({ ...sampleMail, attachment });
    const { raw } = await compose();
    const mail = await simpleParser(raw, { skipHtmlToText: true });
    expect(mail.attachments).toMatchObject([{ filename: attachment.filename, contentType: "application/gzip" }]);
    const [carried] = mail.attachments as readonly { readonly content: Buffer }[];
    expect(gunzipSync(carried?.content ?? "").toString()).toBe('{"schema":1}');
    expect([mail.text, mail.html]).toEqual([sampleMail.text, sampleMail.html]);
    expect(raw.toString("latin1")).toMatch(/^Content-Type: multipart\/mixed;/m);
    expect(
      Math.max(
        ...raw
          .toString("latin1")
          .split("\r\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
    expect((await compose()).raw.equals(raw)).toBe(true);
  });

  test("has bare addresses for the envelope", () => {
    expect(sampleMessage.from).toBe("logdigest@example.org");
    expect(sampleMessage.to).toEqual(["admin@example.org", "ops@example.org"]);
    expect(sampleMessage.id).toBe(sampleMail.messageId);
  });

  test("has the same bytes on every call", async () => {
    expect((await composeMessage(sampleMail)).raw.equals(sampleMessage.raw)).toBe(true);
  });

  test("is seven-bit text with CRLF line ends and no line over 78 characters in its body", () => {
    const source = sampleMessage.raw.toString("latin1");
    expect(source).toMatch(/^[\r\n\t\x20-\x7e]+$/);
    expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    const body = source.slice(source.indexOf("\r\n\r\n"));
    expect(Math.max(...body.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(source.match(/^Content-Transfer-Encoding: .*$/gm)).toEqual([
      "Content-Transfer-Encoding: quoted-printable",
      "Content-Transfer-Encoding: quoted-printable",
    ]);
  });

  test.each([
    { name: "CRLF", subject: "mini\r\nBcc: victim@example.net" },
    { name: "a bare CR", subject: "mini\rBcc: victim@example.net" },
    { name: "a bare LF and an empty line", subject: "mini\n\nBcc: victim@example.net" },
    { name: "a Unicode line separator", subject: "mini\u2028Bcc: victim@example.net" },
    { name: "a NUL and an escape", subject: "mini\0\u001bBcc: victim@example.net" },
  ])("keeps a subject with $name on one line", async ({ subject }) => {
    const message = await composeMessage({ ...sampleMail, subject });
    const mail = await simpleParser(message.raw);
    expect(message.subject).toBe("mini Bcc: victim@example.net");
    expect(mail.subject).toBe(message.subject);
    expect(mail.headers.has("bcc")).toBe(false);
  });

  test("keeps a host label with line breaks inside the List-ID", async () => {
    const message = await composeMessage({ ...sampleMail, host: "Büro Mac>\r\nBcc: x@example.net" });
    expect(message.raw.toString("latin1")).toMatch(/^List-ID: <logdigest\.b-ro-mac-bcc-x-example\.net>\r$/m);
  });

  test("cannot be split by a text that knows the boundary of an earlier mail", async () => {
    const boundary = /boundary="([^"]+)"/.exec(sampleMessage.raw.toString("latin1"))?.[1];
    expect(boundary).toBeDefined();
    const text = `before\n--${boundary}\nContent-Type: text/html\n\nforged\n--${boundary}--\nafter\n`;
    const mail = await simpleParser((await composeMessage({ ...sampleMail, text })).raw);
    expect(mail.text).toBe(text);
    expect(mail.html).toBe(sampleMail.html);
  });

  test.each([
    { name: "no address", to: "nobody at all" },
    { name: "two addresses", to: "a@example.org, b@example.org" },
    { name: "a group", to: "team: a@example.org, b@example.org;" },
    { name: "an address with a line break", to: "a@example.org\r\nRCPT TO:<b@example.org>" },
    { name: "nothing", to: "" },
  ])("is refused for a recipient that is $name", async ({ to }) => {
    await expect(composeMessage({ ...sampleMail, to: [to] })).rejects.toMatchObject({
      name: "ReportError",
      exit: 78,
      message: expect.stringMatching(/^mail\.to is not one mail address: /),
    });
  });

  test("may go to a local user without a domain", async () => {
    expect((await composeMessage({ ...sampleMail, to: ["root", "root@localhost"] })).to).toEqual([
      "root",
      "root@localhost",
    ]);
  });
});

describe("mail programs put the nights of a host together", () => {
  const referencesOf = async (over: Partial<typeof sampleMail>) => {
    const { headers } = await simpleParser((await composeMessage({ ...sampleMail, ...over })).raw);
    return [headers.get("references"), headers.get("in-reply-to")];
  };
  const other = messageIdFor({ host: "mini", from: 0, to: 1, channel: "mail" });

  test("all of them answer to the same message, which is none of them", async () => {
    const thread = threadIdFor("mini");
    expect(thread).toMatch(/^<logdigest\.[0-9a-f]{16}@mini>$/);
    expect(await referencesOf({})).toEqual([thread, thread]);
    expect(await referencesOf({ messageId: other })).toEqual([thread, thread]);
    expect([sampleMail.messageId, other]).not.toContain(thread);
  });

  test("and those of another host apart, also when it sanitises to the same name", () => {
    expect(new Set(["mini", "MINI ", "nas"].map(threadIdFor)).size).toBe(3);
  });
});

describe("a Message-ID", () => {
  const identity = { host: "mini", from: Date.UTC(2026, 10, 18, 22), to: Date.UTC(2026, 10, 19, 22), channel: "smtp" };
  const key = createHash("sha256")
    .update(JSON.stringify(["mini", String(identity.from), String(identity.to), "smtp"]))
    .digest("hex")
    .slice(0, 16);

  test("names window and host, the same on every call", () => {
    expect(messageIdFor(identity)).toBe(`<logdigest.20261118T220000Z.20261119T220000Z.${key}@mini>`);
  });

  test.each([
    { name: "another host", other: { host: "nas" } },
    { name: "another host that sanitises to the same name", other: { host: "MINI " } },
    { name: "another start", other: { from: identity.from + 1 } },
    { name: "another end", other: { to: identity.to + 1 } },
    { name: "another channel", other: { channel: "maildir" } },
  ])("differs for $name", ({ other }) => {
    expect(messageIdFor({ ...identity, ...other })).not.toBe(messageIdFor(identity));
  });

  test.each([
    { host: "Büro Mac", label: "b-ro-mac" },
    { host: "web1.example.org", label: "web1.example.org" },
    { host: "..a..b..", label: "a.b" },
    { host: "日本", label: "localhost" },
    { host: `${"a".repeat(99)}.b`, label: "a".repeat(99) },
  ])("of the host $host ends in @$label", ({ host, label }) => {
    expect(messageIdFor({ ...identity, host })).toMatch(
      new RegExp(`^<[a-zA-Z0-9.]+@${label.replaceAll(".", "\\.")}>$`),
    );
  });
});
