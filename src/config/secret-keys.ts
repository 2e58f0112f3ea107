// The keys that say where a secret is: `password_file`, `password_env`, `password_credential`, `password_command`.
import * as z from "zod";
import { argv, checked, path, word } from "./value.ts";

const SECRET_KEYS = ["file", "env", "credential", "command"] as const;

/** The key of a secret itself, which does not belong in the config. */
export const never = (name: string) =>
  z.never({ error: `a secret does not belong in the config (use ${secretKeys(name)})` }).optional();

export function secretKeys(name: string): string {
  return SECRET_KEYS.map((key) => `${name}_${key}`)
    .join(", ")
    .replace(/, (?!.*, )/, " or ");
}

/** The keys of the secret `name` that are written. */
export function writtenSecrets(settings: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return SECRET_KEYS.map((key) => `${name}_${key}`).filter((key) => settings[key] !== undefined);
}

/** Tells of a secret that two keys say, and returns whether one does. */
export function checkSecret(
  settings: Readonly<Record<string, unknown>>,
  name: string,
  context: z.RefinementCtx,
): boolean {
  const [first, second] = writtenSecrets(settings, name);
  if (second !== undefined) {
    context.addIssue({ code: "custom", path: [second], message: `stands beside ${first} (keep one of them)` });
  }
  return first !== undefined;
}

type SecretFields<Name extends string> = Record<`${Name}_file`, z.ZodOptional<typeof path>> &
  Record<`${Name}_env` | `${Name}_credential`, z.ZodOptional<typeof word>> &
  Record<`${Name}_command`, z.ZodOptional<typeof argv>>;

/** The four keys of the secret `name`, for a table. */
export function secretFields<Name extends string>(name: Name): SecretFields<Name> {
  return {
    [`${name}_file`]: path.optional(),
    [`${name}_env`]: word.optional(),
    [`${name}_credential`]: word.optional(),
    [`${name}_command`]: argv.optional(),
  } as SecretFields<Name>;
}

export const url = checked((text) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    return `${JSON.stringify(text)} is no web address (write https://...)`;
  }
  const { username, password } = new URL(text);
  return username + password === "" ? undefined : `has a secret in it (use ${secretKeys("url")})`;
});
