// A window of several days: one row a day, newest last, so that a weekend caught up on Monday keeps its shape.
import type { Digest } from "../digest/digest.ts";
import { dayWords } from "./clock.ts";
import { alignRows } from "./columns.ts";
import { count, thousands } from "./words.ts";

interface DayView {
  /** `Thu 19 Nov` */
  readonly day: string;
  readonly logins: string;
  readonly tries: string;
  readonly bans: string;
  /** Width of the bar for tries, in percent; 0 for a day without. */
  readonly percent: number;
  /** The day as a line of text, in columns with its neighbours. */
  readonly line: string;
}

export interface DaysView {
  /** The heads of the columns of `line`. */
  readonly header: string;
  readonly rows: readonly DayView[];
  /** `31 earlier days are not shown`, or empty. */
  readonly more: string;
}

const HEADER = ["", "logins", "failed tries", "bans"];
const COLUMNS = [
  { align: "left", widest: 12 },
  { align: "right", widest: 12 },
  { align: "right", widest: 12 },
  { align: "right", widest: 12 },
] as const;

/** Returns null when the window is one day or less. */
export function daysView(digest: Digest, shown: number): DaysView | null {
  const days = digest.window.days ?? [];
  if (days.length < 2) return null;
  const told = days.slice(-shown);
  const most = Math.max(1, ...told.map(({ totals }) => totals.failures));
  const cells = told.map(({ date, totals }) => ({
    day: dayWords(date),
    logins: thousands(totals.logins),
    tries: thousands(totals.failures),
    bans: thousands(totals.bans),
    percent: totals.failures === 0 ? 0 : Math.max(1, Math.round((totals.failures / most) * 100)),
  }));
  const lines = alignRows(
    [HEADER, ...cells.map(({ day, logins, tries, bans }) => [day, logins, tries, bans])],
    COLUMNS,
  );
  const cut = days.length - told.length;
  return {
    header: lines[0] ?? "",
    rows: cells.map((cell, i) => ({ ...cell, line: lines[i + 1] ?? "" })),
    more: cut === 0 ? "" : `${count(cut, "earlier day is", "earlier days are")} not shown`,
  };
}
