// A digest as a mail shows it: subject, text and HTML, from the same view.
import type { Digest } from "../digest/digest.ts";
import { Exit, ReportError } from "../errors.ts";
import { subjectView } from "./subject.ts";
import type { Templates } from "./templates.ts";
import { viewOf } from "./view.ts";
import { visible } from "./visible.ts";

/** Gmail hides what comes after about 102 kB; transfer encoding and headers need their share. */
export const HTML_BYTES = 90_000;

const DEFAULT_GROUPS = 10;
/** Clients cut subjects far earlier; this only keeps a strange template from writing a novel. */
const SUBJECT_LENGTH = 200;

export interface RenderOptions {
  /** Rows shown of each section; default 10. HTML shows fewer when it would pass `HTML_BYTES`. */
  readonly textGroups?: number | undefined;
}

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders the three parts of a mail. */
export function render(digest: Digest, templates: Templates, options: RenderOptions = {}): Rendered {
  return {
    subject: renderSubject(digest, templates),
    text: renderText(digest, templates, options),
    html: renderHtml(digest, templates, options),
  };
}

/** Returns one line without control characters, whatever a template does. */
export function renderSubject(digest: Digest, templates: Templates): string {
  const line = templates.subject(subjectView(digest)).replace(/\s+/g, " ").trim();
  return visible(line, SUBJECT_LENGTH);
}

/** Returns the text part: lines that end in one newline, no blanks at their ends. */
export function renderText(digest: Digest, templates: Templates, options: RenderOptions = {}): string {
  const text = templates.text(viewOf(digest, options.textGroups ?? DEFAULT_GROUPS));
  return `${text.replace(/[ \t]+$/gm, "").trim()}\n`;
}

/**
 * Returns the HTML part, at most `HTML_BYTES` long: of the numbers of rows up to `textGroups`, the largest that fits.
 *
 * @throws ReportError Exit.Config when a user's template is too long even without rows
 */
export function renderHtml(digest: Digest, templates: Templates, options: RenderOptions = {}): string {
  const most = options.textGroups ?? DEFAULT_GROUPS;
  const attempt = (groups: number) => templates.html(viewOf(digest, groups));
  const fits = (html: string) => Buffer.byteLength(html) <= HTML_BYTES;

  let best = attempt(most);
  if (fits(best)) return best;
  best = attempt(0);
  if (!fits(best)) {
    const size = Buffer.byteLength(best);
    throw new ReportError(Exit.Config, `digest.html.hbs makes ${size} bytes without any rows; at most ${HTML_BYTES}`);
  }
  let [fitting, tooMany] = [0, most];
  while (tooMany - fitting > 1) {
    const groups = Math.floor((fitting + tooMany) / 2);
    const html = attempt(groups);
    if (fits(html)) [fitting, best] = [groups, html];
    else tooMany = groups;
  }
  return best;
}
