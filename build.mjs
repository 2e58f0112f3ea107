// Bundles the program into the one file that bin.logdigest names. One file starts about three times as fast as the
// unbundled packages; the banner gives CommonJS dependencies inside an ES module their `require`.
import { chmodSync, renameSync } from "node:fs";
import { build } from "esbuild";

const outfile = "dist/logdigest.js";
// Written beside and renamed: a run that starts meanwhile sees a whole program, the old one or the new.
const part = `${outfile}.${process.pid}`;
await build({
  entryPoints: ["src/cli/main.ts"],
  outfile: part,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  banner: {
    js: '#!/usr/bin/env node\nimport{createRequire}from"node:module";const require=createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
chmodSync(part, 0o755);
renameSync(part, outfile);
