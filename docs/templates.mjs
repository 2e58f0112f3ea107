// npm run docs:templates: writes docs/templates.md from the interfaces of the view, so that what a template sees is
// written down once, in the code. test/docs/templates.test.ts holds the file up to date.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "src/render");

/** Interfaces of the view, by name: their fields with type and words. */
function readInterfaces() {
  const found = new Map();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
    const source = readFileSync(join(folder, name), "utf8");
    for (const [, title, body] of source.matchAll(/^(?:export )?interface (\w+) \{\n([\s\S]*?)^\}/gm)) {
      const fields = [...body.matchAll(/(?: {2}\/\*\* ?([\s\S]*?) ?\*\/\n)? {2}readonly (\w+)\??: ([^;]+);/g)];
      found.set(
        title,
        fields.map(([, words = "", field, type]) => ({ field, type, words: words.replace(/\s*\n\s*\* ?/g, " ") })),
      );
    }
  }
  return found;
}

/** `readonly RowView[]` as `list of Row`, with a link; numbers, texts and flags as what they are. */
function typeWords(type) {
  const list = /^readonly (\w+)\[\]$/.exec(type)?.[1];
  if (list !== undefined) return `list of ${link(list)}`;
  const maybe = /^(\w+) \| null$/.exec(type)?.[1];
  if (maybe !== undefined) return `${link(maybe)}, or nothing`;
  if (type === "boolean") return "true or false";
  if (type === "number") return "number";
  return type === "string" || !isView(type) ? "text" : link(type);
}

const isView = (type) => /^\w+(?:View|Row)$/.test(type);
const shortOf = (type) => type.replace(/View$/, "");
const link = (type) => `[${shortOf(type)}](#${shortOf(type).toLowerCase()})`;

/** The interfaces that `name` reaches, itself first, in the order of their fields. */
function reached(name, interfaces, seen = []) {
  if (seen.includes(name)) return seen;
  seen.push(name);
  for (const { type } of interfaces.get(name) ?? []) {
    const next = /\w+(?:View|Row)\b/.exec(type)?.[0];
    if (next !== undefined && interfaces.has(next)) reached(next, interfaces, seen);
  }
  return seen;
}

function table(name, interfaces) {
  const rows = interfaces.get(name).map(({ field, type, words }) => {
    return `| \`${field}\` | ${typeWords(type)} | ${words.replaceAll("|", "\\|")} |`;
  });
  return `### ${shortOf(name)}\n\n| name | | |\n|---|---|---|\n${rows.join("\n")}\n`;
}

export function templatesDocument() {
  const interfaces = readInterfaces();
  const partials = readdirSync(join(root, "templates/partials")).sort();
  return `# Templates

<!-- Written by npm run docs:templates from the interfaces in src/render. -->

The mail is made by [Handlebars](https://handlebarsjs.com/guide/) templates. \`logdigest templates export DIR\` writes the
built-in ones into a folder; \`templates.dir\` in the config names the folder, and each file in it goes before the
built-in one of its name. Keep the files that you change and remove the others, so that these grow with the program.

| file | makes |
|---|---|
| \`subject.hbs\` | the subject; sees a [Subject](#subject) |
| \`digest.txt.hbs\` | the text part; sees a [View](#view) |
| \`digest.html.hbs\` | the HTML part; sees a [View](#view) |
| \`partials/NAME.txt.hbs\`, \`partials/NAME.html.hbs\` | what \`{{> NAME}}\` stands for in text and in HTML; partials of your own may stand beside the built-in ones: ${partials.map((name) => `\`${name}\``).join(", ")} |

\`logdigest check\` renders a made-up night with everything in it, so that a mistake shows before the night that needs the
template; \`logdigest report --stdout --format html\` shows it with your own logs.

## What templates may do

Handlebars' own \`if\`, \`unless\`, \`each\`, \`with\` and \`lookup\`, \`{{else}}\`, comments, and

| helper | |
|---|---|
| \`{{upper title}}\` | in capital letters |
| \`{{wrap detail 10}}\` | broken into lines of 78 columns, all but the first indented by 10; for text |

A name that does not exist ends the run with 78 and names file and line, and so does what would let log text speak as
markup, since names and addresses come from whoever knocks: three braces, data in a style, a script, a comment, an
unquoted attribute, or in \`href\`, \`src\` and their like. Colours therefore come from \`{{#if critical}}\`, not from data.

All texts below are ready to show: in words, in the zone of the window, cut to a sensible length, and with everything
invisible written out (\`\\x1b\`, \`\\u202e\`). In HTML they are escaped, and a zero-width space breaks what mail programs
would turn into links: domains, mail and IPv4 addresses, schemes, telephone numbers. What is copied from the HTML part
carries it, and a shell refuses such an address instead of taking a wrong one; the text part, the JSON and the archive
have none. A text that has nothing to say is empty, so \`{{#if more}}\` asks for it.

HTML of more than 90,000 bytes is rendered again with fewer rows; Gmail hides the rest of longer mails.

## What templates see

${reached("View", interfaces)
  .map((name) => table(name, interfaces))
  .join("\n")}
${table("SubjectView", interfaces)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, "docs/templates.md"), templatesDocument());
}
