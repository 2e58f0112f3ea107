// The digest as JSON: everything that was kept, log text exactly as it was, times in the zone of the window. The names
// are a contract (schema 1); what a newer version adds stands beside them.
import type { Coverage, Digest, Finding, Section } from "../digest/digest.ts";
import type { Instant } from "../events/event.ts";
import { type Clock, clockOf } from "./clock.ts";

/**
 * Legal inside a JSON string, yet not safe on a terminal or in a script: DEL, C1 controls, bidi and other format
 * characters, line and paragraph separators. JSON.stringify escapes C0 and lone surrogates itself.
 */
const UNSAFE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Returns the digest as pretty-printed JSON with a final newline. */
export function digestToJson(digest: Digest): string {
  const clock = clockOf(digest.window.timeZone);
  const { window, hosts, empty, reasons, totals, atLeast, allowlisted } = digest;
  const plain = {
    schema: 1,
    window: {
      from: clock.iso(window.from),
      to: clock.iso(window.to),
      timeZone: window.timeZone,
      label: window.label,
      ...(window.days === undefined ? {} : { days: window.days }),
    },
    hosts,
    empty,
    reasons,
    totals,
    atLeast,
    allowlisted,
    findings: digest.findings.map((finding) => findingJson(finding, clock)),
    ...(digest.silenced.length === 0 ? {} : { silenced: digest.silenced }),
    sections: digest.sections.map((section) => sectionJson(section, clock)),
    coverage: digest.coverage.map((source) => coverageJson(source, clock)),
  };
  return `${JSON.stringify(plain, null, 2).replace(UNSAFE, escapeUnits)}\n`;
}

function findingJson({ id, severity, title, detail, evidence, host }: Finding, clock: Clock): object {
  return {
    id,
    severity,
    title,
    detail,
    evidence: evidence.map(({ source, line, at, what }) => ({ source, line, time: clock.iso(at), what })),
    ...(host === undefined ? {} : { host }),
  };
}

function sectionJson(section: Section, clock: Clock): object {
  const { id, title, total, groups, more } = section;
  const rows = groups.map((group) => ("first" in group ? groupJson(group, clock) : coverageJson(group, clock)));
  const rollup = "rollup" in section ? { rollup: section.rollup } : {};
  return { id, title, total, groups: rows, more, ...rollup };
}

function groupJson(group: { count: number; first: Instant; last: Instant; host?: string | undefined }, clock: Clock) {
  const { count, first, last, host, ...fields } = group;
  return {
    ...(host === undefined ? {} : { host }),
    ...fields,
    count,
    first: clock.iso(first),
    last: clock.iso(last),
  };
}

function coverageJson(source: Coverage, clock: Clock): object {
  const iso = (at: Instant | null) => (at === null ? null : clock.iso(at));
  const { source: name, status, from, to, bytes, lines, inWindow, events, unrecognised, undated, note } = source;
  return {
    source: name,
    status,
    from: iso(from),
    to: iso(to),
    bytes,
    lines,
    inWindow,
    events,
    unrecognised,
    undated,
    note,
  };
}

/** Writes what is legal in JSON but unsafe on a terminal as `\uXXXX`; the value stays the same. */
export function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, escape);
}

/** `\uXXXX` for each UTF-16 unit, which is what JSON has. */
function escapeUnits(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
    "",
  );
}
