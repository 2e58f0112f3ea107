// A ban that does not hold: the address goes on trying the service that its jail guards.
import { copyOf } from "../../events/address.ts";
import type { Ban, Event, Instant } from "../../events/event.ts";
import { targetsOf } from "../bans.ts";
import type { Evidence, Finding } from "../digest.ts";
import type { StartRule, Try } from "../finding-rule.ts";
import { Latest } from "../latest.ts";
import { networkOf, readNetwork } from "../network.ts";
import { PairKeys } from "../pair-keys.ts";
import { THRESHOLDS } from "../thresholds.ts";
import { whenIn } from "./when.ts";
import { thousands } from "./words.ts";

/** Connections that began up to here may have been open when the ban came. */
const GRACE = 60_000;
const MOST_BANS = 50_000;
/** Findings that are told one by one; where a jail's action is broken every address would be one. */
const MOST_TOLD = 10;
/** Bans that held out and are remembered for these. */
const MOST_BROKEN = 1_000;

interface Ongoing {
  /** An address or a range. */
  readonly target: string;
  readonly jail: string | undefined;
  readonly tool: string;
  readonly host: string;
  readonly at: Instant;
  readonly file: string;
  readonly line: number;
  tries: number;
  firstTry: Evidence | undefined;
  lastTry: Evidence | undefined;
}

export const triesAfterBan: StartRule = (window, { triesAfterBan: enough } = THRESHOLDS) => {
  /** By machine and address; an address has a ban a jail. */
  const bans = new Latest<Ongoing[]>(MOST_BANS);
  const keys = new PairKeys();
  const broken: Ongoing[] = [];
  /** Lengths of the prefixes of banned ranges: few, so an address is looked up by each. */
  const prefixes = new Set<number>();
  const when = whenIn(window);

  return {
    kinds: ["ban", "ban.restored", "unban", "service"],

    observeEvent(event, at, host) {
      if (event.kind === "ban" || event.kind === "ban.restored") {
        for (const [target] of targetsOf(event)) if (target !== null) begin(event, target, at, host);
      } else if (event.kind === "unban") {
        for (const [target] of targetsOf(event)) {
          if (target !== null) end(keyOf(target, host), (ban) => ban.jail === event.jail);
        }
      } else if (event.kind === "service" && event.state === "stop") {
        // Bans end with their jail, and with the server.
        const { tool, jail } = event;
        const ended = (ban: Ongoing) =>
          ban.tool === tool && ban.host === host && (jail === undefined || jail === ban.jail);
        for (const key of [...bans.keys()]) end(key, ended);
      }
    },

    observeTry(attempt) {
      if (attempt.ip === undefined || bans.size === 0 || attempt.at < window.from || attempt.at >= window.to) return;
      judge(bans.get(keys.of(attempt.ip, attempt.host)), attempt);
      for (const bits of prefixes) judge(bans.get(`${networkOf(attempt.ip, bits)}|${attempt.host}`), attempt);
    },

    conclude() {
      for (const key of [...bans.keys()]) end(key, () => true);
      broken.sort((a, b) => b.tries - a.tries);
      const rest = broken.slice(MOST_TOLD);
      return [...broken.slice(0, MOST_TOLD).map(tell), ...(rest.length > 0 ? [tellRest(rest)] : [])];
    },
  };

  function begin(event: Event & Ban, target: string, at: Instant, host: string): void {
    const key = keyOf(target, host);
    const { jail, tool } = event;
    const isSame = (ban: Ongoing) => ban.jail === jail;
    // After a restart the same ban comes again; one that is known goes on.
    if (event.kind === "ban.restored" && bans.get(key)?.some(isSame)) return;
    end(key, isSame);
    for (const ban of bans.makeRoom() ?? []) noteBroken(ban);
    const range = readNetwork(target);
    if (range !== undefined) prefixes.add(range.bits);
    const { file, line } = event.head;
    const ban: Ongoing = {
      target: copyOf(target),
      jail: jail === undefined ? undefined : copyOf(jail),
      tool,
      host,
      at,
      file,
      line,
      tries: 0,
      firstTry: undefined,
      lastTry: undefined,
    };
    const others = bans.get(key);
    if (others === undefined) bans.set(key, [ban]);
    else others.push(ban);
  }

  function end(key: string, ended: (ban: Ongoing) => boolean): void {
    const list = bans.get(key);
    if (list === undefined) return;
    const left = list.filter((ban) => !ended(ban));
    if (left.length === list.length) return;
    for (const ban of list) if (ended(ban)) noteBroken(ban);
    if (left.length === 0) bans.delete(key);
    else bans.set(key, left);
  }

  function noteBroken(ban: Ongoing): void {
    if (ban.tries >= enough && broken.length < MOST_BROKEN) broken.push(ban);
  }

  function judge(list: readonly Ongoing[] | undefined, { at, count, event, beganAt, service }: Try): void {
    for (const ban of list ?? []) {
      if (beganAt <= ban.at + GRACE || !covers(ban, service)) continue;
      ban.tries += count;
      const { file, line } = event.head;
      ban.lastTry = { source: file, line, at, what: "last try" };
      ban.firstTry ??= { source: file, line, at, what: "first try after the ban" };
    }
  }

  function tell(ban: Ongoing): Finding {
    const { target, at, tries, firstTry, lastTry, host } = ban;
    const by = ban.jail ?? ban.tool;
    const evidence: Evidence[] = [{ source: ban.file, line: ban.line, at, what: `ban by ${by}` }];
    if (firstTry !== undefined) evidence.push(firstTry);
    if (lastTry !== undefined && lastTry.line !== firstTry?.line) evidence.push(lastTry);
    const [first, last] = [firstTry?.at ?? at, lastTry?.at ?? at];
    return {
      id: "tries-after-ban",
      severity: "warning",
      title: `${target} went on trying after it was banned`,
      detail:
        `${by} banned ${target} at ${when(at, last)}, yet ${thousands(tries)} tries came in new connections from ` +
        `${when(first, last)} to ${when(last, window.to - 1)}: the ban does not hold. ` +
        "Check that the jail's action works and that it covers the service's port.",
      evidence,
      host,
    };
  }

  function tellRest(rest: readonly Ongoing[]): Finding {
    const jails = [...new Set(rest.map(({ jail, tool }) => jail ?? tool))];
    const tries = rest.reduce((sum, ban) => sum + ban.tries, 0);
    return {
      id: "tries-after-ban",
      severity: "warning",
      title: `${thousands(rest.length)} more bans do not hold`,
      detail: `${thousands(tries)} more tries came after bans of ${jails.slice(0, 3).join(", ")}. Check that its action works.`,
      evidence: [],
    };
  }
};

/** The address or the network that is banned, and the machine that banned it. */
function keyOf(target: string, host: string): string {
  return `${readNetwork(target)?.network ?? target}|${host}`;
}

/** True when a jail guards a service, by its name: the jail's own config is not in the logs. */
function covers({ jail, tool }: Ongoing, service: string): boolean {
  // Without jails a ban is for all that the tool watches.
  if (jail === undefined) return true;
  const name = jail.toLowerCase();
  if (name.includes("recidive")) return true;
  if (service === "sshd" || service === "dropbear") return name.includes("ssh") || name.includes(service);
  if (service === "screensharingd") return /vnc|screen|ard/.test(name);
  return name.includes(service.toLowerCase()) || tool.toLowerCase() === service;
}
