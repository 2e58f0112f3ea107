// How often each address tried on each machine: what several findings ask about, counted once.
import type { Try } from "./finding-rule.ts";
import { noteTry, type Tried } from "./findings/evidence.ts";
import { PerMachine } from "./per-machine.ts";
import { type Counted, Table } from "./table.ts";

const MOST_ADDRESSES = 10_000;
/** Rows at hand, those that were given up since among them. */
const MOST_AT_HAND = 2 * MOST_ADDRESSES;

export interface Guesser extends Counted, Tried {
  readonly ip: string;
  readonly host: string;
  isGivenUp: boolean;
}

export class Guessers {
  private readonly table = new Table<Guesser>(MOST_ADDRESSES, giveUp);
  /** Rows by address: who tries again is found without a key being made of address and machine. */
  private atHand = new PerMachine(newRows);
  private rowsAtHand = 0;

  /** Counts a try of the window; others are passed over. */
  add({ at, count, event: { head }, ip, host, inside }: Try): void {
    if (!inside || ip === undefined) return;
    const known = this.atHand.of(host).get(ip);
    if (known === undefined || known.isGivenUp) {
      const begin = () => ({ ip, host, isGivenUp: false, firstHead: head, firstAt: at, lastHead: head, lastAt: at });
      const row = this.table.add(`${ip}|${host}`, count, at, begin);
      noteTry(row, head, at);
      this.keepAtHand(row);
      return;
    }
    known.count += count;
    if (at < known.first) known.first = at;
    if (at > known.last) known.last = at;
    noteTry(known, head, at);
  }

  /** Those who tried most first. */
  sorted(): readonly Guesser[] {
    return this.table.sorted();
  }

  private keepAtHand(row: Guesser): void {
    if (this.rowsAtHand >= MOST_AT_HAND) {
      this.atHand = new PerMachine(newRows);
      this.rowsAtHand = 0;
    }
    this.atHand.of(row.host).set(row.ip, row);
    this.rowsAtHand++;
  }
}

function giveUp(row: Guesser): void {
  row.isGivenUp = true;
}

function newRows(): Map<string, Guesser> {
  return new Map();
}
