// npm run demo is the first thing that anybody sees of this program, and the README shows what it prints.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { repository } from "./cli/run.ts";

const golden = readFileSync(join(repository, "fixtures/hosts/mini.digest.txt"), "utf8");
const readme = readFileSync(join(repository, "README.md"), "utf8");

test("the demo prints the digest, delivers it and writes it as HTML, and again", async () => {
  for (const round of [1, 2]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["fixtures/demo.mjs"], {
      cwd: repository,
      encoding: "utf8",
    });
    expect({ round, status, stderr }).toEqual({ round, status: 0, stderr: "" });
    expect(stdout.startsWith(golden)).toBe(true);
    const mails = readdirSync(join(repository, "demo-out/Maildir/new"));
    expect(mails).toHaveLength(1);
    const path = join("demo-out/Maildir/new", mails[0] ?? "");
    expect(stdout).toContain(path);
    const mail = await simpleParser(readFileSync(join(repository, path)), { skipHtmlToText: true });
    expect(mail.text?.trim()).toBe(golden.trim());
    expect(readFileSync(join(repository, "demo-out/digest.html"), "utf8").trim()).toBe(String(mail.html).trim());
  }
}, 30_000);

test("the README shows a digest that the program wrote", () => {
  const excerpt = /^```text\n(mini {3}Thu 19 Apr 2012[\s\S]*?)^```$/m.exec(readme)?.[1];
  expect(excerpt, "README.md has no fenced block that begins with the mini host's title").toBeDefined();
  // Each part between two lines of "..." stands in the golden digest as it is, in this order.
  let at = 0;
  for (const part of (excerpt ?? "").split(/^\[\.\.\.\]\n/m)) {
    const found = golden.indexOf(part.trimEnd(), at);
    expect(found, `the digest of the mini host has no such part (any more):\n${part}`).toBeGreaterThanOrEqual(0);
    at = found + part.trimEnd().length;
  }
});
