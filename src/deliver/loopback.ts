import { BlockList, isIPv6 } from "node:net";

const addresses = new BlockList();
addresses.addSubnet("127.0.0.0", 8, "ipv4");
addresses.addAddress("::1", "ipv6");

/** Tells whether an address that was reached (not a name that was asked for) is this machine itself. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && addresses.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
