import { expect, test } from "vitest";
import { eventPrinter } from "../../src/render/event-json.ts";
import { eventsOf, fixtures, goldens } from "./fixtures.ts";

const print = eventPrinter("UTC");

// A golden that is missing is written, except in CI: read it before you commit it. `vitest run -u` writes all again.
test.each(fixtures)("$name gives the events that stand beside it", async ({ bytes, name, golden }) => {
  const events = await eventsOf(bytes, name);
  await expect(events.map((event) => `${print(event)}\n`).join("")).toMatchFileSnapshot(golden);
});

test("every golden has its log", () => {
  expect(goldens.filter((path) => !fixtures.some(({ golden }) => golden === path))).toEqual([]);
});
