// The archive's index: a page that a browser opens from a disk, with a calendar of the nights that were told, how each
// went, and the tries of the last nights as bars. It has no script, loads nothing, and looks like the mail.
import { barColumns, type ColumnView } from "./bars.ts";
import { dateWords, dayWords } from "./clock.ts";
import { visible } from "./visible.ts";
import { count, thousands } from "./words.ts";

/** What the index knows of one digest. */
export interface ArchivedDigest {
  /** Its page, from the index: `2026/2026-11-19.html`. */
  readonly page: string;
  /** The same as JSON. */
  readonly json: string;
  /** `2026-11-19`, `2026-11-19 08:00-09:00` */
  readonly label: string;
  /** `yyyy-MM-dd`: where it stands in the calendar. */
  readonly date: string;
  readonly subject: string;
  readonly severity: "critical" | "warning" | "source" | "none";
}

/** A night that was completed, told or not. `date` is `yyyy-MM-dd`. */
export interface ArchivedNight {
  readonly date: string;
  readonly failures: number;
}

/** Nights that are drawn as bars. */
const TREND = 30;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAY = 86_400_000;
const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const STYLE = `
:root { color-scheme: light dark }
body { margin: 0; padding: 24px 12px; background: #f2f4f7; color: #1d2733; font: 15px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums }
main { max-width: 640px; margin: 0 auto; padding: 28px 32px 32px; background: #fff; border-radius: 10px; box-sizing: border-box }
h1 { margin: 0; font-size: 22px; line-height: 1.25; overflow-wrap: anywhere }
h2 { margin: 34px 0 8px; font-size: 17px }
p, .soft, caption, th { color: #566270; font-size: 14px; font-weight: 400 }
p { margin: 4px 0 0 }
table { border-collapse: collapse; width: 100% }
caption { padding: 18px 0 6px; text-align: left; font-weight: 700; color: inherit }
.calendar { table-layout: fixed }
.calendar td { height: 46px; padding: 3px 5px; vertical-align: top; border: 1px solid #e2e7ed; font-size: 12px; color: #566270 }
.calendar a { display: block; color: inherit; text-decoration: none }
.calendar b { font-size: 14px; color: #1d2733 }
.calendar a b { text-decoration: underline }
.critical { background: #fdf0ef; box-shadow: inset 0 3px #c0281c }
.warning, .source { background: #fff7e6; box-shadow: inset 0 3px #b45f06 }
.trend { display: flex; gap: 28px }
.trend table { font-size: 12px; line-height: 16px }
.trend th { width: 50px; padding: 0; text-align: left; font-size: 12px }
.trend td:last-child { width: 56px; text-align: right }
.bar { height: 10px; background: #4f81b5 }
ol { margin: 0; padding: 0; list-style: none }
li { padding: 7px 0; border-top: 1px solid #e2e7ed; overflow-wrap: anywhere }
li a { color: #1d5c9e }
@media (prefers-color-scheme: dark) {
  body { background: #111418; color: #e4e8ec }
  main { background: #1a1f25 }
  p, .soft, th, .calendar td { color: #a2adb9 }
  .calendar b { color: #e4e8ec }
  .calendar td, li { border-color: #303841 }
  .critical { background: #331c1c; box-shadow: inset 0 3px #ff7b72 }
  .warning, .source { background: #2d2415; box-shadow: inset 0 3px #e9a23b }
  .bar { background: #6b9bd1 }
  li a { color: #86bff5 }
}
@media (max-width: 520px) {
  body { padding: 0 }
  main { padding: 20px 16px 28px; border-radius: 0 }
  .calendar td { padding: 3px; font-size: 11px }
  .trend { gap: 16px }
}
`;

/**
 * Returns the index as HTML.
 *
 * @param host the host's label
 * @param digests newest first
 * @param nights those that are remembered, oldest first; those of which no digest is kept are in the calendar too
 */
export function archiveIndex(
  host: string,
  digests: readonly ArchivedDigest[],
  nights: readonly ArchivedNight[],
): string {
  const title = escaped(visible(host));
  const days = byDay(nights);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${title}: digests</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${count(digests.length, "digest")}${digests.length === 0 ? "" : `, the last of ${escaped(dayWords(digests[0]?.date ?? ""))}`}</p>
${trend([...days.values()])}${calendar(digests, days)}${list(digests)}</main>
</body>
</html>
`;
}

function trend(nights: readonly ArchivedNight[]): string {
  const drawn = nights.slice(-TREND);
  if (drawn.length < 2) return "";
  const columns = barColumns(drawn.map(({ date, failures }) => [dateWords(date), failures]));
  return `<h2>Tries by night</h2>\n<div class="trend">\n${columns.map(barTable).join("\n")}\n</div>\n`;
}

function barTable({ rows }: ColumnView): string {
  const cells = rows.map(({ label, value, percent }) => {
    const bar = percent === 0 ? "" : `<div class="bar" style="width:${percent}%"></div>`;
    return `<tr><th scope="row">${label}</th><td>${bar}</td><td>${value}</td></tr>`;
  });
  return `<table>${cells.join("\n")}</table>`;
}

function calendar(digests: readonly ArchivedDigest[], days: ReadonlyMap<string, ArchivedNight>): string {
  const told = new Map<string, ArchivedDigest[]>();
  for (const digest of digests) told.set(digest.date, [...(told.get(digest.date) ?? []), digest]);
  const months = [...new Set([...told.keys(), ...days.keys()].map((date) => date.slice(0, 7)))].sort().reverse();
  if (months.length === 0) return "";
  return `<h2>Nights</h2>\n${months.map((month) => monthTable(month, told, days)).join("\n")}\n`;
}

/** A schedule may tick several times a day. */
function byDay(nights: readonly ArchivedNight[]): ReadonlyMap<string, ArchivedNight> {
  const days = new Map<string, ArchivedNight>();
  for (const { date, failures } of nights)
    days.set(date, { date, failures: failures + (days.get(date)?.failures ?? 0) });
  return days;
}

function monthTable(
  month: string,
  told: ReadonlyMap<string, readonly ArchivedDigest[]>,
  counted: ReadonlyMap<string, ArchivedNight>,
): string {
  const first = Date.parse(`${month}-01T00:00:00Z`);
  const start = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
  const weeks: string[] = [];
  for (let week = start; week < first || isoDate(week).startsWith(month); week += 7 * DAY) {
    const days = WEEKDAYS.map((_, i) => isoDate(week + i * DAY));
    weeks.push(
      `<tr>${days.map((date) => (date.startsWith(month) ? dayCell(date, told, counted) : "<td></td>")).join("")}</tr>`,
    );
  }
  const name = `${MONTHS[Number(month.slice(5, 7)) - 1] ?? ""} ${month.slice(0, 4)}`;
  const heads = WEEKDAYS.map((day) => `<th scope="col">${day}</th>`).join("");
  return `<table class="calendar">\n<caption>${name}</caption>\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${weeks.join("\n")}\n</tbody>\n</table>`;
}

/** The number of the day, a link to its digest, and its tries; the newest digest where a day has several. */
function dayCell(
  date: string,
  told: ReadonlyMap<string, readonly ArchivedDigest[]>,
  counted: ReadonlyMap<string, ArchivedNight>,
): string {
  const digests = told.get(date) ?? [];
  const worst = (["critical", "warning", "source"] as const).find((one) => digests.some((it) => it.severity === one));
  const tries = counted.get(date);
  const isQuiet = tries?.failures === 0 && digests.length === 0;
  const words = tries === undefined ? "" : isQuiet ? "quiet" : thousands(tries.failures);
  const day = Number(date.slice(8));
  const inside = `<b>${day}</b>${words === "" ? "" : `<br>${words}`}`;
  const [newest] = digests;
  const label = newest && escaped(`${newest.subject}${digests.length > 1 ? ` and ${digests.length - 1} more` : ""}`);
  const cell =
    newest === undefined
      ? inside
      : `<a href="${escaped(newest.page)}" title="${label}" aria-label="${[day, words].join(" ").trim()}: ${label}">${inside}</a>`;
  return `<td${worst === undefined ? "" : ` class="${worst}"`}>${cell}</td>`;
}

function list(digests: readonly ArchivedDigest[]): string {
  if (digests.length === 0) return "";
  const items = digests.map(
    ({ page, json, subject }) =>
      `<li><a href="${escaped(page)}">${escaped(subject)}</a> <a class="soft" href="${escaped(json)}" aria-label="JSON of ${escaped(subject)}">JSON</a></li>`,
  );
  return `<h2>Digests</h2>\n<ol reversed>\n${items.join("\n")}\n</ol>\n`;
}

function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => REFERENCES[char] ?? "");
}
