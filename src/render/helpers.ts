// The few things that templates cannot write with Handlebars' own `if`, `each`, `unless`, `with` and `lookup`.

const WIDTH = 78;

/** Available in every template; a helper that is not listed here is refused when templates are loaded. */
export const HELPERS = {
  /** `{{upper title}}` */
  upper: (text: unknown): string => asText(text).toUpperCase(),
  /** `{{wrap detail 10}}`: broken into lines of 78 columns, all but the first indented by 10. */
  wrap: (text: unknown, indent: unknown): string => wrap(asText(text), typeof indent === "number" ? indent : 0),
} as const;

export const BUILT_IN = ["if", "unless", "each", "with", "lookup"] as const;

function asText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH - indent) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
