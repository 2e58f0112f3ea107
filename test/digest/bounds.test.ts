// An attacker chooses addresses, names and ports: no table grows with what he sends, and no total is lost to a bound.
import { describe, expect, test } from "vitest";
import type { ConnectionEvent } from "../../src/digest/connection.ts";
import { Connections } from "../../src/digest/connections.ts";
import { Distinct } from "../../src/digest/distinct.ts";
import { type Counted, Table } from "../../src/digest/table.ts";
import { at, digestOf, fail2ban, groupsOf, packet, service, sshd, totalsOf } from "./events.ts";

interface Row extends Counted {
  readonly key: string;
}

/** Adds every key in turn. */
function fill(table: Table<Row>, keys: Iterable<string>): void {
  let now = 0;
  for (const key of keys) table.add(key, 1, now++, () => ({ key }));
}

const addresses = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `10.${(from + i) >> 16}.${((from + i) >> 8) & 255}.${(from + i) & 255}`);

describe("a table", () => {
  test("is exact up to its cap", () => {
    const table = new Table<Row>(1_000);
    fill(table, [...addresses(0, 1_000), ...addresses(0, 1_000)]);
    expect([table.size, table.exact, table.sorted().length]).toEqual([1_000, true, 1_000]);
  });

  test("beyond it keeps the heavy hitters and says how many keys there were", () => {
    const table = new Table<Row>(1_000);
    // One address in ten is the same.
    fill(
      table,
      addresses(0, 50_000).map((address, i) => (i % 10 === 0 ? "heavy" : address)),
    );
    const [first] = table.sorted();
    expect(first).toMatchObject({ key: "heavy", count: 5_000, first: 0 });
    expect(table.exact).toBe(false);
    expect(table.sorted().length).toBeLessThanOrEqual(1_000);
    // Two keys may share a bit, so never too many, and seldom too few.
    expect(table.size).toBeLessThanOrEqual(45_001);
    expect(table.size).toBeGreaterThan(44_500);
  });

  test("does not count a key twice that comes and goes", () => {
    const table = new Table<Row>(100);
    for (let round = 0; round < 20; round++) fill(table, addresses(0, 300));
    expect(table.size).toBeLessThanOrEqual(300);
    expect(table.size).toBeGreaterThan(290);
  });

  test.each([1, 2, 3])("works with a cap of %i", (cap) => {
    const table = new Table<Row>(cap);
    fill(table, addresses(0, 100));
    expect(table.size).toBeLessThanOrEqual(100);
    expect(table.sorted().length).toBeGreaterThan(0);
  });

  test("tells of the groups that it gives up", () => {
    const lost: string[] = [];
    const table = new Table<Row>(4, ({ key }) => lost.push(key));
    fill(table, ["a", "a", "b", "c", "d", "e"]);
    // Equal counts: the latest stay.
    expect(lost.sort()).toEqual(["b", "c"]);
  });
});

describe("distinct names", () => {
  test("beyond the cap are not remembered, and it says so", () => {
    const names = new Distinct(3);
    for (const name of ["a", "b", "b", "c", "d", "e", "b"]) names.add(name);
    expect([names.size, names.complete, names.top(2)]).toEqual([3, false, ["b", "a"]]);
  });

  test("of many sets share a room, which a set gives back", () => {
    const room = { left: 3 };
    const [one, two] = [new Distinct(10, room), new Distinct(10, room)];
    for (const name of ["a", "b", "c"]) one.add(name);
    two.add("d");
    expect([one.complete, two.size, two.complete]).toEqual([true, 0, false]);
    one.release();
    two.add("d");
    expect([two.size, room.left]).toEqual([1, 2]);
  });
});

describe("a flood", () => {
  const flood = addresses(0, 3_000);

  test("of addresses loses no try", () => {
    const digest = digestOf(
      flood.flatMap((ip, i) => [sshd({ ip }).failed(i % 2 ? "01:00:01" : "01:00:02"), sshd().failed("01:00:01")]),
      { keys: 100, groups: 10 },
    );
    expect(digest.totals.failures).toBe(6_000);
    const section = digest.sections.find(({ id }) => id === "failures");
    expect(section).toMatchObject({ total: 6_000, groups: { length: 10 } });
    expect(section?.groups[0]).toMatchObject({ ip: "203.0.113.7", count: 3_000 });
    expect(section?.more).toBeGreaterThan(2_900);
    expect(section?.more).toBeLessThanOrEqual(3_001 - 10);
  });

  test("of banned addresses makes their number a lower bound, and says so", () => {
    const digest = digestOf(
      flood.map((ip) => fail2ban({ ip }).ban("01:00")),
      { keys: 100 },
    );
    expect(digest.totals).toMatchObject({ bans: 3_000, bannedAddresses: 100 });
    expect(digest.atLeast).toEqual(["bannedAddresses"]);
  });

  test("of ports loses no packet", () => {
    const digest = digestOf(
      flood.map((_, port) => packet({ destinationPort: port })("01:00")),
      { keys: 100 },
    );
    expect(digest.totals.firewallBlocks).toBe(3_000);
  });

  test("of names at one address keeps the number of tries", () => {
    const digest = digestOf(flood.map((user) => sshd({ user }).failed("01:00")));
    expect(groupsOf(digest, "failures")).toMatchObject([{ count: 3_000, userCount: 1_000, users: { length: 10 } }]);
  });

  test("of PAM's lines that wait loses none", () => {
    const waiting = addresses(0, 25_000).map((ip) => sshd({ ip, procId: "7" }).pam("01:00"));
    expect(totalsOf(waiting)).toEqual({ failures: 25_000 });
  });

  test("of services that PAM speaks for loses none", () => {
    const tries = addresses(0, 25_000).map((ip) => service("vsftpd", { ip }).pam("01:00"));
    expect(totalsOf(tries)).toEqual({ failures: 25_000 });
  });
});

describe("connections", () => {
  const seen = (event: unknown) => event as ConnectionEvent;

  test("beyond the bound the oldest are forgotten, and a long one that goes on is not counted anew", () => {
    const connections = new Connections(1_000);
    const long = sshd({ procId: "1", ip: "203.0.113.66" });
    let tries = 0;
    for (let i = 0; i < 5_000; i++) {
      const one = sshd({ procId: String(10 + i) });
      tries += connections.observe(seen(one.closed("01:00:00")), at("01:00:00")).newTries;
      if (i % 100 === 0) tries += connections.observe(seen(long.failed("01:00:00")), at("01:00:00")).newTries;
    }
    expect(tries).toBe(5_050);
  });
});
