// Follows the static parts of an HTML template as a browser's tokenizer would, to know in which context a piece of
// data lands: escaping `<` and quotes makes data safe in text and in quoted attributes, and nowhere else.
// States after https://html.spec.whatwg.org/multipage/parsing.html#tokenization, without character references.

export interface Context {
  readonly state:
    | "text"
    | "tag-open"
    | "markup"
    | "comment"
    | "element"
    | "tag"
    | "attribute"
    | "after-attribute"
    | "before-value"
    | "unquoted"
    | "double-quoted"
    | "single-quoted"
    | "raw";
  /** Lower-case name of the element whose tag or raw text this is. */
  readonly element: string;
  /** Lower-case name of the attribute that is being read. */
  readonly attribute: string;
  /** The last characters of a comment, a declaration or raw text: how far its end has been seen. */
  readonly tail: string;
}

export const TEXT: Context = { state: "text", element: "", attribute: "", tail: "" };

const RAW_ELEMENTS = new Set(["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"]);
const SPACE = /\s/;

/** Returns the context after `html`, which begins in `context`. */
export function follow(context: Context, html: string): Context {
  let now = context;
  for (const char of html) now = step(now, char);
  return now;
}

export function isSameContext(a: Context, b: Context): boolean {
  return a.state === b.state && a.element === b.element && a.attribute === b.attribute;
}

function step(now: Context, char: string): Context {
  switch (now.state) {
    case "text":
      return char === "<" ? { ...TEXT, state: "tag-open" } : now;
    case "tag-open":
      if (char === "!" || char === "?") return { ...TEXT, state: "markup" };
      if (char === "/") return { ...TEXT, state: "element", element: "/" };
      return /[a-z]/i.test(char) ? { ...TEXT, state: "element", element: char.toLowerCase() } : step(TEXT, char);
    case "markup":
      if (char === ">") return TEXT;
      return now.tail + char === "--" ? { ...TEXT, state: "comment" } : { ...now, tail: now.tail === "" ? char : "no" };
    case "comment":
      return ended(now, char, "-->") ? TEXT : remember(now, char);
    case "element":
      if (SPACE.test(char)) return { ...now, state: "tag" };
      if (char === ">") return closed(now);
      return char === "/" ? { ...now, state: "tag" } : { ...now, element: now.element + char.toLowerCase() };
    case "tag":
      if (char === ">") return closed(now);
      if (SPACE.test(char) || char === "/") return now;
      return { ...now, state: "attribute", attribute: char.toLowerCase() };
    case "attribute":
    case "after-attribute":
      if (char === "=") return { ...now, state: "before-value" };
      if (char === ">") return closed(now);
      if (char === "/") return { ...now, state: "tag", attribute: "" };
      if (SPACE.test(char)) return { ...now, state: "after-attribute" };
      return now.state === "attribute"
        ? { ...now, attribute: now.attribute + char.toLowerCase() }
        : { ...now, state: "attribute", attribute: char.toLowerCase() };
    case "before-value":
      if (SPACE.test(char)) return now;
      if (char === '"') return { ...now, state: "double-quoted" };
      if (char === "'") return { ...now, state: "single-quoted" };
      return char === ">" ? closed(now) : { ...now, state: "unquoted" };
    case "unquoted":
      if (char === ">") return closed(now);
      return SPACE.test(char) ? { ...now, state: "tag", attribute: "" } : now;
    case "double-quoted":
      return char === '"' ? { ...now, state: "tag", attribute: "" } : now;
    case "single-quoted":
      return char === "'" ? { ...now, state: "tag", attribute: "" } : now;
    case "raw":
      return ended(now, char.toLowerCase(), `</${now.element}`)
        ? { ...TEXT, state: "tag", element: `/${now.element}` }
        : remember(now, char.toLowerCase());
    default:
      return now.state satisfies never;
  }
}

function closed({ element }: Context): Context {
  return RAW_ELEMENTS.has(element) ? { ...TEXT, state: "raw", element } : TEXT;
}

function ended(now: Context, char: string, end: string): boolean {
  return (now.tail + char).endsWith(end);
}

function remember(now: Context, char: string): Context {
  return { ...now, tail: (now.tail + char).slice(-10) };
}
