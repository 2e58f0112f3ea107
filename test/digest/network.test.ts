import { expect, test } from "vitest";
import { networkOf, readNetwork } from "../../src/digest/network.ts";

test.each([
  ["192.0.2.77", 24, "192.0.2.0/24"],
  ["192.0.2.77", 32, "192.0.2.77/32"],
  ["192.0.2.77", 25, "192.0.2.0/25"],
  ["192.0.2.177", 25, "192.0.2.128/25"],
  ["203.0.113.7", 0, "0.0.0.0/0"],
  ["255.255.255.255", 1, "128.0.0.0/1"],
  ["2001:db8:7::104", 64, "2001:db8:7::/64"],
  ["2001:db8:7:1:2:3:4:5", 48, "2001:db8:7::/48"],
  ["2001:db8:7::104", 128, "2001:db8:7::104/128"],
  ["::1", 8, "::/8"],
  ["fe80::1%eth0", 10, "fe80::/10"],
])("%s lies in its network of %i bits, %s", (ip, bits, network) => {
  expect(networkOf(ip, bits)).toBe(network);
});

test.each([
  ["evil.example.net", 24],
  ["192.0.2.1", 33],
  ["192.0.2.1", -1],
  ["192.0.2.1", 1.5],
  ["192.0.2.1", Number.NaN],
  ["2001:db8::1", 129],
])("%s has no network of %d bits", (ip, bits) => {
  expect(networkOf(ip, bits)).toBeUndefined();
});

test("a range may be written with any of its addresses", () => {
  expect(readNetwork("192.0.2.77/24")).toEqual({ network: "192.0.2.0/24", bits: 24 });
  expect(readNetwork("192.0.2.77")).toBeUndefined();
  expect(readNetwork("somebody/24")).toBeUndefined();
});
