import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALLOW_NONE, compileAllowlist } from "../../src/config/allowlist.ts";
import type { AllowlistConfig } from "../../src/config/config.ts";

type Entry = Partial<AllowlistConfig["entries"][number]>;

function allowlist(rules: Partial<Omit<AllowlistConfig, "entries">> & { entries?: readonly Entry[] }) {
  return compileAllowlist({
    addresses: [],
    users: [],
    patterns: [],
    ...rules,
    entries: (rules.entries ?? []).map(({ user, address, pattern }) => ({ user, address, pattern })),
  });
}

describe("an allowlisted address", () => {
  test.each<[string, string, string | undefined, boolean]>([
    ["the address itself", "192.0.2.10", "192.0.2.10", true],
    ["its neighbour", "192.0.2.10", "192.0.2.11", false],
    ["one inside a range", "10.0.0.0/8", "10.255.255.255", true],
    ["one outside a range", "10.0.0.0/8", "11.0.0.0", false],
    ["an IPv6 range", "2001:db8::/32", "2001:db8:ffff::1", true],
    ["an IPv6 address written another way", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", true],
    ["an IPv4-mapped address, dotted", "10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["an IPv4-mapped address, hexadecimal", "10.0.0.0/8", "::ffff:a01:203", true],
    ["a link-local address with its interface", "fe80::/10", "fe80::1%eth0", true],
    ["all of IPv4", "0.0.0.0/0", "203.0.113.7", true],
    ["IPv6 where all of IPv4 is allowed", "0.0.0.0/0", "2001:db8::1", false],
    ["all of IPv6", "::/0", "2001:db8::1", true],
    ["IPv4 where all of IPv6 is allowed", "::/0", "203.0.113.7", false],
    ["mapped IPv4 where all of IPv6 is allowed", "::/0", "::ffff:203.0.113.7", false],
    ["a host name", "0.0.0.0/0", "host.example.org", false],
    ["a short form of IPv4", "10.0.0.0/8", "10.1", false],
    ["no address", "0.0.0.0/0", undefined, false],
  ])("decides about %s", (_, rule, ip, allowed) => {
    const { allowsAddress, allowsLogin } = allowlist({ addresses: [rule] });
    const login = { user: "alice", ip, message: "" };
    // Asked twice: the second answer comes from the cache.
    expect([allowsAddress(ip), allowsLogin(login), allowsAddress(ip), allowsLogin(login)]).toEqual(
      Array(4).fill(allowed),
    );
  });

  test("is inside a range exactly when the integers say so", () => {
    const prefixed = (bits: number) =>
      fc.record({
        network: fc.bigInt(0n, (1n << BigInt(bits)) - 1n),
        offset: fc.bigInt(0n, (1n << BigInt(bits)) - 1n),
        prefix: fc.integer({ min: 0, max: bits }),
        near: fc.boolean(),
        bits: fc.constant(bits),
      });
    fc.assert(
      fc.property(fc.oneof(prefixed(32), prefixed(128)), ({ network, offset, prefix, near, bits }) => {
        const host = BigInt(bits - prefix);
        const base = (network >> host) << host;
        const size = 1n << host;
        // Near the edges is where a wrong mask shows; far away is where a wrong byte order does.
        const value = (base + (near ? offset % (2n * size) : offset)) % (1n << BigInt(bits));
        fc.pre(bits === 32 || (value >> 32n !== 0xffffn && base >> 32n !== 0xffffn));
        const rule = `${written(base, bits)}/${prefix}`;
        expect(allowlist({ addresses: [rule] }).allowsAddress(written(value, bits))).toBe(
          value >= base && value < base + size,
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("keeps giving right answers when more addresses come than it remembers", () => {
    const { allowsAddress } = allowlist({ addresses: ["10.0.0.0/9"] });
    const ips = Array.from({ length: 25_000 }, (_, index) => `10.${index % 256}.${index >> 8}.1`);
    expect(ips.filter(allowsAddress)).toEqual(ips.filter((_, index) => index % 256 < 128));
  });
});

function written(value: bigint, bits: number): string {
  const [width, radix, separator] = bits === 32 ? [8, 10, "."] : [16, 16, ":"];
  return Array.from({ length: bits / width }, (_, index) =>
    ((value >> BigInt(bits - width * (index + 1))) & ((1n << BigInt(width)) - 1n)).toString(radix),
  ).join(separator);
}

describe("an expected login", () => {
  const login = {
    user: "git",
    ip: "10.1.2.3",
    message: "Accepted publickey for git from 10.1.2.3 port 50022 ssh2: ED25519 SHA256:abc",
  };
  test.each<[string, Parameters<typeof allowlist>[0], boolean]>([
    ["its user", { users: ["git"] }, true],
    ["another user", { users: ["gi"] }, false],
    ["its address", { addresses: ["10.0.0.0/8"] }, true],
    ["its message", { patterns: ["^Accepted publickey for git "] }, true],
    ["another message", { patterns: ["^Accepted password"] }, false],
    ["user and address of one entry", { entries: [{ user: "git", address: "10.0.0.0/8" }] }, true],
    ["user but not address of one entry", { entries: [{ user: "git", address: "192.0.2.1" }] }, false],
    ["address but not user of one entry", { entries: [{ user: "root", address: "10.0.0.0/8" }] }, false],
    ["all three of one entry", { entries: [{ user: "git", address: "10.0.0.0/8", pattern: "ED25519" }] }, true],
    ["two of three of one entry", { entries: [{ user: "git", address: "10.0.0.0/8", pattern: "RSA" }] }, false],
    ["the second of two entries", { entries: [{ user: "root" }, { pattern: "SHA256:abc$" }] }, true],
    [
      "parts of two entries",
      {
        entries: [
          { user: "git", pattern: "RSA" },
          { user: "root", pattern: "ED25519" },
        ],
      },
      false,
    ],
    ["nothing", {}, false],
  ])("by %s", (_, rules, allowed) => {
    expect(allowlist(rules).allowsLogin(login)).toBe(allowed);
  });

  test("is not judged by what stands behind the first 1,024 characters", () => {
    const { allowsLogin } = allowlist({ patterns: ["needle"] });
    const padded = (length: number) => ({ user: "a", message: `${"x".repeat(length)}needle` });
    expect([allowsLogin(padded(1018)), allowsLogin(padded(1019))]).toEqual([true, false]);
  });

  test("without an address matches no entry that names one", () => {
    const { allowsLogin } = allowlist({ entries: [{ user: "git", address: "0.0.0.0/0" }] });
    expect(allowsLogin({ user: "git", message: "" })).toBe(false);
  });
});

test("a probe is allowed by an address alone, never by an entry that names more", () => {
  const { allowsAddress } = allowlist({
    entries: [{ address: "192.0.2.1" }, { user: "git", address: "192.0.2.2" }, { address: "192.0.2.3", pattern: "x" }],
    users: ["git"],
    patterns: ["."],
  });
  expect(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(allowsAddress)).toEqual([true, false, false, false]);
});

test("without an allowlist nothing is allowed", () => {
  expect([
    ALLOW_NONE.allowsLogin({ user: "root", ip: "127.0.0.1", message: "" }),
    ALLOW_NONE.allowsAddress("127.0.0.1"),
  ]).toEqual([false, false]);
});
