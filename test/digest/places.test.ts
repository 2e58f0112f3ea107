import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Digest, FailureGroup, Section } from "../../src/digest/digest.ts";
import { type Naming, nameAddresses, type Place, rollUp } from "../../src/digest/places.ts";
import { sample } from "../render/sample.ts";

/** Knows what `places` and `names` say, and writes down what it is asked. */
function naming(places: Readonly<Record<string, Place>>, names: Readonly<Record<string, string>> = {}) {
  const asked: { places: readonly string[]; names: readonly string[] } = { places: [], names: [] };
  const answer = <T>(all: Readonly<Record<string, T>>, kind: keyof typeof asked) => {
    return async (addresses: readonly string[]) => {
      asked[kind] = addresses;
      return new Map(Object.entries(all).filter(([address]) => addresses.includes(address)));
    };
  };
  const told: Naming = { places: answer(places, "places"), names: answer(names, "names") };
  return { told, asked };
}

function failure(ip: string | null, count: number): FailureGroup {
  return { ip, users: ["root"], userCount: 1, count, bans: 0, first: 0, last: 0 };
}

function digestOf(groups: readonly FailureGroup[]): Digest {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return { ...sample, sections: [{ id: "failures", title: "Failures", total, groups, more: 0 }] };
}

async function rollupOf(groups: readonly FailureGroup[], places: Readonly<Record<string, Place>> = {}) {
  const [section] = (await nameAddresses(digestOf(groups), naming(places).told)).sections;
  return (section as Extract<Section, { id: "failures" }>).rollup;
}

const quietSample: Digest = {
  ...sample,
  sections: sample.sections.map((section) =>
    section.id === "failures" ? { ...section, groups: section.groups.slice(0, 3) } : section,
  ),
};

test("where nothing is known, nothing changes", async () => {
  expect(await nameAddresses(quietSample, naming({}).told)).toEqual(quietSample);
});

test("networks are added up where nobody is asked", () => {
  const groups = Array.from({ length: 12 }, (_, i) => failure(i < 7 ? `198.51.100.${i}` : `192.0.${i}.1`, 2));
  const [section] = rollUp(digestOf(groups)).sections;
  expect(section).toMatchObject({ rollup: [{ kind: "prefix", name: "198.51.100.0/24", tries: 14, addresses: 7 }] });
  expect(rollUp(quietSample)).toEqual(quietSample);
});

test("logins, failures and bans of an address say where it is, and nothing else does", async () => {
  const place = { country: "NL", network: "AS64500 Example Net" };
  const { told } = naming(
    { "203.0.113.66": place, "198.51.100.57": { country: "DE" }, "2001:db8:ffff::d0": place },
    { "203.0.113.66": "a.example" },
  );
  const places: Readonly<Record<string, Place>> = {
    "203.0.113.66": { ...place, name: "a.example" },
    "198.51.100.57": { country: "DE" },
  };
  const expected = {
    ...quietSample,
    sections: quietSample.sections.map((section) => ({
      ...section,
      groups: section.groups.map((group) => ({
        ...group,
        ...("ip" in group && section.id !== "sftp" ? places[group.ip ?? ""] : {}),
      })),
    })),
  };
  expect(await nameAddresses(quietSample, told)).toEqual(expected);
});

describe("what is asked for", () => {
  test("is each address once, the first rows of every table first, and no names", async () => {
    const { told, asked } = naming({});
    await nameAddresses(sample, told);
    expect(asked.places).toEqual([
      ..."203.0.113.66 198.51.100.57 10.0.1.40 2001:db8:7::104".split(" "),
      "2001:db8:ffff:ffff:ffff:ffff:ffff:ffd0",
      ..."10.0.1.41 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.6 192.0.2.7 192.0.2.8".split(" "),
    ]);
    expect(asked.names).toEqual(asked.places);
  });

  test("is the names of the first 200, and the places of all", async () => {
    const { told, asked } = naming({});
    const addresses = Array.from({ length: 900 }, (_, i) => `198.51.${i >> 8}.${i & 255}`);
    await nameAddresses(digestOf(addresses.map((ip) => failure(ip, 1))), told);
    expect(asked).toEqual({ places: addresses, names: addresses.slice(0, 200) });
  });
});

describe("tries are added up by network and country", () => {
  const NL = { country: "NL", network: "AS64500 Example Net" };
  const spread = [
    ...Array.from({ length: 6 }, (_, i) => failure(`198.51.100.${i + 1}`, 10)),
    ...Array.from({ length: 3 }, (_, i) => failure(`2001:db8:7:1::${i + 1}`, 30)),
    failure("2001:db8:7:2::1", 500),
    failure("203.0.113.9", 7),
    failure("evil.example.net", 900),
    failure(null, 900),
  ];

  test("of each kind those with most tries first, and none with a single address", async () => {
    const places = { "198.51.100.1": NL, "2001:db8:7:2::1": NL, "203.0.113.9": { country: "DE", network: "AS64501" } };
    expect(await rollupOf(spread, places)).toEqual([
      { kind: "prefix", name: "2001:db8:7:1::/64", tries: 90, addresses: 3 },
      { kind: "prefix", name: "198.51.100.0/24", tries: 60, addresses: 6 },
      { kind: "network", name: "AS64500 Example Net", tries: 510, addresses: 2 },
      { kind: "country", name: "NL", tries: 510, addresses: 2 },
    ]);
  });

  test("an address that tried two machines is one address", async () => {
    const groups = [...spread, { ...failure("198.51.100.1", 5), host: "web2" }];
    expect(await rollupOf(groups)).toContainEqual({ kind: "prefix", name: "198.51.100.0/24", tries: 65, addresses: 6 });
  });

  test.each([
    ["nine addresses are seen at a glance", spread.slice(0, 9)],
    [
      "ten addresses without anything in common say nothing",
      Array.from({ length: 10 }, (_, i) => failure(`192.0.${i}.1`, 5)),
    ],
  ])("%s", async (_, groups) => {
    expect(await rollupOf(groups)).toBeUndefined();
  });

  test("no more than five of a kind", async () => {
    const groups = Array.from({ length: 40 }, (_, i) => failure(`192.0.${i >> 1}.${i}`, 40 - i));
    expect((await rollupOf(groups))?.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((i) => `192.0.${i}.0/24`));
  });

  test("whoever tried, no kind has more tries or addresses than there were", async () => {
    const group = fc.record({
      ip: fc.oneof(
        fc.ipV4(),
        fc.nat(40).map((i) => `198.51.${i % 3}.${i}`),
      ),
      tries: fc.nat(50),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(group, { maxLength: 60 }),
        fc.array(fc.constantFrom("NL", "DE", undefined)),
        async (tried, countries) => {
          const groups = tried.map(({ ip, tries }) => failure(ip, tries));
          const places = Object.fromEntries(tried.map(({ ip }, i) => [ip, { country: countries[i] }]));
          const rollup = (await rollupOf(groups, places)) ?? [];
          for (const kind of ["prefix", "country"]) {
            const sums = rollup.filter((sum) => sum.kind === kind);
            expect(sums.reduce((sum, { tries }) => sum + tries, 0)).toBeLessThanOrEqual(
              digestOf(groups).sections[0]?.total ?? 0,
            );
            expect(sums.reduce((sum, { addresses }) => sum + addresses, 0)).toBeLessThanOrEqual(
              new Set(tried.map(({ ip }) => ip)).size,
            );
            expect(sums.every(({ addresses }) => addresses > 1)).toBe(true);
          }
        },
      ),
    );
  });
});
