// Where addresses are, told beside them, and which networks they have in common. A finished digest is enriched: nothing
// that is counted or found depends on it.
import { parseAddress } from "../events/address.ts";
import type { Digest, FailureGroup, Rollup, Section } from "./digest.ts";
import { networkOf } from "./network.ts";

/** What is known of an address; absent what is not. */
export interface Place {
  /** A host name that leads back to the address. */
  readonly name?: string | undefined;
  /** ISO 3166-1: `NL` */
  readonly country?: string | undefined;
  /** `AS64500 Example Net` */
  readonly network?: string | undefined;
}

/** Who knows. Neither throws; what is not known is not in the answer. */
export interface Naming {
  readonly places: (addresses: readonly string[]) => Promise<ReadonlyMap<string, Place>>;
  readonly names: (addresses: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** Addresses whose names are asked for. */
const MOST_NAMED = 200;
/** Fewer addresses are seen at a glance. */
const ROLLUP_FROM = 10;
const ROLLUP_KEPT = 5;

/** Returns the digest with what is known of the addresses of its logins, failures and bans. */
export async function nameAddresses(digest: Digest, naming: Naming): Promise<Digest> {
  const addresses = addressesOf(digest.sections);
  const [places, names] = await Promise.all([naming.places(addresses), naming.names(addresses.slice(0, MOST_NAMED))]);
  const known = new Map(
    addresses.map((address) => {
      const name = names.get(address);
      return [address, { ...(name !== undefined && { name }), ...places.get(address) }];
    }),
  );
  return rollUp({ ...digest, sections: digest.sections.map((section) => placed(section, known)) });
}

/** Returns the digest with the tries of networks, and of countries where they are known, added up. */
export function rollUp(digest: Digest): Digest {
  const sections = digest.sections.map((section) => {
    const rollup = section.id === "failures" ? rollupOf(section.groups) : [];
    return rollup.length === 0 ? section : { ...section, rollup };
  });
  return { ...digest, sections };
}

function placed(section: Section, known: ReadonlyMap<string, Place>): Section {
  const tell = <Group extends { readonly ip: string | null }>(group: Group): Group => ({
    ...group,
    ...(group.ip !== null && known.get(group.ip)),
  });
  switch (section.id) {
    case "logins":
      return { ...section, groups: section.groups.map(tell) };
    case "bans":
      return { ...section, groups: section.groups.map(tell) };
    case "failures":
      return { ...section, groups: section.groups.map(tell) };
    default:
      return section;
  }
}

/** The addresses of the tables, the first rows of each before the second: those rows are the ones that are shown. */
function addressesOf(sections: readonly Section[]): readonly string[] {
  const tables = sections.flatMap((section) =>
    section.id === "logins" || section.id === "failures" || section.id === "bans"
      ? [section.groups.map(({ ip }) => ip)]
      : [],
  );
  const longest = Math.max(0, ...tables.map(({ length }) => length));
  const ranked = Array.from({ length: longest }, (_, row) => tables.map((table) => table[row])).flat();
  return [...new Set(ranked)].filter((ip) => typeof ip === "string" && parseAddress(ip) === ip) as string[];
}

/** The networks and countries with most tries, of each kind; one with a single address says no more than its row. */
function rollupOf(groups: readonly FailureGroup[]): readonly Rollup[] {
  const tried = groups.filter(({ ip }) => ip !== null && parseAddress(ip) !== undefined);
  if (new Set(tried.map(({ ip }) => ip)).size < ROLLUP_FROM) return [];
  const nameOf: Readonly<Record<Rollup["kind"], (group: FailureGroup) => string | undefined>> = {
    prefix: ({ ip }) => (ip === null ? undefined : networkOf(ip, ip.includes(":") ? 64 : 24)),
    network: ({ network }) => network,
    country: ({ country }) => country,
  };
  return (["prefix", "network", "country"] as const).flatMap((kind) =>
    summed(tried, nameOf[kind])
      .filter(({ addresses }) => addresses > 1)
      .sort((a, b) => b.tries - a.tries || b.addresses - a.addresses || (a.name < b.name ? -1 : 1))
      .slice(0, ROLLUP_KEPT)
      .map((sum) => ({ kind, ...sum })),
  );
}

function summed(groups: readonly FailureGroup[], nameOf: (group: FailureGroup) => string | undefined) {
  const sums = new Map<string, { tries: number; ips: Set<string | null> }>();
  for (const group of groups) {
    const name = nameOf(group);
    if (name === undefined) continue;
    const sum = sums.get(name) ?? { tries: 0, ips: new Set() };
    sums.set(name, sum);
    sum.tries += group.count;
    sum.ips.add(group.ip);
  }
  return [...sums].map(([name, { tries, ips }]) => ({ name, tries, addresses: ips.size }));
}
