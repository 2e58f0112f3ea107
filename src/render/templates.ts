// Finds, checks and compiles the templates. Each file of the user's folder replaces the package's file of that name:
//
//   digest.txt.hbs  digest.html.hbs  subject.hbs  partials/NAME.txt.hbs  partials/NAME.html.hbs
//
// A partial belongs to one medium, because Handlebars compiles it once: one that was compiled for text, where nothing
// is escaped, must never end up in HTML.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { BUILT_IN, HELPERS } from "./helpers.ts";
import { linkFree } from "./link-free.ts";
import { lintTemplate, missingName, syntaxError, type TemplateSource } from "./lint.ts";
import { strictView } from "./strict-view.ts";
import type { SubjectView } from "./subject.ts";
import type { View } from "./view.ts";

/** Templates ready to render; each throws ReportError when a user's template asks for what is not there. */
export interface Templates {
  readonly text: (view: View) => string;
  readonly html: (view: View) => string;
  readonly subject: (view: SubjectView) => string;
}

type Medium = TemplateSource["medium"];
interface Found extends TemplateSource {
  readonly isUsers: boolean;
}

const MAIN = {
  text: { name: "digest.txt.hbs", medium: "text" },
  html: { name: "digest.html.hbs", medium: "html" },
  subject: { name: "subject.hbs", medium: "text" },
} as const;

/**
 * Loads the templates.
 *
 * @param folder the user's folder; it may hold any of the files above
 * @throws ReportError Exit.Config naming file and line: unreadable, a syntax error, or an unsafe place for data
 */
export async function loadTemplates(folder?: string): Promise<Templates> {
  return {
    text: await loadTemplate("text", folder),
    html: await loadTemplate("html", folder),
    subject: await loadTemplate("subject", folder),
  };
}

/** Loads one of the templates, for whoever shows nothing else. @throws as `loadTemplates` does, for this one */
export async function loadTemplate<K extends keyof Templates>(part: K, folder?: string): Promise<Templates[K]> {
  if (folder !== undefined && !existsSync(folder)) {
    throw new ReportError(Exit.Config, `cannot read the templates in ${folder}: there is no such folder`);
  }
  const folders = [packageFolder(), ...(folder === undefined ? [] : [folder])];
  const { name, medium } = MAIN[part];
  return compiled(await find(folders, name, medium), await partialsIn(folders, medium));
}

/** Returns the folder of the built-in templates, beside `src/` or `dist/`: bundling changes how deep this file lies. */
export function packageFolder(): string {
  const candidates = ["../templates", "../../templates"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(join(path, "digest.txt.hbs")));
  if (found === undefined)
    throw new ReportError(Exit.Config, `templates are missing: looked in ${candidates.join(", ")}`);
  return found;
}

async function find(folders: readonly string[], name: string, medium: Medium): Promise<Found> {
  const index = folders.findLastIndex((folder) => existsSync(join(folder, name)));
  return read(join(folders[index] ?? "", name), medium, index > 0);
}

async function partialsIn(folders: readonly string[], medium: Medium): Promise<ReadonlyMap<string, Found>> {
  const extension = medium === "text" ? ".txt.hbs" : ".html.hbs";
  const found = new Map<string, Found>();
  for (const [i, folder] of folders.entries()) {
    const files = existsSync(join(folder, "partials")) ? await readdir(join(folder, "partials")) : [];
    for (const file of files.filter((name) => name.endsWith(extension)).sort()) {
      found.set(file.slice(0, -extension.length), await read(join(folder, "partials", file), medium, i > 0));
    }
  }
  return found;
}

async function read(file: string, medium: Medium, isUsers: boolean): Promise<Found> {
  try {
    return { file, source: await readFile(file, "utf8"), medium, isUsers };
  } catch (thrown) {
    throw new ReportError(Exit.Config, `cannot read the template ${file}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** Each main template gets an engine of its own, so that nothing compiled for one medium is seen by another. */
async function compiled<V>(main: Found, partials: ReadonlyMap<string, Found>): Promise<(view: V) => string> {
  // Only here: a run that renders nothing does not pay for the template compiler.
  const engine = (await import("handlebars")).default.create();
  const known = {
    helpers: new Set<string>([...BUILT_IN, ...Object.keys(HELPERS)]),
    partials: new Set(partials.keys()),
  };
  for (const template of [main, ...partials.values()]) lintTemplate(template, parsed(engine, template), known);

  engine.registerHelper(HELPERS);
  for (const [name, partial] of partials) engine.registerPartial(name, partial.source);
  const render = engine.compile<V>(main.source, {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries([...known.helpers].map((name) => [name, true])),
    noEscape: main.medium === "text",
  });
  const users = [main, ...partials.values()].filter(({ isUsers }) => isUsers);
  return (view) => {
    try {
      return render(strictView(main.medium === "html" ? linkFree(view) : view));
    } catch (thrown) {
      // The package's own templates ask for nothing that is not there: without a user's among them it is a bug.
      throw users.length === 0 ? thrown : missingName(users, thrown, "docs/templates.md");
    }
  };
}

function parsed(engine: Pick<typeof Handlebars, "parse">, template: TemplateSource): hbs.AST.Program {
  try {
    return engine.parse(template.source);
  } catch (thrown) {
    throw syntaxError(template, thrown);
  }
}
