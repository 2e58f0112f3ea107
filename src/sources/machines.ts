// The machines of a central log server: one that falls silent is a problem, though the log that it writes to has lines.
// They are remembered beside the sources, by the log or the folder that holds them: in a folder whose files have the date
// in their names, a file is there for a night.
import { countNight, isSilent, type Period, type SourceMemory, UNKNOWN, usual, wasRead } from "./memory.ts";
import { type Ledger, newLedger, worsen } from "./source.ts";

/** Machines that are told one by one. */
const TOLD = 20;
const MOST = 10_000;

/** A log that was read. */
interface Read {
  readonly ledger: Ledger;
  /** undefined where its lines say it. */
  readonly host: string | undefined;
  /** The folder of several machines that it lies in. */
  readonly folder?: string | undefined;
}

/** The machines of one log, or of all logs of a folder. */
export interface Machines {
  readonly source: string;
  /** Lines in the window. */
  readonly lines: Map<string, number>;
  /** Machines that have a log of their own which says itself what is wrong. */
  readonly troubled: Set<string>;
  /** What they sent is not known: a log that any of them may have written to could not be read, or they are too many. */
  unknown: boolean;
}

/** Returns the machines of logs of several, by log or folder. */
export function machinesOf(logs: readonly Read[]): readonly Machines[] {
  const found = new Map<string, Machines>();
  for (const { ledger, host, folder } of logs) {
    if (host !== undefined && folder === undefined) continue;
    const source = folder ?? ledger.source;
    const machines = found.get(source) ?? { source, lines: new Map(), troubled: new Set(), unknown: false };
    found.set(source, machines);
    const add = (name: string, lines: number) => machines.lines.set(name, (machines.lines.get(name) ?? 0) + lines);
    if (host === undefined) {
      for (const [name, lines] of ledger.hosts) add(name, lines);
      // A log without any line says so itself.
      if (!wasRead(ledger) || ledger.status === "stale") machines.unknown = true;
    } else {
      if (wasRead(ledger)) add(host, ledger.inWindow);
      if (!wasRead(ledger) || ledger.status === "stale") machines.troubled.add(host);
    }
    if (machines.lines.size >= MOST) machines.unknown = true;
  }
  return [...found.values()];
}

/** Returns a row of the coverage for each machine that spoke every night and is silent now. */
export function silentMachines(
  machines: readonly Machines[],
  memories: ReadonlyMap<string, SourceMemory> | undefined,
  window: Period,
): readonly Ledger[] {
  return machines.flatMap(({ source, lines, troubled, unknown }) => {
    if (unknown) return [];
    const silent = knownIn(source, memories).filter(
      ([name, memory]) => !troubled.has(name) && isSilent(memory, lines.get(name) ?? 0, window),
    );
    const rows = silent
      .slice(0, TOLD)
      .map(([name, memory]) =>
        silentRow(
          `${name} in ${source}`,
          `sent no line of this window, and usually sends about ${usual(memory)}: is it up, and does it still send?`,
        ),
      );
    if (silent.length <= TOLD) return rows;
    return [...rows, silentRow(`${silent.length - TOLD} more machines in ${source}`, "sent no line of this window")];
  });
}

function silentRow(source: string, note: string): Ledger {
  const row = newLedger(source, false);
  worsen(row, "stale", note);
  return row;
}

/** Returns what is to be kept of machines, under names that no source has. One that is silent for a week is forgotten. */
export function rememberMachines(
  machines: readonly Machines[],
  memories: ReadonlyMap<string, SourceMemory> | undefined,
  window: Period,
): readonly (readonly [string, SourceMemory])[] {
  return machines.flatMap(({ source, lines, troubled, unknown }) => {
    const known = new Map(knownIn(source, memories));
    // Those that were heard of now come first: for them there is room.
    const names = [...new Set([...lines.keys(), ...known.keys()])].slice(0, MOST);
    return names.flatMap((name) => {
      const memory = known.get(name);
      const heard = lines.get(name);
      const isUntold = heard === undefined && (unknown || troubled.has(name));
      const before = memory?.counts ?? [];
      const counts = isUntold ? before : countNight(before, heard ?? 0, window);
      if (counts.every((count) => count === 0)) return [];
      return [[prefixOf(source) + name, { ...UNKNOWN, end: window.to, counts, found: true }] as const];
    });
  });
}

function knownIn(
  source: string,
  memories: ReadonlyMap<string, SourceMemory> | undefined,
): readonly (readonly [string, SourceMemory])[] {
  const prefix = prefixOf(source);
  return [...(memories ?? [])].flatMap(([name, memory]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), memory] as const] : [],
  );
}

/** No source is called like this, and no machine's name in a line has a line break. */
function prefixOf(source: string): string {
  return `machine in ${source}\n`;
}
