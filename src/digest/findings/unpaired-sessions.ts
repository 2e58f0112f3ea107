// sshd writes `Accepted` and PAM `session opened` for one login, under one process id. Where one of them stands alone,
// lines were taken out of the log, or somebody came in by a door that writes none. Only machines whose other logins
// show that they log both can say so: macOS and sshd without UsePAM have no sessions of PAM.
import { copyOf } from "../../events/address.ts";
import type { Instant } from "../../events/event.ts";
import type { Evidence } from "../digest.ts";
import { type Found, ignore, type StartRule } from "../finding-rule.ts";
import { Latest } from "../latest.ts";
import { PerMachine } from "../per-machine.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOf } from "./evidence.ts";
import { listOf, oneOf, spanIn } from "./words.ts";

/** The two lines stand within this of each other; logs that are merged may show them in any order. */
const BESIDE = 60_000;
const MOST_WAITING = 5_000;
const MOST_ALONE = 100;

interface Half {
  /** `pair` when the other half came. */
  readonly kind: "login" | "session" | "pair";
  readonly user: string;
  readonly at: Instant;
  readonly inside: boolean;
  readonly evidence: Evidence;
}

/** One machine's logins and sessions. */
class Doorkeeper {
  readonly waiting = new Latest<Half>(MOST_WAITING);
  readonly alone: Half[] = [];
  host = "";
  pairs = 0;
  aloneCount = 0;
  since: Instant | undefined;

  meet(key: string, half: Half): void {
    const other = this.waiting.get(key);
    if (other !== undefined && Math.abs(half.at - other.at) <= BESIDE) {
      // A second line of the same kind is another module's.
      if (other.kind === "pair" || other.kind === half.kind) return;
      this.pairs++;
      this.waiting.set(key, { ...half, kind: "pair" });
      return;
    }
    if (other !== undefined) {
      // The process id came round.
      this.waiting.delete(key);
      this.giveUp(other);
    } else {
      const oldest = this.waiting.makeRoom();
      if (oldest !== undefined) this.giveUp(oldest);
    }
    this.waiting.set(copyOf(key), half);
  }

  giveUp(half: Half): void {
    if (half.kind === "pair") return;
    this.aloneCount++;
    if (this.alone.length < MOST_ALONE) this.alone.push(half);
  }
}

export const unpairedSessions: StartRule = (window, { sessionPairs } = THRESHOLDS) => {
  const doors = new PerMachine(() => new Doorkeeper());
  const span = spanIn(window);
  let linesAreMissing = false;

  return {
    kinds: ["login.success", "session.open", "service"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      // A log that admits to have left lines out proves nothing by a line that is not there.
      if (event.kind === "service" && event.drops !== undefined && event.drops !== "firewall") linesAreMissing = true;
      // utmpx of macOS writes sessions too, of terminals alone, and names the user in another way or not at all.
      const isSession =
        event.kind === "session.open" && event.connectionProcId === undefined && event.user !== undefined;
      if (!isSession && event.kind !== "login.success") return;
      if (event.service !== "sshd" || event.head.procId === "") return;
      const door = doors.of(host);
      door.host = host;
      door.since ??= at;
      door.meet(`${event.head.hostname}|${event.head.procId}`, {
        kind: isSession ? "session" : "login",
        user: copyOf(event.user ?? "somebody"),
        at,
        inside,
        evidence: evidenceOf(event, at, isSession ? "session opened" : "login"),
      });
    },

    conclude: () => (linesAreMissing ? [] : [...doors.all()].flatMap(judge)),
  };

  function judge(door: Doorkeeper): readonly Found[] {
    for (const [, half] of door.waiting.entries()) door.giveUp(half);
    if (door.pairs < Math.max(sessionPairs, door.aloneCount)) return [];
    // At both ends the other half may lie outside of what was read.
    const from = (door.since ?? Number.NEGATIVE_INFINITY) + BESIDE;
    const alone = door.alone.filter(({ at, inside }) => inside && at >= from && at < window.to - BESIDE);
    return [...tell(door, alone, "session"), ...tell(door, alone, "login")];
  }

  function tell(door: Doorkeeper, all: readonly Half[], kind: "login" | "session"): readonly Found[] {
    const alone = all.filter((half) => half.kind === kind);
    const [first] = alone;
    const last = alone.at(-1);
    if (first === undefined || last === undefined) return [];
    const names = [...new Set(alone.map(({ user }) => user))];
    const users = listOf(names);
    const title = oneOf(names, "users");
    const evidence = first === last ? [first.evidence] : [first.evidence, last.evidence];
    const times = `${alone.length === 1 ? "once" : `${alone.length} times`}, ${span(first.at, last.at)}`;
    const habit = `The ${door.pairs} other logins of this machine have both lines.`;
    return kind === "session"
      ? [
          {
            id: "session-without-login",
            severity: "warning",
            title: `${title}: a session that nobody logged in for`,
            detail:
              `PAM opened a session of sshd for ${users} ${times}, and sshd wrote no login for it. ${habit} ` +
              "Look whether lines were taken out of the log, and compare with last and who.",
            evidence,
            host: door.host,
          },
        ]
      : [
          {
            id: "login-without-session",
            severity: "notice",
            title: `${title}: a login without a session`,
            detail:
              `sshd let ${users} in ${times}, and PAM opened no session for it. ${habit} ` +
              "The connection may have broken off; but a line like sshd's can be written by every user of the machine, with " +
              "logger, and a sshd that is not the system's own asks no PAM. Compare with last.",
            evidence,
            host: door.host,
          },
        ];
  }
};
