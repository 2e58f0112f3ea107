// What is told in words: changes of accounts, and how the watchers themselves fare.
import type { Account, Event, Instant, Service } from "../events/event.ts";
import { type Counted, Table } from "./table.ts";
import type { Counts } from "./totals.ts";

export interface MessageRow extends Counted {
  tool: string;
  state: string;
  message: string;
  host: string;
}

const MOST_SHAPES = 1_000;
const MOST_STOPPED = 1_000;
/** Longest message that is kept. */
const LONGEST = 300;

export class Accounts {
  readonly table = new Table<MessageRow>(MOST_SHAPES);
  private readonly counts: Counts;

  constructor(counts: Counts) {
    this.counts = counts;
  }

  add(event: Event & Account, at: Instant, host: string): void {
    this.counts.raise("accounts", event.repeat, at);
    addMessage(this.table, event.head.appName, "account", event, at, host);
  }
}

export class Services {
  readonly table = new Table<MessageRow>(MOST_SHAPES);
  /** Warnings, errors and failed actions. */
  problems = 0;
  /** Which lines the logs admit to have left out. */
  readonly dropped = new Set<"login" | "firewall" | "all">();
  private readonly stopped = new Set<string>();
  private readonly counts: Counts;

  constructor(counts: Counts) {
    this.counts = counts;
  }

  /** True when a watcher stopped and did not start again. */
  get isStopped(): boolean {
    return this.stopped.size > 0;
  }

  add(event: Event & Service, at: Instant, host: string): void {
    const { tool, state, drops } = event;
    this.counts.raise("services", event.repeat, at);
    addMessage(this.table, tool, state, event, at, host);
    if (drops !== undefined) this.dropped.add(drops);
    if (state === "problem") this.problems += event.repeat;
    const server = `${host}|${tool}|`;
    const one = server + (event.jail ?? "");
    if (state === "stop" && this.stopped.size < MOST_STOPPED) this.stopped.add(one);
    if (state !== "start") return;
    // A jail that starts shows that its server runs; a server that starts brings its jails along.
    for (const key of this.stopped) {
      if (key === one || key === server || (event.jail === undefined && key.startsWith(server)))
        this.stopped.delete(key);
    }
  }
}

function addMessage(
  table: Table<MessageRow>,
  tool: string,
  state: string,
  event: Event & (Account | Service),
  at: Instant,
  host: string,
): void {
  const message = event.message.slice(0, LONGEST);
  const key = `${tool}|${state}|${shapeOf(message)}|${host}`;
  table.add(key, event.repeat, at, () => ({ tool, state, message, host }));
}

/** Messages that differ in numbers and addresses alone are one. */
function shapeOf(message: string): string {
  return message.replace(/[0-9a-fA-F:.]+/g, (word) => (/\d/.test(word) ? "#" : word));
}
