// logdigest history: how the last nights went, those without a mail too.
import { loadConfig } from "../config/load.ts";
import { median } from "../digest/history.ts";
import { Exit, type ExitCode, ReportError } from "../errors.ts";
import { sparkline } from "../render/bars.ts";
import { clockOf } from "../render/clock.ts";
import { alignRows } from "../render/columns.ts";
import { visible } from "../render/visible.ts";
import { thousands } from "../render/words.ts";
import { readState } from "../state/read.ts";
import { NIGHTS_KEPT, type Night } from "../state/state.ts";
import type { Surroundings } from "./io.ts";

export interface HistoryOptions {
  readonly config?: string | undefined;
  readonly format?: "text" | "json" | "csv" | undefined;
  readonly nights?: string | undefined;
}

const NIGHTS_SHOWN = 30;

const TOTALS = [
  ["logins", "logins"],
  ["failures", "failures"],
  ["bans", "bans"],
  ["firewallBlocks", "blocks"],
] as const;

const COLUMNS = [
  { align: "left", widest: 40 },
  ...TOTALS.map(() => ({ align: "right", widest: 20 }) as const),
] as const;
const TRENDS = [
  { align: "left", widest: 10 },
  { align: "left", widest: NIGHTS_KEPT },
  { align: "left", widest: 60 },
] as const;

const BOLD = "1";
const DIM = "2";

/** Runs `logdigest history`. @throws ReportError */
export async function historyCommand(options: HistoryOptions, { io, uid, terminal }: Surroundings): Promise<ExitCode> {
  const limit = limitOf(options.nights);
  const { config } = loadConfig({ path: options.config, env: io.env, home: io.home, uid });
  const state = await readState({ dir: config.state.dir, machineId: io.machineId });
  const nights = [...(state?.nights(limit) ?? [])].reverse();
  if (nights.length === 0) for (const notice of state?.notices ?? []) terminal.say(`logdigest: ${notice}`);
  if (options.format === "json") await terminal.print(jsonOf(nights));
  else if (options.format === "csv") await terminal.print(csvOf(nights));
  else if (nights.length === 0) {
    await terminal.print("no night is known yet: the first scheduled run (logdigest report) begins the history\n");
  } else {
    const colours = terminal.isTerminal && (io.env.NO_COLOR ?? "") === "" && io.env.TERM !== "dumb";
    await terminal.print(textOf(nights, colours));
  }
  return Exit.Ok;
}

function limitOf(nights: string | undefined): number {
  if (nights === undefined) return NIGHTS_SHOWN;
  const limit = /^\d{1,4}$/.test(nights) ? Number(nights) : 0;
  if (limit >= 1 && limit <= NIGHTS_KEPT) return limit;
  throw new ReportError(Exit.Usage, `--nights: ${visible(nights)} is no number from 1 to ${NIGHTS_KEPT}`);
}

function textOf(nights: readonly Night[], colours: boolean): string {
  const paint = (style: string, line: string) => (colours ? `\x1b[${style}m${line}\x1b[0m` : line);
  const rows = nights.map(({ window, totals }) => [
    visible(window.label),
    ...TOTALS.map(([name]) => thousands(totals[name] ?? 0)),
  ]);
  const [head = "", ...table] = alignRows([["night", ...TOTALS.map(([, title]) => title)], ...rows], COLUMNS);
  const trends = TOTALS.map(([name, title]) => {
    const values = nights.map(({ totals }) => totals[name] ?? 0);
    return [title, sparkline(values), `most ${thousands(Math.max(...values))}, median ${thousands(median(values))}`];
  });
  const lines = [
    paint(BOLD, head),
    // Nights that had nothing to tell stand back.
    ...table.map((line, i) => (nights[i]?.empty ? paint(DIM, line) : line)),
    "",
    ...alignRows(trends, TRENDS),
  ];
  return `${lines.join("\n")}\n`;
}

function jsonOf(nights: readonly Night[]): string {
  const plain = nights.map(({ window: { from, to, timeZone, label }, totals, empty, completedAt }) => {
    const clock = clockOf(timeZone);
    const window = { from: clock.iso(from), to: clock.iso(to), timeZone, label };
    return { window, empty, completedAt: clock.iso(completedAt), totals };
  });
  return `${JSON.stringify(plain, null, 2)}\n`;
}

/** RFC 4180, with the line ends of this system's tools. */
function csvOf(nights: readonly Night[]): string {
  const head = ["label", "from", "to", "empty", ...TOTALS.map(([name]) => name)];
  const rows = nights.map(({ window: { label, from, to, timeZone }, empty, totals }) => {
    const clock = clockOf(timeZone);
    return [quoted(label), clock.iso(from), clock.iso(to), empty, ...TOTALS.map(([name]) => totals[name] ?? 0)];
  });
  return [head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
