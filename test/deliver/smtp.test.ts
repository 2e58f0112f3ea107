import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Receipt } from "../../src/deliver/deliverer.ts";
import { type SmtpOptions, smtpDeliverer } from "../../src/deliver/smtp.ts";
import { expectSampleMail } from "./expect-mail.ts";
import { login, startMailServer } from "./mail-server.ts";
import { sampleMessage } from "./sample-mail.ts";
import { startScriptedServer } from "./scripted-server.ts";
import { ca, otherCa, wrongName } from "./tls/certificates.ts";

const never = new AbortController().signal;
const smtp = (options: Partial<SmtpOptions> & { readonly port: number }) =>
  smtpDeliverer({ host: "127.0.0.1", tls: "none", name: "mini.example.org", ca, ...options });

/** The same receipt for both recipients of the sample mail. */
const both = (receipt: Omit<Receipt, "to">) => sampleMessage.to.map((to) => ({ to, ...receipt }));

describe("a message that the server takes", () => {
  test.each([
    { name: "STARTTLS and login", options: { tls: "starttls", auth: login }, secure: false },
    { name: "STARTTLS by name", options: { tls: "starttls", host: "localhost" }, secure: false },
    { name: "implicit TLS and login", options: { tls: "implicit", auth: login }, secure: true },
    { name: "no TLS on loopback", options: { tls: "none" }, secure: false },
    { name: "no TLS on loopback and login", options: { tls: "none", auth: login }, secure: false },
  ] as const)("arrives unchanged, once, for all recipients: $name", async ({ options, secure }) => {
    const { port, received } = await startMailServer({ secure, allowInsecureAuth: true });
    const receipts = await smtp({ port, ...options }).deliver(sampleMessage, never);
    expect(receipts).toEqual(both({ result: "accepted", code: 250, text: "250 2.0.0 queued as 4711" }));
    expect(received).toEqual([
      {
        raw: sampleMessage.raw,
        from: sampleMessage.from,
        to: sampleMessage.to,
        user: "auth" in options ? login.user : undefined,
        encrypted: options.tls !== "none",
        ehlo: "mini.example.org",
      },
    ]);
    for (const { raw } of received) await expectSampleMail(raw);
  });
});

describe("TLS that cannot be trusted", () => {
  const authority = "is from an authority that is not trusted here (name its certificate in mail.smtp.ca_file)";
  const name = "is for another name (set mail.smtp.host to a name that stands in the certificate)";
  test.each([
    { name: "STARTTLS, another authority", tls: "starttls", options: { ca: otherCa }, server: {}, text: authority },
    { name: "implicit, another authority", tls: "implicit", options: { ca: otherCa }, server: {}, text: authority },
    { name: "only public authorities", tls: "starttls", options: { ca: undefined }, server: {}, text: authority },
    { name: "another name", tls: "starttls", options: {}, server: wrongName, text: name },
  ] as const)("sends nothing and says why: $name", async ({ tls, options, server, text }) => {
    const { port, received } = await startMailServer({ secure: tls === "implicit", ...server });
    const receipts = await smtp({ port, tls, auth: login, ...options }).deliver(sampleMessage, never);
    const told = `nothing was sent: the certificate of 127.0.0.1:${port} ${text}`;
    expect(receipts).toEqual(both({ result: "later", text: told }));
    expect(received).toEqual([]);
  });

  test("a port that speaks no TLS is said to be one", async () => {
    const { port } = await startScriptedServer("220 mail.example.org ESMTP", () => "");
    const receipts = await smtp({ port, tls: "implicit", auth: login }).deliver(sampleMessage, never);
    expect(receipts[0]).toMatchObject({ result: "later" });
    expect(receipts[0]?.text).toMatch(
      /^TLS with 127\.0\.0\.1:\d+ failed: .* \(check mail\.smtp\.port and mail\.smtp\.tls\)$/,
    );
  });
});

/** An EHLO answer without PIPELINING, so that every command has an answer of its own. */
const plainServer = (answers: Readonly<Record<string, string | undefined>>) => (line: string) => {
  const verb = Object.keys(answers).find((start) => line.startsWith(start));
  if (verb !== undefined) return answers[verb];
  if (line.startsWith("EHLO")) return "250-mail.example.org\r\n250 AUTH PLAIN LOGIN";
  if (line.startsWith("AUTH")) return "235 2.7.0 welcome";
  if (line === "DATA") return "354 go on";
  return line === "QUIT" ? "221 bye" : "250 ok";
};

describe("a password", () => {
  const secrets = [
    login.password,
    Buffer.from(login.password).toString("base64"),
    Buffer.from(`\0${login.user}\0${login.password}`).toString("base64"),
  ];

  test("is not sent to a server without STARTTLS, nor is the message", async () => {
    const script = plainServer({ STARTTLS: "502 5.5.1 not implemented" });
    const { port, heard } = await startScriptedServer("220 mail.example.org ESMTP", script);
    const receipts = await smtp({ port, tls: "starttls", auth: login }).deliver(sampleMessage, never);
    const advice = 'set mail.smtp.tls = "implicit" and its port, usually 465, or "none" for a server on this machine';
    expect(receipts).toEqual(
      both({
        result: "refused",
        code: 502,
        text: `127.0.0.1:${port} offers no STARTTLS, so nothing was sent: 502 5.5.1 not implemented (${advice})`,
      }),
    );
    expect(heard).toEqual(["EHLO mini.example.org", "STARTTLS"]);
  });

  test("is not sent where no login is offered, nor is the message", async () => {
    const { port, heard } = await startScriptedServer("220 hello", plainServer({ EHLO: "250 mail.example.org" }));
    const receipts = await smtp({ port, auth: login }).deliver(sampleMessage, never);
    const text = `127.0.0.1:${port} offers no login (check mail.smtp.port, usually 587 or 465, or remove mail.smtp.user)`;
    expect(receipts).toEqual(both({ result: "refused", text }));
    expect(heard).toEqual(["EHLO mini.example.org", "QUIT"]);
  });

  test("that is wrong: refused, and what to check", async () => {
    const { port, received } = await startMailServer({});
    const auth = { user: login.user, password: "wrong" };
    const receipts = await smtp({ port, tls: "starttls", auth }).deliver(sampleMessage, never);
    const text = `127.0.0.1:${port} did not accept the login: 535 5.7.8 bad credentials (check mail.smtp.user and the password)`;
    expect(receipts).toEqual(both({ result: "refused", code: 535, text }));
    expect(received).toEqual([]);
  });

  test("that cannot be checked now: later", async () => {
    const script = plainServer({ AUTH: "454 4.7.0 try again" });
    const { port } = await startScriptedServer("220 hello", script);
    const receipts = await smtp({ port, auth: login }).deliver(sampleMessage, never);
    const text = `127.0.0.1:${port} did not accept the login: 454 4.7.0 try again`;
    expect(receipts).toEqual(both({ result: "later", code: 454, text }));
  });

  test.each(secrets.map((secret, form) => ({ form, secret })))(
    "in a server's answer does not reach a receipt ($form)",
    async ({ secret }) => {
      const script = plainServer({ AUTH: `535 who is ${secret}?` });
      const { port } = await startScriptedServer("220 hello", script);
      const [receipt] = await smtp({ port, auth: login }).deliver(sampleMessage, never);
      expect(receipt?.text).toContain("535 who is ***?");
    },
  );
});

describe("an answer of the server", () => {
  const refused = (code: number, text: string) => ({ result: "refused", code, text });
  const later = (code: number, text: string) => ({ result: "later", code, text });
  const accepted = { result: "accepted", code: 250, text: "250 ok" };
  const admin = "RCPT TO:<admin@example.org>";
  const ops = "RCPT TO:<ops@example.org>";

  test.each([
    {
      name: "one recipient unknown",
      answers: { [ops]: "550 5.1.1 no such user" },
      expected: [accepted, refused(550, "550 5.1.1 no such user")],
    },
    {
      name: "one recipient deferred",
      answers: { [admin]: "451 4.7.1 greylisted" },
      expected: [later(451, "451 4.7.1 greylisted"), accepted],
    },
    {
      name: "one unknown, one deferred",
      answers: { [admin]: "550 gone", [ops]: "452 mailbox full" },
      expected: [refused(550, "550 gone"), later(452, "452 mailbox full")],
    },
    {
      name: "both unknown",
      answers: { RCPT: "550 gone" },
      expected: [refused(550, "550 gone"), refused(550, "550 gone")],
    },
    {
      name: "sender refused",
      answers: { MAIL: "553 5.7.1 not yours" },
      expected: [refused(553, "553 5.7.1 not yours"), refused(553, "553 5.7.1 not yours")],
    },
    {
      name: "login required",
      answers: { MAIL: "530 5.7.0 log in first" },
      expected: [refused(530, "530 5.7.0 log in first"), refused(530, "530 5.7.0 log in first")],
    },
    {
      name: "too large, after the message",
      answers: { "<message>": "552 5.3.4 too big" },
      expected: [refused(552, "552 5.3.4 too big"), refused(552, "552 5.3.4 too big")],
    },
    {
      name: "no space, after the message",
      answers: { "<message>": "452 4.3.1 disk full" },
      expected: [later(452, "452 4.3.1 disk full"), later(452, "452 4.3.1 disk full")],
    },
    {
      name: "shutting down, after the message",
      answers: { "<message>": "421 4.3.2 shutting down" },
      expected: [later(421, "421 4.3.2 shutting down"), later(421, "421 4.3.2 shutting down")],
    },
    {
      name: "shutting down, at a recipient",
      answers: { RCPT: "421 4.3.2 shutting down" },
      expected: [later(421, "421 4.3.2 shutting down"), later(421, "421 4.3.2 shutting down")],
    },
    {
      name: "commands out of step",
      answers: { DATA: "503 5.5.1 bad sequence" },
      expected: [later(503, "503 5.5.1 bad sequence"), later(503, "503 5.5.1 bad sequence")],
    },
    {
      name: "an answer of several lines with control characters",
      answers: { MAIL: "550-first \u001b[31m\r\n550 second" },
      expected: [refused(550, "550-first [31m 550 second"), refused(550, "550-first [31m 550 second")],
    },
  ])("becomes a receipt for each recipient: $name", async ({ answers, expected }) => {
    for (const pipelining of [false, true]) {
      const ehlo = pipelining ? { EHLO: "250-mail.example.org\r\n250 PIPELINING" } : {};
      const { port } = await startScriptedServer("220 hello", plainServer({ ...ehlo, ...answers }));
      const receipts = await smtp({ port }).deliver(sampleMessage, never);
      const at = `127.0.0.1:${port} answered: `;
      expect(receipts).toEqual(
        expected.map((each, i) => ({
          to: sampleMessage.to[i],
          ...each,
          text: each.result === "accepted" ? each.text : `${at}${each.text}`,
        })),
      );
    }
  });

  test.each([
    { greeting: "554 5.7.1 go away", result: "refused", code: 554 },
    { greeting: "421 4.7.0 too busy", result: "later", code: 421 },
  ])("instead of a greeting counts: $greeting", async ({ greeting, result, code }) => {
    const { port } = await startScriptedServer(greeting, () => "");
    const receipts = await smtp({ port }).deliver(sampleMessage, never);
    expect(receipts).toEqual(
      both({ result: result as Receipt["result"], code, text: `127.0.0.1:${port} answered: ${greeting}` }),
    );
  });
});

describe("a connection that ends", () => {
  test.each([
    { name: "before the greeting", greeting: undefined, answers: {} },
    { name: "after EHLO", greeting: "220 hello", answers: { EHLO: undefined } },
    { name: "at a recipient", greeting: "220 hello", answers: { RCPT: undefined } },
    { name: "at DATA", greeting: "220 hello", answers: { DATA: undefined } },
  ])("$name: later", async ({ greeting, answers }) => {
    const { port } = await startScriptedServer(greeting, plainServer(answers));
    const receipts = await smtp({ port }).deliver(sampleMessage, never);
    const text = `127.0.0.1:${port} closed the connection before the message was sent`;
    expect(receipts).toEqual(both({ result: "later", text }));
  });

  test.each([
    { name: "is lost", answer: undefined, why: "the connection was lost" },
    { name: "falls silent", answer: "", why: "no answer in time" },
  ])("that $name after the whole message: unknown", async ({ answer, why }) => {
    const { port, heard } = await startScriptedServer("220 hello", plainServer({ "<message>": answer }));
    const receipts = await smtp({ port, idleMs: 200 }).deliver(sampleMessage, never);
    const text = `the message was sent, but 127.0.0.1:${port} did not confirm it (${why}); it may have arrived`;
    expect(receipts).toEqual(both({ result: "unknown", text }));
    expect(heard.at(-1)).toBe("<message>");
  });

  test.each([
    {
      name: "no greeting",
      greeting: "",
      answers: {},
      tls: "none",
      text: /did not greet within 0\.2 s \(check mail\.smtp\.port/,
    },
    {
      name: "no answer to EHLO",
      greeting: "220 hello",
      answers: { EHLO: "" },
      tls: "none",
      text: /did not answer for 0\.3 s, before/,
    },
    {
      name: "no TLS after STARTTLS",
      greeting: "220 hello",
      answers: { STARTTLS: "220 go on" },
      tls: "starttls",
      text: /^TLS with .* did not begin within 0\.2 s/,
    },
  ] as const)("by a time limit, $name: later", async ({ greeting, answers, tls, text }) => {
    const { port } = await startScriptedServer(greeting, plainServer(answers));
    const receipts = await smtp({ port, tls, setUpMs: 200, idleMs: 300 }).deliver(sampleMessage, never);
    expect(receipts).toEqual(both({ result: "later", text: expect.stringMatching(text) }));
  });

  test("after the message was confirmed changes nothing", async () => {
    const { port } = await startScriptedServer("220 hello", plainServer({ QUIT: undefined }));
    const receipts = await smtp({ port }).deliver(sampleMessage, never);
    expect(receipts).toEqual(both({ result: "accepted", code: 250, text: "250 ok" }));
  });
});

describe("a server that cannot be reached", () => {
  test("refuses the connection: later", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    server.close();
    await once(server, "close");
    const receipts = await smtp({ port, tls: "starttls" }).deliver(sampleMessage, never);
    const text = `nothing listens at 127.0.0.1:${port} (check mail.smtp.host and mail.smtp.port)`;
    expect(receipts).toEqual(both({ result: "later", text }));
  });

  test("has a name that cannot exist: later", async () => {
    // RFC 6761 reserves .invalid; without a network the look-up fails in another way.
    const receipts = await smtp({ port: 25, host: "mail.invalid" }).deliver(sampleMessage, never);
    expect(receipts).toEqual(
      both({
        result: "later",
        text: expect.stringMatching(/^the name mail\.invalid (is not known|cannot be looked up now) \(/),
      }),
    );
  });
});

describe("a stopped run", () => {
  test.each([
    { name: "before it begins", at: "", result: "later", text: /^stopped before the message was sent$/ },
    { name: "at EHLO", at: "EHLO", result: "later", text: /^stopped before the message was sent$/ },
    { name: "at DATA", at: "DATA", result: "later", text: /^stopped before the message was sent$/ },
    {
      name: "after the message",
      at: "<message>",
      result: "unknown",
      text: /did not confirm it \(the run was stopped\)/,
    },
  ] as const)("ends the conversation: $name", async ({ at, result, text }) => {
    const stop = new AbortController();
    if (at === "") stop.abort();
    const script = plainServer({});
    const { port } = await startScriptedServer("220 hello", (line) => {
      if (!line.startsWith(at)) return script(line);
      stop.abort();
      return "";
    });
    const receipts = await smtp({ port }).deliver(sampleMessage, stop.signal);
    expect(receipts).toEqual(both({ result, text: expect.stringMatching(text) }));
  });
});
