// Servers on 127.0.0.1 for the tests of what goes over HTTP: a real one, and a bare socket for what no server would do.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createSocketServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/** A request as the server got it. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse, heard: Heard) => void;

/** Starts a server that reads each request to its end and then answers; it ends with the test. */
export async function startHttpServer(answer: Answer, tls?: { readonly key: string; readonly cert: string }) {
  const heard: Heard[] = [];
  const server = tls === undefined ? createServer() : createSecureServer(tls);
  server.on("request", async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
    heard.push(one);
    answer(response, one);
  });
  // A client that rejects the certificate ends the handshake.
  server.on("tlsClientError", () => undefined);
  const host = `127.0.0.1:${await listen(server)}`;
  return { host, url: `http${tls === undefined ? "" : "s"}://${host}`, heard };
}

/** Starts a server that does with each connection what it is told to. */
export async function startSocketServer(onConnection: (socket: Socket) => void) {
  const server = createSocketServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  const host = `127.0.0.1:${await listen(server)}`;
  return { host, url: `http://${host}`, server };
}

/** Answers with a status and a text. */
export function say(status: number, body = "", headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => response.writeHead(status, headers).end(body);
}

export const never = new AbortController().signal;
