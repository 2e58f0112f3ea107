// The password stands nowhere but where the config says: not in what a run prints, writes, or shows of itself.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { FAILURE, folder, logdigest, machine, NOW, nightly, program, QUIET } from "../cli/run.ts";
import { startHttpServer } from "../deliver/http-server.ts";
import { replies, startScriptedServer } from "../deliver/scripted-server.ts";

// Each waits for servers that do not answer, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = "S3cr3t&pass/wörd";
const FORMS = [
  PASSWORD,
  Buffer.from(PASSWORD).toString("base64"),
  Buffer.from(`\0watcher\0${PASSWORD}`).toString("base64"),
  encodeURIComponent(PASSWORD),
  Buffer.from(PASSWORD).toString("latin1"),
];
const holds = (text: string) => FORMS.some((form) => text.includes(form));

/** The files below a folder that hold the password, but for the one that it belongs in. */
function filesWithIt(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "password" && statSync(join(dir, name)).isFile())
    .filter((name) => {
      const content = readFileSync(join(dir, name));
      return holds(content.toString("utf8")) || holds(content.toString("latin1"));
    });
}

function host(port: number, more = "") {
  const one = machine(
    QUIET + FAILURE,
    `[mail]\nfrom = "logdigest@example.org"\nto = ["a@example.org"]\n[mail.smtp]\nhost = "127.0.0.1"\nport = ${port}\ntls = "none"\ntimeout_seconds = 1\nuser = "watcher"\npassword_file = "password"\n${more}`,
  );
  writeFileSync(join(one.dir, "password"), `${PASSWORD}\n`, { mode: 0o600 });
  return one;
}

const REPEATED = Object.entries({
  "is taken": "235 2.7.0 welcome",
  "is refused": "535 5.7.8 no",
  "is repeated": `535 5.7.8 not ${PASSWORD} of ${FORMS[1]}`,
  "is repeated as it was sent": `535 5.7.8 not ${FORMS[2]}`,
  "is repeated with a control character in it": `535 5.7.8 not ${PASSWORD.slice(0, 4)}\u0000${PASSWORD.slice(4)}`,
  "is repeated over lines, for later": `454-4.7.0 later, ${PASSWORD}\r\n454 4.7.0 ${PASSWORD}`,
  "is repeated in a URL": `535 5.7.8 see http://127.0.0.1/?p=${encodeURIComponent(PASSWORD)}`,
});

test.each(REPEATED)(
  "a password that %s: in no output and no file",
  async (_, answer) => {
    const { port } = await startScriptedServer("220 ready", replies({ AUTH: answer }));
    const one = host(port);
    const ends = [
      await nightly(one, ["--verbose"]),
      await logdigest(["outbox", "list", "--config", one.config]),
      await logdigest(["outbox", "send", "--config", one.config]),
      await logdigest(["check", "--config", one.config]),
      await nightly(one, ["--stdout", "--format", "json"]),
    ];
    expect(ends.filter(({ out, err }) => holds(out) || holds(err))).toEqual([]);
    expect(filesWithIt(one.dir)).toEqual([]);
  },
  60_000,
);

test("a server that repeats the password after the login: in no output and no file", async () => {
  const { port } = await startScriptedServer(
    "220 ready",
    replies({ AUTH: "235 welcome", MAIL: `250 ${PASSWORD}`, "<message>": `250 ${PASSWORD}` }),
  );
  const one = host(port);
  const { status, out, err } = await nightly(one, ["--verbose"]);
  expect({ status, shown: holds(out) || holds(err), files: filesWithIt(one.dir) }).toEqual({
    status: 0,
    shown: false,
    files: [],
  });
});

test("a token that a service repeats: in no output and no file", async () => {
  const { url } = await startHttpServer((response, { headers }) =>
    response.writeHead(403).end(`who is ${headers.authorization}? ${JSON.stringify(headers)}`),
  );
  const { port } = await startScriptedServer("220 ready", replies({}));
  const token = "tk_0123456789abcdef";
  const one = host(
    port,
    `[[channels]]\nkind = "webhook"\non = "event"\nurl = "${url}/in"\ntoken_file = "token"\n[heartbeat]\nurl_file = "ping"\n`,
  );
  writeFileSync(join(one.dir, "token"), token, { mode: 0o600 });
  writeFileSync(join(one.dir, "ping"), `${url}/ping/5b7e0000-1111-2222`, { mode: 0o600 });
  const { status, err, out } = await nightly(one, ["--verbose"]);
  expect(status).toBe(69);
  const list = await logdigest(["outbox", "list", "--config", one.config, "--format", "json"]);
  for (const text of [out, err, list.out, list.err]) {
    expect(text).not.toContain(token);
    expect(text).not.toContain("5b7e0000-1111-2222");
  }
});

/** A process and those that it started, as they show themselves to others. */
function shown(pid: number): string {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parentOf = (one: string) => {
    try {
      return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1]);
    } catch {
      return 0;
    }
  };
  const family = [pid, ...all.filter((one) => parentOf(one) === pid).map(Number)];
  return family
    .flatMap((one) => ["cmdline", "environ"].map((file) => readFileSync(`/proc/${one}/${file}`, "latin1")))
    .join("\n");
}

test.skipIf(process.platform !== "linux")("a run that sends shows the password to no other process", async () => {
  let sending: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    sending = resolve;
  });
  const ok = replies({});
  const { port, heard } = await startScriptedServer("220 ready", (line, socket) => {
    if (line !== "DATA") return ok(line, socket);
    sending();
    return "";
  });
  const one = host(port);
  const child: ChildProcess = spawn(process.execPath, [program, "report", "--config", one.config, "--now", NOW], {
    env: { PATH: process.env.PATH, STATE_DIRECTORY: folder(), TZ: "UTC" },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await reached;
  expect(heard.some((line) => line.startsWith("AUTH"))).toBe(true);
  const text = shown(child.pid as number);
  expect(text).toContain("report");
  expect(holds(text)).toBe(false);
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
});
