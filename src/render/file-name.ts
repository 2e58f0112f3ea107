// What the files of a digest are called.
import type { Digest } from "../digest/digest.ts";

/** Returns `logdigest-mini-2026-11-19.json.gz`: letters, digits, dots and hyphens, whatever a host is called. */
export function attachmentName({ hosts, window }: Pick<Digest, "hosts" | "window">): string {
  const host = hosts.length === 1 ? plain(hosts[0] ?? "") : `${hosts.length}-hosts`;
  return `logdigest-${host || "host"}-${plain(window.label) || "window"}.json.gz`;
}

function plain(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
}
