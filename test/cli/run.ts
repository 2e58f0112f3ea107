// Runs the built program as a user does, and makes small machines for it: a folder with logs and a config.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, inject } from "vitest";

export const program = inject("program");
if (program === "") throw new Error("the program cannot be built (npm run build says why)");
export const repository = join(import.meta.dirname, "../..");

const scratch = mkdtempSync(join(tmpdir(), "logdigest-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** How a run ended. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on standard input; nothing by default. */
  readonly input?: string | Buffer;
}

/** Runs `logdigest ARGS`, with nothing of this user's environment. */
export function logdigest(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return execute(process.execPath, [program, ...args], surroundings);
}

/** Runs any program to its end. */
export function execute(file: string, args: readonly string[], { cwd, env, input }: Surroundings): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: cwd ?? tmpdir(),
      env: { PATH: process.env.PATH, HOME: "/nonexistent", STATE_DIRECTORY: folder(), TZ: "UTC", ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.on("error", reject).on("close", (status) => resolve({ status, out, err }));
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** Makes a folder that is removed when the tests of the file have ended. */
export function folder(): string {
  return mkdtempSync(join(scratch, "test-"));
}

/** When the scheduled run of `NIGHT` happens. */
export const NOW = "2026-11-19T23:55:20+01:00";
/** A quiet log that covers the night: nothing in it is told. */
export const QUIET = `${line("2026-11-18T23:40:00", "cron[7]: (root) CMD (true)")}${line("2026-11-19T23:54:59", "cron[8]: (root) CMD (true)")}`;
export const FAILURE = line(
  "2026-11-19T03:14:07",
  "sshd[211]: Failed password for root from 203.0.113.9 port 4711 ssh2",
);
export const LOGIN = line(
  "2026-11-19T08:02:11",
  "sshd[300]: Accepted publickey for alice from 203.0.113.77 port 50022 ssh2: ED25519 SHA256:abc",
);
/** Five guesses and then a login by password: a critical finding. */
export const BREACH = [1, 2, 3, 4, 5]
  .map((n) => line(`2026-11-19T03:1${n}:00`, `sshd[40${n}]: Failed password for bob from 203.0.113.66 port 4${n} ssh2`))
  .concat(line("2026-11-19T03:20:00", "sshd[409]: Accepted password for bob from 203.0.113.66 port 49 ssh2"))
  .join("");

function line(time: string, rest: string): string {
  return `${time}+01:00 mini ${rest}\n`;
}

interface Machine {
  readonly dir: string;
  readonly config: string;
}

/** Makes a machine whose only source is `auth.log`; undefined: the log is missing. `toml` follows the sources. */
export function machine(log: string | Buffer | undefined, toml = "", name = "auth.log"): Machine {
  const dir = folder();
  if (log !== undefined) writeFileSync(join(dir, name), log);
  const config = join(dir, "config.toml");
  writeFileSync(
    config,
    `host = "mini"\ntime_zone = "Europe/Rome"\nstate.dir = "state"\n[[sources]]\npath = "${name}"\n${toml}\n`,
  );
  return { dir, config };
}

/** Runs the scheduled report of a machine. */
export function nightly(
  { config }: Machine,
  args: readonly string[] = [],
  surroundings: Surroundings = {},
): Promise<Ended> {
  return logdigest(["report", "--config", config, "--now", NOW, ...args], surroundings);
}

const MAIL = '[mail]\nfrom = "logdigest@example.org"\nto = ["admin@example.org", "ops@example.org"]\n';

/** `[mail]` into the Maildir beside the config; `more` stands in `[mail]`. */
export const toMaildir = (more = "") => `${MAIL}transport = "maildir"\n${more}\n[mail.maildir]\npath = "Maildir"\n`;
export const toSendmail = (path: string) => `${MAIL}transport = "sendmail"\n[mail.sendmail]\npath = "${path}"\n`;
export const toServer = (port: number, more = 'tls = "none"') =>
  `${MAIL}[mail.smtp]\nhost = "127.0.0.1"\nport = ${port}\n${more}\n`;
