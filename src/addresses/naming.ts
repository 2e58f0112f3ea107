// What the config lets be asked about addresses: databases on this machine, and DNS only where it is switched on, since
// that tells the owner of an address that somebody looked.
import { Resolver } from "node:dns/promises";
import type { Naming, Place } from "../digest/places.ts";
import { ReportError } from "../errors.ts";
import { type Mmdb, openMmdb } from "./mmdb.ts";
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
 * Returns what can be asked. Databases are read when the first address is, and kept as long as this is.
 *
 * @param complain called with a line for each database that cannot be used: a digest without places is better than none
 */
export function namingOf(
  { reverseDns, deadlineSeconds, databases }: AddressConfig,
  complain: (message: string) => void,
): Naming {
  let usable: Set<Mmdb> | undefined;
  return {
    places: async (addresses) => {
      if (addresses.length === 0) return new Map();
      usable ??= await openAll(databases, complain);
      return placesOf(addresses, usable, complain);
    },
    names: async (addresses) => {
      if (!reverseDns || addresses.length === 0) return new Map();
      const server = new Resolver({ timeout: PATIENCE_MS, tries: TRIES });
      return confirmedNames(addresses, server, deadlineSeconds * 1_000);
    },
  };
}

async function openAll(paths: readonly string[], complain: (message: string) => void): Promise<Set<Mmdb>> {
  const opened = new Set<Mmdb>();
  for (const path of paths) {
    try {
      opened.add(await openMmdb(path));
    } catch (thrown) {
      complain(reportOf(thrown));
    }
  }
  return opened;
}

/** A database that turns out to be damaged is not asked again. */
function placesOf(
  addresses: readonly string[],
  databases: Set<Mmdb>,
  complain: (message: string) => void,
): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const database of databases) {
    try {
      for (const address of addresses) {
        const record = database.find(address);
        if (record !== undefined) places.set(address, { ...placeOf(record), ...places.get(address) });
      }
    } catch (thrown) {
      complain(reportOf(thrown));
      databases.delete(database);
    }
  }
  return places;
}

/** @throws what is no report of ours */
function reportOf(thrown: unknown): string {
  if (thrown instanceof ReportError) return thrown.message;
  throw thrown;
}
