// A digest as a mail shows it: subject, text and HTML, from the same view, and all of it as a file where they cut.
import { gzipSync } from "node:zlib";
import type { Digest } from "../digest/digest.ts";
import { Exit, ReportError } from "../errors.ts";
import { attachmentName } from "./file-name.ts";
import { digestToJson } from "./json.ts";
import { limitsAt, topLevel } from "./limits.ts";
import { subjectView } from "./subject.ts";
import type { Templates } from "./templates.ts";
import { type View, viewOf } from "./view.ts";
import { visible } from "./visible.ts";

/** Gmail hides what comes after about 102 kB; transfer encoding and headers need their share. */
export const HTML_BYTES = 90_000;
/** Mail servers refuse mails that are too large, and a mail without its attachment is better than none. */
export const ATTACHMENT_BYTES = 3_000_000;

const DEFAULT_GROUPS = 10;
/** Clients cut subjects far earlier; this only keeps a strange template from writing a novel. */
const SUBJECT_LENGTH = 200;

export interface RenderOptions {
  /** Rows shown of each section but the logins, which are told in full; default 10. HTML shows less when it must. */
  readonly textGroups?: number | undefined;
}

/** The digest as gzipped JSON. */
export interface Attachment {
  /** `logdigest-mini-2026-11-19.json.gz` */
  readonly filename: string;
  readonly content: Buffer;
}

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Present when text or HTML leave something out. */
  readonly attachment?: Attachment | undefined;
}

/** What of a view the templates are shown. */
type Told = (view: View) => View;
const asIs: Told = (view) => view;

interface Part {
  readonly body: string;
  readonly isCut: boolean;
}

/** Renders the parts of a mail. */
export function render(digest: Digest, templates: Templates, options: RenderOptions = {}): Rendered {
  const subject = renderSubject(digest, templates);
  const both = (told: Told) => [textPart(digest, templates, options, told), htmlPart(digest, templates, options, told)];
  const bodies = ([text, html]: readonly Part[]) => ({ subject, text: text?.body ?? "", html: html?.body ?? "" });

  const parts = both(asIs);
  if (parts.every(({ isCut }) => !isCut)) return bodies(parts);
  const content = gzipSync(digestToJson(digest));
  // No part may speak of a file that does not come along.
  if (content.length > ATTACHMENT_BYTES) return bodies(both((view) => ({ ...view, attachment: "" })));
  return { ...bodies(parts), attachment: { filename: attachmentName(digest), content } };
}

/**
 * Returns one line without control characters, whatever a template does.
 *
 * @throws ReportError Exit.Config when a user's template makes none
 */
export function renderSubject(digest: Digest, templates: Templates): string {
  const line = templates.subject(subjectView(digest)).replace(/\s+/g, " ").trim();
  if (line === "") throw new ReportError(Exit.Config, "subject.hbs makes an empty subject (give it words)");
  return visible(line, SUBJECT_LENGTH);
}

/** Returns the text part: lines that end in one newline, no blanks at their ends. */
export function renderText(digest: Digest, templates: Pick<Templates, "text">, options: RenderOptions = {}): string {
  return textPart(digest, templates, options).body;
}

/**
 * Returns the HTML part, at most `HTML_BYTES` long: the most that fits of `textGroups` rows a section and all logins.
 *
 * @throws ReportError Exit.Config when a user's template is too long even without rows
 */
export function renderHtml(digest: Digest, templates: Pick<Templates, "html">, options: RenderOptions = {}): string {
  return htmlPart(digest, templates, options).body;
}

function textPart(digest: Digest, templates: Pick<Templates, "text">, options: RenderOptions, told = asIs): Part {
  const groups = options.textGroups ?? DEFAULT_GROUPS;
  const view = viewOf(digest, limitsAt(topLevel(groups), groups));
  const text = templates.text(told(view));
  return { body: `${text.replace(/[ \t]+$/gm, "").trim()}\n`, isCut: view.attachment !== "" };
}

function htmlPart(digest: Digest, templates: Pick<Templates, "html">, options: RenderOptions, told = asIs): Part {
  const groups = options.textGroups ?? DEFAULT_GROUPS;
  const attempt = (level: number): Part => {
    const view = viewOf(digest, limitsAt(level, groups));
    return { body: templates.html(told(view)), isCut: view.attachment !== "" };
  };
  const fits = ({ body }: Part) => Buffer.byteLength(body) <= HTML_BYTES;

  let best = attempt(topLevel(groups));
  if (fits(best)) return best;
  best = attempt(0);
  if (!fits(best)) {
    const size = Buffer.byteLength(best.body);
    throw new ReportError(Exit.Config, `digest.html.hbs makes ${size} bytes without any rows; at most ${HTML_BYTES}`);
  }
  let [fitting, tooMany] = [0, topLevel(groups)];
  while (tooMany - fitting > 1) {
    const level = Math.floor((fitting + tooMany) / 2);
    const part = attempt(level);
    if (fits(part)) [fitting, best] = [level, part];
    else tooMany = level;
  }
  return best;
}
