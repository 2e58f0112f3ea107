import { beforeAll, describe, expect, test } from "vitest";
import type { Digest, Rollup } from "../../src/digest/digest.ts";
import type { Place } from "../../src/digest/places.ts";
import { digestToJson } from "../../src/render/json.ts";
import { renderHtml, renderText } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { HOSTILE, sample } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

/** The sample, with what is known of some addresses. */
function located(places: Readonly<Record<string, Place>>, rollup?: readonly Rollup[]): Digest {
  return {
    ...sample,
    sections: sample.sections.map((section) => {
      if (section.id === "logins")
        return { ...section, groups: section.groups.map((group) => ({ ...group, ...places[group.ip ?? ""] })) };
      if (section.id !== "failures") return section;
      const groups = section.groups.map((group) => ({ ...group, ...places[group.ip ?? ""] }));
      return { ...section, groups, ...(rollup && { rollup }) };
    }),
  };
}

const digest = located(
  {
    "203.0.113.66": { country: "NL", network: "AS64500 Example", name: "a.example" },
    "198.51.100.57": { country: "DE" },
    "2001:db8:7::104": { network: "AS64501 A Network With A Long Name" },
  },
  [
    { kind: "prefix", name: "198.51.100.0/24", tries: 340, addresses: 12 },
    { kind: "prefix", name: "192.0.2.0/24", tries: 300, addresses: 9 },
    { kind: "network", name: "AS64500 Example", tries: 134, addresses: 2 },
    { kind: "country", name: "NL", tries: 512, addresses: 40 },
  ],
);

function lines(text: string, of: string): readonly string[] {
  const section = text.slice(text.indexOf(`\n${of}  `) + 1);
  return section.slice(0, section.indexOf("\n\n")).split("\n");
}

describe("an address of which something is known", () => {
  test("has it behind it in text", () => {
    const text = renderText(digest, templates);
    expect(lines(text, "LOGINS").slice(1, 3)).toEqual([
      "  alice  1  203.0.113.66                            NL AS64500 Example a.example  password                   23:42        still open",
      "  alice  4  10.0.1.40                                                             publickey                  08:02–19:31  longest 2 h 10 min",
    ]);
    expect(lines(text, "FAILURES").slice(1, 5)).toEqual([
      "  198.51.100.57     230  DE                            root, admin, test and 41 more             00:03–23:51                  banned 14 times",
      "  2001:db8:7::104    39  AS64501 A Network With …      root                                      02:11–02:40                  banned",
      "  203.0.113.66       14  NL AS64500 Example a.example  alice                                     21:02–23:20",
      '  192.0.2.1          13                                "<script>alert(1)</script>" and 2 more    03:00–03:02',
    ]);
  });

  test("has it behind it in HTML, without links", () => {
    const html = renderHtml(digest, templates);
    expect(html).toContain("NL AS64500 Example a.&#8203;example\u00a0· alice\u00a0· 21:02–23:20");
    expect(html).toContain(
      "203.&#8203;0.&#8203;113.&#8203;66\u00a0· NL AS64500 Example a.&#8203;example\u00a0· password",
    );
    expect(html).not.toContain("a.example");
  });

  test("has it in the JSON, and one of which nothing is known has no such fields", () => {
    const { sections } = JSON.parse(digestToJson(digest));
    expect(sections[0].groups[0]).toMatchObject({ country: "NL", network: "AS64500 Example", name: "a.example" });
    expect(Object.keys(sections[1].groups[0])).toEqual("ip users userCount bans country count first last".split(" "));
    expect(Object.keys(sections[1].groups[3])).toEqual("ip users userCount bans count first last".split(" "));
    expect(sections[1].rollup[3]).toEqual({ kind: "country", name: "NL", tries: 512, addresses: 40 });
    expect(Object.keys(sections[1])).toEqual("id title total groups more rollup".split(" "));
    expect(Object.keys(sections[0])).toEqual("id title total groups more".split(" "));
  });

  test("has the end of a long name, which is its owner's, and nothing that a terminal obeys", () => {
    const text = renderText(
      located({
        "198.51.100.57": { name: `${"dynamic-".repeat(12)}x.customers.example.net` },
        "203.0.113.66": { network: HOSTILE.clear, name: HOSTILE.override },
      }),
      templates,
    );
    expect(lines(text, "FAILURES")[1]).toContain("  …dynamic-dynamic-x.customers.example.net  root");
    expect(lines(text, "FAILURES")[3]).toContain("\\x1b[2J\\x1b[Hroot root\\u202egpj.exe  ");
  });
});

describe("the networks that most tries came from", () => {
  const flat = (text: string) => text.replace(/\s+/g, " ");
  const words = "most from 198.51.100.0/24 (12 addresses, 340 tries), NL (40 addresses, 512 tries)";

  test("are told below the failures, the first of each kind, where it is a tenth of all", () => {
    expect(lines(renderText(digest, templates), "FAILURES").at(-2)).toBe(
      "  most from 198.51.100.0/24 (12 addresses, 340 tries), NL (40 addresses, 512",
    );
    expect(flat(renderText(digest, templates))).toContain(`tries) ${words} BANS`);
    expect(renderHtml(digest, templates).replaceAll("&#8203;", "")).toContain(`>${words}</p>`);
  });

  test.each([
    { what: "where they are few of many", tries: 134, addresses: 12 },
    { what: "of two addresses, which the rows show", tries: 340, addresses: 2 },
  ])("are not told $what", ({ tries, addresses }) => {
    const few = located({}, [{ kind: "prefix", name: "198.51.100.0/24", tries, addresses }]);
    expect(renderText(few, templates)).toBe(renderText(sample, templates));
    expect(renderHtml(few, templates)).toBe(renderHtml(sample, templates));
  });
});
