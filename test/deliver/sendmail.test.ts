import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Receipt } from "../../src/deliver/deliverer.ts";
import { sendmailDeliverer } from "../../src/deliver/sendmail.ts";
import { expectSampleMail } from "./expect-mail.ts";
import { sampleMessage } from "./sample-mail.ts";

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "logdigest-sendmail-"));
  path = join(root, "sendmail");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const never = new AbortController().signal;
const both = (receipt: Omit<Receipt, "to">) => sampleMessage.to.map((to) => ({ to, ...receipt }));

/** Installs a sendmail that records its arguments, one a line, and its input, and then does `afterwards`. */
async function install(afterwards: string, takesInput = true) {
  const takeInput = takesInput ? 'cat >"$here/input"' : "";
  const script = `#!/bin/sh\nhere=\${0%/*}\nprintf '%s\\n' "$@" >"$here/arguments"\n${takeInput}\n${afterwards}\n`;
  await writeFile(path, script, { mode: 0o755 });
}
const recorded = (name: string) => readFile(join(root, name));
const exists = (name: string) =>
  access(join(root, name)).then(
    () => true,
    () => false,
  );

test("the program gets sender and recipients as arguments and the message with LF line ends", async () => {
  await install("exit 0");
  const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, never);
  expect(receipts).toEqual(both({ result: "accepted", text: `${path} took the message` }));
  expect((await recorded("arguments")).toString()).toBe(
    "-i\n-f\nlogdigest@example.org\n--\nadmin@example.org\nops@example.org\n",
  );
  const input = await recorded("input");
  expect(input.includes("\r")).toBe(false);
  await expectSampleMail(input);
});

test("no shell reads an address", async () => {
  await install("exit 0");
  const to = ["$(touch pwned)@example.org", "a;b@example.org"];
  await sendmailDeliverer({ path }).deliver({ ...sampleMessage, to }, never);
  expect((await recorded("arguments")).toString().split("\n").slice(4, 6)).toEqual(to);
});

describe("an exit status becomes a receipt", () => {
  test.each([
    {
      name: "75",
      afterwards: "echo 'queue is full' >&2; exit 75",
      result: "later",
      text: "cannot send now (exit status 75): queue is full",
    },
    {
      name: "67",
      afterwards: "echo 'no such user' >&2; exit 67",
      result: "refused",
      text: "refused the message (exit status 67): no such user",
    },
    { name: "1 without a word", afterwards: "exit 1", result: "refused", text: "refused the message (exit status 1)" },
    {
      name: "1 with a colourful complaint",
      afterwards: "printf '\\n\\033[31mfirst\\a\\tline\\r\\nsecond line\\n' >&2; exit 1",
      result: "refused",
      text: "refused the message (exit status 1): [31mfirst line",
    },
    {
      name: "1 with an endless complaint",
      afterwards: "printf '%0300d' 0 >&2; exit 1",
      result: "refused",
      text: `refused the message (exit status 1): ${"0".repeat(199)}…`,
    },
    {
      name: "a signal",
      afterwards: "kill -9 $$",
      result: "unknown",
      text: "was killed after it had the message, which may have left",
    },
  ] as const)("$name", async ({ afterwards, result, text }) => {
    await install(afterwards);
    const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, never);
    expect(receipts).toEqual(both({ result, text: `${path} ${text}` }));
  });
});

test("a mailer that goes on in the background is not waited for", async () => {
  await install("sleep 30 >/dev/null & echo $! >$here/background; exit 0");
  const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, never);
  process.kill(Number((await recorded("background")).toString()));
  expect(receipts.map(({ result }) => result)).toEqual(["accepted", "accepted"]);
});

test("a program that ends well without reading the message does not count as delivery", async () => {
  await install("exit 0", false);
  const raw = Buffer.alloc(4 * 1024 * 1024, "x");
  const receipts = await sendmailDeliverer({ path }).deliver({ ...sampleMessage, raw }, never);
  expect(receipts).toEqual(both({ result: "unknown", text: `${path} ended well but did not read the whole message` }));
});

test("a missing program: refused, and what to do", async () => {
  const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, never);
  const text = `${path} does not exist (install a mail server, or set mail.transport)`;
  expect(receipts).toEqual(both({ result: "refused", text }));
});

test("a file that is no program: refused, and what to do", async () => {
  await writeFile(path, "", { mode: 0o644 });
  const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, never);
  const text = `${path} may not be run (make it executable, or set mail.transport)`;
  expect(receipts).toEqual(both({ result: "refused", text }));
});

test.each([
  { name: "recipient", change: { to: ["admin@example.org", "-oQ/tmp@example.org"] }, address: "-oQ/tmp@example.org" },
  { name: "sender", change: { from: "-C/tmp/evil@example.org" }, address: "-C/tmp/evil@example.org" },
])("a $name that begins with a dash is refused before anything runs", async ({ change, address }) => {
  await install("exit 0");
  const message = { ...sampleMessage, ...change };
  const receipts = await sendmailDeliverer({ path }).deliver(message, never);
  const text = `${address} begins with a dash (correct mail.from or mail.to)`;
  expect(receipts).toEqual(message.to.map((to) => ({ to, result: "refused", text })));
  expect(await exists("arguments")).toBe(false);
});

describe("a program that takes too long", () => {
  test("is ended by the time limit: unknown once it has the message", async () => {
    await install("exec sleep 30");
    const receipts = await sendmailDeliverer({ path, timeoutMs: 300 }).deliver(sampleMessage, never);
    const text = `${path} was stopped after it had the message, which may have left`;
    expect(receipts).toEqual(both({ result: "unknown", text }));
  });

  test("is ended by the time limit: later while it has not", async () => {
    await install("exec sleep 30", false);
    const raw = Buffer.alloc(4 * 1024 * 1024, "x");
    const receipts = await sendmailDeliverer({ path, timeoutMs: 300 }).deliver({ ...sampleMessage, raw }, never);
    expect(receipts).toEqual(both({ result: "later", text: `${path} was stopped before it had the whole message` }));
  });

  test("is ended with the run", async () => {
    await install("echo $$ >$here/running; exec sleep 30");
    const stop = new AbortController();
    const delivery = sendmailDeliverer({ path }).deliver(sampleMessage, stop.signal);
    const pid = await vi.waitUntil(async () => (await exists("running")) && Number(await recorded("running")), 4_000);
    stop.abort();
    expect((await delivery).map(({ result }) => result)).toEqual(["unknown", "unknown"]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("does not start after the run was stopped", async () => {
    await install("exit 0");
    const receipts = await sendmailDeliverer({ path }).deliver(sampleMessage, AbortSignal.abort());
    expect(receipts).toEqual(both({ result: "later", text: "stopped before the message was sent" }));
    expect(await exists("arguments")).toBe(false);
  });
});
