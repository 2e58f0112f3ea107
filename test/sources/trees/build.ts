// Builds the trees of systems in temporary folders: what says which release it is, the logs of a stock install, and a
// journal. All logs and journals that live go up to 2026-11-19 22:50 UTC.
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bsdLine, folder } from "../logs.ts";

/** The night that the trees are looked at for. */
export const NIGHT = { from: Date.parse("2026-11-18T22:55Z"), to: Date.parse("2026-11-19T22:55Z") };
const ALIVE = "2026-11-19T22:50Z";
const WEEK_BEFORE = "2026-11-12T22:00Z";

/** From the first to the last line; null for an empty log. */
export type Lines = readonly [from: string, to: string] | null;

export interface TreeSpec {
  /** Paths and texts of the files that say which system it is. */
  readonly release?: Readonly<Record<string, string>>;
  /** Logs that live and go back a week, and what else logs hold. */
  readonly logs?: readonly string[];
  readonly lines?: Readonly<Record<string, Lines>>;
  /** Folder of a journal that lives and goes back a week, or which period it covers. */
  readonly journals?: Readonly<Record<string, Lines>>;
  /** Paths and where they lead. */
  readonly links?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
}

export const LIVES: Lines = [WEEK_BEFORE, ALIVE];
export const PERSISTENT = "/var/log/journal";
export const VOLATILE = "/run/log/journal";
export const MACHINE_ID = "5f0a3c1e9b7d4826a1c2e3f405162738";

/** Builds a tree and returns its root. */
export function buildTree({
  release,
  logs = [],
  lines = {},
  journals = {},
  links = {},
  folders = [],
}: TreeSpec): string {
  const root = folder();
  const write = (path: string, content: string | Buffer, at?: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    if (at !== undefined) utimesSync(join(root, path), new Date(at), new Date(at));
  };
  for (const path of folders) mkdirSync(join(root, path), { recursive: true });
  for (const [path, text] of Object.entries(release ?? {})) write(path, text);
  for (const [path, period] of [...logs.map((path) => [path, LIVES] as const), ...Object.entries(lines)]) {
    const [from, to] = period ?? [];
    const text = [from, to].map((at) => (at === undefined ? "" : bsdLine(at, "mini CRON[77]: (root) CMD (true)")));
    write(path, path.endsWith(".gz") ? gzipSync(text.join("")) : text.join(""), to);
  }
  for (const [path, period] of Object.entries(journals)) {
    write(`${path}/${MACHINE_ID}/system.journal`, journalHeader(period));
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  return root;
}

/** A journal file that is nothing but its header (systemd.io/JOURNAL_FILE_FORMAT). */
export function journalHeader(period: Lines): Buffer {
  const header = Buffer.alloc(256);
  header.write("LPKSHHRH", "latin1");
  header.writeBigUInt64LE(256n, 88);
  const [from, to] = period ?? [];
  if (from === undefined || to === undefined) return header;
  header.writeBigUInt64LE(2n, 152);
  header.writeBigUInt64LE(2n, 160);
  header.writeBigUInt64LE(1n, 168);
  header.writeBigUInt64LE(BigInt(Date.parse(from)) * 1000n, 184);
  header.writeBigUInt64LE(BigInt(Date.parse(to)) * 1000n, 192);
  return header;
}

/** os-release(5). */
export function osRelease(id: string, prettyName: string, idLike?: string): Readonly<Record<string, string>> {
  const like = idLike === undefined ? "" : `ID_LIKE="${idLike}"\n`;
  return { "/etc/os-release": `PRETTY_NAME="${prettyName}"\nNAME="${prettyName.split(" ")[0]}"\nID=${id}\n${like}` };
}

export function macRelease(version: string): Readonly<Record<string, string>> {
  const plist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>ProductBuildVersion</key>
\t<string>10K540</string>
\t<key>ProductName</key>
\t<string>Mac OS X</string>
\t<key>ProductVersion</key>
\t<string>${version}</string>
</dict>
</plist>
`;
  return { "/System/Library/CoreServices/SystemVersion.plist": plist };
}

export function freeBsdRelease(version: string): Readonly<Record<string, string>> {
  return { "/bin/freebsd-version": `#!/bin/sh\n#\nset -e\n\nUSERLAND_VERSION="${version}"\n\n: \${ROOT:=}\n` };
}
