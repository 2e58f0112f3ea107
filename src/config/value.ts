// What a value of the config may be, whichever key it belongs to.
import * as z from "zod";

/** A string for which `problemOf` has nothing to say. */
export function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

export const word = checked((text) => {
  if (text === "") return "is empty";
  return /\p{Cc}/u.test(text) ? "has a control character in it" : undefined;
});

export const path = checked((text) => {
  if (text === "") return "is empty";
  if (text.includes("\0")) return "has a control character in it";
  return /^~[^/]/.test(text) ? "begins with ~ and a name (write the whole path)" : undefined;
});

export const count = (most: number) => z.int().min(1, "must be at least 1").max(most, `must be at most ${most}`);

export const argv = z.array(word).min(1, "is empty (name the program and its arguments)");

/** A TOML date, or the same as a string. */
export const date = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value),
  checked((text) =>
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? undefined : "is no date (write 2026-11-19)",
  ),
);
