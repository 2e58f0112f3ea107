// Reads a source to its end, through the parse stage and its rules, as a run does.
import { dispatch } from "../../src/parsers/index.ts";
import { parseLines } from "../../src/parsers/parse-lines.ts";
import type { ReadEvent } from "../../src/parsers/read-event.ts";
import { type Ledger, newLedger, type Source } from "../../src/sources/source.ts";

export interface ReadOutcome {
  readonly ledger: Ledger;
  readonly status: Ledger["status"];
  readonly notes: readonly string[];
  readonly events: readonly ReadEvent[];
  /** `KIND USER@ADDRESS`, as far as an event has them. */
  readonly told: readonly string[];
}

export interface Period {
  readonly from: string;
  readonly to: string;
  readonly leadIn?: string;
}

/** Ends no reading. */
export const never = new AbortController().signal;

/** Reads all of `period`; everything that the source holds when none is given. */
export async function readSource(source: Source, period?: Period, signal = never): Promise<ReadOutcome> {
  const from = period === undefined ? Number.MIN_SAFE_INTEGER / 2 : Date.parse(period.from);
  const to = period === undefined ? Number.MAX_SAFE_INTEGER / 2 : Date.parse(period.to);
  const leadIn = period?.leadIn === undefined ? from : Date.parse(period.leadIn);
  const span = { leadIn, from, to };
  const ledger = newLedger(source.name, source.login);
  const events: ReadEvent[] = [];
  const batches = source.read(span, ledger, signal);
  for await (const batch of parseLines(batches, { dispatch, span, ledger, host: undefined })) events.push(...batch);
  return { ledger, status: ledger.status, notes: ledger.notes, events, told: events.map(tell) };
}

function tell({ event }: ReadEvent): string {
  const user = "user" in event && event.user !== undefined ? ` ${event.user}` : "";
  const ip = "ip" in event && event.ip !== undefined ? `@${event.ip}` : "";
  return `${event.kind}${user}${ip}`;
}
