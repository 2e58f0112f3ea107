// The names of addresses. Whoever owns an address decides what its reverse zone says, `localhost` and a bank's name
// included: a name counts only when it leads back to the address (forward-confirmed reverse DNS, RFC 8601 section 3).
import type { Resolver } from "node:dns/promises";
import { parseAddress } from "../events/address.ts";
import { addressBytes } from "./address-bytes.ts";

/** What is asked of a resolver; `cancel` ends what is under way. */
export type NameServer = Pick<Resolver, "resolvePtr" | "resolve4" | "resolve6" | "cancel">;

/** Addresses asked for at the same time. */
const AT_ONCE = 32;
/** An address may have any number of names; asking for each would be somebody else's work. */
const NAMES_TRIED = 3;
const LONGEST_NAME = 253;

/**
 * Returns the confirmed names, by address; an address without one is not in it. Never throws, and ends after
 * `deadlineMs` with what is known by then.
 */
export async function confirmedNames(
  addresses: readonly string[],
  server: NameServer,
  deadlineMs: number,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const queue = addresses.values();
  let isOver = false;
  const ask = async () => {
    for (const address of queue) {
      const name = await confirmedName(address, server, () => isOver);
      if (isOver) return;
      if (name !== undefined) names.set(address, name);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, ask)), deadline]);
  isOver = true;
  clearTimeout(timer);
  server.cancel();
  return names;
}

async function confirmedName(address: string, server: NameServer, isOver: () => boolean): Promise<string | undefined> {
  const bytes = addressBytes(address);
  if (bytes === undefined || isOver()) return undefined;
  const names = await server.resolvePtr(reverseName(bytes)).catch(() => []);
  for (const name of names.slice(0, NAMES_TRIED)) {
    if (isOver()) return undefined;
    if (!isHostName(name)) continue;
    const answers = await (bytes.length === 4 ? server.resolve4(name) : server.resolve6(name)).catch(() => []);
    if (answers.some((answer) => parseAddress(answer) === address)) return name.toLowerCase();
  }
  return undefined;
}

/** `9.113.0.203.in-addr.arpa` (RFC 1035 section 3.5), `...8.b.d.0.1.0.0.2.ip6.arpa` (RFC 3596 section 2.5) */
function reverseName(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${[...bytes].reverse().join(".")}.in-addr.arpa`;
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 0x0f]);
  return `${nibbles
    .reverse()
    .map((nibble) => nibble.toString(16))
    .join(".")}.ip6.arpa`;
}

/** A name in DNS may hold any bytes. What is no host name is shown to nobody, and neither is what looks like an address. */
function isHostName(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const labels = name.split(".");
  return labels.every((label) => /^(?!-)[\w-]{1,63}(?<!-)$/.test(label)) && /[a-z]/i.test(labels.at(-1) ?? "");
}
