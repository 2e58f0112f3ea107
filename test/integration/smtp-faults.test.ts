// Whatever a mail server does: what it was told, what the outbox holds then, and how the run ends.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { FAILURE, folder, logdigest, machine, nightly, QUIET, repository } from "../cli/run.ts";
import { login, startMailServer } from "../deliver/mail-server.ts";
import { type Reply, replies, startScriptedServer } from "../deliver/scripted-server.ts";
import { wrongName } from "../deliver/tls/certificates.ts";

// Each waits for servers that do not answer, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const [a, b, c] = ["a@example.org", "b@example.org", "c@example.org"];
const authority = join(repository, "test/deliver/tls/ca.pem");

/** A machine with something to tell, and a server that has a second for each step. */
function host(port: number, smtp = 'tls = "none"') {
  return machine(
    QUIET + FAILURE,
    `[mail]\nfrom = "logdigest@example.org"\nto = ["${a}", "${b}", "${c}"]\n[mail.smtp]\nhost = "127.0.0.1"\nport = ${port}\ntimeout_seconds = 1\n${smtp}`,
  );
}

type Host = ReturnType<typeof host>;

/** The state of each recipient of what the outbox holds. */
async function outboxOf({ config }: Host): Promise<readonly string[][]> {
  const { out } = await logdigest(["outbox", "list", "--config", config, "--format", "json"]);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).recipients.map(({ state }: { state: string }) => state));
}

const all = (state: string) => [[state, state, state]];
const waiting = { status: 75, outbox: all("waiting") };
const refused = { status: 69, outbox: all("refused") };
const unknown = { status: 75, outbox: all("unknown") };

const READY = "220 ready";

interface Case {
  readonly name: string;
  readonly reply: Reply;
  readonly greeting: string | undefined;
  readonly end: { readonly status: number; readonly outbox: readonly (readonly string[])[] };
}

const say = (name: string, answers: Readonly<Record<string, string | undefined>>, end: Case["end"]): Case => ({
  name,
  reply: replies(answers),
  greeting: READY,
  end,
});
const greet = (name: string, greeting: string | undefined, end: Case["end"]): Case => ({
  name,
  reply: replies({}),
  greeting,
  end,
});

/** Says `250-` for ever, as fast as it is read. */
const endless: Reply = (line, socket) => {
  if (!line.startsWith("EHLO")) return "250 ok";
  const more = () => {
    while (!socket.destroyed && socket.write("250-and another thing\r\n".repeat(100)));
    if (!socket.destroyed) socket.once("drain", more);
  };
  more();
  return "";
};

const dripping: Reply = (line, socket) => {
  if (!line.startsWith("EHLO")) return "250 ok";
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write("2");
  }, 900);
  return "";
};

const CASES: readonly Case[] = [
  say("nothing wrong", {}, { status: 0, outbox: [] }),
  greet("421 as a greeting", "421 4.3.2 busy", waiting),
  greet("554 as a greeting", "554 5.7.1 go away", refused),
  greet("no greeting", "", waiting),
  greet("dropped at once", undefined, waiting),
  say("421 to EHLO", { EHLO: "421 4.3.2 busy", HELO: "421 4.3.2 busy" }, waiting),
  say("550 to EHLO", { EHLO: "550 5.7.1 who are you", HELO: "550 5.7.1 who are you" }, refused),
  say("no answer to EHLO", { EHLO: "" }, waiting),
  say("dropped at EHLO", { EHLO: undefined }, waiting),
  say("451 to MAIL", { MAIL: "451 4.3.0 later" }, waiting),
  say("550 to MAIL", { MAIL: "550 5.7.1 not you" }, refused),
  say("dropped at MAIL", { MAIL: undefined }, waiting),
  say("451 to all of RCPT", { RCPT: "451 4.7.1 greylisted" }, waiting),
  say("550 to all of RCPT", { RCPT: "550 5.1.1 nobody" }, refused),
  say(
    "550, 451 and 250 to RCPT",
    { [`RCPT TO:<${a}`]: "550 5.1.1 nobody", [`RCPT TO:<${b}`]: "451 4.7.1 greylisted" },
    { status: 75, outbox: [["refused", "waiting", "accepted"]] },
  ),
  say(
    "550, 250 and 250 to RCPT",
    { [`RCPT TO:<${a}`]: "550 5.1.1 nobody" },
    { status: 69, outbox: [["refused", "accepted", "accepted"]] },
  ),
  say("dropped at RCPT", { RCPT: undefined }, waiting),
  say("451 to DATA", { DATA: "451 4.3.0 later" }, waiting),
  say("554 to DATA", { DATA: "554 5.6.0 no" }, refused),
  say("no answer to DATA", { DATA: "" }, waiting),
  say("452 to the message", { "<message>": "452 4.3.1 disk full" }, waiting),
  say("552 to the message", { "<message>": "552 5.3.4 too big" }, refused),
  say("no answer to the message", { "<message>": "" }, unknown),
  say("dropped at the message", { "<message>": undefined }, unknown),
  { name: "an EHLO answer that never ends", reply: endless, greeting: READY, end: waiting },
  { name: "an EHLO answer of a byte a second", reply: dripping, greeting: READY, end: waiting },
];

test("each fault at each step ends as it must, in bounded time", async () => {
  // At once, because most of the time of each is waiting.
  const ends = await Promise.all(
    CASES.map(async ({ name, reply, greeting }) => {
      const { port } = await startScriptedServer(greeting, reply);
      const one = host(port);
      const began = performance.now();
      const { status } = await nightly(one);
      return { name, end: { status, outbox: await outboxOf(one) }, inTime: performance.now() - began < 90_000 };
    }),
  );
  expect(ends).toEqual(CASES.map(({ name, end }) => ({ name, end, inTime: true })));
}, 150_000);

describe("a message that may have arrived", () => {
  test("is sent again by the next run: the same bytes, the same Message-ID", async () => {
    let lost = true;
    const ok = replies({});
    const { port, messages } = await startScriptedServer(READY, (line, socket) =>
      line === "<message>" && lost ? undefined : ok(line, socket),
    );
    const one = host(port);
    expect((await nightly(one)).status).toBe(75);
    lost = false;
    expect(await nightly(one)).toEqual({ status: 0, out: "", err: "" });
    expect(await outboxOf(one)).toEqual([]);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toBe(messages[0]);
  });

  test("is not sent again to those who have it", async () => {
    let greylists = true;
    const ok = replies({});
    const { port, heard, messages } = await startScriptedServer(READY, (line, socket) =>
      greylists && line.startsWith(`RCPT TO:<${b}`) ? "451 4.7.1 greylisted" : ok(line, socket),
    );
    const one = host(port);
    expect((await nightly(one)).status).toBe(75);
    greylists = false;
    heard.length = 0;
    expect((await nightly(one)).status).toBe(0);
    expect(heard.filter((line) => line.startsWith("RCPT"))).toEqual([`RCPT TO:<${b}>`]);
    expect(new Set(messages).size).toBe(1);
  });
});

describe("TLS that cannot be trusted", () => {
  const password = `user = "${login.user}"\npassword_file = "password"`;

  async function sendsNothing(server: Parameters<typeof startMailServer>[0], smtp: string) {
    const told: string[] = [];
    const { port, received } = await startMailServer({
      ...server,
      onAuth: (_auth, _session, callback) => {
        told.push("AUTH");
        callback(null, { user: "x" });
      },
      onMailFrom: (_address, _session, callback) => {
        told.push("MAIL");
        callback();
      },
    });
    const one = host(port, `${smtp}\n${password}`);
    writeFileSync(join(one.dir, "password"), login.password, { mode: 0o600 });
    const { status, err } = await nightly(one);
    expect({ told, received, outbox: await outboxOf(one) }).toEqual({ told: [], received: [], outbox: all("waiting") });
    expect(status).toBe(75);
    return err;
  }

  test.each([
    { name: "another name", server: wrongName, says: "is for another name" },
    { name: "another authority", server: {}, ca: "other-ca.pem", says: "authority that is not trusted" },
    {
      name: "TLS 1.0 only",
      server: { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const,
      says: "TLS with",
    },
  ])("$name: no login, no message", async ({ server, ca = "ca.pem", says }) => {
    const caFile = join(repository, "test/deliver/tls", ca);
    const errors = await Promise.all(
      ["starttls", "implicit"].map((tls) =>
        sendsNothing({ ...server, secure: tls === "implicit" }, `tls = "${tls}"\nca_file = "${caFile}"`),
      ),
    );
    expect(errors).toEqual([expect.stringContaining(says), expect.stringContaining(says)]);
  });

  test("an expired certificate: no login, no message", async () => {
    const dir = folder();
    writeFileSync(
      join(dir, "ca.cnf"),
      "[ca]\ndefault_ca = d\n[d]\ndatabase = index\nnew_certs_dir = .\nserial = serial\ndefault_md = sha256\npolicy = p\nx509_extensions = e\n[p]\ncommonName = supplied\n[e]\nsubjectAltName = IP:127.0.0.1\n",
    );
    writeFileSync(join(dir, "index"), "");
    writeFileSync(join(dir, "serial"), "01\n");
    for (const command of [
      "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key.pem -out request.pem",
      "ca -batch -selfsign -config ca.cnf -keyfile key.pem -in request.pem -out cert.pem -notext -startdate 20200101000000Z -enddate 20210101000000Z",
    ]) {
      const made = spawnSync("openssl", command.split(" "), { cwd: dir });
      expect(made.status, made.stderr.toString()).toBe(0);
    }
    const cert = join(dir, "cert.pem");
    const server = { key: readFileSync(join(dir, "key.pem")), cert: readFileSync(cert) };
    expect(await sendsNothing(server, `tls = "starttls"\nca_file = "${cert}"`)).toContain("has expired");
  });

  test("STARTTLS that somebody on the way takes out: nothing follows EHLO", async () => {
    const { port, heard } = await startScriptedServer(READY, replies({ STARTTLS: "502 5.5.1 not implemented" }));
    const one = host(port, `tls = "starttls"\nca_file = "${authority}"\n${password}`);
    writeFileSync(join(one.dir, "password"), login.password, { mode: 0o600 });
    expect((await nightly(one)).status).toBe(69);
    expect(heard.filter((line) => !line.startsWith("EHLO"))).toEqual(["STARTTLS"]);
    expect(await outboxOf(one)).toEqual(all("refused"));
  });
});
