// The config as it is written: TOML names, defaults, and every rule that a value must keep. `to-config.ts` turns what
// passes into the names of the code.
import * as z from "zod";
import { rangeProblem } from "./address-range.ts";
import { channel, checkNames, heartbeat } from "./channel-schema.ts";
import { findingIdProblem } from "./finding-ids.ts";
import { mail } from "./mail-schema.ts";
import { patternProblem } from "./pattern.ts";
import { scheduleProblem } from "./schedule.ts";
import { timeZoneProblem } from "./time-zone.ts";
import { checked, count, date, path, word } from "./value.ts";

/** The keys that say where a source is, and the kinds that take each. */
const PLACES = { path: "file", directory: "journald", archive: "unified-log" } as const;

const source = z
  .strictObject({
    kind: z
      .enum(["file", "journald", "unified-log"], {
        error: ({ input }) => (input === "clickhouse" ? `this version does not read "clickhouse" yet` : undefined),
      })
      .default("file"),
    path: path.optional(),
    directory: path.optional(),
    archive: path.optional(),
    optional: z.boolean().default(false),
    expect_lines: z.boolean().default(false),
    hosts: z.enum(["config", "lines", "path"]).optional(),
    time_zone: checked(timeZoneProblem).optional(),
  })
  .superRefine((settings, context) => {
    const wrong = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const { kind } = settings;
    if (kind === "file" && settings.path === undefined) wrong("path", "is missing");
    for (const [key, of] of Object.entries(PLACES)) {
      if (of !== kind && settings[key as keyof typeof PLACES] !== undefined) wrong(key, `is a key of kind = "${of}"`);
    }
    if (kind !== "file" && settings.hosts === "path") wrong("hosts", `"path" is of use with kind = "file" only`);
    if (kind !== "file" && settings.time_zone !== undefined) wrong("time_zone", `is a key of kind = "file"`);
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

const SECTIONS = [
  "logins",
  "failures",
  "bans",
  "firewall",
  "privileges",
  "sessions",
  "sftp",
  "accounts",
  "services",
] as const;

/** Its default stands with the rules that ask for it. */
const threshold = count(1_000_000).optional();

/** The whole file. */
export const schema = z.strictObject({
  host: word.optional(),
  time_zone: checked(timeZoneProblem).optional(),
  schedule: checked(scheduleProblem).default("55 23 * * *"),
  catch_up_days: count(366).default(14),
  sections: z.array(z.enum(SECTIONS)).min(1, "is empty (leave it out to tell of everything)").optional(),
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
  channels: z.array(channel).default([]).superRefine(checkNames),
  thresholds: z
    .strictObject({
      tries_before_login: threshold,
      names_before_login: threshold,
      key_logins: threshold,
      session_pairs: threshold,
      blocked_ports: threshold,
      never_banned_tries: threshold,
      silent_tries: threshold,
      flood_tries: threshold,
      flood_addresses: threshold,
      tries_after_ban: threshold,
      unusual_times: threshold,
      unusual_least: threshold,
    })
    .prefault({}),
  silence: z
    .array(
      z.strictObject({ id: checked(findingIdProblem), match: word.optional(), reason: word, until: date.optional() }),
    )
    .default([]),
  outbox: z.strictObject({ max_age_days: count(366).default(7) }).prefault({}),
  heartbeat: heartbeat.prefault({}),
  addresses: z
    .strictObject({
      reverse_dns: z.boolean().default(false),
      deadline_seconds: count(60).default(5),
      databases: z.array(path).max(8, "has more than 8").default([]),
    })
    .prefault({}),
  archive: z.strictObject({ dir: path, keep_days: count(36_500).default(400) }).optional(),
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
