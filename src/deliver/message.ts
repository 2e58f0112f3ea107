// A rendered digest as a MIME message. The same digest gives the same bytes, so that a second try is the same mail.

import { createHash } from "node:crypto";
import { Exit, ReportError } from "../errors.ts";
import type { Message } from "./deliverer.ts";
import { hostLabel } from "./host-label.ts";
import { oneLine } from "./one-line.ts";

/** What a mail is made of. */
export interface Mail {
  /** `a@example.org` or `Name <a@example.org>`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Not empty, like `html`: an empty part would be left out and the message be no alternative. */
  readonly text: string;
  readonly html: string;
  /** A file that goes with it, gzipped. */
  readonly attachment?: { readonly filename: string; readonly content: Buffer } | undefined;
  /** The digest's host label; becomes the List-ID that a mail program can sort by, and the thread of its nights. */
  readonly host: string;
  /** With angle brackets, see `messageIdFor`. */
  readonly messageId: string;
  readonly date: Date;
}

/** The window and the way that a Message-ID stands for. `from` and `to` are UTC epoch milliseconds. */
export interface Identity {
  readonly host: string;
  readonly from: number;
  readonly to: number;
  readonly channel: string;
}

/** A display name, which may be empty, and a bare address. */
interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** Nothing that would end an address in a header, an SMTP command or a list. */
const ADDRESS = /^[^\s<>,;"()\\]+$/;

/**
 * Returns the Message-ID of this host's digest of this window by this channel, the same on every call.
 *
 * @example messageIdFor({ host: "mini", from: 0, to: 86400000, channel: "smtp" })
 * // "<logdigest.19700101T000000Z.19700102T000000Z.3f0c...@mini>"
 */
export function messageIdFor({ host, from, to, channel }: Identity): string {
  // Mailboxes drop a second message with a known id, and two host labels may sanitise to one name: the hash keeps
  // their digests apart.
  const key = digestOf(host, String(from), String(to), channel).slice(0, 16);
  return `<logdigest.${compactInstant(from)}.${compactInstant(to)}.${key}@${hostLabel(host)}>`;
}

/**
 * Returns the Message-ID that all digests of a host answer to. No mail has it: a mail program that threads by
 * References (RFC 5322 §3.6.4) puts mails with the same missing parent together, so a host's nights are one
 * conversation, in the order of their dates, whichever of them were deleted.
 *
 * @example threadIdFor("mini") // "<logdigest.3f0c...@mini>"
 */
export function threadIdFor(host: string): string {
  return `<logdigest.${digestOf(host, "thread").slice(0, 16)}@${hostLabel(host)}>`;
}

/**
 * Composes the mail: text and HTML as alternatives, quoted-printable, so that it is readable and searchable as a file,
 * and what goes with them.
 *
 * @throws ReportError 78 when `from` or one of `to` is not exactly one address
 */
export async function composeMessage(mail: Mail): Promise<Message> {
  // Imported when there is something to send: most nights there is not, and start-up time counts every five minutes.
  const [{ default: MailComposer }, { default: parseAddresses }] = await Promise.all([
    import("nodemailer/lib/mail-composer"),
    import("nodemailer/lib/addressparser"),
  ]);
  const mailbox = (written: string, key: string): Mailbox => {
    const [first, ...others] = parseAddresses(written, { flatten: true });
    // A word alone is a user of this machine, such as root.
    const found = first?.address === "" ? { name: "", address: first.name } : first;
    if (found === undefined || others.length > 0 || written !== oneLine(written) || !ADDRESS.test(found.address)) {
      throw new ReportError(
        Exit.Config,
        `${key} is not one mail address: ${oneLine(written)} (write user@example.org)`,
      );
    }
    return found;
  };
  const from = mailbox(mail.from, "mail.from");
  const to = mail.to.map((recipient) => mailbox(recipient, "mail.to"));
  // A header ends at a line break. The composer guards its headers too; the text of a log may reach a subject, so
  // both do.
  const subject = oneLine(mail.subject);
  const raw = await new MailComposer({
    from,
    to,
    subject,
    messageId: mail.messageId,
    date: mail.date,
    text: mail.text,
    html: mail.html,
    inReplyTo: threadIdFor(mail.host),
    references: threadIdFor(mail.host),
    attachments:
      mail.attachment === undefined
        ? []
        : [{ ...mail.attachment, contentType: "application/gzip", contentTransferEncoding: "base64" as const }],
    headers: {
      // RFC 3834: no vacation replies. The third line says the same to Exchange.
      "Auto-Submitted": "auto-generated",
      "List-ID": `<logdigest.${hostLabel(mail.host)}>`,
      "X-Auto-Response-Suppress": "All",
    },
    encoding: "quoted-printable",
    textEncoding: "quoted-printable",
    newline: "win",
    // From the content: the same for the same mail, and no log line can contain the boundary of the mail it is in.
    baseBoundary: digestOf(mail.messageId, mail.text, mail.html).slice(0, 32),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  return { id: mail.messageId, from: from.address, to: to.map(({ address }) => address), subject, raw };
}

function digestOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** `2026-11-19T22:55:00.000Z` as `20261119T225500Z`: an id takes no colons. */
function compactInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
}
