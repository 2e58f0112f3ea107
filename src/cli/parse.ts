// logdigest parse: what every line of some files says, as JSON, one object a line.
import { resolve } from "node:path";
import { addAbortSignal } from "node:stream";
import { Exit, type ExitCode, ReportError, reasonOf, worstExit } from "../errors.ts";
import { dispatch } from "../parsers/index.ts";
import { parseLines } from "../parsers/parse-lines.ts";
import { Shapes } from "../parsers/shapes.ts";
import { eventPrinter } from "../render/event-json.ts";
import { escapeUnsafe } from "../render/json.ts";
import { fileSource } from "../sources/file.ts";
import { readLines, streamReader } from "../sources/lines.ts";
import { type Batch, type Ledger, newLedger } from "../sources/source.ts";
import { lineClock } from "../window/line-clock.ts";
import { assertZone, zoneClock } from "../window/zone.ts";
import type { Surroundings, Terminal } from "./io.ts";

interface ParseOptions {
  readonly timeZone?: string | undefined;
  readonly year?: string | undefined;
  readonly explain?: true | undefined;
}

const EVER = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
const SPAN = { leadIn: EVER.from, ...EVER };

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
  let lines: string[] = [];
  let isRead = true;
  const shapes = options.explain && new Shapes();

  for (const file of files) {
    const ledger = newLedger(file, false);
    const batches = printing(file === "-" ? readInput() : readFile(file, ledger));
    for await (const batch of parseLines(batches, {
      dispatch,
      span: SPAN,
      ledger,
      host: undefined,
      keepUndated: true,
      explain: shapes && ((unread) => shapes.add(unread)),
    })) {
      if (shapes === undefined) for (const { event } of batch) lines.push(print(event));
    }
    if (!isRead) break;
    if (ledger.status === "ok") continue;
    terminal.say(`logdigest: ${file}: ${ledger.notes.join("; ")}`);
    if (ledger.status === "unrecognised") continue;
    codes.push(ledger.status === "missing" || ledger.status === "unreadable" ? Exit.SourceMissing : Exit.SourceDamaged);
  }
  if (isRead && shapes !== undefined) await explainShapes(shapes, terminal);
  return worstExit(codes);

  /** Passes batches on and prints what each one gave before the next is read; ends when nobody reads that. */
  async function* printing(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    for await (const batch of batches) {
      yield batch;
      if (lines.length > 0) isRead = await terminal.print(`${lines.join("\n")}\n`);
      lines = [];
      if (!isRead) return;
    }
    if (io.signal.aborted) throw new ReportError(Exit.Later, "stopped before all lines were read");
  }

  function readFile(file: string, ledger: Ledger): AsyncIterable<Batch> {
    const source = fileSource({
      path: resolve(file),
      nameOf: () => file,
      login: false,
      rotated: false,
      timeZone,
      newest: io.now,
      firstYear: year,
      patienceMs: 0,
    });
    return source.read(EVER, ledger, io.signal);
  }

  async function* readInput(): AsyncGenerator<Batch> {
    const newest = year === undefined ? io.now + 86_400_000 : Date.UTC(year + 50, 0);
    const clock = lineClock(zoneClock(timeZone), newest, year);
    const input = streamReader(addAbortSignal(io.signal, terminal.stdin));
    try {
      yield* readLines(input, "-", clock, { bytes: 0, lines: 0, overlong: 0 });
    } catch (error) {
      if (io.signal.aborted) return;
      throw new ReportError(Exit.SourceMissing, `cannot read standard input: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/** Prints what nothing recognised, one JSON object a shape, the most frequent first. */
async function explainShapes(shapes: Shapes, terminal: Terminal): Promise<void> {
  const rows = shapes.sorted().map(({ shape = "(any other shape)", count, sample }) => {
    const { file, line, program, why, text } = sample;
    return escapeUnsafe(JSON.stringify({ shape, count, sample: text, line, file, program, why }));
  });
  if (rows.length > 0) await terminal.print(`${rows.join("\n")}\n`);
}

function yearOf(text: string): number {
  const year = /^\d{4}$/.test(text) ? Number(text) : 0;
  if (year < 1970) throw new ReportError(Exit.Usage, `--year ${text}: write four digits, as 2026`);
  return year;
}
