// What the databases call the country and the network of an address. Seen: GeoLite2 and GeoIP2 (Country, City, ASN, ISP,
// Enterprise) and DB-IP, which keep MaxMind's names; IPinfo (Lite, country, asn, country_asn), which has flat names.
import type { Place } from "../digest/places.ts";
import type { Value } from "./mmdb-value.ts";

const COUNTRY: readonly (readonly string[])[] = [
  ["country", "iso_code"],
  ["country_code"],
  ["geo", "country_code"],
  // IPinfo's older files; in IPinfo Lite it is the name, and `country_code` stands before it here.
  ["country"],
];
const NUMBER: readonly (readonly string[])[] = [
  ["autonomous_system_number"],
  ["traits", "autonomous_system_number"],
  ["asn"],
  ["as", "asn"],
];
const ORGANIZATION: readonly (readonly string[])[] = [
  ["autonomous_system_organization"],
  ["traits", "autonomous_system_organization"],
  ["as_name"],
  ["as", "name"],
];

/** Longest name of a network that is kept. */
const NAME_LENGTH = 64;

/** Returns what a record says of country and network; nothing of what it does not say. */
export function placeOf(record: Value): Place {
  const country = COUNTRY.map((path) => at(record, path)).find((value) => isCountry(value));
  const network = networkWords(record);
  return {
    ...(typeof country === "string" && { country: country.toUpperCase() }),
    ...(network !== "" && { network }),
  };
}

/** `AS64500 Example Net`; either half may be unknown. */
function networkWords(record: Value): string {
  const number = NUMBER.map((path) => asNumber(at(record, path))).find((value) => value !== undefined);
  // IPinfo's asn files call it `name`, which elsewhere may be anything.
  const paths = at(record, ["asn"]) === undefined ? ORGANIZATION : [...ORGANIZATION, ["name"]];
  const name = paths.map((path) => at(record, path)).find((value) => typeof value === "string" && value.trim() !== "");
  const words =
    typeof name === "string" ? [...name.trim().slice(0, 2 * NAME_LENGTH)].slice(0, NAME_LENGTH).join("") : "";
  return [number, words].filter(Boolean).join(" ");
}

/** `AS64500`, of 64500 and of "AS64500". 0 is what some write for "unknown". */
function asNumber(value: Value | undefined): string | undefined {
  const digits = typeof value === "string" ? /^(?:AS)?(\d{1,10})$/i.exec(value)?.[1] : value;
  const number = typeof digits === "string" || typeof digits === "number" ? Number(digits) : 0;
  return Number.isInteger(number) && number > 0 && number < 2 ** 32 ? `AS${number}` : undefined;
}

/** ZZ and XX are what some write for "unknown". */
function isCountry(value: Value | undefined): boolean {
  return typeof value === "string" && /^(?!ZZ|XX)[A-Z]{2}$/i.test(value);
}

function at(record: Value | undefined, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>(
    (value, key) => (value instanceof Map ? (value as ReadonlyMap<string, Value>).get(key) : undefined),
    record,
  );
}
