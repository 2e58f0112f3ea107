import { simpleParser } from "mailparser";
import { expect } from "vitest";
import { sampleMail } from "./sample-mail.ts";

/** Reads `raw` as a mail program does and holds it against the sample mail. */
export async function expectSampleMail(raw: Buffer): Promise<void> {
  const mail = await simpleParser(raw, { skipHtmlToText: true });
  const header = (name: string) => mail.headers.get(name);
  expect({
    from: mail.from?.value,
    to: [mail.to].flat().flatMap((list) => list?.value ?? []),
    subject: mail.subject,
    date: mail.date,
    messageId: mail.messageId,
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments,
    autoSubmitted: header("auto-submitted"),
    autoResponse: header("x-auto-response-suppress"),
    listId: mail.headerLines.find(({ key }) => key === "list-id")?.line,
  }).toEqual({
    from: [{ name: "Größe & Co", address: "logdigest@example.org" }],
    to: [
      { name: "", address: "admin@example.org" },
      { name: "Ärger", address: "ops@example.org" },
    ],
    subject: sampleMail.subject,
    date: sampleMail.date,
    messageId: sampleMail.messageId,
    text: sampleMail.text,
    html: sampleMail.html,
    attachments: [],
    autoSubmitted: "auto-generated",
    autoResponse: "All",
    listId: "List-ID: <logdigest.mini>",
  });
  const source = raw.toString("latin1");
  expect(source).toMatch(/^Content-Type: multipart\/alternative;/m);
  expect(source.indexOf("text/plain")).toBeLessThan(source.indexOf("text/html"));
}
