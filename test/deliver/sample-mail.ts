import { composeMessage, type Mail, messageIdFor } from "../../src/deliver/message.ts";

/** A mail with all that tends to break: other alphabets, long lines, dots and `From ` at the start of a line. */
export const sampleMail: Mail = {
  from: "Größe & Co <logdigest@example.org>",
  to: ["admin@example.org", "Ärger <ops@example.org>"],
  subject: "mini: 3 Anmeldungen, 1 Sperre, вход из новой сети 🔑",
  text: `Anmeldungen für müller\n.\n..two dots\nFrom the start\n${"a long line ".repeat(120)}\nвход\n=3D trailing  \nend\n`,
  html: `<!doctype html>\n<html><body><p>müller &amp; вход</p>\n<p>${"lang ".repeat(400)}</p>\n.\n</body></html>\n`,
  host: "mini",
  messageId: messageIdFor({
    host: "mini",
    from: Date.UTC(2026, 10, 18, 22, 55),
    to: Date.UTC(2026, 10, 19, 22, 55),
    channel: "smtp",
  }),
  date: new Date("2026-11-19T22:55:10Z"),
};

export const sampleMessage = await composeMessage(sampleMail);
