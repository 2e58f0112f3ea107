import { expect, test } from "vitest";
import { isLoopback } from "../../src/deliver/loopback.ts";

test.each([
  { address: "127.0.0.1", expected: true },
  { address: "127.255.0.9", expected: true },
  { address: "::1", expected: true },
  { address: "::ffff:127.0.0.1", expected: true },
  { address: "::ffff:192.0.2.1", expected: false },
  { address: "192.0.2.1", expected: false },
  { address: "0.0.0.0", expected: false },
  { address: "2001:db8::1", expected: false },
  { address: "localhost", expected: false },
  { address: undefined, expected: false },
])("a password without TLS may go to $address: $expected", ({ address, expected }) => {
  expect(isLoopback(address)).toBe(expected);
});
