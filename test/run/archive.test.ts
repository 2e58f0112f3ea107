import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HtmlValidate } from "html-validate";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { Exit } from "../../src/errors.ts";
import { digestToJson } from "../../src/render/json.ts";
import { render } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { writeArchive } from "../../src/run/archive.ts";
import { HOSTILE, NO_TOTALS, sample } from "../render/sample.ts";

const DAY = 86_400_000;
const templates = await loadTemplates();

let folder: string;
let dir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
  dir = join(folder, "archive");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The sample, some days before or after its own. */
function nightOf(days: number, over: Partial<Digest> = {}): Digest {
  const [from, to] = [sample.window.from + days * DAY, sample.window.to + days * DAY];
  const label = new Date(to).toISOString().slice(0, 10);
  return { ...sample, window: { ...sample.window, from, to, label }, ...over };
}

const remembered = (digest: Digest) => ({ window: digest.window, totals: { ...digest.totals } });

function archive(digest: Digest, keepDays?: number): void {
  writeArchive({ dir, keepDays }, digest, render(digest, templates), [remembered(digest)]);
}

const files = () => readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();
const index = () => readFileSync(join(dir, "index.html"), "utf8");

describe("the archive", () => {
  test("keeps a digest as a page and as JSON, and an index of all", () => {
    archive(nightOf(0));
    archive(nightOf(1));
    expect(files()).toEqual([
      "2026",
      "2026/2026-11-19.html",
      "2026/2026-11-19.json",
      "2026/2026-11-20.html",
      "2026/2026-11-20.json",
      "entries.json",
      "index.html",
    ]);
    expect(readFileSync(join(dir, "2026/2026-11-19.json"), "utf8")).toBe(digestToJson(nightOf(0)));
    expect([...index().matchAll(/<li><a href="([^"]*)">([^<]*)</g)].map(([, href, text]) => [href, text])).toEqual([
      ["2026/2026-11-20.html", render(nightOf(1), templates).subject],
      ["2026/2026-11-19.html", render(nightOf(0), templates).subject],
    ]);
    expect(index()).toContain('<td class="critical"><a href="2026/2026-11-20.html"');
  });

  test("is for browsers: addresses can be copied", () => {
    archive(nightOf(0));
    expect(readFileSync(join(dir, "2026/2026-11-19.html"), "utf8")).toContain(">203.0.113.66</span>");
  });

  test("replaces the digest of the same window", () => {
    archive(nightOf(0));
    archive(nightOf(0, { findings: [] }));
    expect(index().match(/<li>/g)).toHaveLength(1);
    expect(index()).not.toContain('<td class="critical">');
  });

  test("keeps windows of one day apart, also in an hour that the clock repeats", () => {
    const hour = (to: number) => ({ ...sample.window, from: to - 3_600_000, to, label: "2026-10-25 02:00-03:00" });
    for (const to of ["2026-10-25T01:00Z", "2026-10-25T02:00Z"]) archive({ ...sample, window: hour(Date.parse(to)) });
    expect(files().filter((name) => name.endsWith(".html"))).toEqual([
      "2026/2026-10-25-20261025T0100Z.html",
      "2026/2026-10-25-20261025T0200Z.html",
      "index.html",
    ]);
  });

  test("shows a quiet night in the calendar, without a page", () => {
    archive(nightOf(0));
    const quiet = nightOf(1, { empty: true, totals: NO_TOTALS, findings: [] });
    writeArchive({ dir }, quiet, undefined, [remembered(quiet), remembered(nightOf(0))]);
    expect(index()).toContain("<td><b>20</b><br>quiet</td>");
    expect(index()).toMatch(/<a href="2026\/2026-11-19\.html"[^>]*><b>19<\/b><br>1,341<\/a>/);
    expect(existsSync(join(dir, "2026/2026-11-20.html"))).toBe(false);
  });

  test("forgets what is older than keep_days, and removes nothing else", () => {
    archive(nightOf(-40), 30);
    writeFileSync(join(dir, "2026/notes-2026-10-10.html"), "mine");
    archive(nightOf(0), 30);
    expect(files()).toEqual([
      "2026",
      "2026/2026-11-19.html",
      "2026/2026-11-19.json",
      "2026/notes-2026-10-10.html",
      "entries.json",
      "index.html",
    ]);
  });

  test.each([
    ["missing", undefined],
    ["damaged", "[{"],
    [
      "forged",
      JSON.stringify([{ page: "../../etc/passwd", json: "x", label: "", date: "", subject: "", severity: "none" }]),
    ],
  ])("finds its pages again when what it knew of them is %s", (_, entries) => {
    archive(nightOf(0));
    rmSync(join(dir, "entries.json"));
    if (entries !== undefined) writeFileSync(join(dir, "entries.json"), entries);
    archive(nightOf(1));
    expect([...index().matchAll(/<li><a href="([^"]*)">/g)].map(([, href]) => href)).toEqual([
      "2026/2026-11-20.html",
      "2026/2026-11-19.html",
    ]);
    expect(index()).not.toContain("passwd");
  });

  test("is its owner's alone, whatever the umask", () => {
    const before = process.umask(0);
    try {
      archive(nightOf(0));
    } finally {
      process.umask(before);
    }
    const modes = [".", ...files()].map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]);
    expect(Object.fromEntries(modes)).toEqual({
      ".": "700",
      2026: "700",
      "2026/2026-11-19.html": "600",
      "2026/2026-11-19.json": "600",
      "entries.json": "600",
      "index.html": "600",
    });
  });

  test("is for those who may read a folder that was there", () => {
    mkdirSync(dir);
    chmodSync(dir, 0o750);
    archive(nightOf(0));
    const mode = (name: string) => (statSync(join(dir, name)).mode & 0o777).toString(8);
    expect([".", "2026", "index.html", "2026/2026-11-19.html"].map(mode)).toEqual(["750", "750", "640", "640"]);
  });

  test("replaces a link instead of writing through it", () => {
    mkdirSync(dir);
    writeFileSync(join(folder, "victim"), "mine");
    for (const name of ["index.html", "index.html.part"]) symlinkSync(join(folder, "victim"), join(dir, name));
    archive(nightOf(0));
    expect(readFileSync(join(folder, "victim"), "utf8")).toBe("mine");
    expect(index()).toContain("<!DOCTYPE html>");
  });

  test("that cannot be written says so and what to do", () => {
    writeFileSync(dir, "a file");
    expect(() => archive(nightOf(0))).toThrow(
      expect.objectContaining({
        exit: Exit.CannotWrite,
        message: expect.stringMatching(/^cannot write the archive in .*archive: EEXIST.*\(archive\.dir /),
      }),
    );
  });

  test("has an index that is valid, loads nothing and runs nothing, whatever a host is called", async () => {
    for (let day = 0; day < 40; day++) archive(nightOf(-day, { hosts: [HOSTILE.script] }));
    const { results } = await new HtmlValidate({
      root: true,
      extends: ["html-validate:recommended"],
      rules: { "no-inline-style": "off", "long-title": "off" },
    }).validateString(index());
    expect(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId} ${message}`))).toEqual(
      [],
    );
    expect(index()).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|\bon\w+="/i);
    expect(index()).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(index()).toContain("default-src 'none'");
  });
});
