// A real SMTP server on 127.0.0.1, with TLS and a login.

import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";
import { listen } from "./listen.ts";
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
