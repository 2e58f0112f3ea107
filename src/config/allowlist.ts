// Expected logins (docs/counting.md): what these rules allow is counted in one line and is no reason for a mail.
import { BlockList, isIP, SocketAddress } from "node:net";
import { readRange } from "./address-range.ts";
import type { AllowlistConfig } from "./config.ts";

export interface Allowlist {
  /** True when this login is expected: entries are alternatives; in one entry all parts must match. */
  allowsLogin(login: { readonly user: string; readonly ip?: string | undefined; readonly message: string }): boolean;
  /** Addresses and ranges only, for probes; an entry that names more than an address allows no probe. */
  allowsAddress(ip: string | undefined): boolean;
}

/** Allows nothing: for `--all`, and where no config says anything. */
export const ALLOW_NONE: Allowlist = { allowsLogin: () => false, allowsAddress: () => false };

/** A message is cut here before a pattern sees it, which bounds what a slow pattern can cost. */
const MAX_MESSAGE_LENGTH = 1024;

/** A night of scanning brings many addresses; the cache forgets the oldest beyond this. */
const MAX_CACHED_ADDRESSES = 10_000;

/** Compiles what the config allows; its rules were checked when it was loaded. */
export function compileAllowlist(config: AllowlistConfig): Allowlist {
  const addresses = addressMatcher(config.addresses);
  const bareAddresses = addressMatcher(
    config.entries.flatMap(({ user, address, pattern }) =>
      address !== undefined && user === undefined && pattern === undefined ? [address] : [],
    ),
  );
  const users = new Set(config.users);
  const patterns = config.patterns.map((pattern) => new RegExp(pattern));
  const entries = config.entries.map(({ user, address, pattern }) => ({
    user,
    allowsAddress: address === undefined ? undefined : addressMatcher([address]),
    pattern: pattern === undefined ? undefined : new RegExp(pattern),
  }));
  return {
    allowsLogin({ user, ip, message }) {
      const seen = message.slice(0, MAX_MESSAGE_LENGTH);
      return (
        users.has(user) ||
        addresses(ip) ||
        patterns.some((pattern) => pattern.test(seen)) ||
        entries.some(
          (entry) =>
            (entry.user === undefined || entry.user === user) &&
            (entry.allowsAddress?.(ip) ?? true) &&
            (entry.pattern?.test(seen) ?? true),
        )
      );
    },
    allowsAddress: (ip) => addresses(ip) || bareAddresses(ip),
  };
}

/**
 * Returns a function that says whether an address lies in one of the ranges; false for undefined and for what is no
 * address. Remembers its answers, because BlockList walks all its rules for each question.
 */
function addressMatcher(ranges: readonly string[]): (ip: string | undefined) => boolean {
  if (ranges.length === 0) return () => false;
  // One list a family: in a common one `::/0` would match IPv4 addresses too.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of ranges) {
    const range = readRange(text);
    if (typeof range === "string") throw new Error(`allowlist was not checked: ${range}`);
    lists[range.family].addSubnet(range.address, range.prefix, range.family);
  }
  const known = new Map<string, boolean>();
  return (ip) => {
    if (ip === undefined) return false;
    const remembered = known.get(ip);
    if (remembered !== undefined) return remembered;
    const address = unmapped(ip);
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    // BlockList answers false for what is no address.
    const inside = lists[family].check(address, family);
    const [oldest] = known.keys();
    if (known.size >= MAX_CACHED_ADDRESSES && oldest !== undefined) known.delete(oldest);
    known.set(ip, inside);
    return inside;
  };
}

/** Returns the IPv4 address inside an IPv4-mapped one (`::ffff:192.0.2.1`, in any spelling), else the address itself. */
function unmapped(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  const { address } = new SocketAddress({ address: ip, family: "ipv6" });
  const inner = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : "";
  return isIP(inner) === 4 ? inner : ip;
}
