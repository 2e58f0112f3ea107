import { beforeAll, expect, test } from "vitest";
import type { StartRule } from "../../../src/digest/finding-rule.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventsOf, fixtures } from "../../parsers/fixtures.ts";
import { digestOf } from "../events.ts";
import { ALL_RULES } from "./lines.ts";

const YEAR = { from: Date.UTC(2026, 0), to: Date.UTC(2027, 0), timeZone: "UTC", label: "2026" };
/** The same rule, told of every kind of event. */
const toldOfAll =
  (start: StartRule): StartRule =>
  (...given) => ({ ...start(...given), kinds: undefined });

let events: readonly Event[];
beforeAll(async () => {
  const told = await Promise.all(fixtures.map(({ bytes, path }) => eventsOf(bytes, path)));
  events = told.flat().filter(({ head }) => head.at !== null);
});

const KINDS = [
  "login.success",
  "login.failure",
  "login.invalid-user",
  "login.denied",
  "probe",
  "session.open",
  "session.close",
  "sftp",
  "privilege.success",
  "privilege.failure",
  "account",
  "ban",
  "unban",
  "ban.restored",
  "ban.increased",
  "ban.already",
  "ban.found",
  "firewall.block",
  "firewall.allow",
  "service",
] as const satisfies readonly Event["kind"][];

/** An event of which nothing may be asked but its kind and its process. */
function closed(kind: Event["kind"]): Event {
  const head = { file: "auth.log", line: 1, at: YEAR.from, hostname: "mini", appName: "sshd", procId: "7" };
  return new Proxy({ kind, head } as Event, {
    get(event, field) {
      if (field === "kind" || field === "head") return event[field];
      throw new Error(`asked for ${String(field)} of ${kind}`);
    },
  });
}

test.each(ALL_RULES.map((start) => [start(YEAR)] as const))(
  "rule %# asks nothing of kinds that it does not name",
  (rule) => {
    const others = KINDS.filter((kind) => rule.kinds !== undefined && !rule.kinds.includes(kind));

    expect(others.length).toBeGreaterThan(0);
    expect(() => {
      for (const kind of others) rule.observeEvent(closed(kind), YEAR.from, "mini", true);
    }).not.toThrow();
  },
);

test("a rule that is told only of the kinds it names finds what it would find if it were told of all", () => {
  const found = digestOf(events, { window: YEAR, rules: ALL_RULES }).findings;

  expect(found).toEqual(digestOf(events, { window: YEAR, rules: ALL_RULES.map(toldOfAll) }).findings);
  expect(found.length).toBeGreaterThan(10);
});
