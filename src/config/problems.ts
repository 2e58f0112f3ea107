// What is wrong with a config, in words for the person who wrote it.
import * as z from "zod";
import { type KeyPath, placeFinder } from "./locate.ts";
import { nearest } from "./nearest.ts";

/** One thing that is wrong: `text` begins with the key where there is one. */
export interface Problem {
  readonly line: number;
  readonly text: string;
}

/** Words an issue that the schema has no words for; made to be zod's `error` option. Quotes only values of fixed sets. */
export function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value));
      const written = typeof issue.input === "string" ? JSON.stringify(issue.input) : kindOf(issue.input);
      return `must be ${[values.slice(0, -1).join(", "), ...values.slice(-1)].filter(Boolean).join(" or ")}, not ${written}`;
    }
    default:
      return undefined;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a whole number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "a table",
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "number") return Number.isInteger(value) ? "a number" : "a fraction";
  if (typeof value === "object") return "a table";
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

/**
 * Returns what zod found in a config, each at its line of the TOML text: first what is written there, then what is
 * missing, each in the order of the lines. A key is often missing because another one is misspelt.
 */
export function problemsOf(error: z.ZodError, schema: z.ZodType, toml: string): readonly Problem[] {
  const placeOf = placeFinder(toml);
  return error.issues
    .flatMap((issue) => {
      if (issue.code !== "unrecognized_keys") {
        return { ...placeOf(issue.path), text: prefixed(issue.path, issue.message) };
      }
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => ({
        ...placeOf([...issue.path, key]),
        text: prefixed(issue.path, unknownKey(key, known)),
      }));
    })
    .sort((a, b) => Number(b.written) - Number(a.written) || a.line - b.line);
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const advice = meant === undefined ? `known here: ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
  return `unknown key ${JSON.stringify(key)} (${advice})`;
}

/** Writes a path as a person would: `sources[1].path`. */
function prefixed(path: KeyPath, text: string): string {
  if (path.length === 0) return text;
  const key = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${key.replace(/^\./, "")}: ${text}`;
}

/** Returns the keys that the table at `path` may have; those that exist only to be refused left out. */
function keysAt(schema: z.ZodType, path: KeyPath): readonly string[] {
  let here: unknown = bare(schema);
  for (const part of path) {
    if (here instanceof z.ZodArray) here = bare(here.element);
    else if (here instanceof z.ZodObject) here = bare(here.shape[String(part)]);
  }
  if (!(here instanceof z.ZodObject)) return [];
  return Object.entries(here.shape).flatMap(([key, value]) => (bare(value) instanceof z.ZodNever ? [] : [key]));
}

/** Takes off what makes a schema optional or gives it a default. */
function bare(schema: unknown): unknown {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? bare(schema.unwrap()) : schema;
}
