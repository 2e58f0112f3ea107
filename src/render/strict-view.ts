// Handlebars' strict mode refuses `{{wether}}` and lets `{{#if wether}}` and `{{upper wether}}` pass as empty, so a
// misspelt condition would hide its part for ever. What a template asks of a view therefore has to be there.

/** What JavaScript and Handlebars ask of any object. */
const ASKED_OF_ALL = ["toJSON", "toHTML"];

/** Thrown when a template asks for a name that a view does not have. */
export class MissingName extends Error {
  readonly asked: string;
  constructor(asked: string) {
    super(`"${asked}" not defined`);
    this.name = "MissingName";
    this.asked = asked;
  }
}

/** Returns `view` with all its lists and objects such that reading a name which is not there throws MissingName. */
export function strictView<T>(view: T): T {
  if (Array.isArray(view)) return view.map(strictView) as T;
  if (typeof view !== "object" || view === null || Object.getPrototypeOf(view) !== Object.prototype) return view;
  const fields = Object.fromEntries(Object.entries(view).map(([name, value]) => [name, strictView(value)]));
  return new Proxy(fields, {
    get(target, name) {
      if (typeof name === "string" && !(name in target) && !ASKED_OF_ALL.includes(name)) throw new MissingName(name);
      return Reflect.get(target, name);
    },
  }) as T;
}
