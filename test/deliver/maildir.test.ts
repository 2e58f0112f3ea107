import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { maildirDeliverer } from "../../src/deliver/maildir.ts";
import { expectSampleMail } from "./expect-mail.ts";
import { sampleMessage } from "./sample-mail.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "logdigest-maildir-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const never = new AbortController().signal;
const deliverer = (path: string, host = "mini") =>
  maildirDeliverer({ path, host, pid: 4711, now: Date.UTC(2026, 10, 19, 22, 55, 10) });
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test("one file in new for all recipients, with the whole message and LF line ends", async () => {
  const path = join(root, "deep", "mail");
  const receipts = await deliverer(path).deliver(sampleMessage, never);
  const [name, ...others] = await readdir(join(path, "new"));
  expect(others).toEqual([]);
  const file = join(path, "new", name ?? "");
  expect(receipts).toEqual([
    { to: "admin@example.org", result: "accepted", text: file },
    { to: "ops@example.org", result: "accepted", text: file },
  ]);
  const content = await readFile(file);
  expect(content.includes("\r")).toBe(false);
  expect(content.toString("latin1")).toBe(sampleMessage.raw.toString("latin1").replaceAll("\r\n", "\n"));
  await expectSampleMail(content);
});

test("nobody but the owner reads it, and nothing is left in tmp", async () => {
  const path = join(root, "mail");
  const [receipt] = await deliverer(path).deliver(sampleMessage, never);
  expect(await modeOf(receipt?.text ?? "")).toBe("600");
  for (const folder of [".", "tmp", "new", "cur"]) expect(await modeOf(join(path, folder))).toBe("700");
  expect(await readdir(join(path, "tmp"))).toEqual([]);
});

test("every message has a name of its own, which states time, process and host", async () => {
  const to = deliverer(root, "a/b:c\n");
  for (let i = 0; i < 3; i += 1) await to.deliver(sampleMessage, never);
  await deliverer(root, "a/b:c\n").deliver(sampleMessage, never);
  const names = await readdir(join(root, "new"));
  expect(new Set(names).size).toBe(4);
  for (const name of names) expect(name).toMatch(/^1795128910\.R[0-9a-f]{16}P4711Q[123]\.a\\057b\\072c$/);
});

test("an existing Maildir keeps its permissions and its messages", async () => {
  await mkdir(join(root, "new"), { mode: 0o755 });
  await writeFile(join(root, "new", "older"), "");
  await deliverer(root).deliver(sampleMessage, never);
  expect(await modeOf(join(root, "new"))).toBe("755");
  expect(await readdir(join(root, "new"))).toHaveLength(2);
});

test("a path that leads through a file: later, and what to do", async () => {
  const file = join(root, "file");
  await writeFile(file, "");
  const receipts = await deliverer(join(file, "mail")).deliver(sampleMessage, never);
  const text = `cannot write to ${file}/mail: a part of the path is a file (correct mail.maildir.path)`;
  expect(receipts).toEqual([
    { to: "admin@example.org", result: "later", text },
    { to: "ops@example.org", result: "later", text },
  ]);
});

test("a message that cannot be moved into new is not left in tmp", async () => {
  // /dev is a file system of its own everywhere, and no file can be renamed across.
  await symlink("/dev", join(root, "new"));
  const [receipt] = await deliverer(root).deliver(sampleMessage, never);
  expect(receipt).toEqual({
    to: "admin@example.org",
    result: "later",
    text: `cannot write to ${root}: its folders tmp and new are on different file systems (put them on one)`,
  });
  expect(await readdir(join(root, "tmp"))).toEqual([]);
});

test("a stopped run writes nothing", async () => {
  const receipts = await deliverer(root).deliver(sampleMessage, AbortSignal.abort());
  expect(receipts.map(({ result }) => result)).toEqual(["later", "later"]);
  expect(await readdir(root)).toEqual([]);
});
