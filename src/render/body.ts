// The body of a webhook, made by a user's template: text, in which `json` writes a value as JSON does.
import { readFile } from "node:fs/promises";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { BUILT_IN } from "./helpers.ts";
import { lintTemplate, missingName, syntaxError, type TemplateSource } from "./lint.ts";
import { strictView } from "./strict-view.ts";

const KNOWN = { helpers: new Set<string>([...BUILT_IN, "json"]), partials: new Set<string>() };

/**
 * Renders a Handlebars file as plain text. In a body that is JSON every value goes through `json`: a quote in a log
 * would end a string that the template began, and what follows would be the attacker's JSON.
 *
 * @param key the config's key that names it
 * @param contentType of the body; undefined is JSON
 * @throws ReportError Exit.Config when it cannot be read, asks for what is not there, or has a bare value in JSON
 */
export async function renderBody(path: string, key: string, view: object, contentType?: string): Promise<string> {
  const medium = contentType === undefined || /\bjson\b/i.test(contentType) ? "json" : "text";
  try {
    const engine = (await import("handlebars")).default.create();
    const template: TemplateSource = { file: path, source: await readFile(path, "utf8"), medium };
    lintTemplate(template, parsed(engine, template), KNOWN);
    const render = engine.compile(template.source, {
      strict: true,
      noEscape: true,
      knownHelpersOnly: true,
      knownHelpers: Object.fromEntries([...KNOWN.helpers].map((name) => [name, true])),
    });
    return rendered(
      () => render(strictView(view), { helpers: { json: (value: unknown) => JSON.stringify(value) } }),
      template,
    );
  } catch (thrown) {
    throw new ReportError(Exit.Config, `${key}: cannot make a body with ${path}: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function parsed(engine: Pick<typeof Handlebars, "parse">, template: TemplateSource): hbs.AST.Program {
  try {
    return engine.parse(template.source);
  } catch (thrown) {
    throw syntaxError(template, thrown);
  }
}

function rendered(render: () => string, template: TemplateSource): string {
  try {
    return render();
  } catch (thrown) {
    throw missingName([template], thrown, "docs/channels.md");
  }
}
