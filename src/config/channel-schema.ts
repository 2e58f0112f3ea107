// [[channels]] beside the mail, and the heartbeat.
import * as z from "zod";
import { checkSecret, never, secretFields, secretKeys, url } from "./secret-keys.ts";
import { checked, count, path, word } from "./value.ts";

const topic = checked((text) =>
  /^[-_A-Za-z0-9]{1,64}$/.test(text) ? undefined : "is no topic (1 to 64 letters, digits, hyphens and underscores)",
);

const ON = ["event", "finding", "source"] as const;
const SEVERITIES = ["critical", "warning", "notice"] as const;

export const channel = z
  .strictObject({
    kind: z.enum(["ntfy", "discord", "webhook"]),
    name: word.optional(),
    on: z.enum(ON).default("finding"),
    severity: z.enum(SEVERITIES).default("warning"),
    url: url.optional(),
    ...secretFields("url"),
    topic: topic.optional(),
    token: never("token"),
    ...secretFields("token"),
    secret: never("secret"),
    ...secretFields("secret"),
    body: path.optional(),
    content_type: word.optional(),
    timeout_seconds: count(600).default(30),
  })
  .superRefine((settings, context) => {
    const { kind } = settings;
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const hasUrl = checkSecret(settings, "url", context);
    if (settings.url !== undefined && hasUrl) wrong("url", "stands beside another key of the url (keep one of them)");
    if (settings.url === undefined && !hasUrl) wrong("url", "is missing");
    if (settings.url !== undefined && kind === "discord") wrong("url", `is a secret (use ${secretKeys("url")})`);
    const hasToken = checkSecret(settings, "token", context);
    if (hasToken && kind === "discord") wrong("kind", `"discord" takes no token: its url is the secret`);
    const signs = checkSecret(settings, "secret", context);
    if (kind === "ntfy" && settings.topic === undefined) wrong("topic", "is missing");
    if (kind !== "ntfy" && settings.topic !== undefined) wrong("topic", `is a key of kind = "ntfy"`);
    if (kind === "webhook") return;
    if (signs) wrong("kind", `${JSON.stringify(kind)} signs nothing: a secret is of use with kind = "webhook"`);
    for (const key of ["body", "content_type"] as const) {
      if (settings[key] !== undefined) wrong(key, `is a key of kind = "webhook"`);
    }
  });

/** The mail's own, and that of the folder of those who have none. */
const TAKEN_NAMES = ["mail", "folder"];

/** The outbox knows a message by its channel's name: of two under one name the second would never be stored. */
export function checkNames(channels: readonly z.infer<typeof channel>[], context: z.RefinementCtx): void {
  const taken = new Set(TAKEN_NAMES);
  for (const [i, { name, kind }] of channels.entries()) {
    const called = name ?? kind;
    if (taken.has(called)) {
      const message = `is ${JSON.stringify(called)}, as another channel is called (give each a name of its own)`;
      context.addIssue({ code: "custom", path: [i, "name"], message });
    }
    taken.add(called);
  }
}

export const heartbeat = z
  .strictObject({
    url: url.optional(),
    ...secretFields("url"),
    timeout_seconds: count(60).default(5),
    mail: z.enum(["never", "weekly"]).default("never"),
  })
  .superRefine((settings, context) => {
    if (checkSecret(settings, "url", context) && settings.url !== undefined) {
      context.addIssue({ code: "custom", path: ["url"], message: "stands beside another key of the url" });
    }
  });
