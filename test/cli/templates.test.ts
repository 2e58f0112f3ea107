import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exportTemplates } from "../../src/cli/templates.ts";
import { Exit, ReportError } from "../../src/errors.ts";
import { checkTemplates } from "../../src/render/demo.ts";
import { render } from "../../src/render/render.ts";
import { loadTemplates, packageFolder } from "../../src/render/templates.ts";
import { sample } from "../render/sample.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "export-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function exportTo(dir: string): Promise<{ status: number; out: string }> {
  let out = "";
  const print = async (text: string) => {
    out += text;
    return true;
  };
  const terminal = {
    print,
    say: () => {},
    progress: undefined,
    isTerminal: false,
    attended: false,
    stdin: process.stdin,
  };
  return { status: await exportTemplates(dir, { terminal }), out };
}

const list = (dir: string) => readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();

describe("logdigest templates export", () => {
  test("writes the built-in templates, which make the same mail from there", async () => {
    const dir = join(folder, "a/b");
    const { status, out } = await exportTo(dir);
    expect(status).toBe(Exit.Ok);
    expect(list(dir)).toEqual(list(packageFolder()));
    const exported = await loadTemplates(dir);
    checkTemplates(exported);
    expect(render(sample, exported)).toEqual(render(sample, await loadTemplates()));
    expect(out).toContain(`[templates]\ndir = ${JSON.stringify(dir)}\n`);
  });

  test("overwrites nothing", async () => {
    writeFileSync(join(folder, "subject.hbs"), "mine");
    await expect(exportTo(folder)).rejects.toEqual(
      new ReportError(Exit.Usage, `${join(folder, "subject.hbs")} is there already (name an empty folder)`),
    );
    expect(list(folder)).toEqual(["subject.hbs"]);
    expect(readFileSync(join(folder, "subject.hbs"), "utf8")).toBe("mine");
  });

  test("says where it cannot write", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(exportTo(join(folder, "file/x"))).rejects.toMatchObject({
      exit: Exit.CannotWrite,
      message: expect.stringContaining(`cannot write templates into ${join(folder, "file/x")}: ENOTDIR`),
    });
  });
});
