// The archive's index from the disk, by keyboard alone: each digest is reached, seen to be reached, and opened.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { render } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { writeArchive } from "../../src/run/archive.ts";
import { familiar } from "../render/sample.ts";
import { type Browser, executablePath, type Page, startBrowser } from "./browser.ts";

const DAY = 86_400_000;
/** Where the keyboard is. */
const FOCUS = `(() => {
  const { activeElement: at } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return {
    href: at.getAttribute("href"),
    name: at.getAttribute("aria-label") ?? at.textContent,
    isSeen: outlineStyle !== "none" && outlineWidth !== "0px" && at.getBoundingClientRect().height >= 16,
  };
})()`;

interface Focus {
  readonly href: string | null;
  readonly name: string;
  readonly isSeen: boolean;
}

describe.skipIf(executablePath === undefined)("the index of the archive, by keyboard", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "archive-keyboard-"));
    const templates = await loadTemplates();
    const { window, totals } = familiar;
    for (const days of [0, 1]) {
      const [from, to] = [window.from + days * DAY, window.to + days * DAY];
      const night = { ...familiar, window: { ...window, from, to, label: new Date(to).toISOString().slice(0, 10) } };
      writeArchive({ dir: folder }, night, render(night, templates), [{ window: night.window, totals: { ...totals } }]);
    }
    browser = await startBrowser();
    page = await browser.newPage();
    await page.goto(`file://${folder}/index.html`);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("every digest is reached by tabs, in the order in which it stands, and says what it is", async () => {
    const stops: Focus[] = [];
    for (;;) {
      await page.keyboard.press("Tab");
      const at: Focus = await page.evaluate(FOCUS);
      if (at.href === null || stops.some(({ href, name }) => href === at.href && name === at.name)) break;
      stops.push(at);
    }
    expect(stops.filter(({ isSeen }) => !isSeen)).toEqual([]);
    const pages = ["2026/2026-11-19.html", "2026/2026-11-20.html"];
    expect(stops.map(({ href }) => href)).toEqual([
      ...pages,
      ...[...pages].reverse().flatMap((page) => [page, page.replace(".html", ".json")]),
    ]);
    const names = stops.map(({ name }) => name);
    expect(names.filter((name) => !/\((?:Thu 19|Fri 20) Nov\)/.test(name))).toEqual([]);
    expect(new Set(names.slice(2)).size).toBe(4);
  });

  test("enter opens a digest, and the way back leads to the index", async () => {
    await page.goto(`file://${folder}/index.html`);
    await page.keyboard.press("Tab");
    await Promise.all([page.waitForURL("**/2026/2026-11-19.html"), page.keyboard.press("Enter")]);
    expect(await page.title()).toContain("19 Nov 2026");
    await page.goBack();
    expect(page.url()).toMatch(/index\.html$/);
  });
});
