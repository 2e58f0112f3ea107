import fc from "fast-check";
import { expect, test } from "vitest";
import { LineKey } from "../../src/parsers/line-key.ts";
import { bytesOf, LOOKAHEAD } from "../../src/sources/bytes.ts";

function keyOf(text: string): string {
  const key = new LineKey();
  key.mix(text);
  return `${key.one} ${key.other}`;
}

test("names that differ in one wide character have keys of their own", () => {
  // Four characters a word: what of Ł is wider than a byte falls on the letter behind it.
  expect(keyOf("Invalid user Łukasz")).not.toBe(keyOf("Invalid user Aukasz"));
  expect(keyOf("Łukasz")).not.toBe(keyOf("Aukasz"));
  expect(keyOf("日本語")).not.toBe(keyOf("日月語"));
});

test("texts that differ have keys of their own", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "u", "A", "ä", "Ł", "š", "日", "本", "\u{1f600}"),
    maxLength: 9,
  });
  fc.assert(fc.property(text, text, (a, b) => (keyOf(a) === keyOf(b)) === (a === b)));
});

test("bytes of ASCII have the key of their text", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const key = new LineKey();
      const bytes = bytesOf(Buffer.from(`x${text}${"\0".repeat(LOOKAHEAD)}`, "latin1"));
      const isAscii = key.mixBytes(bytes, 1, 1 + text.length);
      expect(isAscii).toBe(true);
      expect(`${key.one} ${key.other}`).toBe(keyOf(text));
    }),
  );
});
