// What holds for the rules of every format, whoever wrote it. Samples are the messages of all fixtures.
import { describe, expect, test } from "vitest";
import { dispatch, parsers } from "../../src/parsers/index.ts";
import { beginsWith } from "../../src/parsers/parser.ts";
import { fixtureReads } from "./fixtures.ts";

const reads = await fixtureReads();
const formats = [
  ...parsers.map(({ name, rules }) => ({ name, rules })),
  { name: "any program that asks PAM", rules: dispatch.modules.rules },
];

describe.each(formats)("the rules of $name", ({ name, rules }) => {
  const ofModules = rules === dispatch.modules.rules;
  const own = reads.filter(({ program }) => ofModules || program.name === name);

  test("are each hit by at least one line of a fixture", () => {
    const hit = new Set(own.map(({ rule }) => rule));
    expect(rules.map((rule) => rule.name).filter((rule) => !hit.has(rule))).toEqual([]);
  });

  test("have names of their own", () => {
    const names = rules.map((rule) => rule.name);
    expect(names.filter((rule, i) => names.indexOf(rule) !== i)).toEqual([]);
  });
});

test("no line is hit by two rules of its program", () => {
  const doubly = reads
    .map(({ program, message, appName }) => ({
      program: program.name,
      message: message.slice(0, 200),
      rules: program.rules
        .filter((rule) => beginsWith(rule, message) && rule.parse(message, appName) !== undefined)
        .map((rule) => rule.name),
    }))
    .filter(({ rules }) => rules.length > 1);
  expect(doubly).toEqual([]);
});
