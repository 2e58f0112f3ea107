// The mail and the archive as a browser lays them out, at the width of a phone and of a desk, in light and in dark:
// nothing is wider than the screen, every text can be read, no image or network is asked for, and axe finds nothing
// that keeps somebody with a screen reader or a keyboard out. Needs chromium.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoDigest } from "../../src/render/demo.ts";
import { render } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { writeArchive } from "../../src/run/archive.ts";
import { familiar, quiet, troubled } from "../render/sample.ts";
import { axeSource, type Browser, executablePath, type Page, startBrowser } from "./browser.ts";

const look = readFileSync(join(import.meta.dirname, "look.js"), "utf8");

interface Seen {
  readonly scheme: string;
  readonly width: number;
  /** Pixels by which the page is wider than the window. */
  readonly over: number;
  readonly texts: number;
  readonly weak: readonly string[];
  readonly loaded: readonly string[];
}

describe.skipIf(executablePath === undefined)("in a browser", () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  const pages: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mail-clients-"));
    const templates = await loadTemplates();
    const write = (name: string, html: string) => {
      pages[name] = join(folder, `${name}.html`);
      writeFileSync(pages[name], html);
    };
    for (const [name, digest] of Object.entries({ familiar, quiet, troubled, demo: demoDigest })) {
      write(name, render(digest, templates).html);
    }
    write(
      "ugly",
      '<!DOCTYPE html><body><p style="color:#999;background:#fff">grey</p><img src="x.png"><table width="900"><tr><td>x</table></body>',
    );
    const { window, totals } = familiar;
    writeArchive({ dir: join(folder, "archive") }, familiar, render(familiar, templates), [
      { window, totals: { ...totals } },
    ]);
    pages.archive = join(folder, "archive/index.html");
    browser = await startBrowser();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string, width: number, colorScheme: "light" | "dark"): Promise<Seen> {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`file://${pages[name]}`);
    return page.evaluate(look);
  }

  const cases = ["familiar", "quiet", "troubled", "demo", "archive"].flatMap((name) =>
    ([360, 600, 1200] as const).flatMap((width) =>
      (["light", "dark"] as const).map((scheme) => ({ name, width, scheme })),
    ),
  );
  test.each(cases)("$name fits $width px and can be read in $scheme", async ({ name, width, scheme }) => {
    const { texts, ...seen } = await open(name, width, scheme);
    expect(seen).toEqual({ scheme, width, over: 0, weak: [], loaded: [] });
    expect(texts).toBeGreaterThan(5);
    expect(await hurdles()).toEqual([]);
  });

  test("the look itself finds a grey text, a wide table and an image without words", async () => {
    const { weak, over } = await open("ugly", 360, "light");
    expect(weak).toEqual(["grey"]);
    expect(over).toBeGreaterThan(400);
    expect(await hurdles()).toEqual(expect.arrayContaining(["color-contrast (serious)", "image-alt (critical)"]));
  });

  /** What axe calls critical or serious, and moderate too: none of it need stay. */
  async function hurdles(): Promise<readonly string[]> {
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate<{ violations: { id: string; impact: string }[] }>("axe.run()");
    return violations.filter(({ impact }) => impact !== "minor").map(({ id, impact }) => `${id} (${impact})`);
  }
});
