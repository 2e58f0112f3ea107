// The documents name what the program has: every key of the config, kind of event, total and option, and no dead link.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { schema } from "../src/config/schema.ts";
import { THRESHOLDS } from "../src/digest/thresholds.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Every key of the config as docs/config.md writes it: `sources[].path`. Keys that exist to be refused left out. */
function keysOf(type: unknown, path: string): readonly string[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault) {
    return keysOf(type.unwrap(), path);
  }
  if (type instanceof z.ZodArray && type.element instanceof z.ZodObject) return keysOf(type.element, `${path}[]`);
  if (type instanceof z.ZodObject) {
    const prefix = path === "" ? "" : `${path}.`;
    return Object.entries(type.shape).flatMap(([key, value]) => keysOf(value, prefix + key));
  }
  return type instanceof z.ZodNever ? [] : [path];
}

describe("docs/config.md", () => {
  const text = read("docs/config.md");
  const keys = keysOf(schema, "");

  test.each(keys)("has %s", (key) => {
    expect(text).toContain(`| \`${key}\` |`);
  });

  test("has no key that the config does not know", () => {
    const rows = [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);
    expect(rows.sort()).toEqual([...keys].sort());
  });
});

test("docs/config.md has the thresholds that the rules have", () => {
  const rows = [...read("docs/config.md").matchAll(/^\| `thresholds\.(\w+)` \| (\d+) \|/gm)];
  const told = rows.map(([, key = "", value]) => [
    key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    Number(value),
  ]);
  expect(Object.fromEntries(told)).toEqual(THRESHOLDS);
});

test("docs/events.md has every kind of event", () => {
  const kinds = [...read("src/events/event.ts").matchAll(/^ {2}readonly kind: ([^;]+);/gm)]
    .flatMap(([, types = ""]) => types.split(" | "))
    .map((type) => type.slice(1, -1));
  expect(kinds.length).toBeGreaterThan(15);
  const text = read("docs/events.md");
  expect(kinds.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([]);
});

test("docs/findings.md has every finding, and no other", () => {
  const rules = readdirSync(join(root, "src/digest/findings")).map((name) => read(`src/digest/findings/${name}`));
  const ids = rules.flatMap((rule) => [...rule.matchAll(/\bid: "([^"]+)"/g)].map(([, id = ""]) => id));
  const told = [...read("docs/findings.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThan(20);
  expect(told.sort()).toEqual([...new Set(ids)].sort());
});

test("docs/counting.md has every reason for a mail", () => {
  const text = read("docs/counting.md");
  const reasons = /^export type Reason =([^;]+);/m.exec(read("src/digest/digest.ts"))?.[1]?.match(/\w+/g) ?? [];
  expect(reasons.length).toBeGreaterThan(5);
  expect(reasons.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
});

describe("docs/json.md", () => {
  const text = read("docs/json.md");
  const interfaces = [...read("src/digest/digest.ts").matchAll(/^(?:export )?interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)];
  const told = interfaces.filter(([, name = ""]) => name === "Totals" || name.endsWith("Group"));

  test.each(told.map(([, name = "", body = ""]) => ({ name, body })))("has every field of $name", ({ body }) => {
    const fields = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
  });

  test("is held against all of them", () => expect(told.length).toBeGreaterThan(8));
});

const documents = ["README.md", "CHANGELOG.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];

test.each(documents)("%s has no dead link", (path) => {
  const links = [...read(path).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
  const local = links.filter((link) => !/^https?:/.test(link));
  expect(local.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
});

test("the README's exit statuses are those of the program", () => {
  const told = [...read("README.md").matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
  const own = [...read("src/errors.ts").matchAll(/^ {2}\w+: (\d+),$/gm)].map(([, status]) => Number(status));
  expect(told).toEqual(own);
});
