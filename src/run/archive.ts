// The archive: each digest as a page and as JSON in a folder of the user's, and an index that a browser opens from the
// disk. Static files: what the folder holds is the archive, and a damaged index is made anew from it.
import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Digest } from "../digest/digest.ts";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { type ArchivedDigest, type ArchivedNight, archiveIndex } from "../render/archive.ts";
import { digestToJson } from "../render/json.ts";
import { withoutBreaks } from "../render/link-free.ts";
import type { Rendered } from "../render/render.ts";
import { findingParts, hostLabel } from "../render/subject.ts";
import type { Night } from "../state/state.ts";

export interface ArchiveConfig {
  readonly dir: string;
  /** Digests of earlier days are removed; default 400 days. */
  readonly keepDays?: number | undefined;
}

const KEEP_DAYS = 400;
/** However often a schedule ticks, the folder and its index stay of a size that a browser opens. */
const MOST_DIGESTS = 2_000;
/** Read by no other program; what is no entry of ours in it is passed over. */
const ENTRIES = "entries.json";
/** What a digest's files are called: nothing else is ever removed. */
const OURS = /^\d{4}-\d\d-\d\d(?:-\d{8}T\d{4}Z)?\.(?:html|json)$/;
const YEAR = /^\d{4}$/;
const SEVERITIES: readonly ArchivedDigest["severity"][] = ["critical", "warning", "source", "none"];

/**
 * Keeps a digest and renews the index. A digest of the same window replaces the one that was kept.
 *
 * @param rendered undefined for a night of which nothing was sent: then only the index is renewed
 * @param nights as the state remembers them, newest first; this one among them once it is completed
 * @throws ReportError Exit.CannotWrite naming the folder; the mail does not depend on it
 */
export function writeArchive(
  { dir, keepDays = KEEP_DAYS }: ArchiveConfig,
  digest: Digest,
  rendered: Pick<Rendered, "subject" | "html"> | undefined,
  nights: readonly Pick<Night, "window" | "totals">[],
): void {
  try {
    makeFolder(dir, 0o700);
    const mode = statSync(dir).mode & 0o777;
    const entry = rendered && entryOf(digest, rendered.subject);
    if (rendered !== undefined && entry !== undefined) {
      makeFolder(join(dir, entry.date.slice(0, 4)), mode);
      // A browser makes no links of text, and what is copied from a page goes into a shell.
      replaceFile(join(dir, entry.page), withoutBreaks(rendered.html), mode);
      replaceFile(join(dir, entry.json), digestToJson(digest), mode);
    }
    const oldest = dateOf(digest.window.to - keepDays * 86_400_000);
    const known = new Map(readEntries(dir).map((one) => [one.page, one]));
    if (entry !== undefined) known.set(entry.page, entry);
    const all = pagesIn(dir).map((page) => known.get(page) ?? entryOfPage(page));
    const kept = all.filter(({ date }) => date >= oldest).slice(0, MOST_DIGESTS);
    for (const { page, json } of all.filter((one) => !kept.includes(one))) {
      for (const path of [page, json]) rmSync(join(dir, path), { force: true });
    }
    replaceFile(join(dir, ENTRIES), `${JSON.stringify(kept, null, 1)}\n`, mode);
    replaceFile(join(dir, "index.html"), archiveIndex(hostLabel(digest.hosts), kept, nightsOf(nights)), mode);
  } catch (thrown) {
    throw new ReportError(
      Exit.CannotWrite,
      `cannot write the archive in ${dir}: ${reasonOf(thrown)} (archive.dir names a folder that this user can write)`,
      { cause: thrown },
    );
  }
}

function entryOf(digest: Digest, subject: string): ArchivedDigest {
  const { label, to } = digest.window;
  const date = /^\d{4}-\d\d-\d\d/.exec(label.split(" to ").at(-1) ?? "")?.[0] ?? dateOf(to);
  // Two windows of one day, also in the hour that a clock repeats, have different ends.
  const isDay = label === date;
  const name = isDay ? date : `${date}-${new Date(to).toISOString().slice(0, 16).replace(/[-:]/g, "")}Z`;
  const path = `${date.slice(0, 4)}/${name}`;
  return { page: `${path}.html`, json: `${path}.json`, label, date, subject, severity: severityOf(digest) };
}

function severityOf(digest: Digest): ArchivedDigest["severity"] {
  const [worst = ""] = findingParts(digest);
  if (worst.includes("critical")) return "critical";
  if (worst !== "") return "warning";
  return digest.coverage.some(({ status }) => status !== "ok") ? "source" : "none";
}

function nightsOf(nights: readonly Pick<Night, "window" | "totals">[]): readonly ArchivedNight[] {
  return nights
    .map(({ window: { label, to }, totals }) => ({
      date: /\d{4}-\d\d-\d\d(?!.*\d{4}-\d\d-\d\d)/.exec(label)?.[0] ?? dateOf(to),
      failures: totals.failures ?? 0,
    }))
    .reverse();
}

/** The entries of earlier runs; none when the file is missing or damaged. Each names files of ours and no others. */
function readEntries(dir: string): readonly ArchivedDigest[] {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(join(dir, ENTRIES), "utf8"));
  } catch {
    return [];
  }
  return Array.isArray(entries) ? entries.filter(isEntry) : [];
}

function isEntry(value: unknown): value is ArchivedDigest {
  if (typeof value !== "object" || value === null) return false;
  const { page, json, label, date, subject, severity } = value as Record<string, unknown>;
  const isPath = (path: unknown) => {
    const [year = "", name = "", ...more] = typeof path === "string" ? path.split("/") : [];
    return YEAR.test(year) && OURS.test(name) && more.length === 0;
  };
  return (
    isPath(page) &&
    isPath(json) &&
    typeof label === "string" &&
    typeof date === "string" &&
    /^\d{4}-\d\d-\d\d$/.test(date) &&
    typeof subject === "string" &&
    SEVERITIES.some((one) => one === severity)
  );
}

/** The pages that the folder holds, newest first. */
function pagesIn(dir: string): readonly string[] {
  const years = readdirSync(dir, { withFileTypes: true }).filter((one) => one.isDirectory() && YEAR.test(one.name));
  return years
    .flatMap(({ name: year }) => readdirSync(join(dir, year)).map((name) => `${year}/${name}`))
    .filter((path) => path.endsWith(".html") && OURS.test(path.slice(path.indexOf("/") + 1)))
    .sort()
    .reverse();
}

/** What a page is known by when nothing else is. */
function entryOfPage(page: string): ArchivedDigest {
  const label = page.slice(page.indexOf("/") + 1, -".html".length);
  return {
    page,
    json: page.replace(/html$/, "json"),
    label,
    date: label.slice(0, 10),
    subject: `digest of ${label}`,
    severity: "none",
  };
}

/** A folder that exists keeps its mode: who shares an archive has said so with it. */
function makeFolder(path: string, mode: number): void {
  if (mkdirSync(path, { recursive: true, mode }) !== undefined) chmodSync(path, mode);
}

/** Writes the whole file or nothing, for those who may read the folder. */
function replaceFile(path: string, text: string, folderMode: number): void {
  const part = `${path}.part`;
  rmSync(part, { force: true });
  const file = openSync(part, "wx", 0o600);
  try {
    fchmodSync(file, (folderMode & 0o644) | 0o600);
    writeFileSync(file, text);
    renameSync(part, path);
  } catch (thrown) {
    rmSync(part, { force: true });
    throw thrown;
  } finally {
    closeSync(file);
  }
}

/** `yyyy-MM-dd` in UTC: only where a label has no date of its own. */
function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
