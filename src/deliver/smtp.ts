// Delivery to a mail server over SMTP (RFC 5321, STARTTLS of RFC 3207, implicit TLS of RFC 8314).
//
// nodemailer's SMTPConnection speaks the protocol. Its transport is not used: that one goes on without a login where
// a server offers none, and cannot tell whether a connection was lost before or after the message left.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SMTPConnectionSendInfo } from "nodemailer/lib/smtp-connection";
import type { Deliverer, Message, Receipt } from "./deliverer.ts";
import { hostLabel } from "./host-label.ts";
import { isLoopback } from "./loopback.ts";
import { failureReceipt, Interrupted, LoginImpossible, NoAnswer, sentReceipt } from "./smtp-receipt.ts";

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `starttls` and `implicit` end without sending anything where the server has no TLS or no valid certificate. */
  readonly tls: "starttls" | "implicit" | "none";
  /** This machine's name for EHLO, fully qualified where it has one. */
  readonly name: string;
  /** With `tls = "none"` only sent to this machine itself. */
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  /** Certificates of the one authority to trust, as PEM, instead of the public ones. */
  readonly ca?: string | undefined;
  /** How long connecting may take, and then greeting and TLS; default 60 s, because some servers greet slowly. */
  readonly setUpMs?: number | undefined;
  /** How long the server may be silent; default 5 min, because it may scan a message before it confirms it. */
  readonly idleMs?: number | undefined;
}

type Settings = SmtpOptions & { readonly setUpMs: number; readonly idleMs: number };

/** How long to wait for the answer to QUIT: everything is settled by then, and leaving without it is noted in logs. */
const GOODBYE_MS = 2_000;

/** Returns a deliverer that sends the message in one transaction to all recipients. */
export function smtpDeliverer(options: SmtpOptions): Deliverer {
  const settings = { ...options, setUpMs: options.setUpMs ?? 60_000, idleMs: options.idleMs ?? 300_000 };
  return {
    channel: "smtp",
    async deliver(message: Message, signal: AbortSignal): Promise<readonly Receipt[]> {
      // Read from the first byte on only when the server has said that it takes the message.
      const body = Readable.from([message.raw]);
      try {
        const info = await send(settings, message, body, signal);
        return message.to.map((to) => sentReceipt(to, info, settings));
      } catch (thrown) {
        const mayHaveArrived = body.readableDidRead;
        return message.to.map((to) => failureReceipt(to, thrown, settings, mayHaveArrived));
      }
    },
  };
}

async function send(
  settings: Settings,
  message: Message,
  body: Readable,
  signal: AbortSignal,
): Promise<SMTPConnectionSendInfo> {
  const { host, port, tls, ca, name, setUpMs, idleMs } = settings;
  // Imported when there is something to send: most nights there is not.
  const { default: Connection } = await import("nodemailer/lib/smtp-connection");
  const socket = await open(host, port, setUpMs, signal);
  const connection = new Connection({
    host,
    port,
    connection: socket,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED in some environment changes nothing.
    tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    name: hostLabel(name),
    connectionTimeout: setUpMs,
    greetingTimeout: setUpMs,
    socketTimeout: idleMs,
  });
  try {
    return await converse(connection, socket, settings, message, body, signal);
  } finally {
    await hangUp(connection);
  }
}

/**
 * Opens the socket itself, because nodemailer asks the DNS before /etc/hosts, so that a name such as `localhost` or
 * `relay` could lead to another machine than everywhere else on this system.
 */
async function open(host: string, port: number, limitMs: number, signal: AbortSignal): Promise<Socket> {
  if (signal.aborted) throw new Interrupted();
  // Not AbortSignal.any with AbortSignal.timeout: on Node 20 such a timeout may be
  // collected as garbage and never fire (nodejs/node#57736).
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, limitMs);
  signal.addEventListener("abort", end, { once: true });
  // Node gives each address of a name a quarter of a second, which a distant server needs for itself.
  const socket = connect({ host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 5_000 });
  // Between connecting and nodemailer's own listener, a reset must not end the process.
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal: limit.signal });
    return socket;
  } catch (thrown) {
    socket.destroy();
    if (signal.aborted) throw new Interrupted();
    throw limit.signal.aborted ? new NoAnswer(limitMs) : thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** Greets, logs in and sends; rejects with whatever ended the conversation first. */
function converse(
  connection: SMTPConnection,
  socket: Socket,
  { auth }: Settings,
  message: Message,
  body: Readable,
  signal: AbortSignal,
): Promise<SMTPConnectionSendInfo> {
  return new Promise((resolve, reject) => {
    const interrupt = () => {
      reject(new Interrupted());
      connection.close();
    };
    signal.addEventListener("abort", interrupt, { once: true });
    connection.on("error", reject);
    // nodemailer reports most ends as an error, some of them after this event: it is the last resort.
    connection.once("end", () => {
      signal.removeEventListener("abort", interrupt);
      setImmediate(() => reject(new Error("the server closed the connection")));
    });
    const transfer = () =>
      connection.send({ from: message.from, to: [...message.to] }, body, (error, info) =>
        error ? reject(error) : resolve(info),
      );
    connection.connect((error) => {
      if (error) return reject(error);
      if (auth === undefined) return transfer();
      // By the address that was reached: a name may lead anywhere.
      if (!connection.secure && !isLoopback(socket.remoteAddress)) return reject(new LoginImpossible("plaintext"));
      if (!connection.allowsAuth) return reject(new LoginImpossible("not offered"));
      connection.login({ credentials: { user: auth.user, pass: auth.password } }, (failed) =>
        failed ? reject(failed) : transfer(),
      );
    });
    if (signal.aborted) interrupt();
  });
}

async function hangUp(connection: SMTPConnection): Promise<void> {
  if (!connection.destroyed) {
    const ended = once(connection, "end", { signal: AbortSignal.timeout(GOODBYE_MS) });
    connection.quit();
    await ended.catch(() => undefined);
  }
  connection.close();
}
