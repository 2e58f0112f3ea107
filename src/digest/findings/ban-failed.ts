// fail2ban decided on a ban and could not carry it out: the address was never blocked.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, Service } from "../../events/event.ts";
import { targetsOf } from "../bans.ts";
import { Distinct } from "../distinct.ts";
import { ignore, type StartRule } from "../finding-rule.ts";
import { PerMachine } from "../per-machine.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { countOf, listOf, spanIn } from "./words.ts";

/** Actions run one after the other: what fails within this of a ban, before another decision, is that ban. */
const AT_ONCE = 5_000;
/** An action that says its name may have waited for a time-out. */
const SLOW = 120_000;
const MOST_JAILS = 100;
const MOST_ADDRESSES = 1_000;

interface Decision {
  readonly isBan: boolean;
  readonly target: string | null;
  readonly jail: string;
  readonly at: Instant;
  failed: boolean;
}

interface Failed {
  readonly jail: string;
  readonly host: string;
  readonly seen: Seen;
  readonly addresses: Distinct;
}

export const banFailed: StartRule = (window) => {
  const decisions = new PerMachine((): { last: Decision | undefined } => ({ last: undefined }));
  const jails = new Map<string, Failed>();
  const span = spanIn(window);

  return {
    kinds: ["ban", "ban.restored", "unban", "service"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      if (event.kind === "ban" || event.kind === "ban.restored" || event.kind === "unban") {
        if (event.tool !== "fail2ban") return;
        const target = targetsOf(event)[0]?.[0] ?? null;
        const jail = event.jail ?? "fail2ban";
        decisions.of(host).last = { isBan: event.kind !== "unban", target, jail, at, failed: false };
      } else if (inside && event.kind === "service" && event.tool === "fail2ban" && event.state === "problem") {
        observeProblem(event, at, host);
      }
    },

    conclude: () =>
      [...jails.values()].map(({ jail, host, seen, addresses }) => ({
        id: "ban-failed",
        severity: "warning",
        title: `${jail}: ${countOf(seen.count, "ban was", "bans were")} not carried out`,
        detail:
          `fail2ban decided on ${countOf(seen.count, "ban", "bans")}${ofWhom(addresses)} ${span(seen.first.at, seen.last.at)}, ` +
          "and its action failed: nothing was blocked. The lines beside this one in fail2ban's log say which command " +
          "failed; run it by hand, then ban again with fail2ban-client set JAIL banip ADDRESS.",
        evidence: seen.evidence,
        host,
      })),
  };

  function observeProblem(event: Event & Service, at: Instant, host: string): void {
    const { message } = event;
    const saysBan = message.includes("Failed to execute ban jail");
    const saysFailure = /(?: returned [1-9]\d{0,9}|Invariant check failed.{0,200})$/.test(message.slice(-300));
    if (!saysBan && !saysFailure) return;
    const { last } = decisions.of(host);
    const within = saysBan ? SLOW : AT_ONCE;
    const decision = last?.isBan && at - last.at <= within ? last : undefined;
    if (decision === undefined && !saysBan) return;
    // One failed ban writes the command, its output, its status, and a line of the jail.
    if (decision?.failed) return;
    if (decision !== undefined) decision.failed = true;
    const jail = decision?.jail ?? event.jail ?? "fail2ban";
    const key = `${jail}|${host}`;
    const evidence = evidenceOf(event, at, "failed action");
    let failed = jails.get(key);
    if (failed === undefined) {
      if (jails.size >= MOST_JAILS) return;
      failed = { jail: copyOf(jail), host, seen: new Seen(evidence), addresses: new Distinct(MOST_ADDRESSES) };
      jails.set(copyOf(key), failed);
    }
    failed.seen.again(evidence, event.repeat);
    if (decision?.target) failed.addresses.add(decision.target);
  }
};

function ofWhom(addresses: Distinct): string {
  return addresses.size === 0 ? "" : ` of ${listOf(addresses.top(4), addresses.size)}`;
}
