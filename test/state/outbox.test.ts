import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DELIVERIES_KEPT,
  FAILED_KEPT,
  type OutboxEntry,
  type Recipient,
  type State,
  type StoredReceipt,
  waitingRecipients,
} from "../../src/state/state.ts";
import { close, DAY, entry, GIVE_UP_AFTER, NOW, open, quietNight, sql, stateDir } from "./sample.ts";

const TO = ["admin@example.org", "ops@example.org"];
const HOUR = 3_600_000;

function receipt(result: StoredReceipt["result"], to = "admin@example.org"): StoredReceipt {
  const says = { accepted: 250, later: 451, refused: 550, unknown: undefined }[result];
  return { to, result, text: result, ...(says === undefined ? {} : { code: says }) };
}

const stateOf = (state: State, id = 1): readonly (readonly [string, string])[] | undefined =>
  state
    .outbox()
    .find((one) => one.id === id)
    ?.recipients.map(({ to, state }) => [to, state]);

test("a message waits as it was rendered, also for the next run", async () => {
  const dir = stateDir();
  const first = await open(dir);
  first.complete(quietNight(0, { outbox: [entry("a", { to: TO })] }));
  close(first);
  const { raw, ...rest } = entry("a", { to: TO });
  const recipient = (to: string): Recipient => ({ to, state: "waiting", code: undefined, text: "", at: NOW });
  const expected: OutboxEntry = {
    ...rest,
    id: 1,
    createdAt: NOW,
    attempts: 0,
    nextTryAt: NOW,
    recipients: TO.map(recipient),
  };
  const next = await open(dir, { now: NOW + DAY });
  expect(next.outbox()).toEqual([expected]);
  expect(next.bodyOf(1)).toEqual(raw);
  expect(next.bodyOf(2)).toBeUndefined();
});

test("a message that waits already is not stored twice; the same digest for another channel is", async () => {
  const state = await open(stateDir());
  state.complete(quietNight(0, { outbox: [entry("a", { subject: "first" }), entry("a", { channel: "ntfy" })] }));
  state.complete(quietNight(1, { outbox: [entry("a", { subject: "second", to: TO }), entry("b")] }));
  expect(state.outbox().map(({ channel, messageId, subject, to }) => [channel, messageId, subject, to.length])).toEqual(
    [
      ["mail", entry("a").messageId, "first", 1],
      ["ntfy", entry("a").messageId, "[mini] a", 1],
      ["mail", entry("b").messageId, "[mini] b", 1],
    ],
  );
});

test("a recipient who is named twice is one", async () => {
  const state = await open(stateDir());
  state.keep([entry("a", { to: ["b@example.org", "a@example.org", "b@example.org"] })]);
  expect(state.outbox()[0]?.to).toEqual(["b@example.org", "a@example.org"]);
});

test("a message for nobody is refused, with all of its run", async () => {
  const state = await open(stateDir());
  const run = quietNight(0, { outbox: [entry("a"), entry("b", { to: [] })] });
  expect(() => state.complete(run)).toThrow("has no recipient");
  expect([state.lastEnd, state.outbox()]).toEqual([undefined, []]);
});

test("mail of a run on request is kept and moves nothing", async () => {
  const state = await open(stateDir());
  state.complete(quietNight(0));
  state.keep([entry("a")]);
  expect([state.lastEnd, state.nights(9).length, state.outbox().length]).toEqual([quietNight(0).window.to, 1, 1]);
});

describe("after a try", () => {
  test("that all accepted, the message is gone and its delivery remembered", async () => {
    const dir = stateDir();
    const state = await open(dir);
    state.complete(quietNight(0, { outbox: [entry("a", { to: TO })] }));
    state.recordReceipts(1, [receipt("later"), receipt("accepted", TO[1])], NOW + 1, NOW + HOUR);
    state.recordReceipts(1, [receipt("accepted")], NOW + HOUR, undefined);
    expect([state.outbox(), state.bodyOf(1)]).toEqual([[], undefined]);
    const { channel, messageId, subject, window } = entry("a");
    expect(state.deliveries(9)).toEqual([
      {
        id: 1,
        channel,
        messageId,
        subject,
        window,
        createdAt: NOW,
        attempts: 2,
        outcome: "accepted",
        endedAt: NOW + HOUR,
        recipients: [
          { to: TO[0], state: "accepted", code: 250, text: "accepted", at: NOW + HOUR },
          { to: TO[1], state: "accepted", code: 250, text: "accepted", at: NOW + 1 },
        ],
      },
    ]);
  });

  const cases: readonly (readonly [string, readonly StoredReceipt[], readonly string[], readonly string[]])[] = [
    ["nobody took, all wait", [receipt("later"), receipt("later", TO[1])], ["waiting", "waiting"], TO],
    [
      "one took, the other waits",
      [receipt("accepted"), receipt("later", TO[1])],
      ["accepted", "waiting"],
      ["ops@example.org"],
    ],
    ["one refused, it stays as failed", [receipt("refused"), receipt("accepted", TO[1])], ["refused", "accepted"], []],
    [
      "may have arrived, it is tried again",
      [receipt("unknown"), receipt("refused", TO[1])],
      ["unknown", "refused"],
      ["admin@example.org"],
    ],
    ["says nothing of a recipient, it waits", [receipt("accepted")], ["accepted", "waiting"], ["ops@example.org"]],
    ["speaks of a stranger, nothing changes", [receipt("accepted", "eve@example.org")], ["waiting", "waiting"], TO],
  ];
  test.each(cases)("that %s", async (_, receipts, states, waiting) => {
    const state = await open(stateDir());
    state.keep([entry("a", { to: TO })]);
    state.recordReceipts(1, receipts, NOW + 1, NOW + HOUR);
    const [kept] = state.outbox();
    expect(kept?.recipients.map((one) => one.state)).toEqual(states);
    expect(kept && waitingRecipients(kept)).toEqual(waiting);
    expect([kept?.attempts, kept?.nextTryAt]).toEqual([1, NOW + HOUR]);
  });

  test("an accepted recipient stays accepted, and a refused one may accept later", async () => {
    const state = await open(stateDir());
    state.keep([entry("a", { to: TO })]);
    state.recordReceipts(1, [receipt("accepted"), receipt("refused", TO[1])], NOW, undefined);
    state.recordReceipts(1, [receipt("refused"), receipt("later", TO[1])], NOW, undefined);
    expect(stateOf(state)).toEqual([
      [TO[0], "accepted"],
      [TO[1], "waiting"],
    ]);
    state.recordReceipts(1, [receipt("accepted", TO[1])], NOW, undefined);
    expect(state.outbox()).toEqual([]);
  });

  test("an answer without end is cut", async () => {
    const state = await open(stateDir());
    state.keep([entry("a")]);
    state.recordReceipts(1, [{ ...receipt("later"), text: "x".repeat(1_000_000) }], NOW, undefined);
    expect(state.outbox()[0]?.recipients[0]?.text).toBe("x".repeat(1_000));
  });

  test("of a message that has left, nothing happens", async () => {
    const state = await open(stateDir());
    state.recordReceipts(7, [receipt("accepted")], NOW, undefined);
    expect(state.deliveries(9)).toEqual([]);
  });
});

test("a message of a clock that ran years ahead is due again when the clock was set right", async () => {
  const dir = stateDir();
  const ahead = NOW + 3_000 * DAY;
  const wrong = await open(dir, { now: ahead });
  wrong.keep([entry("a"), entry("b")]);
  wrong.recordReceipts(1, [receipt("later")], ahead, ahead + HOUR);
  close(wrong);
  const right = await open(dir, { now: NOW });
  expect(right.outbox().map(({ createdAt, nextTryAt }) => [createdAt, nextTryAt])).toEqual([
    [NOW, NOW],
    [NOW, NOW],
  ]);
  right.recordReceipts(1, [receipt("later")], NOW, NOW + 3 * HOUR);
  close(right);
  expect((await open(dir, { now: NOW + HOUR })).outbox()[0]?.nextTryAt).toBe(NOW + 3 * HOUR);
});

describe("giving up", () => {
  test("a try that comes too late and fails gives up who still waits, and the message stays in the outbox", async () => {
    const state = await open(stateDir());
    state.keep([entry("a", { to: TO })]);
    state.recordReceipts(1, [receipt("later"), receipt("accepted", TO[1])], NOW + GIVE_UP_AFTER - 1, undefined);
    expect(stateOf(state)?.[0]).toEqual([TO[0], "waiting"]);
    state.recordReceipts(1, [receipt("unknown")], NOW + GIVE_UP_AFTER, undefined);
    expect(stateOf(state)).toEqual([
      [TO[0], "given-up"],
      [TO[1], "accepted"],
    ]);
    expect(state.outbox().flatMap(waitingRecipients)).toEqual([]);
    expect(state.bodyOf(1)).toEqual(entry("a").raw);
  });

  test("a clock set back makes nothing old", async () => {
    const state = await open(stateDir());
    state.keep([entry("a")]);
    state.recordReceipts(1, [receipt("later")], NOW - 400 * DAY, undefined);
    expect(stateOf(state)).toEqual([[TO[0], "waiting"]]);
  });

  test("more failed messages than there is room for: the oldest leave, and the next run names them", async () => {
    const dir = stateDir();
    const state = await open(dir);
    const entries = Array.from({ length: FAILED_KEPT + 3 }, (_, i) => entry(`m${i}`));
    state.keep(entries);
    for (const { id } of state.outbox().slice(1)) state.recordReceipts(id, [receipt("refused")], NOW, undefined);
    close(state);
    const next = await open(dir, { now: NOW + DAY });
    expect(next.notices).toEqual([
      `2 messages that could not be delivered left the outbox, which keeps the newest ${FAILED_KEPT} of them: "[mini] m1", "[mini] m2"`,
    ]);
    expect(
      next
        .outbox()
        .map(({ id }) => id)
        .slice(0, 2),
    ).toEqual([1, 4]);
    expect(next.deliveries(9).map(({ id, outcome }) => [id, outcome])).toEqual([
      [3, "failed"],
      [2, "failed"],
    ]);
  });
});

test("a person drops a message once; it stands in the history", async () => {
  const state = await open(stateDir());
  state.keep([entry("a")]);
  expect([state.dropFromOutbox(1), state.dropFromOutbox(1), state.dropFromOutbox(9)]).toEqual([true, false, false]);
  expect(state.deliveries(9).map(({ id, outcome, endedAt }) => [id, outcome, endedAt])).toEqual([[1, "dropped", NOW]]);
});

test("a bounded number of deliveries is kept, and a number is never given twice", async () => {
  const dir = stateDir();
  const state = await open(dir);
  state.keep([entry("a"), entry("b", { to: TO })]);
  const path = join(dir, "state.db");
  sql(
    path,
    `WITH RECURSIVE n (id) AS (VALUES (100) UNION ALL SELECT id + 1 FROM n LIMIT ${DELIVERIES_KEPT})
     INSERT INTO deliveries SELECT id, 'mail', '<' || id || '>', 's', 0, 1, 0, 1, 'accepted', id, '[]' FROM n`,
  );
  for (const id of [1, 2]) expect(state.dropFromOutbox(id)).toBe(true);
  const kept = state.deliveries(DELIVERIES_KEPT * 2).map(({ id }) => id);
  expect([kept.length, kept.slice(0, 3), kept.at(-1)]).toEqual([DELIVERIES_KEPT, [2, 1, DELIVERIES_KEPT + 99], 102]);
  state.keep([entry("next")]);
  expect(state.outbox()[0]?.id).toBe(3);
  expect(sql(path, "SELECT count(*) AS n FROM recipients")).toEqual([{ n: 1 }]);
});

// What is promised: an entry is in the outbox until all its recipients have accepted or a person dropped it.
test("no order of runs and answers loses a message", { timeout: 120_000 }, async () => {
  const results = fc.constantFrom<StoredReceipt["result"]>("accepted", "later", "refused", "unknown");
  const step = fc.oneof(
    fc.record({
      do: fc.constant("complete" as const),
      ids: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
    }),
    fc.record({
      do: fc.constant("receipts" as const),
      pick: fc.nat(),
      results: fc.array(fc.option(results), { minLength: 2, maxLength: 2 }),
      after: fc.integer({ min: -2 * DAY, max: 20 * DAY }),
    }),
    fc.record({ do: fc.constant("reopen" as const) }),
    fc.record({ do: fc.constant("drop" as const), pick: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const dir = stateDir();
      let state = await open(dir);
      let nights = 0;
      const model = new Map<string, { accepted: Set<string> }>();
      const idOf = (messageId: string) => state.outbox().find((one) => one.messageId === messageId)?.id ?? 0;
      for (const one of steps) {
        const names = [...model.keys()];
        const picked = "pick" in one ? names[one.pick % Math.max(1, names.length)] : undefined;
        if (one.do === "reopen") {
          close(state);
          state = await open(dir);
        } else if (one.do === "complete") {
          const outbox = one.ids.map((id) => entry(`${id}`, { to: TO }));
          state.complete(quietNight(nights, { outbox }));
          nights += 1;
          for (const { messageId } of outbox) {
            if (!model.has(messageId)) model.set(messageId, { accepted: new Set() });
          }
        } else if (picked !== undefined && one.do === "drop") {
          expect(state.dropFromOutbox(idOf(picked))).toBe(true);
          model.delete(picked);
        } else if (picked !== undefined && one.do === "receipts") {
          const receipts = one.results.flatMap((result, i) => (result === null ? [] : [receipt(result, TO[i])]));
          state.recordReceipts(idOf(picked), receipts, NOW + one.after, undefined);
          for (const { to, result } of receipts) if (result === "accepted") model.get(picked)?.accepted.add(to);
          if (model.get(picked)?.accepted.size === TO.length) model.delete(picked);
        }
        const accepted = (entry: OutboxEntry) =>
          entry.recipients.filter((r) => r.state === "accepted").map((r) => r.to);
        expect(new Map(state.outbox().map((e) => [e.messageId, new Set(accepted(e))]))).toEqual(
          new Map([...model].map(([id, { accepted }]) => [id, accepted])),
        );
        for (const { id, messageId } of state.outbox()) {
          expect(state.bodyOf(id)?.toString("latin1")).toContain(messageId.slice(1, 2));
        }
        expect(state.nights(100)).toHaveLength(nights);
      }
      close(state);
    }),
    { numRuns: 30 },
  );
});
