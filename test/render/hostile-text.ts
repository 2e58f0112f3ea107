// Any text at all, with what attackers like more often than chance would have it.
import fc from "fast-check";

/** What must never reach a person: controls, format characters, lone surrogates, separators. A newline may be ours. */
export const HARMFUL = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const nasty = fc.constantFrom(
  ..."<>&\"'`={}/\\\n\r\t\0\x1b\x7f\x85\x9b\u00ad\u061c\u200b\u200e\u202e\u2028\u2029\u2066\ufeff\ufffe\ud800\udc00",
  "{{constructor}}",
  "</td>",
  '" onload="',
  "\u{e0041}",
  "\u0301",
);
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

export const hostileText = fc
  .array(fc.oneof(nasty, anyUnit, fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((parts) => parts.join(""));
