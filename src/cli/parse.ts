// logdigest parse: what every line of some files says, as JSON, one object a line.
import { resolve } from "node:path";
import { Exit, type ExitCode, ReportError, worstExit } from "../errors.ts";
import { dispatch } from "../parsers/index.ts";
import { parseLines } from "../parsers/parse-lines.ts";
import { eventPrinter } from "../render/event-json.ts";
import { fileSource } from "../sources/file.ts";
import { readLines, streamReader } from "../sources/lines.ts";
import { type Batch, type Ledger, newLedger } from "../sources/source.ts";
import { lineClock } from "../window/line-clock.ts";
import { assertZone, zoneClock } from "../window/zone.ts";
import type { Surroundings } from "./io.ts";

export interface ParseOptions {
  readonly timeZone?: string | undefined;
  readonly year?: string | undefined;
  readonly explain?: true | undefined;
}

const EVER = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/** Runs `logdigest parse`. @throws ReportError */
export async function parseCommand(
  files: readonly string[],
  options: ParseOptions,
  { io, terminal, timeZone: systemZone }: Surroundings,
): Promise<ExitCode> {
  const timeZone = options.timeZone ?? systemZone;
  assertZone(timeZone, Exit.Usage, "--time-zone");
  const year = options.year === undefined ? undefined : yearOf(options.year);
  const print = eventPrinter(timeZone);
  const codes: ExitCode[] = [];

  for (const file of files) {
    const ledger = newLedger(file, false);
    const batches = file === "-" ? readInput() : readFile(file, ledger);
    const told: string[] = [];
    const explain = options.explain && ((line: number, what: string) => void told.push(JSON.stringify({ line, file, explain: what })));
    const span = { leadIn: EVER.from, from: EVER.from, to: EVER.to };
    for await (const events of parseLines(batches, { dispatch, span, ledger, host: undefined, keepUndated: true, explain })) {
      if (options.explain) continue;
      await terminal.print(`${events.map(({ event }) => print(event)).join("\n")}\n`);
    }
    if (told.length > 0) await terminal.print(`${told.join("\n")}\n`);
    if (ledger.status !== "ok") for (const note of ledger.notes) terminal.say(`logdigest: ${file}: ${note}`);
    if (ledger.status === "missing" || ledger.status === "unreadable") codes.push(Exit.SourceMissing);
    else if (ledger.status === "damaged" || ledger.status === "partial") codes.push(Exit.SourceDamaged);
  }
  return worstExit(codes);

  function readFile(file: string, ledger: Ledger): AsyncIterable<Batch> {
    const source = fileSource({
      path: resolve(file),
      nameOf: () => file,
      login: false,
      rotated: false,
      timeZone,
      newest: Number.MAX_SAFE_INTEGER,
      firstYear: year,
      patienceMs: 0,
    });
    return source.read(EVER, ledger, io.signal);
  }

  function readInput(): AsyncIterable<Batch> {
    const newest = year === undefined ? io.now + 86_400_000 : Date.UTC(year + 50, 0);
    const clock = lineClock(zoneClock(timeZone), newest, year);
    return readLines(streamReader(terminal.stdin), "-", clock, { bytes: 0, lines: 0, overlong: 0 });
  }
}

function yearOf(text: string): number {
  const year = /^\d{4}$/.test(text) ? Number(text) : 0;
  if (year < 1970) throw new ReportError(Exit.Usage, `--year ${text}: write four digits, as 2026`);
  return year;
}
