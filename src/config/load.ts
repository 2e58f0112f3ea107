import { dirname, join, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { Exit, ReportError, reasonOf } from "../errors.ts";
import { type AllowlistFile, parseAllowlistFile } from "./allowlist-file.ts";
import type { Config } from "./config.ts";
import { placeFinder } from "./locate.ts";
import { type Problem, problemsOf, wordIssue } from "./problems.ts";
import { type ConfigFile, schema } from "./schema.ts";
import { defaultStateDir, type Places } from "./state-dir.ts";
import { errorCode, fileReason, readTextFile } from "./text-file.ts";
import { configPath, toConfig } from "./to-config.ts";

interface LoadOptions extends Places {
  /** The file that the user named; without it the usual places are searched. */
  readonly path?: string | undefined;
  /** Throws as node:fs does. Default: reads the disk, at most 1 MiB. */
  readonly readFile?: (path: string) => string;
}

const SYSTEM_CONFIG = "/etc/logdigest/config.toml";
const NO_FILE: AllowlistFile = { addresses: [], patterns: [] };

/**
 * Loads the config: the named file, else /etc/logdigest/config.toml, else ~/.config/logdigest/config.toml, else the
 * defaults. A file that exists and cannot be read is an error, never skipped: the next one may say the opposite.
 *
 * @returns the config, and the absolute path of the file that it came from (undefined: defaults)
 * @throws ReportError Exit.Config, one line: FILE:LINE: key: what is wrong (what to do)
 */
export function loadConfig(options: LoadOptions): { readonly config: Config; readonly path: string | undefined } {
  const readFile = options.readFile ?? readTextFile;
  const found = findConfig(options, readFile);
  const path = found?.path;
  const toml = found?.text ?? "";
  const file = parseConfig(toml, path ?? "defaults");
  const around = {
    folder: dirname(path ?? SYSTEM_CONFIG),
    home: options.home,
    stateDir: defaultStateDir(options),
  };
  const written = file.allowlist.file;
  const allowlistFile =
    written === undefined
      ? NO_FILE
      : loadAllowlistFile(configPath(written, around), readFile, (text) => {
          const { line } = placeFinder(toml)(["allowlist", "file"]);
          return wrong(path ?? "", [{ line, text: `allowlist.file: ${text}` }]);
        });
  return { config: toConfig(file, { ...around, allowlistFile }), path };
}

function findConfig(
  { path: named, home }: LoadOptions,
  readFile: (path: string) => string,
): { readonly path: string; readonly text: string } | undefined {
  const candidates =
    named === undefined ? [SYSTEM_CONFIG, join(home, ".config/logdigest/config.toml")] : [resolve(named)];
  for (const path of candidates) {
    try {
      return { path, text: readFile(path) };
    } catch (error) {
      // ENOTDIR: something on the way is no folder, so there is no such file either.
      const absent = ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
      if (absent && named === undefined) continue;
      const advice = absent
        ? "name another one with --config"
        : "let this user read it, or name another one with --config";
      throw new ReportError(Exit.Config, `cannot read ${path}: ${fileReason(error)} (${advice})`, { cause: error });
    }
  }
  return undefined;
}

function parseConfig(toml: string, path: string): ConfigFile {
  let table: unknown;
  try {
    table = parse(toml, { unsafeKeyBehaviour: "throw", maxDepth: 20 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the message quotes the lines around it, and one of them may hold a secret.
    const reason = reasonOf(error.message.split("\n")[0]).replace("Invalid TOML document: ", "");
    throw wrong(path, [{ line: error.line, text: `no valid TOML: ${reason} (column ${error.column})` }]);
  }
  const result = schema.safeParse(table, { error: wordIssue });
  if (!result.success) throw wrong(path, problemsOf(result.error, schema, toml));
  return result.data;
}

function loadAllowlistFile(
  path: string,
  readFile: (path: string) => string,
  unreadable: (text: string) => ReportError,
): AllowlistFile {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw unreadable(`cannot read ${path}: ${fileReason(error)} (create it, or remove the key)`);
  }
  const { problems, ...rules } = parseAllowlistFile(text);
  if (problems.length > 0) throw wrong(path, problems);
  return rules;
}

/** One line about the first problem; how many more there are, so that nobody thinks it was the only one. */
function wrong(path: string, problems: readonly Problem[]): ReportError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return new ReportError(Exit.Config, `${path}:${first?.line ?? 1}: ${first?.text ?? "is wrong"}${more}`);
}
