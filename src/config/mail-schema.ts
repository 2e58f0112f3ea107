// [mail]: who gets the digest, and how it gets there.
import * as z from "zod";
import { mailAddressProblem } from "./mail-address.ts";
import { checkSecret, never, secretFields, secretKeys, writtenSecrets } from "./secret-keys.ts";
import { checked, count, path, word } from "./value.ts";

const smtp = z
  .strictObject({
    host: checked((text) =>
      /^[^\s\p{Cc}]+$/u.test(text) ? undefined : `${JSON.stringify(text)} is no host name or address`,
    ),
    port: count(65_535).optional(),
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    user: word.optional(),
    password: never("password"),
    ...secretFields("password"),
    ca_file: path.optional(),
    timeout_seconds: count(600).default(60),
  })
  .superRefine((server, context) => {
    const { user } = server;
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const hasPassword = checkSecret(server, "password", context);
    if (user !== undefined && !hasPassword) {
      wrong("user", `has no password (add ${secretKeys("password")})`);
    }
    if (user === undefined && hasPassword) {
      wrong(writtenSecrets(server, "password")[0] as string, "is of no use without a user (add user)");
    }
    if (user !== undefined && server.tls === "none" && !isLoopback(server.host)) {
      wrong("tls", `"none" would send the password readable to ${server.host} (use "starttls" or "implicit")`);
    }
  });

/** True for names and addresses that never leave this machine. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

export const mail = z
  .strictObject({
    from: checked(mailAddressProblem),
    to: z.array(checked(mailAddressProblem)).min(1, "is empty (name at least one recipient)"),
    on: z.enum(["event", "finding", "login"]).default("event"),
    transport: z.enum(["smtp", "sendmail", "maildir"]).default("smtp"),
    smtp: smtp.optional(),
    maildir: z.strictObject({ path }).optional(),
    sendmail: z.strictObject({ path: path.default("/usr/sbin/sendmail") }).prefault({}),
  })
  .superRefine((settings, context) => {
    const { transport } = settings;
    if (transport !== "sendmail" && settings[transport] === undefined) {
      const missing = transport === "smtp" ? "[mail.smtp] with its host" : "[mail.maildir] with its path";
      context.addIssue({
        code: "custom",
        path: ["transport"],
        message: `${JSON.stringify(transport)} needs ${missing}`,
      });
    }
  });
