import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visible, visibleName } from "../../src/render/visible.ts";
import { HARMFUL, hostileText } from "./hostile-text.ts";

describe("visible", () => {
  test.each([
    ["an ANSI sequence", "\x1b[2Jroot", "\\x1b[2Jroot"],
    ["NUL, DEL and C1", "a\x00b\x7fc\x9bd", "a\\x00b\\x7fc\\x9bd"],
    ["line ends and tabs", "a\r\nb\tc\u2028d\u2029e\x85f", "a\\r\\nb\\tc\\u2028d\\u2029e\\x85f"],
    ["bidi controls", "\u202eabc\u2066\u200f\u061c", "\\u202eabc\\u2066\\u200f\\u061c"],
    ["zero width characters and the BOM", "ro\u200bot\u200d\ufeff\u2060", "ro\\u200bot\\u200d\\ufeff\\u2060"],
    ["spaces that are no space", "a\u00a0b\u3000c\u2003d", "a\\xa0b\\u3000c\\u2003d"],
    ["blanks that are letters", "a\u3164b\u2800c\u115f", "a\\u3164b\\u2800c\\u115f"],
    ["lone surrogates", "a\ud800b\udc00", "a\\ud800b\\udc00"],
    ["tags and variation selectors", "a\u{e0041}b\ufe0f\u{e0100}", "a\\u{e0041}b\\ufe0f\\u{e0100}"],
    ["private use and unassigned code points", "a\ue000\uffff", "a\\ue000\\uffff"],
    ["a pile of combining marks", "e\u0301\u0301\u0301\u0301x", "e\u0301\u0301\\u0301\\u0301x"],
    ["a mark that would sit on our own words", "\u0301root", "\\u0301root"],
  ])("shows %s as escapes", (_, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  test.each(["müller", "Ünïcödé", "管理者", "иван", "משה", "🙂", "na\u0308ive", "C:\\x1b"])(
    "leaves %s as it is",
    (text) => {
      expect(visible(text)).toBe(text);
    },
  );

  test("cuts at the length, between whole characters and whole escapes", () => {
    expect(visible("x".repeat(65))).toBe(`${"x".repeat(63)}…`);
    expect(visible("x".repeat(64))).toBe("x".repeat(64));
    expect(visible("🙂".repeat(64))).toBe("🙂".repeat(64));
    expect(visible("abcdef\x1b\x1b", 10)).toBe("abcdef…");
  });

  test("lets printable ASCII through unchanged", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 64 }), (text) => visible(text) === text));
  });

  test("never lets a harmful character through, and does nothing the second time", () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 2, max: 80 }), (text, length) => {
        const shown = visible(text, length);
        expect(shown).not.toMatch(HARMFUL);
        expect(shown).not.toContain("\n");
        expect([...shown].length).toBeLessThanOrEqual(length);
        expect(visible(shown, length)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("visibleName", () => {
  test.each([
    ["root", "root"],
    ["2001:db8::1", "2001:db8::1"],
    ["", '""'],
    ["root, admin", '"root, admin"'],
    ["root (banned)", '"root (banned)"'],
    ['a" from "b', '"a\\" from \\"b"'],
  ])("shows %j as %s", (text, expected) => {
    expect(visibleName(text)).toBe(expected);
  });
});
