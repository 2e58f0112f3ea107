// Somebody got in from an address that a watcher had banned, or that the firewall had refused.
import { copyOf, isManyCast } from "../../events/address.ts";
import type { Ban, Event, Firewall, Instant, LoginSuccess } from "../../events/event.ts";
import { targetsOf } from "../bans.ts";
import type { Evidence } from "../digest.ts";
import { type Found, ignore, type StartRule } from "../finding-rule.ts";
import { Latest } from "../latest.ts";
import { networkOf, readNetwork } from "../network.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { evidenceOf } from "./evidence.ts";
import { isGuessable } from "./guessable.ts";
import { isPrivate } from "./private-address.ts";
import { whenIn } from "./when.ts";
import { countOf } from "./words.ts";

const MOST_BANS = 50_000;
/** Addresses that the firewall refused; anybody can forge them, so the silent ones are forgotten first. */
const MOST_BLOCKED = 20_000;
const MOST_FOUND = 100;

interface Banned {
  readonly by: string;
  readonly host: string;
  readonly evidence: Evidence;
  liftedAt: Instant | undefined;
}

interface Blocked {
  readonly first: Evidence;
  last: Evidence;
  packets: number;
  /** No more than are asked about. */
  ports: readonly number[];
}

interface Success {
  readonly event: Event & LoginSuccess;
  readonly peer: string;
  readonly at: Instant;
  readonly host: string;
  readonly banned: Banned | undefined;
  readonly liftedAt: Instant | undefined;
  readonly blocked: Blocked | undefined;
}

export const loginFromBannedAddress: StartRule = (window, { blockedPorts } = THRESHOLDS) => {
  const bans = new Latest<Banned>(MOST_BANS);
  const prefixes = new Set<number>();
  const blocks = new Latest<Blocked>(MOST_BLOCKED);
  const found = new Map<string, Success>();
  const when = whenIn(window);

  return {
    kinds: ["ban", "ban.restored", "ban.already", "unban", "firewall.block", "login.success"],

    observeTry: ignore,

    observeEvent(event, at, host, inside) {
      switch (event.kind) {
        case "ban":
        case "ban.restored":
        case "ban.already":
          for (const [target] of targetsOf(event)) if (target !== null) begin(event, target, at, host);
          return;
        case "unban":
          for (const [target] of targetsOf(event)) if (target !== null) lift(event, target, at);
          return;
        case "firewall.block":
          block(event, at);
          return;
        case "login.success":
          if (inside) observeLogin(event, at, host);
          return;
        default:
      }
    },

    conclude: () => [...found.values()].map((one) => (one.banned === undefined ? tellBlocked(one) : tellBanned(one))),
  };

  function begin(event: Event & Ban, target: string, at: Instant, host: string): void {
    const range = readNetwork(target);
    if (range !== undefined) prefixes.add(range.bits);
    const key = range?.network ?? target;
    const known = bans.get(key);
    if (event.kind !== "ban" && known !== undefined && known.liftedAt === undefined) return;
    bans.delete(key);
    const by = copyOf(event.jail ?? event.tool);
    bans.set(copyOf(key), { by, host, evidence: evidenceOf(event, at, `ban by ${by}`), liftedAt: undefined });
  }

  function lift({ jail, tool }: Ban, target: string, at: Instant): void {
    const banned = bans.get(readNetwork(target)?.network ?? target);
    if (banned?.by === (jail ?? tool)) banned.liftedAt = at;
  }

  function block(event: Event & Firewall, at: Instant): void {
    const { ip, destinationIp, destinationPort, protocol } = event;
    // What stands in the house asks every neighbour for printers and shares; a datagram's sender is easily forged.
    if (ip === undefined || isPrivate(ip) || (protocol !== undefined && protocol.toUpperCase() !== "TCP")) return;
    if (destinationIp !== undefined && isManyCast(destinationIp)) return;
    const evidence = evidenceOf(event, at, "refused by the firewall");
    let blocked = blocks.get(ip);
    if (blocked === undefined) {
      blocked = { first: evidence, last: evidence, packets: 0, ports: [] };
      blocks.set(copyOf(ip), blocked);
    } else {
      blocks.delete(ip);
      blocks.set(copyOf(ip), blocked);
    }
    blocked.packets += event.repeat;
    blocked.last = evidence;
    const { ports } = blocked;
    if (destinationPort !== undefined && ports.length < blockedPorts && !ports.includes(destinationPort)) {
      // Exactly as large as it is: most have one, and a list that is added to has room for many.
      blocked.ports = [...ports, destinationPort];
    }
  }

  function observeLogin(event: Event & LoginSuccess, at: Instant, host: string): void {
    const peer = event.ip ?? event.host;
    if (peer === undefined || found.size >= MOST_FOUND) return;
    const key = `${event.user}|${peer}|${isGuessable(event)}|${host}`;
    if (found.has(key)) return;
    const banned = bans.get(peer) ?? bannedRange(peer);
    const blocked = blocks.get(peer);
    if (banned === undefined && blocked === undefined) return;
    found.set(key, {
      event,
      peer,
      at,
      host,
      banned,
      liftedAt: banned?.liftedAt,
      blocked: blocked && { ...blocked },
    });
  }

  function bannedRange(peer: string): Banned | undefined {
    for (const bits of prefixes) {
      const network = networkOf(peer, bits);
      const banned = network === undefined ? undefined : bans.get(network);
      if (banned !== undefined) return banned;
    }
    return undefined;
  }

  function tellBanned({ event, peer, at, host, banned, liftedAt }: Success): Found {
    const { by, evidence, host: where } = banned as Banned;
    const { user, method } = event;
    const guessable = isGuessable(event);
    const holds = liftedAt === undefined && where === host;
    const elsewhere = where === host ? "" : ` on ${where}`;
    const state =
      liftedAt === undefined
        ? holds
          ? " The ban had not been lifted, so it does not keep this address out."
          : ""
        : ` The ban was lifted at ${when(liftedAt, at)}.`;
    return {
      id: "login-from-banned-address",
      severity: guessable || holds ? "warning" : "notice",
      title: `${user} logged in from ${peer}, which had been banned`,
      detail:
        `${by}${elsewhere} banned ${peer} at ${when(evidence.at, at)}; at ${when(at, window.to - 1)} it got in as ${user} by ` +
        `${method}.${state} It had guessed before it knew. ` +
        `If that was not ${user}: end the session, lock the account and ban the address for good.`,
      evidence: [evidence, evidenceOf(event, at, `login by ${method}`)],
      host,
    };
  }

  function tellBlocked({ event, peer, at, host, blocked }: Success): Found {
    const { first, last, packets, ports } = blocked as Blocked;
    const { user, method } = event;
    const looked = ports.length >= blockedPorts;
    const what = `refused ${countOf(packets, "packet", "packets")} of ${peer}`;
    const since = when(first.at, at) === when(last.at, at) ? `at ${when(last.at, at)}` : `since ${when(first.at, at)}`;
    return {
      id: "login-from-blocked-address",
      severity: looked && isGuessable(event) ? "warning" : "notice",
      title: `${user} logged in from ${peer}, which the firewall had refused`,
      detail:
        `The firewall ${what} ${since}${looked ? `, to ${blockedPorts} ports or more` : ""}; at ${when(at, window.to - 1)} it ` +
        `got in as ${user} by ${method}. ` +
        (looked ? "Who looks at several ports is looking around. " : "") +
        `If that was not ${user}: end the session and lock the account.`,
      evidence: [first, evidenceOf(event, at, `login by ${method}`)],
      host,
    };
  }
};
