// Keys that somebody holds and should not, or not there: revoked ones, certificates that are not good any more, the
// right key from the wrong place. sshd's lines name neither user nor address; the others of the same process do.
import { copyOf } from "../../events/address.ts";
import type { Event, Instant, LoginFailure } from "../../events/event.ts";
import { Distinct } from "../distinct.ts";
import type { Found, StartRule } from "../finding-rule.ts";
import { Recent } from "../recent.ts";
import { evidenceOf, Seen } from "./evidence.ts";
import { quoteName } from "./name.ts";
import { listOf, oneOf, spanIn, timesOf } from "./words.ts";

/** How long a connection may take to say whose it is. */
const CONNECTION = 600_000;
const MOST_KEYS = 100;
const MOST_NAMES = 20;

interface What {
  readonly id: string;
  readonly says: (reason: string) => boolean;
  readonly title: string;
  readonly means: string;
}

const WHAT: readonly What[] = [
  {
    id: "revoked-key",
    says: (reason) => reason === "revoked key",
    title: "a revoked key was used",
    means: "It was revoked for a reason, and somebody still has it: find out who, and look what else it opened before.",
  },
  {
    id: "key-from-wrong-host",
    says: (reason) => reason.includes("but not from a permitted host"),
    title: "a key was used where it may not be",
    means: "Somebody holds this key elsewhere than agreed: if its owner did not, replace the key.",
  },
  {
    id: "refused-certificate",
    says: (reason) => reason.startsWith("certificate refused"),
    title: "a certificate was refused",
    means: "An authority that this machine trusts signed it: renew it if it is yours, else find out who has it.",
  },
];

interface Refusals {
  readonly what: What;
  readonly host: string;
  readonly fingerprint: string | undefined;
  readonly seen: Seen;
  readonly users: Distinct;
  readonly addresses: Distinct;
}

export const refusedKey: StartRule = (window) => {
  const refusals = new Map<string, Refusals>();
  const connections = new Recent<Refusals>(CONNECTION);
  const span = spanIn(window);

  return {
    kinds: ["login.success", "login.failure", "login.invalid-user", "login.denied", "probe"],

    observeTry({ event, ip, user, inside }) {
      // A connection that had named itself before, or does so at last, is told with its try.
      const found = inside ? ofEvent(event) : undefined;
      if (found !== undefined) name(found, user, ip);
    },

    observeEvent(event, at, host, inside) {
      const { procId, hostname } = event.head;
      if (event.kind === "login.denied" && inside) refuse(event, at, host);
      if (refusals.size === 0 || procId === "" || !("ip" in event) || event.ip === undefined) return;
      if (!event.kind.startsWith("login.") && event.kind !== "probe") return;
      const found = connections.last(`${hostname}|${procId}`);
      if (found !== undefined) name(found, "user" in event ? event.user : undefined, event.ip);
    },

    conclude: () => [...refusals.values()].map(tell),
  };

  function refuse(event: Event & LoginFailure, at: Instant, host: string): void {
    const what = WHAT.find(({ says }) => says(event.reason ?? ""));
    if (what === undefined) return;
    const key = `${what.id}|${event.fingerprint ?? event.user}|${host}`;
    const evidence = evidenceOf(event, at, what.title);
    let found = refusals.get(key);
    if (found === undefined) {
      if (refusals.size >= MOST_KEYS) return;
      const fingerprint = event.fingerprint === undefined ? undefined : copyOf(event.fingerprint);
      const [users, addresses] = [new Distinct(MOST_NAMES), new Distinct(MOST_NAMES)];
      found = { what, host, fingerprint, seen: new Seen(evidence), users, addresses };
      refusals.set(copyOf(key), found);
    }
    found.seen.again(evidence, event.repeat);
    name(found, event.user, event.ip ?? event.host);
    if (event.head.procId !== "") connections.note(copyOf(`${event.head.hostname}|${event.head.procId}`), found, at);
  }

  function ofEvent({ head }: Event): Refusals | undefined {
    if (refusals.size === 0 || head.procId === "") return undefined;
    return connections.last(`${head.hostname}|${head.procId}`);
  }

  function name({ users, addresses }: Refusals, user: string | undefined, peer: string | undefined): void {
    if (user !== undefined) users.add(user);
    if (peer !== undefined) addresses.add(peer);
  }

  function tell({ what, host, fingerprint, seen, users, addresses }: Refusals): Found {
    const who = users.size === 0 ? "" : ` for ${listOf(users.top(MOST_NAMES).map(quoteName))}`;
    const whence = addresses.size === 0 ? "" : ` from ${listOf(addresses.top(MOST_NAMES))}`;
    const from = addresses.size === 0 ? "" : `, from ${oneOf(addresses.top(1), "addresses", addresses.size)}`;
    const which = fingerprint === undefined ? "" : ` (${fingerprint})`;
    return {
      id: what.id,
      severity: "warning",
      title: `${what.title}${from}`,
      detail: `sshd refused it${which}${who}${whence} ${timesOf(seen.count)}, ${span(seen.first.at, seen.last.at)}. ${what.means}`,
      evidence: seen.evidence,
      host,
    };
  }
};
