// A second opinion on wall clocks: Intl.DateTimeFormat and nothing of ours.

const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns the wall clock of `zone` at `instant` as `yyyy-MM-dd HH:mm:ss`, which sorts as it reads. */
export function oracleWall(zone: string, instant: number): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en", {
      timeZone: zone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

/** Returns the local date of `zone` at `instant`. */
export function oracleDate(zone: string, instant: number): string {
  return oracleWall(zone, instant).slice(0, 10);
}

/** Returns the first instant whose local date is `date` or later, to the millisecond, by halving. */
export function oracleStart(zone: string, date: string): number {
  let before = Date.parse(`${date}T00:00Z`) - 30 * 3_600_000;
  let after = before + 60 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (oracleDate(zone, middle) >= date) after = middle;
    else before = middle;
  }
  return after;
}

/** Returns the UTC midnights of `year` on whose day the zone changes its offset. */
export function oracleTransitionDays(zone: string, year: number): readonly number[] {
  const { format } = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset", hour: "numeric" });
  const offset = (at: number) => format(at).split("GMT")[1];
  const days: number[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
    if (offset(at) !== offset(at + 86_400_000)) days.push(at);
  }
  return days;
}
