// The ways out: what each one is told, and how it gets there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChannelConfig, Config, MailConfig, SecretConfig } from "../config/config.ts";
import { resolveSecret } from "../config/secret.ts";
import type { Deliverer, Message } from "../deliver/deliverer.ts";
import { composeDiscord, discordDeliverer } from "../deliver/discord.ts";
import { maildirDeliverer } from "../deliver/maildir.ts";
import { composeMessage, messageIdFor } from "../deliver/message.ts";
import type { Notice } from "../deliver/notice.ts";
import { composeNtfy, ntfyDeliverer } from "../deliver/ntfy.ts";
import { sendmailDeliverer } from "../deliver/sendmail.ts";
import { smtpDeliverer } from "../deliver/smtp.ts";
import { composeWebhook, webhookDeliverer, webhookView } from "../deliver/webhook.ts";
import type { Digest, Reason, Severity } from "../digest/digest.ts";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { renderBody } from "../render/body.ts";
import { digestToJson } from "../render/json.ts";
import { noticeLines } from "../render/notice.ts";
import type { Rendered } from "../render/render.ts";
import type { Io } from "../run.ts";

/** A whole sending may last this many times as long as one of its steps. */
const STEPS = 5;
const SEVERITIES: readonly Severity[] = ["critical", "warning", "notice"];

/** A digest, ready to be told. */
export interface Told {
  readonly digest: Digest;
  /** Why it is worth telling, whatever the mail leaves out. */
  readonly reasons: readonly Reason[];
  readonly rendered: Rendered;
}

export interface Channel {
  /** `mail`, the name of one of `[[channels]]`, or `folder` where the config has none. */
  readonly name: string;
  /** The longest that one sending may take. */
  readonly deadlineMs: number;
  /** undefined when there is nothing in it for this channel. @throws ReportError Exit.Config */
  compose(told: Told): Promise<Message | undefined>;
  /** Secrets are read here, when there is something to send. @throws ReportError Exit.Config */
  deliverer(): Promise<Deliverer>;
}

/** Returns the channels of the config, the mail first. */
export function channelsOf(config: Config, io: Io): readonly Channel[] {
  const others = config.channels.map((channel, i) => otherChannel(channel, i, config, io));
  if (config.mail !== undefined) return [mailChannel("mail", config.mail, config, io), ...others];
  // Who named other channels and no mail wants none. The folder is no substitute for a mail that waits: its name is
  // another one, so that such a mail goes on waiting.
  return others.length > 0 ? others : [mailChannel("folder", fallbackMail(config), config, io)];
}

function mailChannel(name: string, mail: MailConfig, config: Config, io: Io): Channel {
  return {
    name,
    deadlineMs: STEPS * (mail.transport === "smtp" ? mail.smtp.timeoutMs : 60_000),
    async compose({ digest, rendered }) {
      if (digest.empty) return undefined;
      const host = hostOf(digest, config, io);
      const messageId = idOf(digest, name, host);
      return composeMessage({ ...mail, ...rendered, host, messageId, date: new Date(io.now) });
    },
    deliverer: () => mailDeliverer(mail, io),
  };
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

async function mailDeliverer(mail: MailConfig, io: Io): Promise<Deliverer> {
  switch (mail.transport) {
    case "maildir":
      return maildirDeliverer({ path: mail.maildir.path, host: io.hostname, pid: io.pid, now: io.now });
    case "sendmail":
      return sendmailDeliverer({ path: mail.sendmail.path });
    case "smtp": {
      const { host, port, tls, user, password, caFile, timeoutMs } = mail.smtp;
      const secret = password && (await resolveSecret(password, io.env, "mail.smtp.password"));
      const auth = user !== undefined && secret !== undefined ? { auth: { user, password: secret } } : {};
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

function otherChannel(channel: ChannelConfig, index: number, config: Config, io: Io): Channel {
  const { name, kind, timeoutMs, body, contentType } = channel;
  const key = `channels[${index}]`;
  return {
    name,
    deadlineMs: STEPS * timeoutMs,
    async compose(told) {
      if (!isWorthTelling(told, channel)) return undefined;
      const notice = noticeOf(told, name, hostOf(told.digest, config, io));
      if (kind === "ntfy") return composeNtfy(notice, name);
      if (kind === "discord") return composeDiscord(notice, name);
      if (body === undefined) return composeWebhook(notice, name);
      const text = await renderBody(body, `${key}.body`, webhookView(notice), contentType);
      return composeWebhook(notice, name, { text, key: `${key}.body`, contentType });
    },
    async deliverer() {
      const secretOf = async (where: SecretConfig | undefined, what: string) =>
        where && (await resolveSecret(where, io.env, `${key}.${what}`));
      const isSecret = typeof channel.url !== "string";
      const url = isSecret ? await resolveSecret(channel.url as SecretConfig, io.env, `${key}.url`) : channel.url;
      const options = { channel: name, key, url: url as string, timeoutMs };
      const token = await secretOf(channel.token, "token");
      if (kind === "discord") return discordDeliverer(options);
      if (kind === "ntfy") {
        return ntfyDeliverer({
          ...options,
          topic: channel.topic as string,
          auth: token === undefined ? undefined : { token },
        });
      }
      return webhookDeliverer({
        ...options,
        secretUrl: isSecret,
        contentType,
        token,
        signingSecret: await secretOf(channel.secret, "secret"),
      });
    },
  };
}

function isWorthTelling({ digest, reasons }: Told, { on, severity }: ChannelConfig): boolean {
  if (reasons.includes("source")) return true;
  if (on === "source") return false;
  if (on === "event") return reasons.length > 0;
  const least = SEVERITIES.indexOf(severity);
  return digest.findings.some((finding) => SEVERITIES.indexOf(finding.severity) <= least);
}

function noticeOf({ digest, reasons, rendered }: Told, channel: string, host: string): Notice {
  const worst = digest.findings.find(({ id }) => id !== "source-problem")?.severity;
  return {
    host,
    label: digest.window.label,
    subject: rendered.subject,
    severity: worst ?? (reasons.includes("source") ? "source" : "event"),
    lines: noticeLines(digest),
    text: rendered.text,
    json: digestToJson(digest),
    messageId: idOf(digest, channel, host),
  };
}

function hostOf(digest: Digest, config: Config, io: Io): string {
  return digest.hosts.length === 1 ? (digest.hosts[0] as string) : (config.host ?? io.hostname);
}

function idOf({ window: { from, to }, onRequest }: Digest, name: string, host: string): string {
  return messageIdFor({ host, from, to, channel: onRequest ? `${name} on request` : name });
}
