// The mail and the archive as a browser lays them out, at the width of a phone and of a desk, in light and in dark:
// nothing is wider than the screen, every text can be read, no image or network is asked for. Needs chromium.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoDigest } from "../../src/render/demo.ts";
import { render } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { writeArchive } from "../../src/run/archive.ts";
import { familiar, quiet, troubled } from "../render/sample.ts";

const look = readFileSync(join(import.meta.dirname, "look.js"), "utf8");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

let folder: string;
const pages: Record<string, string> = {};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mail-clients-"));
  const templates = await loadTemplates();
  for (const [name, digest] of Object.entries({ familiar, quiet, troubled, demo: demoDigest })) {
    pages[name] = render(digest, templates).html;
  }
  const { window, totals } = familiar;
  writeArchive({ dir: join(folder, "archive") }, familiar, render(familiar, templates), [
    { window, totals: { ...totals } },
  ]);
  pages.archive = readFileSync(join(folder, "archive/index.html"), "utf8").replace(/<meta http-equiv[^>]*>/, "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly scheme: string;
  readonly width: number;
  /** Pixels by which the page is wider than the window. */
  readonly over: number;
  readonly texts: number;
  readonly weak: readonly string[];
  readonly loaded: readonly string[];
}

function open(html: string, width: number, scheme: "light" | "dark"): Seen {
  // The window of a browser has a least width; a frame has none.
  const frame = join(folder, "frame.html");
  const page = join(folder, "page.html");
  writeFileSync(
    page,
    html.replace("</body>", `<script>${look} parent.postMessage(document.body.textContent, "*")</script></body>`),
  );
  writeFileSync(
    frame,
    `<!DOCTYPE html><style>:root{color-scheme:light dark}</style><p id="out"></p><script>onmessage = ({ data }) => { out.textContent = data }</script>
<iframe src="page.html" style="width:${width}px;height:800px;border:0"></iframe>`,
  );
  const { stdout, status } = spawnSync(
    chromium as string,
    [
      ...[
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-sync",
      ],
      ...[
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        `--user-data-dir=${join(folder, "profile")}`,
      ],
      `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
      ...["--virtual-time-budget=3000", "--dump-dom", `file://${frame}`],
    ],
    { encoding: "utf8", timeout: 30_000, maxBuffer: 50_000_000 },
  );
  const found = /SEEN([\s\S]*?)NEES<\/p>/.exec(stdout)?.[1];
  expect(found, `chromium ended with ${status}`).toBeDefined();
  return JSON.parse(
    (found as string)
      .replace(/&quot;/g, '"')
      .replace(/&lt;/g, "<")
      .replace(/&gt;/g, ">")
      .replace(/&amp;/g, "&"),
  );
}

describe.skipIf(chromium === undefined)("in a browser", () => {
  const cases = ["familiar", "quiet", "troubled", "demo", "archive"].flatMap((name) =>
    ([360, 600, 1200] as const).flatMap((width) =>
      (["light", "dark"] as const).map((scheme) => ({ name, width, scheme })),
    ),
  );
  test.each(cases)("$name fits $width px and can be read in $scheme", ({ name, width, scheme }) => {
    const { texts, ...seen } = open(pages[name] as string, width, scheme);
    expect(seen).toEqual({ scheme, width, over: 0, weak: [], loaded: [] });
    expect(texts).toBeGreaterThan(5);
  });

  test("the look itself finds a grey text and a wide table", () => {
    const html =
      '<!DOCTYPE html><body><p style="color:#999;background:#fff">grey</p><table width="900"><tr><td>x</table></body>';
    const { weak, over } = open(html, 360, "light");
    expect(weak).toEqual(["grey"]);
    expect(over).toBeGreaterThan(400);
  });
});
