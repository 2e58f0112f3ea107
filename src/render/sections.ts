// The tables of the digest, in the order of their interest. Sources are told elsewhere: they are never skipped.
import type { Allowlisted, Digest, Rollup, Section, Totals } from "../digest/digest.ts";
import { alignRows, type Column } from "./columns.ts";
import type { Limits } from "./limits.ts";
import {
  banRow,
  failureRow,
  firewallRow,
  loginRow,
  messageRow,
  privilegeRow,
  type Row,
  sessionRow,
  sftpRow,
} from "./rows.ts";
import type { Span } from "./span.ts";
import { visible, visibleName } from "./visible.ts";
import { count, names, thousands } from "./words.ts";

export interface SectionView {
  /** `logins`, `failures`, `bans`, `firewall`, `privileges`, `sessions`, `sftp`, `accounts`, `services` */
  readonly id: Table["id"];
  /** `Logins` */
  readonly title: string;
  /** `1,341 tries from 212 addresses` */
  readonly sum: string;
  /** `6 more from allowlisted addresses: backup 6`, or empty. */
  readonly note: string;
  /** What the first and the last column of the table hold. */
  readonly nameLabel: string;
  readonly countLabel: string;
  readonly rows: readonly RowView[];
  /** Ports, three a row; then `rows` is empty. */
  readonly grid: readonly GridRowView[];
  /** `and 210 more addresses (1,072 tries)`, or empty. */
  readonly more: string;
  /** `most from 198.51.100.0/24 (12 addresses, 340 tries), NL (40 addresses, 512 tries)`, or empty. */
  readonly rollup: string;
}

interface RowView {
  /** A user, an address, a port or a program. */
  readonly name: string;
  /** `1,341` */
  readonly count: string;
  /** What else is known: `root, admin and 41 more · 00:03–23:51 · banned 14 times` */
  readonly detail: string;
  /** The row as a line of text, in columns with its neighbours; empty in a grid. */
  readonly line: string;
}

interface GridRowView {
  readonly cells: readonly RowView[];
  /** The cells as a line of text. */
  readonly line: string;
}

type Table = Exclude<Section, { id: "sources" }>;

interface Wording {
  readonly name: string;
  readonly count: string;
  /** What is counted: `try`, `tries`. */
  readonly unit: readonly [one: string, many: string];
  /** What a row stands for, where it has a name: `address`, `addresses`. */
  readonly row?: readonly [one: string, many: string];
  /** The totals that this section's number is made of. */
  readonly totals: readonly (keyof Totals)[];
}

const WORDING: Readonly<Record<Table["id"], Wording>> = {
  logins: { name: "User", count: "Logins", unit: ["login", "logins"], totals: ["logins"] },
  failures: {
    name: "Address",
    count: "Tries",
    unit: ["try", "tries"],
    row: ["address", "addresses"],
    totals: ["failures"],
  },
  bans: { name: "Address", count: "Bans", unit: ["ban", "bans"], totals: ["bans"] },
  firewall: {
    name: "Port",
    count: "Packets",
    unit: ["packet", "packets"],
    row: ["port", "ports"],
    totals: ["firewallBlocks"],
  },
  privileges: { name: "User", count: "Uses", unit: ["use", "uses"], totals: ["privileges", "privilegeFailures"] },
  sessions: { name: "User", count: "Sessions", unit: ["session", "sessions"], totals: ["sessions"] },
  sftp: { name: "User", count: "Operations", unit: ["operation", "operations"], totals: ["sftp"] },
  accounts: { name: "Program", count: "Changes", unit: ["change", "changes"], totals: ["accounts"] },
  services: { name: "Program", count: "Messages", unit: ["message", "messages"], totals: ["services"] },
};

const ORDER = Object.keys(WORDING) as readonly Table["id"][];
/** Stands in where nobody got in but expected logins are to be told. */
const NO_LOGINS: Table = { id: "logins", title: "Logins", total: 0, groups: [], more: 0 };
const PORTS_A_ROW = 3;
const USERS_NAMED = 3;
/** A network is worth a word from a tenth of the tries, and from more addresses than are seen in the rows. */
const ROLLUP_PART = 10;
const ROLLUP_ADDRESSES = 3;

/** The widest name that columns make room for: a full IPv6 address. */
const NAME_COLUMN: Column = { align: "left", widest: 39 };
const COUNT_COLUMN: Column = { align: "right", widest: 12 };
const FACT_COLUMN: Column = { align: "left", widest: 40 };

/** Returns the tables that have something to show, each with no more groups than the limits say. */
export function sectionViews(digest: Digest, limits: Limits, span: Span): SectionView[] {
  const tables = digest.sections.filter((section): section is Table => section.id !== "sources");
  return ORDER.flatMap((id) => tables.find((table) => table.id === id) ?? (id === "logins" ? [NO_LOGINS] : []))
    .filter((table) => table.total > 0 || table.groups.length > 0 || noteOf(table, digest) !== "")
    .map((table) => sectionView(table, digest, table.id === "logins" ? limits.logins : limits.groups, span));
}

function sectionView(table: Table, digest: Digest, shown: number, span: Span): SectionView {
  const words = WORDING[table.id];
  const isGrid = table.id === "firewall";
  // A grid never ends in a ragged row, unless all ports there are fit.
  const limit = isGrid && shown >= PORTS_A_ROW && table.groups.length > shown ? shown - (shown % PORTS_A_ROW) : shown;
  const rows = rowsOf(table, limit, span);
  return {
    id: table.id,
    title: table.title,
    sum: sumOf(table, digest),
    note: noteOf(table, digest),
    nameLabel: words.name,
    countLabel: words.count,
    rows: isGrid ? [] : listed(rows),
    grid: isGrid ? gridded(rows) : [],
    more: moreOf(table, rows, atLeast(digest, words.totals)),
    rollup: table.id === "failures" ? rollupWords(table.rollup ?? [], table.total) : "",
  };
}

function rowsOf(table: Table, shown: number, span: Span): Row[] {
  switch (table.id) {
    case "logins":
      return table.groups.slice(0, shown).map((group) => loginRow(group, span));
    case "failures":
      return table.groups.slice(0, shown).map((group) => failureRow(group, span));
    case "bans":
      return table.groups.slice(0, shown).map((group) => banRow(group, span));
    case "firewall":
      return table.groups.slice(0, shown).map((group) => firewallRow(group));
    case "privileges":
      return table.groups.slice(0, shown).map((group) => privilegeRow(group, span));
    case "sessions":
      return table.groups.slice(0, shown).map((group) => sessionRow(group, span));
    case "sftp":
      return table.groups.slice(0, shown).map((group) => sftpRow(group, span));
    case "accounts":
    case "services":
      return table.groups.slice(0, shown).map((group) => messageRow(group, span));
    default:
      return table satisfies never;
  }
}

function listed(rows: readonly Row[]): RowView[] {
  const facts = Math.max(0, ...rows.map((row) => row.facts.length));
  const columns = [NAME_COLUMN, COUNT_COLUMN, ...Array.from({ length: facts }, () => FACT_COLUMN)];
  const lines = alignRows(
    rows.map((row) => [row.name, thousands(row.count), ...row.facts]),
    columns,
  );
  return rows.map((row, i) => rowView(row, lines[i] ?? ""));
}

function gridded(rows: readonly Row[]): SectionView["grid"] {
  const lineCount = Math.ceil(rows.length / PORTS_A_ROW);
  const threes = Array.from({ length: lineCount }, (_, i) => rows.slice(i * PORTS_A_ROW, (i + 1) * PORTS_A_ROW));
  const columns = Array.from({ length: PORTS_A_ROW * 2 }, (_, i): Column => {
    return i % 2 === 0 ? { align: "left", widest: 20 } : COUNT_COLUMN;
  });
  const lines = alignRows(
    threes.map((three) => three.flatMap((row, i) => [i === 0 ? row.name : `  ${row.name}`, thousands(row.count)])),
    columns,
  );
  return threes.map((three, i) => ({ cells: three.map((row) => rowView(row, "")), line: lines[i] ?? "" }));
}

function rowView(row: Row, line: string): RowView {
  // The no-break space keeps a dot from beginning a line.
  const detail = row.facts.filter((fact) => fact !== "").join("\u00a0· ");
  return { name: row.name, count: thousands(row.count), detail, line };
}

/** What is left out, computed from the exact total; of a total that is a lower bound the rest is one too. */
function moreOf(table: Table, rows: readonly Row[], bound: string): string {
  const hidden = table.groups.length - rows.length + table.more;
  if (hidden <= 0) return "";
  const { unit, row } = WORDING[table.id];
  const rest = table.total - rows.reduce((sum, { count }) => sum + count, 0);
  const what =
    row === undefined ? `${thousands(hidden)} more` : `${thousands(hidden)} more ${hidden === 1 ? row[0] : row[1]}`;
  return rest > 0 ? `and ${what} (${bound}${count(rest, ...unit)})` : `and ${what}`;
}

function sumOf(table: Table, digest: Digest): string {
  const { totals } = digest;
  const bound = atLeast(digest, WORDING[table.id].totals);
  const all = bound + count(table.total, ...WORDING[table.id].unit);
  switch (table.id) {
    case "failures": {
      const addresses = table.groups.filter(({ ip }) => ip !== null).length + table.more;
      return addresses === 0 ? all : `${all} from ${count(addresses, "address", "addresses")}`;
    }
    case "bans":
      return [
        `${all}${totals.bannedAddresses > 0 ? ` of ${count(totals.bannedAddresses, "address", "addresses")}` : ""}`,
        ...part(totals.bansRepeated, "repeated"),
        ...part(totals.unbans, "lifted"),
      ].join(", ");
    case "firewall":
      return [`${bound}${count(table.total, "packet")} blocked`, ...part(totals.firewallAllows, "allowed")].join(", ");
    case "privileges":
      return bound + [...part(totals.privileges, "granted"), ...part(totals.privilegeFailures, "failed")].join(", ");
    default:
      return all;
  }
}

/** The first of each kind, which has the most tries, where that is a good part of all. */
function rollupWords(rollup: readonly Rollup[], total: number): string {
  const first = (["prefix", "network", "country"] as const).flatMap(
    (kind) => rollup.find((sum) => sum.kind === kind) ?? [],
  );
  const told = first
    .filter(({ tries, addresses }) => tries * ROLLUP_PART >= total && addresses >= ROLLUP_ADDRESSES)
    .map(
      (sum) =>
        `${visible(sum.name)} (${count(sum.addresses, "address", "addresses")}, ${count(sum.tries, "try", "tries")})`,
    );
  return told.length === 0 ? "" : `most from ${told.join(", ")}`;
}

function part(value: number, word: string): string[] {
  return value === 0 ? [] : [`${thousands(value)} ${word}`];
}

function noteOf(table: Table, digest: Digest): string {
  return table.id === "logins" ? allowlistedWords(digest.allowlisted) : "";
}

/** `6 more from allowlisted addresses: backup 6`, empty when there was none. */
export function allowlistedWords({ logins, users }: Allowlisted): string {
  if (logins === 0) return "";
  const who = users.map(({ user, count }) => `${visibleName(user)} ${thousands(count)}`);
  const list = names(who, USERS_NAMED);
  return `${thousands(logins)} more from allowlisted addresses${list === "" ? "" : `: ${list}`}`;
}

/** `at least `, or empty when the total is exact. */
export function atLeast(digest: Digest, totals: readonly (keyof Totals)[]): string {
  return totals.some((name) => digest.atLeast.includes(name)) ? "at least " : "";
}
