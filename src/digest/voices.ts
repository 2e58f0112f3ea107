// Two voices tell of the same tries: a program in its own words, and PAM under the program's name, before or after. The
// larger number counts, as it grows: nothing waits, and a window can be cut anywhere.
import type { Instant } from "../events/event.ts";
import { Latest } from "./latest.ts";

/** Pairs that are remembered; a flood forgets the oldest. */
const MOST = 20_000;

export interface Told<Note> {
  own: number;
  /** Of the PAM module that told most: pam_unix and pam_sss both tell of one wrong password. */
  pam: number;
  readonly modules: Map<string, number>;
  lastAt: Instant;
  /** What the caller remembers of PAM's lines. */
  note: Note | undefined;
}

export class Voices<Note = never> {
  private readonly told = new Latest<Told<Note>>(MOST);
  private readonly silence: number;

  /** @param silence after this much of it the next line begins another story */
  constructor(silence: number) {
    this.silence = silence;
  }

  /** Returns what is told under `key`, to be passed to `raise`. */
  of(key: string, at: Instant): Told<Note> {
    let told = this.told.get(key);
    if (told === undefined || at - told.lastAt > this.silence) {
      this.told.delete(key);
      told = { own: 0, pam: 0, modules: new Map(), lastAt: at, note: undefined };
      this.told.set(key, told);
    }
    if (at > told.lastAt) told.lastAt = at;
    return told;
  }

  /** What is told next under `key` begins another story. */
  end(key: string): void {
    this.told.delete(key);
  }
}

/** Returns by how much `n` more of the program, or of one of PAM's modules, raise the larger number. */
export function raise(told: Told<unknown>, voice: "own" | "pam", n: number, module = ""): number {
  const before = Math.max(told.own, told.pam);
  if (voice === "own") told.own += n;
  else {
    const count = (told.modules.get(module) ?? 0) + n;
    told.modules.set(module, count);
    told.pam = Math.max(told.pam, count);
  }
  return Math.max(told.own, told.pam) - before;
}
