// What the config lets be asked about addresses: databases on this machine, and DNS only where it is switched on, since
// that tells the owner of an address that somebody looked.
import { Resolver } from "node:dns/promises";
import type { Naming, Place } from "../digest/places.ts";
import { ReportError } from "../errors.ts";
import { openMmdb } from "./mmdb.ts";
import { placeOf } from "./place.ts";
import { confirmedNames } from "./reverse-dns.ts";

export interface AddressConfig {
  readonly reverseDns: boolean;
  /** For all names together. */
  readonly deadlineSeconds: number;
  /** Paths of .mmdb files; of two that know the same, the first one is believed. */
  readonly databases: readonly string[];
}

/** How long one server is waited for, before it is asked again or the next one is. */
const PATIENCE_MS = 1_500;
const TRIES = 2;

/**
 * Returns what can be asked. Databases are read when they are, and not kept.
 *
 * @param complain called with a line for each database that cannot be used: a digest without places is better than none
 */
export function namingOf(
  { reverseDns, deadlineSeconds, databases }: AddressConfig,
  complain: (message: string) => void,
): Naming {
  return {
    places: (addresses) => placesOf(addresses, databases, complain),
    names: async (addresses) => {
      if (!reverseDns || addresses.length === 0) return new Map();
      const server = new Resolver({ timeout: PATIENCE_MS, tries: TRIES });
      return confirmedNames(addresses, server, deadlineSeconds * 1_000);
    },
  };
}

async function placesOf(
  addresses: readonly string[],
  databases: readonly string[],
  complain: (message: string) => void,
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  if (addresses.length === 0) return places;
  for (const path of databases) {
    try {
      const database = await openMmdb(path);
      for (const address of addresses) {
        const record = database.find(address);
        if (record !== undefined) places.set(address, { ...placeOf(record), ...places.get(address) });
      }
    } catch (thrown) {
      if (!(thrown instanceof ReportError)) throw thrown;
      complain(thrown.message);
    }
  }
  return places;
}
