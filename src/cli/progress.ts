// A line about a long scan, for a person at a terminal: how much was read, how fast.
import type { Ledger } from "../sources/source.ts";
import type { Terminal } from "./io.ts";

/** A scan that is done by then says nothing. */
const PATIENCE_MS = 1_000;

/** Runs `scan`, showing its progress on standard error while it lasts. */
export async function showProgress<T>(
  terminal: Terminal,
  quiet: boolean,
  scan: (watch: (ledgers: readonly Ledger[]) => void) => Promise<T>,
): Promise<T> {
  const { progress } = terminal;
  if (progress === undefined || quiet) return scan(() => undefined);
  const began = performance.now();
  let watched: readonly Ledger[] = [];
  let shown = false;
  const timer = setInterval(() => {
    const ms = performance.now() - began;
    if (ms < PATIENCE_MS) return;
    const sum = (field: "bytes" | "toRead") => watched.reduce((total, ledger) => total + ledger[field], 0) / 1e6;
    const [read, toRead] = [sum("bytes"), sum("toRead")];
    const share = toRead > 0 ? ` (${Math.min(100, Math.floor((read / toRead) * 100))} %)` : "";
    shown = true;
    progress(`reading logs: ${read.toFixed(0)} MB${share}, ${(read / (ms / 1000)).toFixed(0)} MB/s`);
  }, 250);
  try {
    return await scan((ledgers) => {
      watched = ledgers;
    });
  } finally {
    clearInterval(timer);
    if (shown) progress("");
  }
}
