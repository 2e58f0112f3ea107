// Servers on 127.0.0.1 for the tests of SMTP: a real one, and one that says what it is told to.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";
import { server as certificate } from "./tls/certificates.ts";

/** A message as the server got it, dots unstuffed. */
export interface Received {
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly encrypted: boolean;
  readonly ehlo: string;
}

export const login = { user: "logdigest", password: "s3cret pässword" };

/** Starts an SMTP server with the test certificate that takes `login`, or no login; it ends with the test. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ username, password }, _session, callback) {
      if (username === login.user && password === login.password) callback(null, { user: username });
      else callback(new Error("5.7.8 bad credentials"));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          raw: Buffer.concat(chunks),
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          user: session.user || undefined,
          encrypted: session.secure,
          ehlo: session.hostNameAppearsAs ? String(session.hostNameAppearsAs) : "",
        });
        callback(null, "2.0.0 queued as 4711");
      });
    },
    ...options,
  });
  // A client that rejects the certificate ends the handshake, which the server reports as its error.
  server.on("error", () => undefined);
  const port = await listen(server.server);
  onTestFinished(() => new Promise<void>((closed) => server.close(closed)));
  return { port, received };
}

/**
 * Starts a server that answers each line by `reply`; an answer of `undefined` drops the connection, an empty one says
 * nothing. `heard` is everything that a client sent. The message after DATA is one line, `<message>`.
 */
export async function startScriptedServer(greeting: string | undefined, reply: (line: string) => string | undefined) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    const answer = (text: string | undefined) => {
      if (text === undefined) socket.destroy();
      else if (text !== "") socket.write(`${text}\r\n`);
    };
    let rest = "";
    let inMessage = false;
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const end = rest.indexOf(inMessage ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const line = inMessage ? "<message>" : rest.slice(0, end);
        rest = rest.slice(end + (inMessage ? 5 : 2));
        heard.push(line);
        const text = reply(line);
        inMessage = line === "DATA" && text?.startsWith("354") === true;
        // An empty message is a dot alone: as if its line break had come with DATA's.
        if (inMessage) rest = `\r\n${rest}`;
        answer(text);
      }
    });
    answer(greeting);
  });
  const port = await listen(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return { port, heard };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
