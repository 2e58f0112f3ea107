/** Returns why `text` is no IANA time zone, or undefined when it is one. */
export function timeZoneProblem(text: string): string | undefined {
  const shown = JSON.stringify(text);
  // Newer versions of Node accept offsets too; an offset knows no daylight saving time.
  if (/^[+-]?\d/.test(text)) return `${shown} is an offset, no time zone (write a name such as "Europe/Rome")`;
  let canonical: string;
  try {
    canonical = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return `${shown} is no time zone known here (write a name such as "Europe/Rome")`;
  }
  // systemd and the zone files under /usr/share/zoneinfo are case-sensitive, Intl is not.
  if (canonical !== text && canonical.toLowerCase() === text.toLowerCase()) {
    return `${shown} is written ${JSON.stringify(canonical)}`;
  }
  return undefined;
}
