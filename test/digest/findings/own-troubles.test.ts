// What this program tells of itself, and when it has nothing to tell.
import { expect, test } from "vitest";
import {
  nightsMissed,
  sharedState,
  stateTroubles,
  type Undelivered,
  undelivered,
} from "../../../src/digest/findings/own-troubles.ts";

const message = (id: number, isNew: boolean): Undelivered => {
  return { id, channel: "mail", subject: `night ${id}`, to: ["a@example.org"], text: "550 no such user", isNew };
};
const headlines = (messages: readonly Undelivered[]) =>
  undelivered(messages).map(({ severity, title }) => `${severity}: ${title}`);

test.each<[string, Undelivered[], string[]]>([
  ["all arrived", [], []],
  ["one was refused since the last run", [message(1, true)], ["warning: 1 message could not be delivered"]],
  ["one was refused before it, and that was told", [message(1, false)], ["notice: 1 message could not be delivered"]],
  ["both", [message(1, false), message(2, true)], ["warning: 2 messages could not be delivered"]],
])("messages: %s", (_, messages, told) => {
  expect(headlines(messages)).toEqual(told);
});

test("three messages that did not arrive are named, with what the server said, and the others counted", () => {
  const [found] = undelivered([1, 2, 3, 4, 5].map((id) => message(id, true)));
  expect(found?.detail).toContain('1 "night 1" to a@example.org: 550 no such user; 2 "night 2"');
  expect(found?.detail).toContain('3 "night 3" to a@example.org: 550 no such user and 2 more. Correct the address');
});

test("the state: what is wrong is a warning, what was set aside a notice, and a good one nothing", () => {
  expect(stateTroubles([], "warning")).toEqual([]);
  expect(stateTroubles(["it is damaged"], "warning")).toMatchObject([{ id: "state", detail: "it is damaged." }]);
  expect(stateTroubles(["of another machine"], "notice")).toMatchObject([
    { severity: "notice", title: "the state was set aside" },
  ]);
  expect(sharedState("a and b")).toMatchObject({ severity: "warning", title: "two configs share one state" });
});

test("nights that nobody reported are told by the clock of the digest", () => {
  const skipped = { from: Date.UTC(2026, 10, 2, 22, 55), to: Date.UTC(2026, 10, 5, 22, 55) };
  expect(nightsMissed(skipped, "Europe/Rome")).toMatchObject({
    severity: "warning",
    title: "nothing was reported from 2026-11-02 23:55 to 2026-11-05 23:55",
  });
});
