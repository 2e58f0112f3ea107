import fc from "fast-check";
import { HtmlValidate } from "html-validate";
import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { HTML_BYTES, render, renderHtml } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { HARMFUL, hostileText } from "./hostile-text.ts";
import { familiar, HOSTILE, quiet, sample, source, troubled, weekend } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // Mail clients drop style sheets and know old attributes best.
    "no-inline-style": "off",
    "no-deprecated-attr": "off",
    "attribute-boolean-style": "off",
    // Layout tables have one row; data tables here do have one.
    "prefer-tbody": "off",
    // Subject lines of a web page; nobody sees the title of a mail.
    "long-title": "off",
    // Mail clients drop elements that they do not know, such as main, and keep roles.
    "prefer-native-element": "off",
  },
});

/** The tags in order, with their attributes: what a browser would build. */
const tagsOf = (html: string) => html.match(/<[^>]*>/g) ?? [];

describe("the HTML part", () => {
  test.each([
    ["sample", sample],
    ["familiar", familiar],
    ["quiet", quiet],
    ["troubled", troubled],
    ["weekend", weekend],
  ])("of %s is valid and as expected", async (name, digest) => {
    const html = renderHtml(digest, templates);
    const { results } = await validator.validateString(html);
    expect(
      results.flatMap(({ messages }) => messages.map(({ line, ruleId, message }) => `${line} ${ruleId} ${message}`)),
    ).toEqual([]);
    // .txt, because formatters and linters for HTML must not touch what was rendered.
    await expect(html).toMatchFileSnapshot(`golden/${name}.html.txt`);
  });

  test("shows hostile names as text", () => {
    const html = renderHtml(sample, templates);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("evil.&#8203;example.&#8203;net");
    expect(html).not.toContain("<script");
    expect(html).not.toMatch(HARMFUL);
  });

  test("carries the first finding as preheader", () => {
    expect(renderHtml(sample, templates)).toMatch(/mso-hide:all">alice logged in after 14 failures/);
    expect(renderHtml(troubled, templates)).toMatch(/mso-hide:all">1 log not read: /);
  });

  test("keeps its bound with a thousand hostile groups in every section, and says what it left out", () => {
    const html = renderHtml(crowd(1_000), templates, { textGroups: 1_000 });
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(HTML_BYTES);
    expect(Buffer.byteLength(html)).toBeGreaterThan(HTML_BYTES * 0.8);
    const shown = Number(/and (\d+) more addresses/.exec(html)?.[1]);
    expect(shown).toBeGreaterThan(900);
    expect(shown).toBeLessThan(1_000);
    expect(renderHtml(crowd(1_000), templates, { textGroups: 1_000 })).toBe(html);
  });

  test("tells who got in in full, where all the other sections are cut", () => {
    const html = renderHtml(withLogins(60), templates);
    expect(html.match(/<span dir="auto">user\d+<\/span>/g)).toHaveLength(60);
    expect(html).toContain("and 201 more addresses");
  });

  test("cuts logins last, and says how many", () => {
    const html = renderHtml(withLogins(900), templates);
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(HTML_BYTES);
    expect(html.match(/<span dir="auto">user\d+<\/span>/g)?.length).toBeGreaterThan(100);
    expect(html).toMatch(/… and \d+ more \(\d+ logins\)/);
  });

  test("keeps its bound with long hostile findings and hundreds of broken logs", () => {
    const digest = {
      ...crowd(1_000),
      findings: Array.from({ length: 300 }, () => ({ ...sample.findings[0], ...longFinding })),
      coverage: Array.from({ length: 300 }, (_, i) =>
        source(`${i}${'"'.repeat(300)}`, { status: "missing", note: "'".repeat(900) }),
      ),
    };
    expect(Buffer.byteLength(renderHtml(digest, templates))).toBeLessThanOrEqual(HTML_BYTES);
  });
});

test("whatever a log says, no output speaks with its voice", () => {
  const plain = {
    tags: tagsOf(renderHtml(withText("x"), templates)),
    subject: render(withText("x"), templates).subject,
  };
  fc.assert(
    fc.property(hostileText, (text) => {
      const { subject, text: body, html } = render(withText(text), templates);
      expect(tagsOf(html)).toEqual(plain.tags);
      expect(subject).toBe(plain.subject);
      for (const output of [subject, body, html]) expect(output).not.toMatch(HARMFUL);
      expect(body.split("\n").filter((line) => line.startsWith("FAILURES"))).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

const longFinding = {
  id: "long",
  severity: "critical" as const,
  title: '"'.repeat(3_000),
  detail: "'".repeat(3_000),
  evidence: Array.from({ length: 20 }, (_, line) => ({ source: `${line}${"=".repeat(200)}`, line, at: 0, what: "" })),
};

/** The sample with as many users who logged in once. */
function withLogins(size: number): Digest {
  const sections = sample.sections.map((section) =>
    section.id === "logins"
      ? {
          ...section,
          total: size,
          groups: Array.from({ length: size }, (_, i) => ({
            ...(section.groups[0] as (typeof section.groups)[number]),
            user: `user${i}`,
          })),
        }
      : section,
  );
  return { ...sample, totals: { ...sample.totals, logins: size }, sections };
}

/** A digest in which every section has `size` groups with hostile names of 64 characters. */
function crowd(size: number): Digest {
  const name = (i: number) => `${i}${"\"<&>'".repeat(20)}`.slice(0, 64);
  const sections = sample.sections.map((section) => {
    const groups = Array.from({ length: size }, (_, i) => ({
      ...section.groups[0],
      user: name(i),
      ip: name(i),
      users: [name(i), name(i + 1)],
      tool: name(i),
      message: name(i),
      count: 1,
    }));
    return { ...section, groups, total: size, more: 0 } as unknown as Digest["sections"][number];
  });
  return { ...sample, sections };
}

/** The sample with `text` wherever a digest carries text of a log. */
function withText(text: string): Digest {
  const sections = sample.sections.map((section) => ({
    ...section,
    groups: section.groups.map((group) =>
      Object.fromEntries(
        Object.entries(group).map(([key, value]) => {
          if (key === "users") return [key, [text]];
          return [key, typeof value === "string" && key !== "outcome" && key !== "state" ? text : value];
        }),
      ),
    ),
  }));
  return {
    ...sample,
    findings: sample.findings.map((finding) => ({ ...finding, title: text, detail: text })),
    allowlisted: { ...sample.allowlisted, users: [{ user: text, count: 6 }] },
    sections: sections as unknown as Digest["sections"],
    coverage: sample.coverage.map((row) => ({ ...row, source: text, note: text })),
  };
}

test("the sample holds the names it is meant to hold", () => {
  const names = JSON.stringify(sample.sections);
  for (const name of Object.values(HOSTILE)) expect(names).toContain(JSON.stringify(name).slice(1, -1));
});
