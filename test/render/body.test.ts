import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { renderBody } from "../../src/render/body.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "body-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const HOSTILE = 'x", "admin": true, "y": "\n\u2028\\';
const view = { subject: HOSTILE, lines: ["a", HOSTILE] };

function body(source: string, contentType?: string): Promise<string> {
  writeFileSync(join(folder, "body.hbs"), source);
  return renderBody(join(folder, "body.hbs"), "channels[0].body", view, contentType);
}

test("a log cannot add to a JSON body", async () => {
  const made = await body(
    '{"text": {{json subject}}, "all": [{{#each lines}}{{#unless @first}},{{/unless}}{{json this}}{{/each}}]}',
  );
  expect(JSON.parse(made)).toEqual({ text: HOSTILE, all: ["a", HOSTILE] });
});

describe("a JSON body is refused, with file and line, for", () => {
  test.each([
    [
      "a bare value",
      '{\n"text": "{{subject}}"}',
      2,
      "a bare value in JSON: write {{json subject}}, without quotes around it",
    ],
    [
      "three braces",
      '{"text": "{{{subject}}}"}',
      1,
      "a bare value in JSON: write {{json subject}}, without quotes around it",
    ],
    ["a bare value in a block", '{{#if subject}}\n\n"{{subject}}"{{/if}}', 3, "a bare value in JSON"],
    ["a bare lookup", '"{{lookup lines 0}}"', 1, "a bare value in JSON"],
    ["an unknown helper", "{{upper subject}}", 1, 'there is no helper "upper"'],
    ["an unknown name", "\n{{json wether}}", 2, 'there is no "wether" here'],
    ["a syntax error", "\n\n{{json subject", 3, "syntax error"],
  ])("%s", async (_, source, line, why) => {
    const refusal = (await body(source).catch((thrown: unknown) => thrown)) as ReportError;
    expect(refusal).toBeInstanceOf(ReportError);
    expect(refusal.exit).toBe(Exit.Config);
    expect(refusal.message).toMatch(/^channels\[0\]\.body: cannot make a body with /);
    expect(refusal.message).toContain(`body.hbs:${line}: ${why}`);
  });
});

test.each(["text/plain", "text/plain; charset=utf-8", "text/markdown"])("%s takes values as they are", async (type) => {
  expect(await body("{{subject}}", type)).toBe(HOSTILE);
});

test.each(["application/json", "application/vnd.api+json", "APPLICATION/JSON; charset=utf-8"])(
  "%s does not",
  async (type) => {
    await expect(body("{{subject}}", type)).rejects.toMatchObject({ exit: Exit.Config });
  },
);
