// What caniemail.com has measured, as the data in its package: every element, attribute and property of the mail that one
// of these clients drops is known here, and is a nicety. Its own checker knows no Outlook on the web, and stops at what
// Thunderbird was not measured for.
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { demoDigest } from "../../src/render/demo.ts";
import { renderHtml } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { familiar, quiet, troubled, weekend } from "./sample.ts";

interface Feature {
  readonly slug: string;
  /** By client, platform, version: `y`, `n`, `a` for partly, `u` for unknown, and notes. */
  readonly stats: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
}

const require = createRequire(import.meta.url);
const { data } = require("caniemail/caniemail.json") as { data: readonly Feature[] };
const features = new Map(data.map((feature) => [feature.slug, feature]));

const CLIENTS = [
  "gmail.desktop-webmail",
  "gmail.mobile-webmail",
  "gmail.ios",
  "gmail.android",
  "apple-mail.macos",
  "apple-mail.ios",
  "outlook.windows",
  "outlook.outlook-com",
  "thunderbird.macos",
];
const GMAIL = CLIENTS.slice(0, 4);

/** What is lost: nothing of it makes a line unreadable. */
const NICETIES: Readonly<Record<string, readonly string[]>> = {
  // Colours of the light scheme, and four numbers side by side on a telephone.
  "css-at-media": ["gmail.mobile-webmail", "outlook.windows", "thunderbird.macos"],
  "css-at-media-prefers-color-scheme": [...GMAIL, "outlook.windows", "thunderbird.macos"],
  "html-style": ["gmail.mobile-webmail"],
  // Said for the telephone only, in a rule that these do not read.
  "css-box-sizing": ["gmail.mobile-webmail", "outlook.windows"],
  // Square corners.
  "css-border-radius": ["outlook.windows"],
  // The preview text is hidden in several ways: each client has one of them.
  "css-display-none": ["gmail.mobile-webmail"],
  "css-max-height": ["outlook.windows"],
  "css-overflow": ["outlook.windows"],
  // Long names break by word-break too, and bars keep their widths by their attributes.
  "css-overflow-wrap": [
    "gmail.desktop-webmail",
    "gmail.ios",
    "gmail.android",
    "outlook.windows",
    "outlook.outlook-com",
  ],
  "css-table-layout": ["outlook.windows"],
  // Numbers have no blanks.
  "css-white-space": ["outlook.windows"],
};

let used: ReadonlySet<string>;
test.beforeAll(async () => {
  const templates = await loadTemplates();
  const html = [familiar, quiet, troubled, weekend, demoDigest].map((one) => renderHtml(one, templates)).join("\n");
  used = new Set(namesIn(html));
});

test("what a client drops is a nicety", () => {
  const dropped = [...used].flatMap((name) => {
    const clients = CLIENTS.filter((client) => supportOf(name, client) === "n");
    return clients.length === 0 ? [] : [[name, clients]];
  });
  expect(Object.fromEntries(dropped)).toEqual(NICETIES);
});

test("most of it was measured", () => {
  expect(used.size).toBeGreaterThan(30);
  expect([...used].filter((name) => features.has(name)).length).toBeGreaterThan(25);
});

test("padding stands in cells, where Outlook for Windows has it", async () => {
  const html = renderHtml(demoDigest, await loadTemplates());
  const padded = [...html.matchAll(/<(\w+)[^>]* style="[^"]*\bpadding:(?!0[;"])/g)].map(([, name]) => name);
  expect([...new Set(padded)].sort()).toEqual(["td", "th"]);
});

function supportOf(name: string, client: string): string | undefined {
  const [family = "", platform = ""] = client.split(".");
  const versions = Object.entries(features.get(name)?.stats[family]?.[platform] ?? {});
  const [, support] = versions.sort(([a], [b]) => (a < b ? -1 : 1)).at(-1) ?? [];
  return support?.[0];
}

/** The names of the data: `css-border`, `html-table`. */
function* namesIn(html: string): Generator<string> {
  for (const [, element = ""] of html.matchAll(/<([a-z]\w*)/g))
    yield /^h\d$/.test(element) ? "html-h1-h6" : `html-${element}`;
  for (const [, attribute = ""] of html.matchAll(/ ([a-z-]+)="/g)) yield `html-${attribute}`;
  const sheet = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
  const inline = [...html.matchAll(/ style="([^"]*)"/g)].map(([, text = ""]) => text).join(";");
  for (const [, property = ""] of `${sheet};${inline}`.matchAll(/(?:^|[;{])\s*([a-z-]+):/g)) {
    yield features.has(`css-${property}`)
      ? `css-${property}`
      : `css-${property.replace(/-(?:left|right|top|bottom)$/, "")}`;
  }
  if (inline.includes("display:none")) yield "css-display-none";
  if (sheet.includes("@media")) yield "css-at-media";
  if (sheet.includes("prefers-color-scheme")) yield "css-at-media-prefers-color-scheme";
}
