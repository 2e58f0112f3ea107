/**
 * Returns `host` as a name that may stand in a List-ID, a Message-ID and EHLO: letters, digits, hyphens and dots (RFC
 * 5321 §4.1.2). Two labels of a person may become the same name, so it identifies nothing by itself.
 *
 * @example hostLabel("Büro Mac") // "b-ro-mac"
 */
export function hostLabel(host: string): string {
  const name = host
    .toLowerCase()
    .split(".")
    .map((part) => part.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, ""))
    .filter((part) => part !== "")
    .join(".")
    .slice(0, 100);
  return name.replace(/[-.]+$/, "") || "localhost";
}
