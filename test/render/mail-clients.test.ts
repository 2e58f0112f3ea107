// What mail clients take: the palette can be read in both schemes, and no feature is used that one of them drops,
// fetches or shows broken. The list is what caniemail.com calls unsupported in Gmail, Outlook or Apple Mail, and what
// it does not test: inline SVG, details, CSS variables, data: images.
import { beforeAll, describe, expect, test } from "vitest";
import { renderHtml } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { familiar, quiet, troubled, weekend } from "./sample.ts";

let pages: readonly string[];
beforeAll(async () => {
  const templates = await loadTemplates();
  pages = [familiar, quiet, troubled, weekend].map((digest) => renderHtml(digest, templates));
});

const ELEMENTS = "html head meta title style body div table tr td th thead tbody p span br h1 h2 b".split(" ");
const ATTRIBUTES =
  "lang dir charset name content class style role aria-label width height cellpadding cellspacing border bgcolor align valign colspan scope".split(
    " ",
  );
const INLINE =
  "background-color border-collapse border-left border-radius border-top color display font-family font-size font-variant-numeric font-weight letter-spacing line-height margin margin-top max-height max-width mso-hide overflow overflow-wrap padding table-layout text-align vertical-align white-space word-break".split(
    " ",
  );

describe("the HTML part keeps to what mail clients have", () => {
  test("elements", () => {
    const used = pages.flatMap((html) => [...html.matchAll(/<([a-z][\w-]*)/g)].map(([, name = ""]) => name));
    expect([...new Set(used)].filter((name) => !ELEMENTS.includes(name))).toEqual([]);
  });

  test("attributes", () => {
    const used = pages.flatMap((html) => [...html.matchAll(/ ([a-z-]+)="/g)].map(([, name = ""]) => name));
    expect([...new Set(used)].filter((name) => !ATTRIBUTES.includes(name))).toEqual([]);
  });

  test("properties in style attributes, none of them computed or loaded", () => {
    const styles = pages.flatMap((html) => [...html.matchAll(/ style="([^"]*)"/g)].map(([, text = ""]) => text));
    const used = styles.flatMap((text) => text.split(";").map((one) => one.split(":", 1)[0] as string));
    expect([...new Set(used)].filter((name) => !INLINE.includes(name))).toEqual([]);
    expect(styles.filter((text) => /url\(|var\(|calc\(|!important|expression/i.test(text))).toEqual([]);
  });

  test("a style sheet of two media queries that may be dropped, small enough for Gmail", () => {
    for (const html of pages) {
      const sheet = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
      expect(sheet.match(/@[\w-]+[^{]*/g)?.map((rule) => rule.trim())).toEqual([
        "@media (prefers-color-scheme: dark)",
        "@media (max-width: 520px)",
      ]);
      expect(Buffer.byteLength(sheet)).toBeLessThan(8_192);
      expect(sheet).not.toMatch(/url\(|var\(|@import|position|flex|grid/);
    }
  });

  test("one typeface", () => {
    const faces = pages.flatMap((html) => html.match(/font-family:[^;"]+/g) ?? []);
    expect(new Set(faces).size).toBe(1);
  });

  test("a number beside every bar, so that nothing is lost without colours and images", () => {
    const html = pages[0] ?? "";
    const bars = html.match(/class="bar"/g)?.length ?? 0;
    const values = html.match(/<td width="52"[^>]*>[\d,]+<\/td>/g)?.length ?? 0;
    expect({ bars, values }).toEqual({ bars: 23 + 27, values: 24 + 31 });
  });
});

describe("the palette can be read (WCAG 2.1 AA, 4.5:1)", () => {
  const rgb = (hex: string) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255);
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = rgb(hex).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  /** Where the words of a class stand: the backgrounds that lie under it in the templates. */
  const ON: Readonly<Record<string, readonly string[]>> = {
    card: ["card", "critical", "warning", "notice"],
    soft: ["card", "critical", "warning", "notice"],
    "critical-word": ["critical"],
    "warning-word": ["warning", "card"],
    "notice-word": ["notice"],
  };

  /** Colours by class: those of the attributes in light, those of the style sheet in dark. */
  function coloursOf(html: string, scheme: "light" | "dark", kind: "color" | "background"): Map<string, string> {
    const colours = new Map<string, string>();
    if (scheme === "dark") {
      const property = kind === "color" ? "(?:^|[^-])color" : "background-color";
      for (const [, name = "", body = ""] of html.matchAll(/^ {2}\.([\w-]+) \{ ([^}]*) \}/gm)) {
        const found = new RegExp(`${property}: (#[0-9a-f]{6})`).exec(body)?.[1];
        if (found !== undefined) colours.set(name, found);
      }
      return colours;
    }
    for (const [tag, names = ""] of html.matchAll(/<[^>]*class="([^"]*)"[^>]*>/g)) {
      const found =
        kind === "color" ? /[;"]color:(#[0-9a-f]{6})/.exec(tag)?.[1] : /bgcolor="(#[0-9a-f]{6})"/.exec(tag)?.[1];
      if (found !== undefined) for (const name of names.split(" ")) colours.set(name, found);
    }
    return colours;
  }

  test.each(["light", "dark"] as const)("in %s", (scheme) => {
    const html = pages.join("\n");
    const [words, grounds] = [coloursOf(html, scheme, "color"), coloursOf(html, scheme, "background")];
    const pairs = Object.entries(ON).flatMap(([word, under]) => under.map((ground) => ({ word, ground })));
    const weak = pairs.filter(({ word, ground }) => {
      const [a, b] = [words.get(word), grounds.get(ground)];
      return a === undefined || b === undefined || contrast(a, b) < 4.5;
    });
    expect(weak).toEqual([]);
    // A bar is no text: 3:1 against the card.
    expect(contrast(grounds.get("bar") ?? "", grounds.get("card") ?? "")).toBeGreaterThan(3);
  });
});
