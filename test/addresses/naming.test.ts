import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeValue } from "../../src/addresses/mmdb-value.ts";
import { namingOf } from "../../src/addresses/naming.ts";
import { placeOf } from "../../src/addresses/place.ts";
import { type Data, encode, mmdbFile } from "./mmdb-writer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "naming-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a database that says one thing of 203.0.113.0/24. */
function database(name: string, data: Data): string {
  writeFileSync(join(folder, name), mmdbFile([{ bytes: [203, 0, 113, 0], bits: 24, data }]));
  return join(folder, name);
}

async function placesOf(databases: readonly string[]) {
  const complaints: string[] = [];
  const naming = namingOf({ reverseDns: false, deadlineSeconds: 5, databases }, (line) => complaints.push(line));
  const places = await naming.places(["203.0.113.9", "198.51.100.1", "evil.example.net"]);
  return { places: Object.fromEntries(places), names: await naming.names(["203.0.113.9"]), complaints };
}

test("country and network come from different databases, the first that knows is believed", async () => {
  const databases = [
    database("country.mmdb", { country: { iso_code: "NL" } }),
    database("asn.mmdb", { autonomous_system_number: 64_500, autonomous_system_organization: "Example Net" }),
    database("lite.mmdb", { country_code: "DE", asn: "AS64501", as_name: "Other" }),
  ];
  expect(await placesOf(databases)).toEqual({
    places: { "203.0.113.9": { country: "NL", network: "AS64500 Example Net" } },
    names: new Map(),
    complaints: [],
  });
});

test("a database that cannot be used takes nothing from the others", async () => {
  const broken = join(folder, "broken.mmdb");
  writeFileSync(broken, "not a database");
  const missing = join(folder, "missing.mmdb");
  const good = database("good.mmdb", { country: { iso_code: "NL" } });
  const { places, complaints } = await placesOf([missing, broken, good]);
  expect(places).toEqual({ "203.0.113.9": { country: "NL" } });
  expect(complaints).toEqual([
    expect.stringContaining(`cannot read the address database ${missing}: ENOENT`),
    `cannot use ${broken}: it has no metadata of a MaxMind DB (download it again)`,
  ]);
});

test("a database is read once, and one that is damaged is complained of once", async () => {
  const broken = join(folder, "broken.mmdb");
  writeFileSync(broken, "not a database");
  const good = database("good.mmdb", { country: { iso_code: "NL" } });
  const complaints: string[] = [];
  const naming = namingOf({ reverseDns: false, deadlineSeconds: 5, databases: [broken, good] }, (line) =>
    complaints.push(line),
  );
  expect(await naming.places([])).toEqual(new Map());
  expect(complaints).toEqual([]);
  const places = new Map([["203.0.113.9", { country: "NL" }]]);
  expect(await naming.places(["203.0.113.9"])).toEqual(places);
  rmSync(good);
  expect(await naming.places(["203.0.113.9"])).toEqual(places);
  expect(complaints).toHaveLength(1);
});

test.each<[string, Data, object]>([
  [
    "GeoLite2-Country",
    { country: { iso_code: "NL", names: { en: "Netherlands" } }, registered_country: { iso_code: "US" } },
    { country: "NL" },
  ],
  [
    "GeoLite2-ASN",
    { autonomous_system_number: 64_500, autonomous_system_organization: "Example Net" },
    { network: "AS64500 Example Net" },
  ],
  [
    "GeoIP2-Enterprise",
    {
      country: { iso_code: "NL" },
      traits: { autonomous_system_number: 64_500, autonomous_system_organization: "Example Net" },
    },
    { country: "NL", network: "AS64500 Example Net" },
  ],
  [
    "IPinfo Lite",
    { asn: "AS64500", as_name: "Example Net", as_domain: "example.net", country: "Netherlands", country_code: "NL" },
    { country: "NL", network: "AS64500 Example Net" },
  ],
  [
    "IPinfo country_asn",
    { country: "NL", country_name: "Netherlands", asn: "AS64500", as_name: "Example Net" },
    { country: "NL", network: "AS64500 Example Net" },
  ],
  ["IPinfo asn", { asn: "AS64500", name: "Example Net", route: "203.0.113.0/24" }, { network: "AS64500 Example Net" }],
  [
    "a nested one",
    { geo: { country_code: "nl", city: "Delft" }, as: { asn: "AS64500", name: "Example Net" } },
    { country: "NL", network: "AS64500 Example Net" },
  ],
  ["a number without a name", { autonomous_system_number: 64_500 }, { network: "AS64500" }],
  ["a name without a number", { autonomous_system_organization: "Example Net" }, { network: "Example Net" }],
  ["an unknown country", { country: { iso_code: "ZZ" }, country_code: "xx" }, {}],
  ["an unknown network", { asn: "AS0", as_name: "" }, {}],
  ["a name of something else", { name: "Delft" }, {}],
  ["a name too long to keep", { as_name: "x".repeat(500) }, { network: "x".repeat(64) }],
  ["what is no record", ["NL", 64_500], {}],
  ["other types than expected", { country: { iso_code: 7 }, autonomous_system_number: -1, as_name: { en: "x" } }, {}],
])("what %s says is understood", (_, data, expected) => {
  expect(placeOf(decodeValue(encode(data), 0))).toEqual(expected);
});
