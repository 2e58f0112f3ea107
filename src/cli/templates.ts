// logdigest templates export: the built-in templates, as files to change.
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Exit, type ExitCode, ReportError, reasonOf } from "../errors.ts";
import { packageFolder } from "../render/templates.ts";
import type { Surroundings } from "./io.ts";

/**
 * Copies the built-in templates into a folder, which is made when it is not there.
 *
 * @throws ReportError Exit.Usage when a file of theirs is there already; Exit.CannotWrite
 */
export async function exportTemplates(dir: string, { terminal }: Pick<Surroundings, "terminal">): Promise<ExitCode> {
  const [from, to] = [packageFolder(), resolve(dir)];
  const files = readdirSync(from, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".hbs"))
    .sort();
  const taken = files.filter((name) => existsSync(join(to, name)));
  if (taken.length > 0) {
    const others = taken.length > 1 ? ` and ${taken.length - 1} more` : "";
    throw new ReportError(Exit.Usage, `${join(to, taken[0] ?? "")}${others} is there already (name an empty folder)`);
  }
  try {
    mkdirSync(join(to, "partials"), { recursive: true });
    for (const name of files) cpSync(join(from, name), join(to, name), { errorOnExist: true, force: false });
  } catch (thrown) {
    throw new ReportError(Exit.CannotWrite, `cannot write templates into ${to}: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
  await terminal.print(
    `${files.map((name) => join(to, name)).join("\n")}

Keep those that you change and remove the others: a file in this folder goes before the built-in one of its name.
Then write into the config

[templates]
dir = ${JSON.stringify(to)}

and try it: logdigest check; logdigest report --stdout --format html (docs/templates.md says what a template sees)
`,
  );
  return Exit.Ok;
}
