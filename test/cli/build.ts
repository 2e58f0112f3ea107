// Builds the program once for all tests of the command line, and installs it as a package would be: the file and its
// templates in a folder of their own, with no package in reach but SQLite and what that needs. A build that fails, fails
// these tests alone.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the built program; empty when it cannot be built. */
    program: string;
  }
}

/** Not in the bundle: it brings a native module. */
const SQLITE = "@photostructure/sqlite";

export default function build(project: TestProject): () => void {
  const root = project.config.root;
  const folder = mkdtempSync(join(tmpdir(), "logdigest-program-"));
  const { status } = spawnSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
  if (status === 0) {
    for (const part of ["dist", "templates"]) cpSync(join(root, part), join(folder, part), { recursive: true });
    mkdirSync(join(folder, "node_modules/@photostructure"), { recursive: true });
    // A link is followed to its end: the packages that SQLite needs are found beside it.
    symlinkSync(join(root, "node_modules", SQLITE), join(folder, "node_modules", SQLITE));
  }
  project.provide("program", status === 0 ? join(folder, "dist/logdigest.js") : "");
  return () => rmSync(folder, { recursive: true, force: true });
}
