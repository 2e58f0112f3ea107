import { oneLine } from "./one-line.ts";

/** Returns a secret as it was sent, and as JSON and URLs have it. */
export function spellings(secret: string): readonly string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURI(secret), encodeURIComponent(secret)];
}

/** Returns UTF-8 in base64, as logins have it. */
export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** Returns a server's words as one line without any of `forms`: it may repeat what it was sent. */
export function withoutSecrets(text: string, forms: readonly string[]): string {
  // The longest first, so that no part of a longer one is left.
  const hidden = forms.filter((form) => form !== "").sort((a, b) => b.length - a.length);
  return oneLine(hidden.reduce((kept, form) => kept.replaceAll(form, "***"), text));
}
