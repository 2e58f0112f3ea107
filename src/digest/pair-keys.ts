import { PerMachine } from "./per-machine.ts";

/** As many addresses as try again and again; of more the keys are made anew. */
const MOST = 8_192;

/**
 * Keys of tables whose rows are a name's on a machine. The text of a pair is made once and not for every event: to make
 * it and to hash it costs more than to count.
 */
export class PairKeys {
  private machines = new PerMachine(newKeys);
  private size = 0;

  of(name: string, host: string): string {
    let keys = this.machines.of(host);
    const known = keys.get(name);
    if (known !== undefined) return known;
    if (this.size >= MOST) {
      this.machines = new PerMachine(newKeys);
      this.size = 0;
      keys = this.machines.of(host);
    }
    const key = `${name}|${host}`;
    keys.set(name, key);
    this.size++;
    return key;
  }
}

function newKeys(): Map<string, string> {
  return new Map();
}
