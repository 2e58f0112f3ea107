// The config as it is written: TOML names, defaults, and every rule that a value must keep. `config.ts` turns what
// passes into the names of the code.
import { z } from "zod";
import { rangeProblem } from "./address-range.ts";
import { mailAddressProblem } from "./mail-address.ts";
import { patternProblem } from "./pattern.ts";
import { scheduleProblem } from "./schedule.ts";
import { timeZoneProblem } from "./time-zone.ts";

/** A string for which `problemOf` has nothing to say. */
function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

const word = checked((text) => {
  if (text === "") return "is empty";
  return /\p{Cc}/u.test(text) ? "has a control character in it" : undefined;
});

const path = checked((text) => {
  if (text === "") return "is empty";
  if (text.includes("\0")) return "has a control character in it";
  return /^~[^/]/.test(text) ? "begins with ~ and a name (write the whole path)" : undefined;
});

const count = (most: number) => z.int().min(1, "must be at least 1").max(most, `must be at most ${most}`);

const NOT_YET = ["journald", "unified-log", "clickhouse"];

const source = z.strictObject({
  kind: z
    .literal("file", {
      error: ({ input }) =>
        NOT_YET.includes(String(input))
          ? `this version does not read ${JSON.stringify(input)} yet (only kind = "file")`
          : undefined,
    })
    .default("file"),
  path,
  optional: z.boolean().default(false),
  hosts: z.enum(["config", "lines", "path"]).default("config"),
  time_zone: checked(timeZoneProblem).optional(),
});

const entry = z
  .strictObject({
    user: word.optional(),
    address: checked(rangeProblem).optional(),
    pattern: checked(patternProblem).optional(),
  })
  .superRefine((parts, context) => {
    // An entry without parts would match every login.
    if (Object.keys(parts).length === 0) {
      context.addIssue({ code: "custom", message: "names nothing (give it a user, an address or a pattern)" });
    }
  });

const smtp = z
  .strictObject({
    host: checked((text) =>
      /^[^\s\p{Cc}]+$/u.test(text) ? undefined : `${JSON.stringify(text)} is no host name or address`,
    ),
    port: count(65_535).optional(),
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    user: word.optional(),
    password: z
      .never({ error: "a secret does not belong in the config (use password_file or password_env)" })
      .optional(),
    password_file: path.optional(),
    password_env: word.optional(),
    ca_file: path.optional(),
    timeout_seconds: count(600).default(60),
  })
  .superRefine((server, context) => {
    const { user, password_file: file, password_env: variable } = server;
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (file !== undefined && variable !== undefined) {
      wrong("password_env", "stands beside password_file (keep one of them)");
    }
    if (user !== undefined && file === undefined && variable === undefined) {
      wrong("user", "has no password (add password_file or password_env)");
    }
    if (user === undefined && (file !== undefined || variable !== undefined)) {
      wrong(file === undefined ? "password_env" : "password_file", "is of no use without a user (add user)");
    }
    if (user !== undefined && server.tls === "none" && !isLoopback(server.host)) {
      wrong("tls", `"none" would send the password readable to ${server.host} (use "starttls" or "implicit")`);
    }
  });

/** True for names and addresses that never leave this machine. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

const mail = z
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

/** The whole file. */
export const schema = z.strictObject({
  host: word.optional(),
  time_zone: checked(timeZoneProblem).optional(),
  schedule: checked(scheduleProblem).default("55 23 * * *"),
  state: z.strictObject({ dir: path.optional() }).prefault({}),
  sources: z.array(source).min(1, "is empty (leave it out to read what this system has)").optional(),
  allowlist: z
    .strictObject({
      addresses: z.array(checked(rangeProblem)).default([]),
      users: z.array(word).default([]),
      patterns: z.array(checked(patternProblem)).default([]),
      file: path.optional(),
      entry: z.array(entry).default([]),
    })
    .prefault({}),
  mail: mail.optional(),
  templates: z.strictObject({ dir: path.optional() }).prefault({}),
  limits: z
    .strictObject({
      groups: count(100_000).default(1000),
      text_groups: count(1000).default(10),
      keys: count(10_000_000).default(100_000),
    })
    .prefault({}),
});

export type ConfigFile = z.infer<typeof schema>;
