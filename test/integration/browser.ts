// Chromium as Debian packages it, without a network. Tests that need it are skipped where there is none.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The part of playwright that the tests use. */
export interface Page {
  goto(url: string): Promise<unknown>;
  goBack(): Promise<unknown>;
  title(): Promise<string>;
  url(): string;
  waitForURL(glob: string): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(media: { readonly colorScheme: "light" | "dark" }): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Chromium {
  launchPersistentContext(profile: string, options: object): Promise<Browser>;
}

// Imported, their types would bring those of the DOM, and src could use `document`.
const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core") as { chromium: Chromium };
/** Defines `axe` in the page that evaluates it. */
export const { source: axeSource } = require("axe-core") as { source: string };

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const options = { executablePath, headless: true, offline: true, args: QUIET };
  const context = await chromium.launchPersistentContext(profile, options);
  return {
    newPage: () => context.newPage(),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
