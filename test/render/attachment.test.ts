import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../src/digest/digest.ts";
import { attachmentName } from "../../src/render/file-name.ts";
import { digestToJson } from "../../src/render/json.ts";
import { ATTACHMENT_BYTES, render } from "../../src/render/render.ts";
import { loadTemplates, type Templates } from "../../src/render/templates.ts";
import { HOSTILE, quiet, sample, troubled } from "./sample.ts";

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates();
});

describe("the whole digest goes with a mail", () => {
  test("that leaves something out, and both parts name the file", () => {
    const { text, html, attachment } = render(sample, templates);
    expect(attachment?.filename).toBe("logdigest-mini-2026-11-19.json.gz");
    expect(gunzipSync(attachment?.content ?? "").toString()).toBe(digestToJson(sample));
    for (const body of [text, html]) expect(body).toContain(attachment?.filename);
  });

  test.each([
    ["quiet", quiet],
    ["troubled", troubled],
  ])("but not with one that tells all: %s", (_, digest) => {
    expect(Object.keys(render(digest, templates))).toEqual(["subject", "text", "html"]);
  });

  test("which is called everything where it is, and what it is where tables were cut before", () => {
    const whole = { ...sample, sections: sample.sections.map((section) => ({ ...section, more: 0 })) };
    const kept = Math.max(...sample.sections.filter(({ more }) => more > 0).map(({ groups }) => groups.length));
    const heldBy = (digest: Digest) =>
      /^(.*): .*\.json\.gz, attached/m.exec(render(digest, templates, { textGroups: 1 }).text)?.[1];
    expect([heldBy(whole), heldBy(sample)]).toEqual(["Everything", `Up to ${kept} rows of each table`]);
  });

  test("but not when it is too large for a mail, and no part speaks of it then", () => {
    let seed = 1;
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    };
    const noise = () => Array.from({ length: 500 }, next).join("");
    const sections = sample.sections.map((section) =>
      section.id === "failures"
        ? {
            ...section,
            groups: Array.from({ length: 3_000 }, () => ({
              ...(section.groups[0] as (typeof section.groups)[number]),
              users: [noise()],
            })),
          }
        : section,
    );
    const digest: Digest = { ...sample, sections };
    const { text, html, attachment } = render(digest, templates);
    expect(digestToJson(digest).length).toBeGreaterThan(ATTACHMENT_BYTES);
    expect(attachment).toBeUndefined();
    for (const body of [text, html]) {
      expect(body).not.toContain(".json.gz");
      expect(body).toContain("--format json");
    }
  });

  test.each([
    [["web1.example.org"], "2026-11-17 to 2026-11-19", "logdigest-web1.example.org-2026-11-17-to-2026-11-19.json.gz"],
    [["a", "b", "c"], "2026-11-19 08:00-09:00", "logdigest-3-hosts-2026-11-19-08-00-09-00.json.gz"],
    [["../../etc/passwd\r\nX: y"], "", "logdigest-etc-passwd-X-y-window.json.gz"],
    [[HOSTILE.long], "2026-11-19", `logdigest-${"x".repeat(60)}-2026-11-19.json.gz`],
    [["日本"], "2026-11-19", "logdigest-host-2026-11-19.json.gz"],
  ])("under a name that every system takes: %j", (hosts, label, name) => {
    expect(attachmentName({ hosts, window: { ...sample.window, label } })).toBe(name);
  });
});
