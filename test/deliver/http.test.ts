// What every channel over HTTP does with answers and with their absence, seen through the webhook, which adds least.
import { spawn } from "node:child_process";
import dns from "node:dns";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Receipt } from "../../src/deliver/deliverer.ts";
import { composeWebhook, type WebhookOptions, webhookDeliverer } from "../../src/deliver/webhook.ts";
import { never, say, startHttpServer, startSocketServer } from "./http-server.ts";
import { sampleNotice } from "./sample-notice.ts";
import { ca, server as certificate, otherCa, wrongName } from "./tls/certificates.ts";

type Found = (error: null, addresses: readonly dns.LookupAddress[]) => void;

/** An address of this machine that is not its loopback. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === "IPv4" && !address.internal)?.address;

const message = composeWebhook(sampleNotice, "hook");
const token = "tk_4f9a2b7c+/=";
const secretPath = "/services/T0000000/sEcReTpArT";

async function post(url: string, options: Partial<WebhookOptions> = {}, signal = never): Promise<Receipt> {
  const deliverer = webhookDeliverer({
    channel: "hook",
    key: "channels.hook",
    url: url + secretPath,
    token,
    ...options,
  });
  const receipts = await deliverer.deliver(message, signal);
  expect(receipts).toHaveLength(1);
  const shown = JSON.stringify(receipts);
  for (const secret of [token, "sEcReTpArT"]) expect(shown).not.toContain(secret);
  return receipts[0] as Receipt;
}

describe("an answer becomes a receipt", () => {
  test.each([
    { status: 200, result: "accepted", text: "answered 200: no" },
    { status: 204, result: "accepted", text: "answered 204" },
    { status: 400, result: "refused", text: "answered 400: no" },
    { status: 401, result: "refused", text: "answered 401: no (check channels.hook.token)" },
    { status: 403, result: "refused", text: "answered 403: no (check channels.hook.token)" },
    { status: 404, result: "refused", text: "answered 404: no (check channels.hook.url)" },
    { status: 408, result: "later", text: "answered 408: no" },
    { status: 410, result: "refused", text: "answered 410: no (check channels.hook.url)" },
    { status: 413, result: "refused", text: "answered 413: no" },
    { status: 425, result: "later", text: "answered 425: no" },
    { status: 429, result: "later", text: "answered 429: no" },
    { status: 500, result: "later", text: "answered 500: no" },
    { status: 503, result: "later", text: "answered 503: no" },
  ])("$status: $result", async ({ status, result, text }) => {
    const { url, host } = await startHttpServer(say(status, "no"));
    expect(await post(url)).toEqual({ to: "hook", result, code: status, text: `${host} ${text}` });
  });
});

describe("a wish to be left alone", () => {
  const date = "Fri, 20 Nov 2026 10:00:00 GMT";
  test.each([
    { name: "in seconds", headers: { "retry-after": "120" }, expected: 120_000 },
    {
      name: "as a date, by the server's own clock",
      headers: { date, "retry-after": "Fri, 20 Nov 2026 10:02:00 GMT" },
      expected: 120_000,
    },
    { name: "that is over", headers: { date, "retry-after": "Fri, 20 Nov 2026 09:00:00 GMT" }, expected: 0 },
    { name: "for years lasts a day", headers: { "retry-after": "999999999" }, expected: 86_400_000 },
    { name: "that is none", headers: { "retry-after": "soon" }, expected: undefined },
  ])("$name", async ({ headers, expected }) => {
    const { url } = await startHttpServer(say(429, "", headers));
    const { result, retryAfterMs } = await post(url);
    expect({ result, retryAfterMs }).toEqual({ result: "later", retryAfterMs: expected });
  });
});

describe("a redirect is not followed and says where it leads, without its path", () => {
  test.each([
    { location: `https://other.example${secretPath}`, target: " to https://other.example" },
    { location: "/login?next=x", target: " to another path of HOST" },
    { location: "javascript:alert(1)", target: "" },
    { location: undefined, target: "" },
    { location: "http://[", target: "" },
  ])("$location", async ({ location, target }) => {
    const { url, host, heard } = await startHttpServer(say(302, "moved", location === undefined ? {} : { location }));
    expect(await post(url)).toEqual({
      to: "hook",
      result: "refused",
      code: 302,
      text: `${host} answered 302 with a redirect${target.replace("HOST", host)}, which is not followed (set channels.hook.url)`,
    });
    expect(heard).toHaveLength(1);
  });
});

describe("what the server says is shown on one line", () => {
  test("without the secrets that it repeats, in any of their forms", async () => {
    const { url, host } = await startHttpServer((response, { path, headers }) => {
      const repeated = [path, headers.authorization, encodeURIComponent(token), Buffer.from(token).toString("base64")];
      response.writeHead(400).end(`${JSON.stringify(repeated)}\n\u001b[2J\u202e${url}${path}`);
    });
    expect((await post(url)).text).toBe(
      `${host} answered 400: ["/***/***/***","Bearer ***","***","***"] [2J http://${host}/***/***/***`,
    );
  });

  test("without a secret that begins like another", async () => {
    const signingSecret = `${token}-and-more`;
    const { url, host } = await startHttpServer(say(400, signingSecret));
    expect((await post(url, { signingSecret })).text).toBe(`${host} answered 400: ***`);
  });

  test("its first 200 characters, of the 64 KiB that are read of an answer without an end", async () => {
    const { url, host } = await startHttpServer((response) => {
      const pour = () => {
        while (response.write("x".repeat(16_384)));
      };
      response.writeHead(500).on("drain", pour);
      pour();
    });
    const { result, text } = await post(url, { timeoutMs: 60_000 });
    expect({ result, text }).toEqual({ result: "later", text: `${host} answered 500: ${"x".repeat(199)}…` });
  });

  test("as far as it came in time, when it comes a byte at a time", async () => {
    const { url, host } = await startHttpServer((response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 10);
      response.once("close", () => clearInterval(drip));
    });
    const { result, text } = await post(url, { timeoutMs: 300 });
    expect({ result, said: text.replace(/x+$/, "") }).toEqual({ result: "accepted", said: `${host} answered 200: ` });
  });
});

describe("without an answer", () => {
  const lost = (host: string, why: string): Receipt => ({
    to: "hook",
    result: "unknown",
    text: `the request was sent, but ${host} did not confirm it (${why}); it may have arrived`,
  });

  test("a message that left may have arrived: the server never answers", async () => {
    const { url, host } = await startHttpServer(() => undefined);
    expect(await post(url, { timeoutMs: 200 })).toEqual(lost(host, "no answer in time"));
  });

  test("a message that left may have arrived: headers come a byte at a time", async () => {
    const { url, host } = await startSocketServer((socket) => {
      const drip = setInterval(() => socket.write("H"), 10);
      socket.write("HTTP/1.1 200 OK\r\nX: ");
      socket.once("close", () => clearInterval(drip));
    });
    expect(await post(url, { timeoutMs: 200 })).toEqual(lost(host, "no answer in time"));
  });

  test("a message that left may have arrived: the connection is cut", async () => {
    const { url, host } = await startHttpServer((response) => response.destroy());
    expect(await post(url)).toEqual(lost(host, "connection lost"));
  });

  test("a message that left may have arrived: the answer is no HTTP", async () => {
    const { url, host } = await startSocketServer((socket) => socket.once("data", () => socket.end("220 ESMTP\r\n")));
    expect(await post(url)).toEqual(lost(host, "connection lost"));
  });

  test("a message that left may have arrived: the server wants to speak another protocol", async () => {
    const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    const { url, host } = await startSocketServer((socket) => socket.once("data", () => socket.write(answer)));
    expect(await post(url)).toEqual(lost(host, "connection lost"));
  }, 5_000);

  test("a message that left may have arrived: the run is stopped", async () => {
    const stop = new AbortController();
    const { url, host } = await startHttpServer(() => stop.abort());
    expect(await post(url, {}, stop.signal)).toEqual(lost(host, "the run was stopped"));
  });

  test("a message that could not leave whole has another try", async () => {
    const { url, host } = await startSocketServer((socket) => socket.once("readable", () => socket.destroy()));
    // More than the sockets of both ends hold.
    const large = { ...message, raw: Buffer.alloc(50_000_000, "x") };
    const deliverer = webhookDeliverer({ channel: "hook", key: "channels.hook", url, contentType: "text/plain" });
    expect(await deliverer.deliver(large, never)).toEqual([
      { to: "hook", result: "later", text: `${host} closed the connection before the request was sent` },
    ]);
  });

  test("nothing is sent by a run that was stopped", async () => {
    const { url, heard } = await startHttpServer(say(200));
    const text = "stopped before the request was sent";
    expect(await post(url, {}, AbortSignal.abort())).toEqual({ to: "hook", result: "later", text });
    expect(heard).toEqual([]);
  });

  test("nobody listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, "close");
    expect(await post(`http://127.0.0.1:${port}`)).toEqual({
      to: "hook",
      result: "later",
      text: `nothing listens at 127.0.0.1:${port} (check channels.hook.url)`,
    });
  });
});

/** A listener that accepts nobody and whose queue is full: further connections wait for an answer to their first packet. */
async function startFullListener(): Promise<number> {
  const program = `require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
    require("fs").writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20000);
  })`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  const queue = Array.from({ length: 4 }, () => connect(Number(port), "127.0.0.1").on("error", () => undefined));
  onTestFinished(() => {
    for (const socket of queue) socket.destroy();
    child.kill("SIGKILL");
  });
  await Promise.all(queue.slice(0, 2).map((socket) => once(socket, "connect")));
  return Number(port);
}

// Other kernels refuse what a queue does not hold.
test.runIf(process.platform === "linux")("a connection that is never made ends with the deadline", async () => {
  const port = await startFullListener();
  const connecting = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const before = connecting();
  expect(await post(`http://127.0.0.1:${port}`, { timeoutMs: 300 })).toEqual({
    to: "hook",
    result: "later",
    text: `no answer from 127.0.0.1:${port} within 0.3 s (check channels.hook.url and the firewall)`,
  });
  await expect.poll(connecting).toBe(before);
});

describe("TLS", () => {
  test("a certificate of the one trusted authority lets the token through", async () => {
    const { url, heard } = await startHttpServer(say(200), certificate);
    expect(await post(url, { ca })).toMatchObject({ result: "accepted", code: 200 });
    expect(heard.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`]);
  });

  test.each([
    {
      name: "another authority",
      tls: certificate,
      trusted: otherCa,
      problem: /is (from an authority that is not trusted here|self-signed)$/,
    },
    {
      name: "the public authorities",
      tls: certificate,
      trusted: undefined,
      problem: /is from an authority that is not trusted here$/,
    },
    { name: "another name", tls: wrongName, trusted: ca, problem: /is for another name$/ },
  ])(
    "nothing is sent past a certificate of $name, even where the environment says so",
    async ({ tls, trusted, problem }) => {
      const { url, host, heard } = await startHttpServer(say(200), tls);
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      try {
        const { result, text } = await post(url, { ca: trusted });
        expect(result).toBe("later");
        expect(text).toMatch(new RegExp(`^nothing was sent: the certificate of ${host} ${problem.source}`));
      } finally {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      }
      expect(heard).toEqual([]);
    },
  );

  test("a server that speaks none is named", async () => {
    const { host } = await startHttpServer(say(200));
    const { result, text } = await post(`https://${host}`);
    expect(result).toBe("later");
    expect(text).toMatch(
      new RegExp(`^TLS with ${host} failed: .*wrong version number.* \\(check channels.hook.url\\)$`),
    );
  });
});

describe("a token goes without TLS", () => {
  test("to this machine", async () => {
    const { url, heard } = await startHttpServer(say(200));
    expect(await post(url)).toMatchObject({ result: "accepted" });
    expect(heard).toHaveLength(1);
  });

  test("to this machine by its name", async () => {
    const { host, heard } = await startHttpServer(say(200));
    expect(await post(`http://localhost:${host.split(":")[1]}`)).toMatchObject({ result: "accepted" });
    expect(heard).toHaveLength(1);
  });

  test.runIf(ownAddress !== undefined)("never to a name that leads elsewhere", async () => {
    let connections = 0;
    let bytes = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on("data", (chunk) => {
        bytes += chunk.length;
      });
      socket.on("error", () => undefined);
    }).listen(0, ownAddress);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    // Node looks names up here; no name that every machine knows leads anywhere but to the loopback.
    const lookup = vi
      .spyOn(dns, "lookup")
      .mockImplementation(((_name: string, _options: object, done: Found) =>
        done(null, [{ address: ownAddress as string, family: 4 }])) as typeof dns.lookup);
    onTestFinished(() => lookup.mockRestore());
    expect(await post(`http://hook.example:${port}`)).toMatchObject({ result: "refused" });
    await expect.poll(() => connections).toBe(1);
    expect(bytes).toBe(0);
  });

  test.each(["http://192.0.2.1", "http://[2001:db8::1]:8080"])("never to %s", async (url) => {
    expect(await post(url, { timeoutMs: 2_000 })).toEqual({
      to: "hook",
      result: "refused",
      text: `nothing was sent: a secret does not go to ${url.slice(7)} without TLS (write channels.hook.url with https)`,
    });
  });
});

describe("a URL", () => {
  test.each([
    ["hook.example/sEcReT", "channels.hook.url is no URL (write https://...)"],
    ["ftp://hook.example/sEcReT", "channels.hook.url begins with ftp: (write https://...)"],
    [
      "https://u:sEcReT@hook.example/",
      "channels.hook.url has a user name or password in it (leave them out of the URL)",
    ],
  ])("like %s is refused without being shown", (url, problem) => {
    expect(() => webhookDeliverer({ channel: "hook", key: "channels.hook", url })).toThrow(problem);
  });
});
