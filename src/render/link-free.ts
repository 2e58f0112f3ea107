// Mail programs turn what looks like a domain, an address or a telephone number into a link, also in text that a log
// brought: a user name `evil.example.net` would become a button. In HTML a zero-width space (U+200B) therefore follows
// each place at which such a link would hold together. It is written as a character reference, so that a person who
// reads the source sees it; log text cannot bring one of its own (`visible` writes it out).
//
// The price: what is copied from the HTML part carries these characters, and a shell or a firewall refuses such an
// address instead of taking a wrong one. The text part, the JSON and the archive have none.

const BREAK = "\u200b";

const PLACES = new RegExp(
  [
    "@",
    // Between the labels of a domain; file names as in /var/log/auth.log end in no top-level domain and stay whole.
    "[.。．｡](?=\\p{L})(?!(?:log|gz|bz2|xz|zst|journal|json)\\b)",
    // In an IPv4 address; `6.2 MB` is none.
    "(?<=\\d)\\.(?=\\d{1,3}\\.\\d)",
    "(?<=\\d\\.\\d{1,3})\\.(?=\\d)",
    // After a scheme: `http:`, `mailto:`, `tel:`. Groups of an IPv6 address have no letter after f.
    "(?<=[g-z][a-z]{0,12}):(?=\\S)",
    ":(?=//)",
    // In a path of a Windows share.
    "\\\\(?=\\\\)",
    // In a telephone number.
    "(?<=(?<!\\d)\\d{3})(?=\\d{4})",
  ].join("|"),
  "giu",
);

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "`": "&#x60;",
  "=": "&#x3D;",
  [BREAK]: "&#8203;",
};

/** A text that Handlebars writes into HTML by calling `toHTML`; any other use sees the text as it is. */
class LinkFree {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
  toHTML(): string {
    return this.#text.replace(PLACES, `$&${BREAK}`).replace(/[&<>"'`=\u200b]/g, (char) => REFERENCES[char] ?? "");
  }
}

/** Returns a copy of `view` in which no text makes a link when it is written into HTML. */
export function linkFree<T>(view: T): T {
  if (typeof view === "string") {
    // Most texts are plain, and Handlebars escapes those itself.
    return (view.search(PLACES) < 0 ? view : new LinkFree(view)) as T;
  }
  if (Array.isArray(view)) return view.map(linkFree) as T;
  if (typeof view !== "object" || view === null) return view;
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, linkFree(value)])) as T;
}

/** Returns HTML of ours without the breaks: for a browser, which makes no links and whose text is copied. */
export function withoutBreaks(html: string): string {
  return html.replaceAll(REFERENCES[BREAK] as string, "");
}
