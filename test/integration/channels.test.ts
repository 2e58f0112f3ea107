// Several ways out at once: one that fails holds up no other, and each leaves the outbox on its own.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Message } from "../../src/deliver/deliverer.ts";
import { sendWaiting } from "../../src/run/outbox.ts";
import type { OutboxEntry, State } from "../../src/state/state.ts";
import { BREACH, FAILURE, logdigest, machine, NOW, nightly, QUIET, toMaildir, toServer } from "../cli/run.ts";
import { say, startHttpServer } from "../deliver/http-server.ts";

// Each waits for servers that do not answer, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 });

type Machine = ReturnType<typeof machine>;

const channel = (kind: string, url: string, more = "") =>
  `[[channels]]\nkind = "${kind}"\non = "event"\nurl = "${url}"\ntimeout_seconds = 1\n${more}\n`;

const mailsOf = ({ dir }: Machine) => (existsSync(join(dir, "Maildir")) ? readdirSync(join(dir, "Maildir/new")) : []);

async function waiting({ config }: Machine) {
  const { out } = await logdigest(["outbox", "list", "--config", config, "--format", "json"]);
  const lines = out.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { id, channel: name, recipients } = JSON.parse(line);
    return [id, name, recipients.map(({ state }: { state: string }) => state).join()];
  });
}

test("a mail server that is away and a refusing service: the webhook has it, the others are kept", async () => {
  const hook = await startHttpServer(say(200, "ok"));
  const ntfy = await startHttpServer(say(403, "no"));
  const host = machine(
    QUIET + FAILURE,
    toServer(1) + channel("ntfy", ntfy.url, 'topic = "mini"') + channel("webhook", `${hook.url}/in`),
  );
  const { status, err } = await nightly(host);
  expect(status).toBe(75);
  expect(err).toMatch(/^logdigest: not sent to .*kept as 1.*; not sent to .*kept as 2.*\n$/);
  expect(hook.heard).toHaveLength(1);
  expect(await waiting(host)).toEqual([
    [1, "mail", "waiting,waiting"],
    [2, "ntfy", "refused"],
  ]);
  writeFileSync(
    host.config,
    readFileSync(host.config, "utf8").replace(/\[mail\][\s\S]*?(?=\[\[channels)/, toMaildir()),
  );
  expect((await logdigest(["outbox", "send", "--config", host.config])).status).toBe(0);
  expect(mailsOf(host)).toHaveLength(1);
  // Refused for good: only when it is named.
  expect(await waiting(host)).toEqual([[2, "ntfy", "refused"]]);
  expect((await logdigest(["outbox", "send", "2", "--config", host.config])).status).toBe(69);
  expect(ntfy.heard).toHaveLength(2);
  expect((await logdigest(["outbox", "drop", "2", "--config", host.config])).status).toBe(0);
  expect(await waiting(host)).toEqual([]);
  expect(hook.heard).toHaveLength(1);
});

test("a body that cannot be made: the mail leaves all the same, and 78 says what is wrong", async () => {
  const hook = await startHttpServer(say(200, "ok"));
  const host = machine(QUIET + FAILURE, toMaildir() + channel("webhook", `${hook.url}/in`, 'body = "none.hbs"'));
  const { status, err } = await nightly(host);
  expect(status).toBe(78);
  expect(err).toMatch(/^logdigest: channels\[0\]\.body: .*\n$/);
  expect(mailsOf(host)).toHaveLength(1);
  expect(hook.heard).toEqual([]);
});

test("a body that cannot be made, and nobody else to tell: the night stays due", async () => {
  const hook = await startHttpServer(say(200, "ok"));
  const host = machine(QUIET + FAILURE, channel("webhook", `${hook.url}/in`, 'body = "body.hbs"'));
  expect((await nightly(host)).status).toBe(78);
  writeFileSync(join(host.dir, "body.hbs"), "{{json subject}}");
  expect((await nightly(host)).status).toBe(0);
  expect(hook.heard.map(({ body }) => body)).toEqual(['"mini: 1 failure (Thu 19 Nov)"']);
});

test("a mail that waits is not put into a folder when [mail] goes: it waits, and the run says why", async () => {
  const host = machine(QUIET + FAILURE, toServer(1));
  expect((await nightly(host)).status).toBe(75);
  const config = readFileSync(host.config, "utf8");
  writeFileSync(host.config, config.replace(/\[mail\][\s\S]*/, ""));
  const { status, err } = await nightly(host);
  expect(status).toBe(78);
  expect(err).toContain('the config has no channel "mail" any more');
  expect(await waiting(host)).toEqual([[1, "mail", "waiting,waiting"]]);
  expect(existsSync(join(host.dir, "state/mail"))).toBe(false);
});

describe("a digest that is asked for again", () => {
  const ask = ({ config }: Machine) =>
    logdigest(["report", "--config", config, "--date", "2026-11-18", "--now", NOW, "--verbose"]);
  const day = "2026-11-18T10:00:00+01:00 mini sshd[9]: Failed password for root from 203.0.113.9 port 4711 ssh2\n";

  test("after it was refused is sent, not passed over", async () => {
    let refuses = true;
    const hook = await startHttpServer((response) => response.writeHead(refuses ? 400 : 200).end());
    const host = machine(day, channel("webhook", `${hook.url}/in`));
    expect((await ask(host)).status).toBe(69);
    expect((await ask(host)).status).toBe(69);
    refuses = false;
    expect((await ask(host)).status).toBe(0);
    expect(hook.heard).toHaveLength(3);
    expect(await waiting(host)).toEqual([]);
  });

  test("for other recipients goes to these", async () => {
    const host = machine(day, toServer(1));
    expect((await ask(host)).status).toBe(75);
    const config = readFileSync(host.config, "utf8").replace(/\[mail\][\s\S]*/, toMaildir());
    writeFileSync(host.config, config.replace('"admin@example.org", ', ""));
    expect((await ask(host)).err).toMatch(/^sent ".*on request" to ops@example.org: /);
    expect(await waiting(host)).toEqual([]);
  });
});

describe("the heartbeat", () => {
  const beating = (url: string) => `[heartbeat]\nurl = "${url}"\ntimeout_seconds = 1\n`;

  test.each([
    { name: "a quiet night", log: QUIET, status: 0 },
    { name: "a night that was mailed", log: QUIET + BREACH, status: 0 },
    { name: "a log that is missing", log: undefined, status: 66 },
    { name: "a log that is damaged", log: Buffer.from([0x1f, 0x8b, 8, 0, 0]), status: 65, file: "auth.log.gz" },
  ])(
    "is heard after $name",
    async ({ log, status, file }) => {
      const { url, heard } = await startHttpServer(say(200, "OK"));
      const host = machine(log, toMaildir() + beating(`${url}/ping`), file);
      expect((await nightly(host)).status).toBe(status);
      expect(heard.map(({ method, path }) => [method, path])).toEqual([["GET", "/ping"]]);
    },
    20_000,
  );

  test("says /fail and the status after any other end", async () => {
    const { url, heard } = await startHttpServer(say(200, "OK"));
    const host = machine(QUIET + FAILURE, toServer(1) + beating(`${url}/ping`));
    expect((await nightly(host)).status).toBe(75);
    expect(heard.map(({ method, path, body }) => [method, path, body.split("\n", 1)[0]])).toEqual([
      ["POST", "/ping/fail", "exit status 75"],
    ]);
  });

  test.each([
    { name: "that nobody answers", answers: false },
    { name: "that is answered with an error", answers: true },
  ])("$name changes no status and holds nothing up", async ({ answers }) => {
    const { url } = await startHttpServer((response) => void (answers && response.writeHead(500).end("no")));
    const host = machine(QUIET + FAILURE, toMaildir() + beating(`${url}/ping`));
    const began = performance.now();
    expect(await nightly(host)).toEqual({ status: 0, out: "", err: "" });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(mailsOf(host)).toHaveLength(1);
  });
});

test("many messages for a server that is away: only the first is tried again in a run, the least tried goes first", async () => {
  const tried: number[] = [];
  const at = Date.parse(NOW);
  const entry = (id: number, attempts: number): OutboxEntry => ({
    id,
    channel: "mail",
    messageId: `<${id}@mini>`,
    from: "logdigest@example.org",
    to: ["a@example.org"],
    subject: "",
    window: { from: at, to: at },
    createdAt: at,
    nextTryAt: at,
    attempts,
    recipients: [{ to: "a@example.org", state: "waiting", code: undefined, text: "", at }],
  });
  const entries = [entry(1, 9), entry(2, 3), entry(3, 0), entry(4, 3)];
  const state = { outbox: () => entries, bodyOf: () => Buffer.from("x"), recordReceipts: () => undefined };
  const deliverer = {
    channel: "smtp",
    deliver: async ({ id, to }: Message) => {
      tried.push(Number(/\d+/.exec(id)));
      return to.map((one) => ({ to: one, result: "later" as const, text: "away" }));
    },
  };
  const channel = { name: "mail", deadlineMs: 1_000, compose: async () => undefined, deliverer: async () => deliverer };
  const clock = { now: at, elapsed: () => 0, signal: new AbortController().signal };
  const sendings = await sendWaiting(state as unknown as State, [channel], clock);
  expect(tried).toEqual([3, 3, 3, 2, 4, 1]);
  expect(sendings.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});
