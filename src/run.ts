// The whole run, from the window to the mail: window -> sources -> parsers -> events -> digest -> render -> deliver.
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ALLOW_NONE, compileAllowlist } from "./config/allowlist.ts";
import type { Config, MailConfig } from "./config/config.ts";
import { readSecret } from "./config/secret.ts";
import type { Deliverer, Message, Receipt } from "./deliver/deliverer.ts";
import { maildirDeliverer } from "./deliver/maildir.ts";
import { composeMessage, messageIdFor } from "./deliver/message.ts";
import { sendmailDeliverer } from "./deliver/sendmail.ts";
import { smtpDeliverer } from "./deliver/smtp.ts";
import { buildDigest } from "./digest/build.ts";
import type { Digest } from "./digest/digest.ts";
import type { StartRule } from "./digest/finding-rule.ts";
import { secondFactor } from "./digest/findings/second-factor.ts";
import { successAfterFailures } from "./digest/findings/success-after-failures.ts";
import { triesAfterBan } from "./digest/findings/tries-after-ban.ts";
import { merge } from "./digest/merge.ts";
import { Tally } from "./digest/tally.ts";
import { Exit, type ExitCode, ReportError, reasonOf } from "./errors.ts";
import type { Instant } from "./events/event.ts";
import { dispatch } from "./parsers/index.ts";
import { parseLines } from "./parsers/parse-lines.ts";
import { type Rendered, render } from "./render/render.ts";
import { loadTemplates } from "./render/templates.ts";
import { discoverLogs, mayHoldLogins } from "./sources/discover.ts";
import { fileSource } from "./sources/file.ts";
import { type Ledger, newLedger, type Source, worsen } from "./sources/source.ts";
import { labelOf } from "./window/label.ts";
import type { Window } from "./window/window.ts";

/** Every rule that looks for a finding in the stream; one file each. */
const RULES: readonly StartRule[] = [successAfterFailures, secondFactor, triesAfterBan];
/** A login is judged by the day before it, and connections that began before the window are known by then. */
const LEAD_IN = 24 * 3_600_000;
/** At midnight a rotation takes a log away for a moment. */
const ROTATION_PATIENCE = 5_000;

/** What the surroundings give a run; the only place where the clock and the system come in. */
export interface Io {
  readonly now: Instant;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This machine's name. */
  readonly hostname: string;
  readonly pid: number;
  readonly platform: string;
  /** The kernel's release: 16 and later on darwin is macOS 10.12 and later. */
  readonly release: string;
  readonly signal: AbortSignal;
}

/** Where the logs are. */
export type Place =
  | { readonly kind: "machine" }
  | { readonly kind: "root"; readonly dir: string }
  | { readonly kind: "files"; readonly paths: readonly string[] };

export interface Request {
  readonly config: Config;
  readonly place: Place;
  /** undefined: all that the files hold. */
  readonly window: Window | undefined;
  readonly timeZone: string;
  /** No line of the logs is later; undefined for another machine's logs, whose clock is not ours. */
  readonly newest: Instant | undefined;
  readonly useAllowlist: boolean;
  readonly onRequest: boolean;
  /** Called with the ledger while sources are read, for a progress line. */
  readonly watch?: (ledgers: readonly Ledger[]) => void;
}

/** Reads and counts: from the window to the digest. */
export async function makeDigest(request: Request, io: Io): Promise<Digest> {
  const { config, place } = request;
  const host = config.host ?? (place.kind === "root" ? basename(place.dir) : io.hostname);
  const window = request.window ?? everything(request.timeZone);
  const span = { leadIn: window.from - LEAD_IN, from: window.from, to: window.to };

  const sources = openSources(request, host);
  const ledgers = sources.map(({ source }) => newLedger(source.name, source.login));
  request.watch?.(ledgers);
  const streams = sources.map(({ source, host }, i) => {
    const ledger = ledgers[i] as Ledger;
    const batches = source.read(span, ledger, io.signal);
    return parseLines(batches, { dispatch, span, ledger, host });
  });

  const allowlist = request.useAllowlist ? compileAllowlist(config.allowlist) : ALLOW_NONE;
  const rules = RULES.map((start) => start(window));
  const tally = new Tally(window, allowlist, rules, config.limits.keys);
  for await (const batch of merge(streams)) tally.add(batch);
  tally.conclude();
  if (io.signal.aborted) throw new ReportError(Exit.Later, "stopped before all logs were read: nothing was sent");

  return buildDigest({
    window: request.window ?? covered(ledgers, request.timeZone, io.now),
    tally,
    ledgers: [...ledgers, ...blindness(ledgers, request, io)],
    findings: rules.flatMap((rule) => rule.conclude()),
    host,
    on: config.mail?.on ?? "event",
    onRequest: request.onRequest,
    groups: config.limits.groups,
  });
}

/** Renders a digest once, as the mail that is sent and the files that are kept. */
export async function renderDigest(digest: Digest, config: Config): Promise<Rendered> {
  return render(digest, await loadTemplates(config.templates.dir), { textGroups: config.limits.textGroups });
}

/** What became of a digest. */
export interface Delivery {
  readonly message: Message;
  readonly receipts: readonly Receipt[];
}

/** Sends a digest to all recipients of the config. Without `[mail]` it goes to a Maildir in the state folder. */
export async function sendDigest(digest: Digest, config: Config, io: Io): Promise<Delivery> {
  const { subject, text, html } = await renderDigest(digest, config);
  const host = digest.hosts.length === 1 ? (digest.hosts[0] as string) : (config.host ?? io.hostname);
  const mail = config.mail ?? fallbackMail(config);
  const { from, to } = digest.window;
  const message = await composeMessage({
    from: mail.from,
    to: mail.to,
    subject,
    text,
    html,
    host,
    messageId: messageIdFor({ host, from, to, channel: digest.onRequest ? "mail on request" : "mail" }),
    date: new Date(io.now),
  });
  return { message, receipts: await delivererOf(mail, io).deliver(message, io.signal) };
}

/** The statuses a run ends with for what could not be read. */
export function exitOfSources(digest: Digest): readonly ExitCode[] {
  return digest.coverage.flatMap(({ status }): ExitCode[] => {
    if (status === "missing" || status === "unreadable") return [Exit.SourceMissing];
    return status === "ok" ? [] : [Exit.SourceDamaged];
  });
}

/** The statuses a run ends with for what could not be sent. */
export function exitOfDelivery({ receipts }: Delivery): readonly ExitCode[] {
  return receipts.flatMap(({ result }): ExitCode[] => {
    if (result === "accepted") return [];
    return result === "refused" ? [Exit.Refused] : [Exit.Later];
  });
}

function openSources({ config, place, window, timeZone, newest }: Request, host: string) {
  const options = {
    timeZone,
    newest: newest ?? Number.MAX_SAFE_INTEGER,
    yearHint: place.kind === "machine" ? undefined : window?.to,
    rotated: place.kind !== "files",
    patienceMs: 0,
    // Another machine's logs are called what they are called there.
    nameOf: place.kind === "root" ? (path: string) => `/${relative(place.dir, path)}` : undefined,
  };
  const open = (path: string, login: boolean): { source: Source; host: string | undefined } => ({
    source: fileSource({ ...options, path, login }),
    host,
  });
  if (place.kind === "files") return place.paths.map((path) => open(path, mayHoldLogins(path)));
  if (place.kind === "root") return discoverLogs(place.dir).map(({ path, login }) => open(path, login));
  if (config.sources === undefined) return discoverLogs("/").map(({ path, login }) => open(path, login));
  return config.sources.map(({ path, optional, hosts, timeZone: own = timeZone }) => ({
    source: fileSource({
      ...options,
      timeZone: own,
      path,
      login: mayHoldLogins(path),
      optional,
      patienceMs: optional ? 0 : ROTATION_PATIENCE,
    }),
    host: hosts === "lines" ? undefined : hosts === "path" ? basename(dirname(path)) : host,
  }));
}

/** A digest that read no login messages cannot say that nobody got in. */
function blindness(ledgers: readonly Ledger[], { place, config }: Request, io: Io): readonly Ledger[] {
  const finds = place.kind === "machine" && config.sources === undefined;
  // system.log is still there, but logins are not in it.
  const unified = finds && io.platform === "darwin" && Number.parseInt(io.release, 10) >= 16;
  // A login log that was named and is missing says so itself.
  if (!unified && ledgers.some(({ login }) => login)) return [];
  if (place.kind !== "machine" && ledgers.length > 0) return [];
  const ledger = newLedger("login messages", true);
  const where = unified
    ? "macOS keeps them in the unified log, which this version does not read"
    : "no log that holds them was found (name it under [[sources]] in the config)";
  worsen(ledger, "missing", `login source not read: ${where}`);
  return [ledger];
}

function everything(timeZone: string): Window {
  return { from: Number.MIN_SAFE_INTEGER / 2, to: Number.MAX_SAFE_INTEGER / 2, timeZone, label: "" };
}

/** The window of all that was read: from the first stamp to just after the last. */
function covered(ledgers: readonly Ledger[], timeZone: string, now: Instant): Window {
  const stamps = ledgers.flatMap(({ first, last }) => (first === null || last === null ? [] : [first, last]));
  const from = stamps.length === 0 ? now : Math.min(...stamps);
  const to = stamps.length === 0 ? now : Math.max(...stamps) + 1;
  return { from, to, timeZone, label: labelOf({ from, to, timeZone }) };
}

function delivererOf(mail: MailConfig, io: Io): Deliverer {
  switch (mail.transport) {
    case "maildir":
      return maildirDeliverer({ path: mail.maildir.path, host: io.hostname, pid: io.pid, now: io.now });
    case "sendmail":
      return sendmailDeliverer({ path: mail.sendmail.path });
    case "smtp": {
      const { host, port, tls, user, caFile, timeoutMs } = mail.smtp;
      const password = readSecret(mail.smtp, io.env);
      const auth = user !== undefined && password !== undefined ? { auth: { user, password } } : {};
      const ca = caFile === undefined ? {} : { ca: readAuthority(caFile) };
      return smtpDeliverer({ host, port, tls, name: io.hostname, ...auth, ...ca, setUpMs: timeoutMs });
    }
  }
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ReportError(Exit.Config, `mail.smtp.ca_file: cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Nobody said where mail goes: it is kept where it can be found, and the run says so. */
function fallbackMail(config: Config): MailConfig {
  return {
    from: "logdigest@localhost",
    to: ["root@localhost"],
    on: "event",
    transport: "maildir",
    maildir: { path: join(config.state.dir, "mail") },
  };
}
