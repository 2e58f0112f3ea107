import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutLines, cutText, jsonBytes, utf16, type Weigh } from "../../src/deliver/cut.ts";
import { printable } from "../../src/deliver/notice.ts";

const weight = (text: string, weigh: Weigh) => [...text].reduce((sum, char) => sum + weigh(char), 0);

describe("a text that is too long", () => {
  test.each([
    { name: "stays when it fits to the last character", text: "abcd", limit: 4, expected: "abcd" },
    { name: "ends in an ellipsis", text: "abcde", limit: 4, expected: "abc…" },
    { name: "loses a whole emoji, not half of it", text: "ab🔑cd", limit: 4, expected: "ab…" },
    { name: "keeps an emoji that fits", text: "a🔑cd", limit: 4, expected: "a🔑…" },
    { name: "is nothing where nothing fits", text: "abc", limit: 0, expected: "" },
  ])("$name", ({ text, limit, expected }) => {
    expect(cutText(text, limit, utf16)).toBe(expected);
  });

  test("is measured in bytes where bytes count", () => {
    expect(cutText("ääää", 7, jsonBytes)).toBe("ää…");
    expect(cutText('""""', 7, jsonBytes)).toBe('""…');
  });
});

describe("lines that are too many", () => {
  test.each([
    { name: "stay when they fit", text: "a\nb\n", limit: 3, expected: "a\nb" },
    {
      name: "say how many were cut",
      text: `${"line\n".repeat(100)}`,
      limit: 30,
      expected: "line\n... and 99 more lines",
    },
    {
      name: "say one line as one",
      text: `${"x".repeat(20)}\ny${"y".repeat(30)}`,
      limit: 50,
      expected: `${"x".repeat(20)}\n... and 1 more line`,
    },
    {
      name: "begin with a part of a first line that is too long",
      text: `${"x".repeat(99)}\nb`,
      limit: 30,
      expected: `${"x".repeat(8)}…\n... and 1 more line`,
    },
    { name: "are cut as text when there is one", text: "x".repeat(99), limit: 10, expected: `${"x".repeat(9)}…` },
    {
      name: "count the empty ones between",
      text: `a\n\n\n${"b".repeat(40)}`,
      limit: 30,
      expected: "a\n\n\n... and 1 more line",
    },
  ])("$name", ({ text, limit, expected }) => {
    expect(cutLines(text, limit, utf16)).toBe(expected);
  });
});

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 40 }).map((lines) => lines.join("\n")),
);
const weigher = fc.constantFrom<Weigh>(utf16, jsonBytes);

test("whatever the text, it is within its limit, whole characters from its start, and untouched when it fits", () => {
  fc.assert(
    fc.property(text, fc.nat(300), weigher, (raw, limit, weigh) => {
      const whole = printable(raw).trimEnd();
      const cut = cutText(whole, limit, weigh);
      expect(weight(cut, weigh)).toBeLessThanOrEqual(limit);
      expect(Buffer.from(cut).toString()).toBe(cut);
      if (weight(whole, weigh) <= limit) expect(cut).toBe(whole);
      else expect(whole.startsWith(cut.replace(/…$/, ""))).toBe(true);
    }),
  );
});

test("whatever the lines, they are within their limit, and those that are shown and those that are counted are all", () => {
  fc.assert(
    fc.property(text, fc.nat(300), weigher, (raw, limit, weigh) => {
      const whole = printable(raw).trimEnd();
      const lines = whole.split("\n");
      const cut = cutLines(whole, limit, weigh);
      expect(weight(cut, weigh)).toBeLessThanOrEqual(limit);
      if (weight(whole, weigh) <= limit) {
        expect(cut).toBe(whole);
        return;
      }
      const [note, more] = /\n\.\.\. and (\d+) more lines?$/.exec(cut) ?? ["", "0"];
      const shown = note === "" ? cut : cut.slice(0, -note.length);
      expect(whole.startsWith(shown.replace(/…$/, ""))).toBe(true);
      if (note !== "") expect(shown.split("\n").length + Number(more)).toBe(lines.length);
    }),
  );
});
