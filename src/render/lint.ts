// Refuses, before anything is rendered, templates through which log text could speak as markup: it is attacker text,
// and people edit templates. Problems name the file and the line.
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { type Context, follow, isSameContext, TEXT } from "./html-context.ts";
import { MissingName } from "./strict-view.ts";

export interface TemplateSource {
  /** Path, for messages. */
  readonly file: string;
  readonly source: string;
  readonly medium: "text" | "html" | "json";
}

/** The names that a template may use: helpers with arguments, and partials. */
interface Known {
  readonly helpers: ReadonlySet<string>;
  readonly partials: ReadonlySet<string>;
}

/** Attributes that hold an address or a program. `style` is one too: its text can load and cover things. */
const ACTIVE_ATTRIBUTES = new Set(
  "action background cite content data formaction href http-equiv manifest ping poster src srcdoc srcset style xlink:href".split(
    " ",
  ),
);
/** What stands between the names in a mustache. */
const WORD_ENDS = /[^\p{L}\p{N}_-]+/u;
/** Raw text in which character references still count. */
const ESCAPABLE = new Set(["title", "textarea"]);

/**
 * Checks one template.
 *
 * @param program what `Handlebars.parse` made of `template.source`
 * @throws ReportError Exit.Config at the first thing that is not allowed
 */
export function lintTemplate(template: TemplateSource, program: hbs.AST.Program, known: Known): void {
  const end = new Lint(template, known).program(program, TEXT);
  if (template.medium === "html" && end.state !== "text") {
    throw problem(template, program.loc.end.line, "the template ends inside a tag or a comment");
  }
}

/** One walk over one template, carrying the HTML context along. */
class Lint {
  readonly #template: TemplateSource;
  readonly #known: Known;
  constructor(template: TemplateSource, known: Known) {
    this.#template = template;
    this.#known = known;
  }

  program(program: hbs.AST.Program | undefined, before: Context): Context {
    let now = before;
    for (const statement of program?.body ?? []) now = this.#statement(statement, now);
    return now;
  }

  #statement(node: hbs.AST.Statement, now: Context): Context {
    switch (node.type) {
      case "ContentStatement":
        return this.#isHtml ? follow(now, (node as hbs.AST.ContentStatement).value) : now;
      case "CommentStatement":
        return now;
      case "MustacheStatement":
        this.#mustache(node as hbs.AST.MustacheStatement, now);
        return now;
      case "BlockStatement":
        return this.#block(node as hbs.AST.BlockStatement, now);
      case "PartialStatement":
        this.#partial(node as hbs.AST.PartialStatement, now);
        return now;
      default:
        // Decorators and partial blocks: nothing here needs them, and each is one more way to lose the context.
        throw this.#refuse(node, "inline partials, partial blocks and decorators are not supported");
    }
  }

  #mustache(node: hbs.AST.MustacheStatement, now: Context): void {
    this.#call(node, node.path, node.params, node.hash);
    if (this.#template.medium === "json" && (node.path as hbs.AST.PathExpression).original !== "json") {
      const { original } = node.path as hbs.AST.PathExpression;
      throw this.#refuse(node, `a bare value in JSON: write {{json ${original}}}, without quotes around it`);
    }
    if (!this.#isHtml) return;
    if (!node.escaped) throw this.#refuse(node, "unescaped output: write {{name}} with two braces and without &");
    const why = unsafe(now);
    if (why !== undefined) throw this.#refuse(node, why);
  }

  #block(node: hbs.AST.BlockStatement, now: Context): Context {
    this.#call(node, node.path, node.params, node.hash);
    for (const branch of [node.program, node.inverse]) {
      if (!isSameContext(this.program(branch, now), now)) {
        throw this.#refuse(node, "the block begins and ends in different places: keep whole tags or attributes in it");
      }
    }
    return now;
  }

  #partial(node: hbs.AST.PartialStatement, now: Context): void {
    const name = node.name.type === "PathExpression" ? (node.name as hbs.AST.PathExpression).original : undefined;
    if (name === undefined) throw this.#refuse(node, "the name of a partial must be written out");
    if (!this.#known.partials.has(name)) throw this.#refuse(node, `there is no partial "${name}"`);
    if (this.#isHtml && now.state !== "text") throw this.#refuse(node, "a partial inside a tag");
    this.#arguments(node, node.params, node.hash);
  }

  #call(node: hbs.AST.Node, path: hbs.AST.Expression, params: hbs.AST.Expression[], hash?: hbs.AST.Hash): void {
    if (params.length === 0 && hash === undefined) return;
    const name = (path as hbs.AST.PathExpression).original;
    if (!this.#known.helpers.has(name)) {
      throw this.#refuse(node, `there is no helper "${name}" (there are ${[...this.#known.helpers].join(", ")})`);
    }
    this.#arguments(node, params, hash);
  }

  #arguments(node: hbs.AST.Node, params: hbs.AST.Expression[], hash?: hbs.AST.Hash): void {
    for (const value of [...params, ...(hash?.pairs ?? []).map((pair) => pair.value)]) {
      if (value.type !== "SubExpression") continue;
      const call = value as hbs.AST.SubExpression;
      this.#call(node, call.path, call.params, call.hash);
    }
  }

  get #isHtml(): boolean {
    return this.#template.medium === "html";
  }

  #refuse(node: hbs.AST.Node, why: string): ReportError {
    return problem(this.#template, node.loc.start.line, why);
  }
}

/** Why data must not stand in `context`; undefined when it may. */
function unsafe({ state, element, attribute }: Context): string | undefined {
  switch (state) {
    case "text":
      return undefined;
    case "double-quoted":
    case "single-quoted":
      return ACTIVE_ATTRIBUTES.has(attribute) || attribute.startsWith("on")
        ? `data in the attribute ${attribute}`
        : undefined;
    case "before-value":
    case "unquoted":
      return `data in the attribute ${attribute} without quotes: put the value in double quotes`;
    case "raw":
      return ESCAPABLE.has(element) ? undefined : `data inside <${element}>`;
    case "comment":
    case "markup":
      return "data in a comment";
    default:
      return "data inside a tag: only quoted attribute values may hold it";
  }
}

/**
 * Turns what a template throws that asks for what is not there into one line that names file and line. Handlebars
 * knows the line and not the file, so the name is looked for in those that a user wrote.
 *
 * @param document where the names are listed
 */
export function missingName(
  templates: readonly Pick<TemplateSource, "file" | "source">[],
  thrown: unknown,
  document: string,
): ReportError {
  const name = thrown instanceof MissingName ? thrown.asked : /^"([^"]*)" not defined in /.exec(reasonOf(thrown))?.[1];
  const told = thrown instanceof Error && "lineNumber" in thrown ? Number(thrown.lineNumber) : undefined;
  for (const { file, source } of name === undefined ? [] : templates) {
    const lines = source.split("\n");
    const asks = (line: string | undefined) =>
      line?.split("{{").some((part) => part.split(WORD_ENDS).includes(name ?? ""));
    const line = told === undefined ? lines.findIndex(asks) + 1 : asks(lines[told - 1]) ? told : 0;
    if (line > 0) return problem({ file }, line, `there is no "${name}" here (${document} lists what there is)`);
  }
  const [first] = templates;
  return new ReportError(Exit.Config, `${first?.file}: ${reasonOf(thrown)}`, { cause: thrown });
}

function problem({ file }: Pick<TemplateSource, "file">, line: number, why: string): ReportError {
  return new ReportError(Exit.Config, `${file}:${line}: ${why}`);
}

/** Turns what `Handlebars.parse` throws into one line that names file and line. */
export function syntaxError({ file }: TemplateSource, thrown: unknown): ReportError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = /on line (\d+)|- (\d+):\d+$/.exec(text);
  const [first = ""] = text.split("\n");
  const expecting = /^Expecting .*/m.exec(text)?.[0];
  const why = expecting === undefined ? first : `syntax error: ${expecting}`;
  return new ReportError(Exit.Config, `${file}:${line?.[1] ?? line?.[2] ?? 1}: ${why}`, { cause: thrown });
}
