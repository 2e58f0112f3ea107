// A ban that does not hold: the address goes on trying the service that its jail guards.
import { copyOf } from "../../events/address.ts";
import type { Instant } from "../../events/event.ts";
import { localMinute } from "../../window/local-minute.ts";
import type { Evidence, Finding } from "../digest.ts";
import type { StartRule } from "../finding-rule.ts";

/** Connections that began up to here may have been open when the ban came. */
const GRACE = 60_000;
const ENOUGH_TRIES = 3;
const MOST_BANS = 50_000;
const MOST_JAILS = 64;

interface Ban {
  readonly ip: string;
  readonly jail: string;
  readonly at: Instant;
  readonly file: string;
  readonly line: number;
  tries: number;
  firstTry: Evidence | undefined;
  lastTry: Evidence | undefined;
}

export const triesAfterBan: StartRule = (window) => {
  const bans = new Map<string, Ban>();
  const over: Ban[] = [];
  /** Names of jails that were seen: few, so an address is looked up in each. */
  const jails = new Set<string>();

  const end = (key: string) => {
    const ban = bans.get(key);
    if (ban === undefined) return;
    bans.delete(key);
    if (ban.tries >= ENOUGH_TRIES && over.length < 1000) over.push(ban);
  };

  return {
    observeEvent(event, at) {
      if (event.kind === "ban" || event.kind === "ban.restored") {
        const { ip, jail = "" } = event;
        if (ip === undefined) return;
        const key = `${ip}|${jail}`;
        if (event.kind === "ban.restored" && bans.has(key)) return;
        end(key);
        if (jails.size < MOST_JAILS) jails.add(copyOf(jail));
        if (bans.size >= MOST_BANS) end(bans.keys().next().value as string);
        const { file, line } = event.head;
        bans.set(copyOf(key), {
          ip: copyOf(ip),
          jail: copyOf(jail),
          at,
          file,
          line,
          tries: 0,
          firstTry: undefined,
          lastTry: undefined,
        });
      } else if (event.kind === "unban") {
        end(`${event.ip}|${event.jail ?? ""}`);
      } else if (event.kind === "service" && event.tool === "fail2ban" && event.state === "stop") {
        // Bans end with their jail, and with the server.
        for (const [key, ban] of bans) if (event.jail === undefined || event.jail === ban.jail) end(key);
      }
    },

    observeTry({ at, count, event, ip, beganAt, service }) {
      if (ip === undefined || at < window.from || at >= window.to) return;
      for (const jail of jails) {
        const ban = bans.get(`${ip}|${jail}`);
        if (ban === undefined || beganAt <= ban.at + GRACE || !covers(ban.jail, service)) continue;
        ban.tries += count;
        const { file, line } = event.head;
        ban.lastTry = { source: file, line, at, what: "last try" };
        ban.firstTry ??= { source: file, line, at, what: "first try after the ban" };
      }
    },

    conclude() {
      for (const key of [...bans.keys()]) end(key);
      return over.map(tell);
    },
  };

  function tell(ban: Ban): Finding {
    const time = (at: Instant) => localMinute(window.timeZone, at).slice(11);
    const { firstTry, lastTry } = ban;
    const evidence: Evidence[] = [{ source: ban.file, line: ban.line, at: ban.at, what: `ban by ${ban.jail}` }];
    if (firstTry !== undefined) evidence.push(firstTry);
    if (lastTry !== undefined && lastTry.line !== firstTry?.line) evidence.push(lastTry);
    return {
      id: "tries-after-ban",
      severity: "warning",
      title: `${ban.ip} went on trying after it was banned`,
      detail:
        `${ban.jail} banned ${ban.ip} at ${time(ban.at)}, yet ${ban.tries} tries came in new connections from ` +
        `${time(firstTry?.at ?? ban.at)} to ${time(lastTry?.at ?? ban.at)}: the ban does not hold. ` +
        "Check that the jail's action works and that its port is the one the service listens on.",
      evidence,
    };
  }
};

/** True when a jail guards a service, by its name: the jail's own config is not in the logs. */
function covers(jail: string, service: string): boolean {
  const name = jail.toLowerCase();
  if (name.includes("recidive")) return true;
  if (service === "sshd") return name.includes("ssh");
  if (service === "screensharingd") return /vnc|screen|ard/.test(name);
  return name.includes(service.toLowerCase());
}
