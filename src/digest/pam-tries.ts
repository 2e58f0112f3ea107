// PAM's lines count only where the program that asked PAM says nothing itself: sshd writes its own verdict beside
// them, often under another process id, and with LDAP a PAM module fails before every good login. So a PAM failure
// waits for a moment whether its program speaks of the same address or process.
import type { Event, Instant } from "../events/event.ts";

/** A network service's own line stands within this of the PAM line. */
const LOGIN_WAIT = 60_000;
/** sudo sums up when the last password was wrong, and people think between passwords. */
const PRIVILEGE_WAIT = 300_000;
/** More waiting lines than this are a flood: the oldest are counted as they stand. */
const MOST_WAITING = 20_000;

export type PamFailure = Event & { kind: "login.failure" | "privilege.failure" };

/** A failure that nobody spoke of. */
export interface Unspoken {
  readonly event: PamFailure;
  readonly at: Instant;
  readonly host: string;
}

interface Waiting extends Unspoken {
  readonly until: Instant;
  readonly keys: readonly string[];
}

export class PamTries {
  private waiting: Waiting[] = [];
  private readonly spoken = new Map<string, Instant>();

  /** A PAM failure: waits. */
  hold(event: PamFailure, at: Instant, host: string): void {
    const wait = event.kind === "privilege.failure" ? PRIVILEGE_WAIT : LOGIN_WAIT;
    const keys = keysOf(event);
    if (keys.some((key) => at - (this.spoken.get(key) ?? Number.NEGATIVE_INFINITY) <= wait)) return;
    this.waiting.push({ event, at, host, until: at + wait, keys });
  }

  /** The program itself spoke: PAM's lines beside it add nothing. */
  speak(event: Event, at: Instant): void {
    for (const key of keysOf(event)) {
      this.spoken.delete(key);
      this.spoken.set(key, at);
    }
    if (this.spoken.size > 4 * MOST_WAITING) {
      for (const [key, spokenAt] of this.spoken) {
        if (at - spokenAt <= PRIVILEGE_WAIT) break;
        this.spoken.delete(key);
      }
    }
  }

  /** Returns the failures that nobody spoke of until `now`, oldest first. */
  due(now: Instant): readonly Unspoken[] {
    const first = this.waiting[0];
    if (first === undefined || (first.until > now && this.waiting.length <= MOST_WAITING)) return [];
    const ready: Unspoken[] = [];
    this.waiting = this.waiting.filter((waiting, i) => {
      const flooded = this.waiting.length - i > MOST_WAITING;
      if (waiting.until > now && !flooded) return true;
      const spoken = waiting.keys.some((key) => {
        const at = this.spoken.get(key);
        return at !== undefined && at >= waiting.at - (waiting.until - waiting.at) && at <= waiting.until;
      });
      if (!spoken) ready.push(waiting);
      return false;
    });
    return ready;
  }
}

/** What ties a PAM line to its program's own: the process, the address, or who asked for more rights. */
function keysOf(event: Event): readonly string[] {
  const { head } = event;
  const service = "service" in event ? familyOf(event.service) : "";
  const keys = head.procId === "" ? [] : [`${head.hostname}|${service}|#${head.procId}`];
  if (event.kind === "privilege.failure") return [`${head.hostname}|${service}|${event.user ?? ""}`];
  const peer = "ip" in event || "host" in event ? (event.ip ?? event.host) : undefined;
  if (peer !== undefined) keys.push(`${head.hostname}|${service}|${peer}`);
  return keys;
}

function familyOf(service: string): string {
  return service.startsWith("sshd") ? "sshd" : service.startsWith("sudo") ? "sudo" : service.split("-", 1)[0] ?? service;
}
