// fail2ban, or one of its jails, stopped and did not start again: nobody bans while the tries go on.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, Service } from "../../events/event.ts";
import type { Evidence } from "../digest.ts";
import type { Found, StartRule } from "../finding-rule.ts";
import { PerMachine } from "../per-machine.ts";
import { evidenceOf } from "./evidence.ts";
import { whenIn } from "./when.ts";
import { countOf } from "./words.ts";

/** While it shuts down it still lifts bans and finds what it has read; what it decides later shows that it runs. */
const SHUTTING_DOWN = 60_000;
const MOST_JAILS = 100;

interface Stop {
  readonly at: Instant;
  readonly inside: boolean;
  readonly evidence: Evidence;
  tries: number;
  lastTry: Evidence | undefined;
}

interface Watcher {
  host: string;
  server: Stop | undefined;
  readonly jails: Map<string, Stop>;
}

export const fail2banStopped: StartRule = (window) => {
  const watchers = new PerMachine((): Watcher => ({ host: "", server: undefined, jails: new Map() }));
  const when = whenIn(window);
  let anyStopped = false;

  return {
    kinds: ["service", "ban", "ban.found"],

    observeTry({ at, count, event, host, inside }) {
      if (!anyStopped || !inside) return;
      const { server, jails } = watchers.of(host);
      for (const stop of server === undefined ? jails.values() : [server]) {
        if (at <= stop.at) continue;
        stop.tries += count;
        stop.lastTry = evidenceOf(event, at, "last try");
      }
    },

    observeEvent(event, at, host, inside) {
      if (event.kind === "service" && event.tool === "fail2ban") {
        if (event.state === "stop") stopped(event, at, host, inside);
        else if (event.state === "start") started(event, host);
      } else if (anyStopped && (event.kind === "ban" || event.kind === "ban.found") && event.tool === "fail2ban") {
        const watcher = watchers.of(host);
        if (watcher.server !== undefined && at - watcher.server.at > SHUTTING_DOWN) watcher.server = undefined;
        if (event.jail !== undefined && at - (watcher.jails.get(event.jail)?.at ?? at) > SHUTTING_DOWN) {
          watcher.jails.delete(event.jail);
        }
      }
    },

    conclude: () => [...watchers.all()].flatMap(tell),
  };

  function stopped(event: Event & Service, at: Instant, host: string, inside: boolean): void {
    anyStopped = true;
    const watcher = watchers.of(host);
    watcher.host = host;
    const stop = { at, inside, evidence: evidenceOf(event, at, "stopped"), tries: 0, lastTry: undefined };
    if (event.jail === undefined) watcher.server = stop;
    else if (watcher.jails.size < MOST_JAILS) watcher.jails.set(copyOf(event.jail), stop);
  }

  /** A jail that starts shows that its server runs; a server that starts brings its jails along. */
  function started({ jail }: Service, host: string): void {
    if (!anyStopped) return;
    const watcher = watchers.of(host);
    watcher.server = undefined;
    if (jail === undefined) watcher.jails.clear();
    else watcher.jails.delete(jail);
  }

  function tell({ host, server, jails }: Watcher): readonly Found[] {
    // A machine that is switched off stops its watchers too, and then nobody tries.
    if (server !== undefined) return server.tries === 0 ? [] : [tellOf("fail2ban", server, host)];
    return [...jails]
      .filter(([, { inside }]) => inside)
      .map(([jail, stop]) => tellOf(`fail2ban's jail ${jail}`, stop, host));
  }

  function tellOf(what: string, { at, evidence, tries, lastTry }: Stop, host: string): Found {
    const after = tries === 0 ? "No try came since" : `Since then came ${countOf(tries, "try", "tries")}`;
    return {
      id: "fail2ban-stopped",
      severity: "warning",
      title: `${what} was stopped and did not start again`,
      detail:
        `${what} stopped at ${when(at, window.to - 1)} and had not started again at the end of the window. ${after}, ` +
        "and nobody is banned. If you did not stop it: start it, and look in its log for the reason.",
      evidence: lastTry === undefined ? [evidence] : [evidence, lastTry],
      host,
    };
  }
};
