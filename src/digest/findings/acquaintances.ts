// Users who are known by their address or key: their own slips before a login are no attack.
import type { LoginSuccess } from "../../events/event.ts";
import { keyOf } from "../learning.ts";
import { type FactKind, type Past, twoParts } from "../past.ts";
import { OVER_NIGHTS } from "../thresholds.ts";
import { type Attempt, triesOf } from "./attempts.ts";

const MOST_ANSWERS = 10_000;

export class Acquaintances {
  private readonly answers = new Map<string, boolean>();
  private readonly past: Past;

  constructor(past: Past) {
    this.past = past;
  }

  /**
   * True when all tries before a login were for its own user, and its key is an old acquaintance, or all their addresses
   * are. One login of long ago makes none; and who tried a hundred times did not mistype.
   */
  explains(event: LoginSuccess, host: string, before: readonly Attempt[]): boolean {
    const { user } = event;
    if (before.some((attempt) => attempt.user !== user)) return false;
    const key = keyOf(event);
    if (key !== undefined && this.knows("login-key", host, twoParts(key, user))) return true;
    const peers = new Set(before.map(({ peer }) => peer)).add(event.ip ?? event.host ?? "");
    return (
      triesOf(before) <= OVER_NIGHTS.ownTries &&
      [...peers].every((peer) => this.knows("login-address", host, twoParts(peer, user)))
    );
  }

  /** True when this user has long come from this address. */
  knowsPlace(event: LoginSuccess, host: string): boolean {
    return this.knows("login-address", host, twoParts(event.ip ?? event.host ?? "", event.user));
  }

  private knows(kind: FactKind, host: string, key: string): boolean {
    const name = `${kind}\n${host}\n${key}`;
    const answered = this.answers.get(name);
    if (answered !== undefined) return answered;
    const fact = this.past.known(kind, host, [key]).get(key);
    const isOld = fact !== undefined && fact.nights > 1 && this.past.nightsSince(fact) >= OVER_NIGHTS.nightsToKnow;
    if (this.answers.size < MOST_ANSWERS) this.answers.set(name, isOld);
    return isOld;
  }
}
