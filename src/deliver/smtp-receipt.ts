// What an SMTP conversation means for a recipient, in words that say what to do.
// Reply codes: RFC 5321 §4.2. Error codes: nodemailer/nodemailer lib/errors, seen with 10.6.

import type { NodemailerError } from "nodemailer";
import type { SMTPConnectionSendInfo } from "nodemailer/lib/smtp-connection";
import { reasonOf } from "../errors.ts";
import { type CertificateAdvice, certificateProblem } from "./certificate.ts";
import type { Receipt } from "./deliverer.ts";
import { oneLine } from "./one-line.ts";
import { base64, spellings, withoutSecrets } from "./without-secrets.ts";

/** What the texts need to know of the server. */
interface Server {
  readonly host: string;
  readonly port: number;
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  readonly setUpMs: number;
  readonly idleMs: number;
}

type Outcome = Pick<Receipt, "result" | "code" | "text">;

/** The signal of the run aborted. */
export class Interrupted extends Error {}

/** Nothing answered at that address in time. */
export class NoAnswer extends Error {
  readonly afterMs: number;
  constructor(afterMs: number) {
    super("no answer");
    this.afterMs = afterMs;
  }
}

/** A login is configured, and this server or this connection must not or cannot have it. */
export class LoginImpossible extends Error {
  readonly why: "plaintext" | "not offered";
  constructor(why: "plaintext" | "not offered") {
    super(why);
    this.why = why;
  }
}

/** Returns the receipt of one recipient of a message that the server took for at least one. */
export function sentReceipt(to: string, info: SMTPConnectionSendInfo, server: Server): Receipt {
  const error = info.rejectedErrors?.find(({ recipient }) => recipient === to);
  if (error !== undefined) return { to, ...outcomeOf(error, server, false) };
  const text = wordsOf(info.response, server);
  if (info.accepted.includes(to)) return { to, result: "accepted", code: Number.parseInt(info.response, 10), text };
  return { to, result: "unknown", text: `${addressOf(server)} did not say what became of this recipient: ${text}` };
}

/**
 * Returns the receipt of one recipient of a conversation that failed.
 *
 * @param mayHaveArrived the server had said that it takes the message, so all of it may have left
 */
export function failureReceipt(to: string, thrown: unknown, server: Server, mayHaveArrived: boolean): Receipt {
  const error: NodemailerError = thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
  const own = error.rejectedErrors?.find(({ recipient }) => recipient === to);
  return { to, ...outcomeOf(own ?? error, server, mayHaveArrived) };
}

function outcomeOf(error: NodemailerError, server: Server, mayHaveArrived: boolean): Outcome {
  const code = error.responseCode;
  if (code !== undefined && code >= 400) return replyOutcome(error, code, server);
  if (mayHaveArrived) {
    const at = addressOf(server);
    const text = `the message was sent, but ${at} did not confirm it (${unconfirmed(error)}); it may have arrived`;
    return { result: "unknown", text };
  }
  return silentOutcome(error, server);
}

function unconfirmed(error: NodemailerError): string {
  if (error instanceof Interrupted) return "the run was stopped";
  return error.timeoutType === undefined ? "the connection was lost" : "no answer in time";
}

/** The server answered with a failure. */
function replyOutcome(error: NodemailerError, code: number, server: Server): Outcome {
  const at = addressOf(server);
  const reply = wordsOf(error.response ?? String(code), server);
  // 503 means that client and server lost step, which a new connection cures.
  const result = code >= 500 && code !== 503 ? "refused" : "later";
  if (error.code === "EAUTH") {
    const advice = result === "refused" ? " (check mail.smtp.user and the password)" : "";
    return { result, code, text: `${at} did not accept the login: ${reply}${advice}` };
  }
  if (error.code === "ETLS" && code >= 500) {
    const advice = 'set mail.smtp.tls = "implicit" and its port, usually 465, or "none" for a server on this machine';
    return { result: "refused", code, text: `${at} offers no STARTTLS, so nothing was sent: ${reply} (${advice})` };
  }
  return { result, code, text: `${at} answered: ${reply}` };
}

/** There was no answer to go by, and the message had not left. */
function silentOutcome(error: NodemailerError, server: Server): Outcome {
  const at = addressOf(server);
  if (error instanceof Interrupted) return { result: "later", text: "stopped before the message was sent" };
  if (error instanceof LoginImpossible) {
    const text = {
      plaintext: `the password is not sent to ${at} without TLS (set mail.smtp.tls = "starttls" or "implicit")`,
      "not offered": `${at} offers no login (check mail.smtp.port, usually 587 or 465, or remove mail.smtp.user)`,
    }[error.why];
    return { result: "refused", text };
  }
  if (error.code === "EAUTH") {
    const text = `cannot log in to ${at}: ${wordsOf(error.message, server)} (check mail.smtp.user and the password)`;
    return { result: "refused", text };
  }
  if (error.code === "EENVELOPE") {
    return { result: "refused", text: `${oneLine(error.message)} (correct mail.from or mail.to)` };
  }
  return { result: "later", text: waitText(error, server) ?? causeText(error, server) };
}

function waitText(error: NodemailerError, { host, port, setUpMs, idleMs }: Server): string | undefined {
  if (error instanceof NoAnswer) {
    return `no answer from ${host}:${port} within ${seconds(error.afterMs)} (check mail.smtp.host, mail.smtp.port and the firewall)`;
  }
  switch (error.timeoutType) {
    case "CONNECT_TIMEOUT":
    case "GREETING_TIMEOUT":
      return `${host}:${port} did not greet within ${seconds(setUpMs)} (check mail.smtp.port and mail.smtp.tls: 465 is usually "implicit", 587 "starttls")`;
    case "UPGRADE_TIMEOUT":
      return `TLS with ${host}:${port} did not begin within ${seconds(setUpMs)} (check mail.smtp.port and mail.smtp.tls)`;
    case "SOCKET_TIMEOUT":
      return `${host}:${port} did not answer for ${seconds(idleMs)}, before the message was sent`;
    case undefined:
      return undefined;
  }
}

const CERTIFICATE_ADVICE: CertificateAdvice = {
  "another name": "set mail.smtp.host to a name that stands in the certificate",
  "self-signed": "name it in mail.smtp.ca_file",
  "unknown authority": "name its certificate in mail.smtp.ca_file",
};

function causeText(error: NodemailerError, server: Server): string {
  const at = addressOf(server);
  const cause = error.originalCode ?? error.code ?? "";
  const certificate = certificateProblem(cause, CERTIFICATE_ADVICE);
  if (certificate !== undefined) return `nothing was sent: the certificate of ${at} ${certificate}`;
  switch (cause) {
    case "ECONNREFUSED":
      return `nothing listens at ${at} (check mail.smtp.host and mail.smtp.port)`;
    case "ENOTFOUND":
      return `the name ${server.host} is not known (check mail.smtp.host)`;
    case "EAI_AGAIN":
      return `the name ${server.host} cannot be looked up now (check the network and its DNS)`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${at} cannot be reached (check the network)`;
    case "ECONNECTION":
    case "ECONNRESET":
    case "EPIPE":
      return `${at} closed the connection before the message was sent`;
  }
  const what = wordsOf(reasonOf(error), server);
  if (error.code === "ETLS" || cause.startsWith("ERR_SSL") || cause.startsWith("ERR_TLS")) {
    return `TLS with ${at} failed: ${what} (check mail.smtp.port and mail.smtp.tls)`;
  }
  return `cannot send through ${at}: ${what}`;
}

function addressOf({ host, port }: Server): string {
  return `${oneLine(host)}:${port}`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}

/** What a server says, without the login. */
function wordsOf(text: string, { auth }: Server): string {
  if (auth === undefined) return oneLine(text);
  const { user, password } = auth;
  return withoutSecrets(text, [base64(`\0${user}\0${password}`), base64(password), ...spellings(password)]);
}
