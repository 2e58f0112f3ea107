import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HELPERS } from "../../src/render/helpers.ts";

const root = join(import.meta.dirname, "../..");
// A program of plain JavaScript, which has no types.
const { templatesDocument } = (await import(join(root, "docs/templates.mjs"))) as { templatesDocument(): string };
const text = readFileSync(join(root, "docs/templates.md"), "utf8");

test("docs/templates.md says what templates see (npm run docs:templates writes it)", () => {
  expect(text).toBe(templatesDocument());
});

test("docs/templates.md has every name that the built-in templates use", () => {
  expect([...text.matchAll(/^\| `(\w+)` \|/gm)].length).toBeGreaterThan(60);
  for (const name of [
    "preheader",
    "trend",
    "sparkline",
    "columns",
    "rows",
    "percent",
    "usual",
    "change",
    "held",
    "attachment",
  ]) {
    expect(text).toContain(`| \`${name}\` |`);
  }
});

test.each(Object.keys(HELPERS))("docs/templates.md has the helper %s", (name) => {
  expect(text).toContain(`| \`{{${name} `);
});
