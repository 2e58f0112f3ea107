// The bits of an address, as DNS and the databases ask for them.
import { parseAddress } from "../events/address.ts";

/** Returns the 4 or 16 bytes of an address; undefined for a name, and for a scoped address, which only its link knows. */
export function addressBytes(text: string): Uint8Array | undefined {
  const address = parseAddress(text);
  if (address === undefined || address.includes("%")) return undefined;
  if (!address.includes(":")) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail] = address.split("::");
  const front = bytesOf(head);
  const back = bytesOf(tail ?? "");
  return Uint8Array.from([...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]);
}

/** `2001:db8` as 20 01 0d b8. The last 32 bits may be dotted: `::192.0.2.1`. */
function bytesOf(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const word = Number.parseInt(group, 16);
    return [word >> 8, word & 0xff];
  });
}
