// What the night was like, in numbers.
import type { Digest, Totals } from "../digest/digest.ts";
import { alignRows } from "./columns.ts";
import { changeWords, usualOf } from "./history.ts";
import { allowlistedWords, atLeast } from "./sections.ts";
import { alertLine } from "./sources.ts";
import { count, thousands } from "./words.ts";

export interface SummaryView {
  /** The heads of the columns of `line`, where earlier nights are known; else empty. */
  readonly header: string;
  /** `usual: the median of the last 30 nights`, or empty. */
  readonly usual: string;
  /** The four numbers that a night is known by; bans and firewall only when there were any, or usually are. */
  readonly main: readonly NumberView[];
  /** Privilege failures, account changes, refusals and probes, likewise. */
  readonly others: readonly NumberView[];
}

interface NumberView {
  /** `failed tries` */
  readonly label: string;
  /** `1,341` */
  readonly value: string;
  /** `at least` where the number is a lower bound, else empty. */
  readonly bound: string;
  /** What it is on most nights, and how far it is from that (`+4%`, `2.4 times`); empty where nobody knows. */
  readonly usual: string;
  readonly change: string;
  /** `965 with unknown names`, or empty. */
  readonly note: string;
  /** Too long for large digits on a phone. */
  readonly long: boolean;
  /** The number as a line of text, in columns with its neighbours. */
  readonly line: string;
}

const COLUMNS = [
  { align: "left", widest: 30 },
  { align: "right", widest: 24 },
  { align: "right", widest: 12 },
  { align: "left", widest: 12 },
  { align: "left", widest: 60 },
] as const;
const LARGE_DIGITS = 6;

export function summaryView(digest: Digest): SummaryView {
  const { totals } = digest;
  const number = (name: keyof Totals, one: string, many: string, note = "") => {
    const [value, bound] = [thousands(totals[name]), atLeast(digest, [name]).trim()];
    const long = value.length > LARGE_DIGITS;
    const median = usualOf(digest, name);
    const usual = median === undefined ? "" : thousands(median);
    const change = median === undefined || bound !== "" ? "" : changeWords(totals[name], median);
    return { label: totals[name] === 1 ? one : many, value, bound, usual, change, note, long };
  };
  // A number that is 0 tonight and is not on other nights tells as much as the reverse.
  const nonZero = (name: keyof Totals, one: string, many: string, note = "") =>
    totals[name] === 0 && (usualOf(digest, name) ?? 0) === 0 ? [] : [number(name, one, many, note)];

  const main = [
    number("logins", "login", "logins"),
    number("failures", "failed try", "failed tries", totals.invalidUsers === 0 ? "" : unknownNames(digest)),
    ...nonZero("bans", "ban", "bans", totals.bannedAddresses === 0 ? "" : `of ${addresses(totals.bannedAddresses)}`),
    ...nonZero("firewallBlocks", "firewall block", "firewall blocks"),
  ];
  const others = [
    ...nonZero("privilegeFailures", "privilege failure", "privilege failures", "sudo, su, doas"),
    ...nonZero("accounts", "account change", "account changes"),
    ...nonZero("denied", "refused by policy", "refused by policy"),
    ...nonZero("probes", "probe", "probes", "ended before a login"),
  ];
  const all = [...main, ...others];
  const compares = all.some(({ usual }) => usual !== "");
  const heads = ["", digest.onRequest ? "total" : "tonight", "usual", "", ""];
  const rows = all.map(({ label, bound, value, usual, change, note }) => {
    return [label, `${bound} ${value}`.trim(), usual, change, note];
  });
  const lines = alignRows(compares ? [heads, ...rows] : rows, COLUMNS);
  const [header, ...told] = compares ? lines : ["", ...lines];
  return {
    header: header ?? "",
    usual: compares ? `usual: the median of the last ${count(digest.history?.nights ?? 0, "night")}` : "",
    main: main.map((item, i) => ({ ...item, line: told[i] ?? "" })),
    others: others.map((item, i) => ({ ...item, line: told[main.length + i] ?? "" })),
  };
}

function unknownNames(digest: Digest): string {
  return `${atLeast(digest, ["invalidUsers"])}${thousands(digest.totals.invalidUsers)} with unknown names`;
}

function addresses(value: number): string {
  return count(value, "address", "addresses");
}

/**
 * Returns what to say when there is nothing to say, for a person who asked; empty for a digest that tells something.
 * Never calls a night quiet because of what the configuration keeps out of mails, nor on logs that were not read.
 */
export function emptyWords(digest: Digest): string {
  if (!digest.empty) return "";
  const { logins, failures, bans, firewallBlocks } = digest.totals;
  const quiet = logins + failures + bans + firewallBlocks === 0;
  const what = quiet
    ? "Nothing happened in this window: no logins, no failed tries, no bans, no blocked packets."
    : "Nothing to report: the window holds nothing that a mail is sent for.";
  const expected = allowlistedWords(digest.allowlisted).replace(" more from", " from");
  return [what, ...(expected === "" ? [] : [`Expected logins: ${expected}.`]), sourcesWords(digest)].join(" ");
}

function sourcesWords({ coverage }: Digest): string {
  const trouble = alertLine(coverage);
  if (trouble !== "") return `But not every log was read to its end. ${trouble}.`;
  if (coverage.length === 0) return "But no log was read.";
  if (coverage.length === 1) return "The log was read to its end.";
  const which = coverage.length === 2 ? "Both" : `All ${thousands(coverage.length)}`;
  return `${which} logs were read to their end.`;
}
