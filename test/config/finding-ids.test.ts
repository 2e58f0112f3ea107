import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FINDING_IDS, findingIdProblem } from "../../src/config/finding-ids.ts";

const repository = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(repository, path), "utf8");

test("the ids are those that docs/findings.md explains", () => {
  const explained = read("docs/findings.md").matchAll(/^\| `([a-z0-9-]+)` \|/gm);
  expect([...explained].map(([, id]) => id)).toEqual(FINDING_IDS);
});

test("every id that a rule gives is among them", () => {
  const files = readdirSync(join(repository, "src/digest/findings")).map((name) => `src/digest/findings/${name}`);
  const given = files.flatMap((file) => [...read(file).matchAll(/\bid: "([a-z0-9-]+)"/g)].map(([, id]) => id));
  expect(given.length).toBeGreaterThan(25);
  expect(given.filter((id) => !FINDING_IDS.includes(id ?? ""))).toEqual([]);
});

test.each([
  ["never-banned", undefined],
  ["success-after-failure", 'no finding has this id (did you mean "success-after-failures"?)'],
  ["", "no finding has this id (docs/findings.md lists them)"],
  ["toString", "no finding has this id (docs/findings.md lists them)"],
])("%j", (id, problem) => {
  expect(findingIdProblem(id)).toBe(problem);
});
