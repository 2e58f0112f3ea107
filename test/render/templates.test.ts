import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { checkTemplates, demoDigest } from "../../src/render/demo.ts";
import { limitsAt, topLevel } from "../../src/render/limits.ts";
import { render, renderHtml, renderSubject, renderText } from "../../src/render/render.ts";
import { loadTemplates } from "../../src/render/templates.ts";
import { viewOf } from "../../src/render/view.ts";
import { quiet, sample } from "./sample.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "templates-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, source: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), source);
}

describe("the user's folder", () => {
  test("replaces single files and leaves the others", async () => {
    write("subject.hbs", "[{{host}}]\r\n {{summary}}\n");
    write("partials/sources.txt.hbs", "Logs: {{sources.line}}\n");
    const { subject, text, html } = render(quiet, await loadTemplates(folder));
    expect(subject).toBe("[mini] nothing to report");
    expect(text).toContain("Logs: 2 logs read to their end");
    expect(html).toContain("<h2");
  });

  test("may bring partials of its own, escaped in HTML and not in text", async () => {
    write("digest.html.hbs", "<p>{{> finder}}</p>");
    write("digest.txt.hbs", "{{> finder}}");
    for (const medium of ["html", "txt"])
      write(`partials/finder.${medium}.hbs`, "{{#each findings}}{{title}}{{/each}}");
    const templates = await loadTemplates(folder);
    expect(renderHtml(sample, templates)).toContain("&lt;script&gt;");
    expect(renderText(sample, templates)).toContain("<script>");
  });

  test("must exist", async () => {
    await expect(loadTemplates(join(folder, "none"))).rejects.toMatchObject({ exit: Exit.Config });
  });

  test("is named when it asks for what is not there", async () => {
    write("subject.hbs", "{{host}} {{wether}}");
    const templates = await loadTemplates(folder);
    expect(() => renderSubject(quiet, templates)).toThrow(
      /subject\.hbs:1: there is no "wether" here \(docs\/templates\.md /,
    );
    expect(() => renderSubject(quiet, templates)).toThrow(ReportError);
  });

  test("is told when its subject is empty", async () => {
    write("subject.hbs", " {{#if onRequest}}asked for{{/if}}\n");
    const templates = await loadTemplates(folder);
    expect(() => renderSubject(quiet, templates)).toThrow(
      new ReportError(Exit.Config, "subject.hbs makes an empty subject (give it words)"),
    );
  });

  test("is told when its HTML is too long even without rows", async () => {
    write("digest.html.hbs", `<p>${"long ".repeat(20_000)}</p>`);
    const templates = await loadTemplates(folder);
    expect(() => renderHtml(quiet, templates)).toThrow(/digest\.html\.hbs makes \d+ bytes/);
  });
});

describe("a template is refused at load, with file and line", () => {
  test.each([
    ["an unclosed block", "digest.txt.hbs", "a\n{{#if host}}\nb", 3, "syntax error"],
    ["a block closed by another name", "subject.hbs", "\n{{#if host}}{{/each}}", 2, "if doesn't match each"],
    ["a broken tag", "digest.html.hbs", "<p>\n{{host}\n</p>", 2, "syntax error"],
    ["an unknown helper", "digest.txt.hbs", "\n{{shout host}}", 2, 'no helper "shout"'],
    ["an unknown helper inside a call", "digest.txt.hbs", "{{upper (shout host)}}", 1, 'no helper "shout"'],
    ["an unknown partial", "digest.txt.hbs", "{{> nothing}}", 1, 'no partial "nothing"'],
    ["an inline partial", "digest.html.hbs", '{{#*inline "x"}}{{host}}{{/inline}}', 1, "not supported"],
    ["three braces", "digest.html.hbs", "<p>\n\n{{{host}}}</p>", 3, "unescaped output"],
    ["an ampersand", "digest.html.hbs", "<p>{{&host}}</p>", 1, "unescaped output"],
    ["three braces in a partial", "partials/section.html.hbs", "<p>{{{title}}}</p>", 1, "unescaped output"],
    ["an unquoted attribute", "digest.html.hbs", "<p class={{host}}>x</p>", 1, "without quotes"],
    ["an attribute half unquoted", "digest.html.hbs", "<p class=a{{host}}>x</p>", 1, "without quotes"],
    ["data in href", "digest.html.hbs", '<p>x</p>\n<a href="{{host}}">x</a>', 2, "attribute href"],
    ["data in HREF with spaces", "digest.html.hbs", '<a HREF = "x?{{host}}">x</a>', 1, "attribute href"],
    ["data in src", "digest.html.hbs", "<img alt='' src='{{host}}'>", 1, "attribute src"],
    ["data in style", "digest.html.hbs", '<p style="width:{{host}}">x</p>', 1, "attribute style"],
    [
      "data in a block in style",
      "digest.html.hbs",
      '<p style="{{#if host}}{{host}}{{/if}}">x</p>',
      1,
      "attribute style",
    ],
    ["data in an event handler", "digest.html.hbs", '<p onclick="{{host}}">x</p>', 1, "attribute onclick"],
    ["data as an attribute", "digest.html.hbs", "<p {{host}}>x</p>", 1, "inside a tag"],
    ["data as a tag", "digest.html.hbs", "<{{host}}>x</p>", 1, "inside a tag"],
    ["data in a style sheet", "digest.html.hbs", "<style>p { color: {{host}} }</style>", 1, "inside <style>"],
    ["data in a script", "digest.html.hbs", "<script>'{{host}}'</script>", 1, "inside <script>"],
    ["data in a comment", "digest.html.hbs", "<!-- {{host}} -->", 1, "in a comment"],
    ["a partial in a tag", "digest.html.hbs", '<p class="{{> style}}">x</p>', 1, "a partial inside a tag"],
    [
      "a block that opens a tag",
      "digest.html.hbs",
      "{{#if host}}<p {{/if}}>",
      1,
      "begins and ends in different places",
    ],
    ["an end inside a tag", "digest.html.hbs", "<p>x</p>\n<p", 2, "ends inside a tag"],
  ])("%s", async (_, name, source, line, words) => {
    write(name, source);
    const refusal = await loadTemplates(folder).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(refusal).toBeInstanceOf(ReportError);
    expect(refusal).toMatchObject({ exit: Exit.Config });
    expect((refusal as ReportError).message).toContain(`${join(folder, name)}:${line}: `);
    expect((refusal as ReportError).message).toContain(words);
  });

  test.each([
    ["data in text and in quoted attributes", "<p title=\"{{host}}\" class='a {{day}}'>{{host}} < {{day}}</p>"],
    ["attributes in a block", '<p {{#if host}}class="a"{{else}}class="b"{{/if}}>x</p>'],
    ["static style in a block", '<p style="{{#if host}}color:red{{else}}color:blue{{/if}}">x</p>'],
    ["data in the title", "<title>{{host}}</title><!-- a > b --><p>{{day}}</p>"],
  ])("but not for %s", async (_, source) => {
    write("digest.html.hbs", source);
    const templates = await loadTemplates(folder);
    expect(renderHtml(quiet, templates)).toContain("</p>");
  });
});

test("a bundle in dist/ finds the templates beside it", async () => {
  await build({
    entryPoints: [new URL("../../src/render/templates.ts", import.meta.url).pathname],
    outfile: join(folder, "dist/logdigest.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    logLevel: "silent",
  });
  cpSync(new URL("../../templates", import.meta.url), join(folder, "templates"), { recursive: true });
  writeFileSync(
    join(folder, "run.mjs"),
    'import { loadTemplates } from "./dist/logdigest.mjs"; console.log(Object.keys(await loadTemplates()).join());',
  );
  expect(execFileSync(process.execPath, [join(folder, "run.mjs")], { encoding: "utf8" })).toBe("text,html,subject\n");
});

describe("the demo, with which templates are tried", () => {
  test("asks the built-in ones for all they have", async () => {
    const loaded = await loadTemplates();
    expect(() => checkTemplates(loaded)).not.toThrow();
  });

  test.each([
    ["digest.txt.hbs", "{{host}}\n{{#each findings}}\n{{tilte}}\n{{/each}}\n", 3, "tilte"],
    ["partials/finding.html.hbs", "<p>\n{{titel}}</p>", 2, "titel"],
    [
      "partials/days.html.hbs",
      "{{#if days.more}}<p>{{days.nonsense}}</p>{{/if}}{{#each days.rows}}{{dey}}{{/each}}",
      1,
      "dey",
    ],
    ["subject.hbs", "{{#if onRequest}}{{sumary}}{{/if}}", 1, "sumary"],
    ["digest.txt.hbs", "{{host}}\n{{#if emtpy}}\n{{empty}}\n{{/if}}\n", 2, "emtpy"],
    ["digest.txt.hbs", "{{host}}\n{{upper dya}}\n", 2, "dya"],
    ["digest.html.hbs", "<p>{{#each findings}}\n\n{{#unless tilte}}x{{/unless}}{{/each}}</p>", 3, "tilte"],
  ])("finds what %s misspells, and names file and line", async (name, source, line, word) => {
    write(name, source);
    const loaded = await loadTemplates(folder);
    expect(() => checkTemplates(loaded)).toThrow(
      new ReportError(
        Exit.Config,
        `${join(folder, name)}:${line}: there is no "${word}" here (docs/templates.md lists what there is)`,
      ),
    );
  });

  test("reaches every line of the built-in templates", () => {
    const view = viewOf(demoDigest, limitsAt(topLevel(10), 10));
    const empty = Object.entries({ ...view, ...view.sources, ...view.summary }).filter(
      ([name, value]) => !["empty", "everything", "preheader"].includes(name) && (value === "" || value === null),
    );
    expect(empty.map(([name]) => name)).toEqual([]);
  });
});
