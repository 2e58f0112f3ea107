// What a night leaves for those after it.
import { expect, test } from "vitest";
import { Learning } from "../../src/digest/learning.ts";
import { type Memory, pastOf } from "../../src/digest/past.ts";
import type { Event } from "../../src/events/event.ts";
import type { Window } from "../../src/window/window.ts";
import { at, digestOf, fail2ban, line, service, sshd, windowOf } from "./events.ts";

const NOTHING: Memory = { nights: () => [], known: () => new Map() };
const NOBODY = { allowsLogin: () => false };

function learnedOf(events: readonly Event[], window: Window = windowOf(), hosts: readonly string[] = ["mini"]) {
  const learning = new Learning(window, NOBODY, pastOf(NOTHING, window.from));
  digestOf(events, { window, rules: [() => learning] });
  return learning.learned(hosts);
}
const keysOf = (events: readonly Event[], window?: Window) =>
  learnedOf(events, window, []).map(({ kind, key }) => `${kind} ${key.replace("\t", " ")}`);

test("a login teaches its user, network, address, key, method and hour", () => {
  const login = sshd({ user: "alice", ip: "192.0.2.7" });
  const key = { method: "publickey", fingerprint: "SHA256:abc" };
  const seen = { host: "mini", firstSeen: at("09:00"), lastSeen: at("09:30") };
  expect(learnedOf([login.accepted("09:00", key), login.accepted("09:30", key)])).toEqual([
    { kind: "host", host: "mini", key: "mini", firstSeen: at("00:00"), lastSeen: at("20 00:00") - 1 },
    { ...seen, kind: "user", key: "alice" },
    { ...seen, kind: "network", key: "192.0.2.0/24" },
    { ...seen, kind: "address", key: "192.0.2.7" },
    { ...seen, kind: "login-network", key: "192.0.2.0/24\talice" },
    { ...seen, kind: "login-address", key: "192.0.2.7\talice" },
    { ...seen, kind: "login-key", key: "SHA256:abc\talice" },
    { ...seen, kind: "login-method", key: "publickey\talice" },
    { ...seen, kind: "login-hour", key: "09\talice" },
  ]);
});

test("a name stands for an address, a method belongs to its service, and a console is nowhere", () => {
  expect(
    keysOf([
      service("vsftpd", { ip: undefined, host: "Client.example.org" }).accepted("23:59:59"),
      line("login.success", { service: "login", user: "root", method: "console" })("00:00"),
    ]),
  ).toEqual([
    "user root",
    "login-method console root",
    "login-hour 00 root",
    "user alice",
    "network client.example.org",
    "login-network client.example.org alice",
    "login-address Client.example.org alice",
    "login-method password at vsftpd alice",
    "login-hour 23 alice",
  ]);
});

test("a country is learned where it is known, and that it could be told on this machine", () => {
  const learning = new Learning(windowOf(), NOBODY, pastOf(NOTHING, windowOf().from));
  const events = [
    sshd({ user: "alice", ip: "203.0.113.7" }).accepted("09:00"),
    sshd({ user: "alice", ip: "203.0.113.8" }).accepted("10:00"),
    sshd({ user: "bob", ip: "198.51.100.7" }).accepted("11:00"),
  ];
  digestOf(events, { rules: [() => learning] });
  expect(learning.addresses().toSorted()).toEqual(["198.51.100.7", "203.0.113.7", "203.0.113.8"]);
  const ofCountries = () =>
    learning
      .learned(["mini", "idle"])
      .filter(({ kind }) => kind === "login-country" || kind === "countries")
      .map(({ kind, host, key, firstSeen, lastSeen }) => [kind, host, key, lastSeen - firstSeen]);
  expect(ofCountries()).toEqual([]);
  const place = { country: "NL" };
  learning.locate(
    new Map([
      ["203.0.113.7", place],
      ["203.0.113.8", place],
    ]),
  );
  expect(ofCountries()).toEqual([
    ["countries", "mini", "mini", 86_400_000 - 1],
    ["countries", "idle", "idle", 86_400_000 - 1],
    ["login-country", "mini", "NL\talice", 3_600_000],
  ]);
});

test("an address that tried a little is remembered with its night", () => {
  const few = sshd({ ip: "203.0.113.9" });
  const banned = sshd({ ip: "203.0.113.10" });
  const many = Array.from({ length: 21 }, (_, i) => sshd({ ip: "203.0.113.11" }).failed(`10:${i + 10}`));
  const ban = fail2ban({ ip: "203.0.113.10" }).ban("11:00");
  expect(keysOf([few.failed("10:00"), banned.failed("10:00"), ...many, ban])).toEqual([
    "few-tries 2026-11-19 203.0.113.9",
  ]);
});

test.each([
  ["an hour", windowOf("10:00", "11:00"), []],
  [
    "several nights, by their dates",
    windowOf("17 00:00", "20 00:00"),
    ["few-tries 2026-11-19 203.0.113.9", "few-tries 2026-11-18 203.0.113.9"],
  ],
])("tries of %s", (_, window, learned) => {
  const tries = ["18 10:30", "19 10:30"].map((time) => sshd({ ip: "203.0.113.9" }).failed(time));
  expect(keysOf(tries, window)).toEqual(learned);
});

test("nothing of the hours before the window is learned", () => {
  expect(keysOf([sshd({ user: "alice" }).accepted("18 23:59:59")])).toEqual([]);
});

test("a flood of names teaches a bounded number of things", () => {
  const flood = Array.from({ length: 6_000 }, (_, i) => {
    const who = { user: `user${i}`, ip: `10.0.${i >> 8}.${i & 255}`, procId: String(i) };
    return sshd(who).accepted("09:00");
  });
  expect(learnedOf(flood)).toHaveLength(20_001);
});

test("a flood of addresses teaches a bounded number of them", () => {
  const flood = Array.from({ length: 3_000 }, (_, i) => sshd({ ip: `10.0.${i >> 8}.${i & 255}` }).failed("09:00"));
  expect(learnedOf(flood, windowOf(), [])).toHaveLength(1_000);
});
