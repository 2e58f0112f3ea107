import { Resolver } from "node:dns/promises";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { confirmedNames } from "../../src/addresses/reverse-dns.ts";
import { type DnsServer, startDns, type Zone } from "./dns-server.ts";

let server: DnsServer | undefined;
afterEach(() => server?.close());

async function ask(addresses: readonly string[], zone: Zone, deadlineMs = 4_000) {
  server = await startDns(zone);
  const resolver = new Resolver({ timeout: 500, tries: 2 });
  resolver.setServers([server.address]);
  return Object.fromEntries(await confirmedNames(addresses, resolver, deadlineMs));
}

const from = (records: Readonly<Record<string, ReturnType<Zone>>>): Zone => {
  return (question) => records[question];
};

const PTR = "PTR 9.113.0.203.in-addr.arpa";
const PTR6 = `PTR 4.0.1.0.${"0.".repeat(16)}7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa`;

test.each<[string, string, Zone, string | undefined]>([
  [
    "a name that leads back",
    "203.0.113.9",
    from({ [PTR]: [["PTR", "a.example"]], "A a.example": [["A", "203.0.113.9"]] }),
    "a.example",
  ],
  [
    "one of several addresses of a name",
    "203.0.113.9",
    from({
      [PTR]: [["PTR", "a.example"]],
      "A a.example": [
        ["A", "203.0.113.8"],
        ["A", "203.0.113.9"],
      ],
    }),
    "a.example",
  ],
  [
    "a name in capitals",
    "203.0.113.9",
    from({ [PTR]: [["PTR", "A.Example"]], "A a.example": [["A", "203.0.113.9"]] }),
    "a.example",
  ],
  [
    "the second of two names",
    "203.0.113.9",
    from({
      [PTR]: [
        ["PTR", "lie.example"],
        ["PTR", "a.example"],
      ],
      "A lie.example": [["A", "192.0.2.1"]],
      "A a.example": [["A", "203.0.113.9"]],
    }),
    "a.example",
  ],
  [
    "a zone that is delegated by an alias",
    "203.0.113.9",
    from({
      [PTR]: [
        ["CNAME", "9.0-15.113.0.203.in-addr.arpa"],
        ["PTR", "a.example"],
      ],
      "A a.example": [["A", "203.0.113.9"]],
    }),
    "a.example",
  ],
  [
    "an IPv6 address",
    "2001:db8:7::104",
    from({ [PTR6]: [["PTR", "six.example"]], "AAAA six.example": [["AAAA", "2001:db8:7::104"]] }),
    "six.example",
  ],
  [
    "a name that leads elsewhere",
    "203.0.113.9",
    from({ [PTR]: [["PTR", "bank.example"]], "A bank.example": [["A", "192.0.2.1"]] }),
    undefined,
  ],
  ["a name that leads nowhere", "203.0.113.9", from({ [PTR]: [["PTR", "gone.example"]] }), undefined],
  [
    "a name whose other family leads back",
    "2001:db8:7::104",
    from({ [PTR6]: [["PTR", "six.example"]], "A six.example": [["A", "203.0.113.9"]] }),
    undefined,
  ],
  ["an address without a name", "203.0.113.9", () => undefined, undefined],
  ["an empty answer", "203.0.113.9", () => [], undefined],
  [
    "a name with a control character",
    "203.0.113.9",
    (question) => (question === PTR ? [["PTR", "a\x1b[2J.example"]] : [["A", "203.0.113.9"]]),
    undefined,
  ],
  [
    "a name with spaces",
    "203.0.113.9",
    (question) => (question === PTR ? [["PTR", "root logged in.example"]] : [["A", "203.0.113.9"]]),
    undefined,
  ],
  [
    "an address for a name",
    "203.0.113.9",
    (question) => (question === PTR ? [["PTR", "10.0.0.1"]] : [["A", "203.0.113.9"]]),
    undefined,
  ],
  ["a name for a name", "evil.example.net", () => [["PTR", "a.example"]], undefined],
  ["an address of one link", "fe80::1%eth0", () => [["PTR", "a.example"]], undefined],
])("of %s", async (_, address, zone, expected) => {
  expect(await ask([address], zone)).toEqual(expected === undefined ? {} : { [address]: expected });
});

test("a hundred names of one address are not all tried", async () => {
  const names = Array.from({ length: 20 }, (_, i) => ["PTR", `n${i}.example`] as const);
  expect(await ask(["203.0.113.9"], (question) => (question === PTR ? names : undefined))).toEqual({});
  expect(server?.questions).toHaveLength(4);
});

test("many addresses are asked for side by side", async () => {
  const addresses = Array.from({ length: 200 }, (_, i) => `198.51.100.${i + 1}`);
  const names = await ask(addresses, (question) => {
    const last = /^PTR (\d+)\./.exec(question)?.[1];
    return last === undefined ? [["A", `198.51.100.${/\d+/.exec(question)?.[0]}`]] : [["PTR", `h${last}.example`]];
  });
  expect(names).toEqual(Object.fromEntries(addresses.map((address, i) => [address, `h${i + 1}.example`])));
});

test("when nobody answers, what is known by the deadline is told", async () => {
  const addresses = ["203.0.113.9", ...Array.from({ length: 200 }, (_, i) => `198.51.100.${i + 1}`)];
  const zone = from({ [PTR]: [["PTR", "a.example"]], "A a.example": [["A", "203.0.113.9"]] });
  const began = performance.now();
  const names = await ask(addresses, (question) => zone(question) ?? "silence", 400);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(names).toEqual({ "203.0.113.9": "a.example" });
  const asked = server?.questions.length ?? 0;
  expect(asked).toBeLessThan(100);
});

test("nothing is under way after the deadline", async () => {
  server = await startDns(() => "silence");
  const resolver = new Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([server.address]);
  const questions: Promise<unknown>[] = [];
  const watched = Object.assign(Object.create(resolver), {
    resolvePtr: (name: string) => {
      const question = resolver.resolvePtr(name);
      questions.push(question);
      return question;
    },
    cancel: () => resolver.cancel(),
  });
  await confirmedNames(["203.0.113.9", "203.0.113.10"], watched, 50);
  expect((await Promise.allSettled(questions)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("without a server there are no names and no problem", async () => {
  server = await startDns(() => undefined);
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([server.address]);
  await server.close();
  server = undefined;
  expect(await confirmedNames(["203.0.113.9"], resolver, 1_000)).toEqual(new Map());
});

test("whatever a server sends, it is no name and no problem", async () => {
  const replies = fc.sample(fc.uint8Array({ minLength: 0, maxLength: 600 }), 40);
  const headers = fc.sample(fc.uint8Array({ minLength: 0, maxLength: 60 }), 40);
  let next = 0;
  const addresses = Array.from({ length: 80 }, (_, i) => `198.51.100.${i + 1}`);
  const names = await ask(
    addresses,
    () => {
      const i = next++ % 40;
      // Half of them begin as an answer does.
      return i % 2 === 0
        ? (replies[i] as Uint8Array)
        : Buffer.concat([Buffer.from("8180000100010000", "hex"), headers[i] as Uint8Array]);
    },
    1_000,
  );
  expect(names).toEqual({});
});
