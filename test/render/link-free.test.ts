import fc from "fast-check";
import Handlebars from "handlebars";
import { describe, expect, test } from "vitest";
import { linkFree, withoutBreaks } from "../../src/render/link-free.ts";
import { visible } from "../../src/render/visible.ts";
import { hostileText } from "./hostile-text.ts";

const engine = Handlebars.create();
const html = (text: string) => engine.compile("{{text}}")(linkFree({ text }));

describe("no mail program makes a link of", () => {
  test.each([
    ["a domain", "evil.example.net", "evil.|example.|net"],
    ["a domain of another alphabet", "пример.испытание", "пример.|испытание"],
    ["a mail address", "bob@example.org", "bob@|example.|org"],
    ["a web address", "https://evil.example/x", "https:|//|evil.|example/x"],
    ["an address", "203.0.113.66", "203.|0.|113.|66"],
    ["a scheme of its own", "mailto:bob tel:555", "mailto:|bob tel:|555"],
    ["a telephone number", "+15550100999", "+155|50100999"],
    ["a domain with dots of its own", "evil。example．net", "evil。|example．|net"],
    ["a Windows share", "\\\\evil\\x", "\\|\\evil\\x"],
    ["a domain in a sentence", "bans www.example.org.", "bans www.|example.|org."],
  ])("%s", (_, text, broken) => {
    expect(html(text).replaceAll("&#8203;", "|").replaceAll(/\|+/g, "|")).toBe(broken.replace("//|", "//"));
    expect(withoutBreaks(html(text))).toBe(text);
  });
});

test.each([
  "/var/log/auth.log",
  "auth.log.1",
  "syslog.2.gz",
  "6.2 MB",
  "alice",
  "08:02–19:31",
  "2001:db8:ffff::d0",
  "1,341",
])("%s stays as it is", (text) => expect(html(text)).toBe(text));

test("lists and objects are followed, other values stay", () => {
  const view = { a: [{ b: "x.example", n: 3, no: null, yes: true, empty: "" }] };
  const template = "{{#each a}}{{b}} {{n}} {{no}} {{yes}} {{#if empty}}never{{/if}}{{/each}}";
  expect(engine.compile(template)(linkFree(view))).toBe("x.&#8203;example 3  true ");
});

test("whatever a log says, nothing but the breaks differs from what Handlebars writes", () => {
  fc.assert(
    fc.property(hostileText, (raw) => {
      const text = visible(raw, 500);
      expect(withoutBreaks(html(text))).toBe(engine.compile("{{text}}")({ text }));
    }),
  );
});
