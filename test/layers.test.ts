// The layers of the design, held by the import statements: data flows window -> sources -> parsers -> events -> digest
// -> render -> deliver, a stage knows of the one before it no more than its types, and the process stays in src/cli.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");

/** What a layer may import beside itself: `all`, or only its types. Packages and Node's modules are free. */
type May = Readonly<Record<string, "all" | "types">>;

/** The composer, in src/run.ts and what it is made of in src/run/: every stage, nothing of the command line. */
const STAGES: May = {
  "errors.ts": "all",
  events: "types",
  window: "all",
  sources: "all",
  addresses: "all",
  parsers: "all",
  digest: "all",
  render: "all",
  deliver: "all",
  config: "all",
  schedule: "all",
  state: "all",
};

const LAYERS: Readonly<Record<string, May>> = {
  "errors.ts": {},
  events: {},
  window: { events: "types", "errors.ts": "all" },
  sources: { events: "types", window: "all", "errors.ts": "all" },
  parsers: { events: "all", sources: "all", window: "all" },
  digest: { events: "all", window: "all", parsers: "types", sources: "types" },
  render: { digest: "types", events: "types", window: "all", "errors.ts": "all" },
  deliver: { "errors.ts": "all" },
  config: { "errors.ts": "all" },
  addresses: { events: "all", digest: "types", "errors.ts": "all" },
  schedule: { "errors.ts": "all", window: "types", events: "types" },
  state: { "errors.ts": "all", events: "types", sources: "types" },
  "run.ts": { ...STAGES, run: "all" },
  run: { ...STAGES, "run.ts": "all" },
};

interface Import {
  readonly from: string;
  readonly layer: string;
  readonly typesOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .sort();

/** `src/digest/findings/x.ts` belongs to `digest`, `src/run.ts` to `run.ts`. */
const layerOf = (path: string) => path.split("/", 1)[0] as string;

/** The imports of a file that lead to other layers of src. */
function importsOf(path: string): readonly Import[] {
  const text = readFileSync(join(src, path), "utf8");
  const statements = [...text.matchAll(/^(?:import|export)\b([^;"']*)\bfrom\s+["']([^"']+)["']/gm)];
  const effects = [...text.matchAll(/(?:^import\s*|\bimport\()["']([^"']+)["']/gm)];
  return [
    ...statements.map(([, names = "", from = ""]) => ({ from, typesOnly: bringsTypesOnly(names) })),
    ...effects.map(([, from = ""]) => ({ from, typesOnly: false })),
  ]
    .filter(({ from }) => from.startsWith("."))
    .map(({ from, typesOnly }) => ({ from, typesOnly, layer: layerOf(relative(src, join(src, dirname(path), from))) }))
    .filter(({ layer }) => layer !== layerOf(path) && layer !== "..");
}

/** `import type { A }` and `import { type A, type B }`. */
function bringsTypesOnly(names: string): boolean {
  const clause = names.trim();
  if (clause.startsWith("type ")) return true;
  const list = /^\{([^}]*)\}$/s.exec(clause)?.[1];
  if (list === undefined) return false;
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .every((name) => name.startsWith("type "));
}

test.each(files.filter((path) => layerOf(path) !== "cli"))("src/%s imports what its layer may", (path) => {
  const layer = layerOf(path);
  const may = LAYERS[layer];
  expect(may, `src/${layer} is no layer that this test knows: add it to LAYERS`).toBeDefined();
  const broken = importsOf(path).flatMap(({ from, layer: target, typesOnly }) => {
    const right = may?.[target];
    if (right === "all" || (right === "types" && typesOnly)) return [];
    return right === "types"
      ? [`src/${path} imports a value from "${from}": ${layer} may import only types of ${target}`]
      : [`src/${path} imports "${from}": ${layer} may not import ${target} (the layers are in test/layers.test.ts)`];
  });
  expect(broken).toEqual([]);
});

describe("nothing but src/cli touches the process", () => {
  const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
    ["process", /\bprocess\s*\.\s*\w/],
    ["node:process", /["'](?:node:)?process["']/],
    ["the clock", /\bDate\.now\(|\bnew Date\(\s*\)|\bDate\(\s*\)/],
    ["the system's names and folders", /["'](?:node:)?os["']/],
    ["the console", /\bconsole\s*\./],
    ["the system's time zone", /\bDateTimeFormat\(\s*\)/],
  ];

  test.each(files.filter((path) => layerOf(path) !== "cli"))("src/%s", (path) => {
    const code = withoutComments(readFileSync(join(src, path), "utf8"));
    const found = code
      .split("\n")
      .flatMap((line, i) =>
        FORBIDDEN.filter(([, pattern]) => pattern.test(line)).map(
          ([what]) => `src/${path}:${i + 1} uses ${what}: it comes in as an argument (src/cli/io.ts)`,
        ),
      );
    expect(found).toEqual([]);
  });

  /** Blanks comments out, so that lines keep their numbers. */
  function withoutComments(text: string): string {
    const blank = (comment: string) => comment.replace(/[^\n]/g, " ");
    return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|\s)\/\/[^\n]*/g, blank);
  }
});

describe("the rule sees what breaks it", () => {
  test.each([
    [" { type A, B } ", false],
    [" { type A, type B } ", true],
    [" type { A } ", true],
    [" A ", false],
    [" * as a ", false],
    [" {\n  type A,\n  type B,\n} ", true],
  ])("import%sfrom: types only is %s", (names, only) => {
    expect(bringsTypesOnly(names)).toBe(only);
  });

  test("most files have imports that are looked at", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(50);
  });
});
