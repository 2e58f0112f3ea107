// Bundles the program: the file that bin.logdigest names, and in dist/chunks what only some runs need (the reader of
// logs, the templates' engine, mail, decompressors). Help and a quiet night load a fraction of it: as one file, help takes
// half as long again.
import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

const OUT = "dist";
const CHUNKS = join(OUT, "chunks");
/** A run that began before this build may still load its own chunks, which were written within this time. */
const KEPT_MS = 3_600_000;
const WRITTEN_MS = 10_000;

const { outputFiles } = await build({
  entryPoints: { logdigest: "src/cli/main.ts" },
  outdir: OUT,
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  write: false,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  // Names stay as they are: the stack of a bug is to be read.
  minifyWhitespace: true,
  // A native module stays outside.
  external: ["@photostructure/sqlite", "node:sqlite"],
  // CommonJS dependencies inside an ES module need a `require`.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  logLevel: "warning",
});

const before = statSync(join(OUT, "logdigest.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
// Chunks are named by what they hold and come first: a run that starts meanwhile sees a whole program, old or new.
mkdirSync(CHUNKS, { recursive: true });
const isEntry = ({ path }) => basename(dirname(path)) !== "chunks";
for (const file of outputFiles.toSorted((a, b) => isEntry(a) - isEntry(b))) {
  const part = `${file.path}.${process.pid}`;
  writeFileSync(part, isEntry(file) ? `#!/usr/bin/env node\n${file.text}` : file.contents);
  if (isEntry(file)) chmodSync(part, 0o755);
  renameSync(part, file.path);
}
// What the build before this one wrote is kept for a while, and nothing older.
const oldest = Math.max(before - WRITTEN_MS, Date.now() - KEPT_MS);
const built = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(CHUNKS)) {
  const path = join(CHUNKS, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!built.has(name) && stat !== undefined && stat.mtimeMs < oldest) unlinkSync(path);
}
