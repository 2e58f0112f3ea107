import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { type KeyPath, placeFinder } from "../../src/config/locate.ts";

const DOCUMENT = `# a comment, [not.a.table]
host = "mini"  # line 2
"time zone" = 'x'

[allowlist]
patterns = [
  'a # no comment ]', # a comment, with a comma
  "b \\" , ]",
]
text = """
[mail]
from = "inside a string"
\\"""
""" # line 14
literal = '''
[mail]
'''
users = ["a", ["b",
  "c"]]
[[allowlist.entry]]
user = "git"
[[allowlist.entry]] # line 22
address = "10.0.0.0/8"
[allowlist.entry.more]
deep.er = 1
deep."e.r" = 2

[[sources]]
path = "/a"
[[ sources ]]
kind = "file"
path = "/b"

[mail.smtp]
port = 0
inline = { a = 1, "b c" = { d = [1, 2] }, e.f = 2 }
[mail]
from = 1979-05-27T07:32:00Z
smtp2.port = 3
`;

describe("the line of a key", () => {
  test.each<[KeyPath, number]>([
    [["host"], 2],
    [["time zone"], 3],
    [["allowlist"], 5],
    [["allowlist", "patterns"], 6],
    [["allowlist", "patterns", 0], 7],
    [["allowlist", "patterns", 1], 8],
    [["allowlist", "text"], 10],
    [["allowlist", "literal"], 15],
    [["allowlist", "users"], 18],
    [["allowlist", "users", 1, 0], 18],
    [["allowlist", "users", 1, 1], 19],
    [["allowlist", "entry"], 20],
    [["allowlist", "entry", 0], 20],
    [["allowlist", "entry", 0, "user"], 21],
    [["allowlist", "entry", 1], 22],
    [["allowlist", "entry", 1, "address"], 23],
    [["allowlist", "entry", 1, "more"], 24],
    [["allowlist", "entry", 1, "more", "deep"], 25],
    [["allowlist", "entry", 1, "more", "deep", "er"], 25],
    [["allowlist", "entry", 1, "more", "deep", "e.r"], 26],
    [["sources"], 28],
    [["sources", 0, "path"], 29],
    [["sources", 1, "kind"], 31],
    [["sources", 1, "path"], 32],
    [["mail", "smtp"], 34],
    [["mail", "smtp", "port"], 35],
    [["mail", "smtp", "inline", "a"], 36],
    [["mail", "smtp", "inline", "b c", "d", 1], 36],
    [["mail", "smtp", "inline", "e", "f"], 36],
    [["mail"], 37],
    [["mail", "from"], 38],
    [["mail", "smtp2", "port"], 39],
  ])("finds %j", (path, line) => {
    expect(placeFinder(DOCUMENT)(path)).toEqual({ line, written: true });
  });

  test.each<[string, KeyPath, number]>([
    ["a key that is missing: its table", ["mail", "to"], 37],
    ["a key missing in an element: the element", ["sources", 1, "optional"], 30],
    ["a table that is nowhere: the first line", ["limits", "groups"], 1],
    ["the whole document: the first line", [], 1],
  ])("falls back for %s", (_, path, line) => {
    expect(placeFinder(DOCUMENT)(path)).toEqual({ line, written: false });
  });

  test("counts lines that end in CRLF", () => {
    expect(placeFinder('a = """\r\nx"""\r\n[b]\r\nc = 1\r\n')(["b", "c"]).line).toBe(4);
  });

  test("reads a document of 1 MiB once, however many keys are asked for", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `key${index}`);
    const placeOf = placeFinder(`${keys.map((key) => `${key} = 1`).join("\n")}\n`);
    expect(keys.map((key) => placeOf([key]).line)).toEqual(keys.map((_, index) => index + 1));
  });

  test("goes past a key with very many names", () => {
    expect(placeFinder(`${"a.".repeat(300_000)}a = 1\nb = 2\n`)(["b"]).line).toBe(2);
  });

  test("ends on text that is no TOML", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]{}='\"#.,\n\\ ab1") }), (text) => {
        expect(placeFinder(text)(["a", "b"]).line).toBeGreaterThan(0);
      }),
    );
  });

  test("is right for every value of a generated document", () => {
    const key = fc
      .oneof(fc.constantFrom("a", "b", "entry"), fc.string({ minLength: 1, maxLength: 6 }))
      .filter((name) => !["__proto__", "constructor", "prototype"].includes(name));
    const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
      table: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
      value: fc.oneof(
        { depthSize: "small" },
        fc.constant("leaf"),
        fc.array(fc.constant("leaf"), { maxLength: 3 }),
        tie("table"),
        fc.array(tie("table"), { minLength: 1, maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(table, (drawn) => {
        const leaves: { path: KeyPath; token: string }[] = [];
        const toml = stringify(numbered(drawn, [], leaves));
        expect(parse(toml)).toBeTypeOf("object");
        const lines = toml.split("\n");
        const placeOf = placeFinder(toml);
        expect(leaves.map(({ path }) => placeOf(path).line)).toEqual(
          leaves.map(({ token }) => lines.findIndex((line) => line.includes(token)) + 1),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** Returns the drawn value with a different text in each leaf, and lists where they are. */
function numbered(value: unknown, path: KeyPath, leaves: { path: KeyPath; token: string }[]): unknown {
  if (Array.isArray(value)) return value.map((element, index) => numbered(element, [...path, index], leaves));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, numbered(inner, [...path, key], leaves)]),
    );
  }
  const token = `<leaf ${leaves.length}>`;
  leaves.push({ path, token });
  return token;
}
